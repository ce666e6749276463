import type { CotangentError, Frame, Graph, GraphNode, Origin } from '@cotangent/core'
import { singleOp } from '@cotangent/core/internal'
import { describeApplication } from '../graph/wording'

/** An application of an op whose own derivative is wrong, at the values that it has in the graph. */
export interface Blame {
  readonly op: string
  /** The op in whose derivative rule it was applied; undefined where the function itself applied it. */
  readonly ruleOf: string | undefined
  /** What is wrong: `input 1 at [0, 2]: expected 3, got 6 (2 times as much)`. */
  readonly detail: string
  /** In words: which mode is wrong, the pattern of the wrong entries, and what is right. */
  readonly diagnosis: string | undefined
  /** Whether it is a stop-gradient inside a derivative rule, whose own derivatives therefore miss its value. */
  readonly stopsGradient: boolean
  /** The order of derivative that showed it. */
  readonly order: number
  /** The application as graphs print it, with the types of its inputs and output. */
  readonly application: string
  /** `file:line:column` of the user's call. */
  readonly line: string | undefined
  /** The bodies of loops and branches around it, outermost first. It is the first iteration in which it is wrong. */
  readonly place: readonly BlamedFrame[]
}

/** A body of a loop or a branch. */
export interface BlamedFrame {
  /** The function that the user called: `scan`, `cond`. */
  readonly region: string
  /** `body`, `condition`, `branch true`. */
  readonly role: string
  /** The number of steps before; null in a branch. */
  readonly iteration: number | null
  /** `file:line:column` of that call. */
  readonly line: string | undefined
}

/** An op that stands at a kink of its own, or next to one. */
export interface Kink {
  readonly op: string
  readonly detail: string
  readonly line: string | undefined
}

/** Blames a node of a graph. */
export function blameNode(
  graph: Graph,
  at: number,
  detail: string,
  order = 1,
  diagnosis?: string,
  around: readonly Frame[] = [],
): Blame {
  const node = graph.nodes[at]
  const { op, site } = node
  const root = node.origin && rootOf(node.origin)
  // A stop-gradient in a rule, or on a value that is saved for one, is a mistake of that rule.
  const stopsGradient = op.law.kind === 'constant' && op.law.stopsGradient === true
  const owner = stopsGradient ? (node.origin ?? userOf(graph, node)) : null
  return {
    stopsGradient,
    op: singleOp(owner?.op ?? op).name,
    ruleOf: root?.op.name,
    application: describeApplication(graph, node),
    line: (root ?? owner ?? { site }).site?.line,
    place: [...around, ...node.frames].map(({ site: from, ...frame }) => ({ ...frame, line: from?.line })),
    ...{ detail, diagnosis, order },
  }
}

/** Blames the op that an error is about: messages begin with its name. */
export function blameError({ message }: CotangentError, order: number): Blame {
  const [, op = 'unknown'] = /^\[(.+?)\]/.exec(message) ?? []
  return {
    ...{ op, order, detail: message, application: op },
    ...{ ruleOf: undefined, diagnosis: undefined, stopsGradient: false, line: undefined, place: [] },
  }
}

/** The user's application whose rule applied something, directly or through other rules. */
function rootOf(origin: Origin): Origin {
  return origin.origin === null ? origin : rootOf(origin.origin)
}

/**
 * The application whose rule uses a value, or that takes it along for its rule, perhaps through ops that compute from
 * it.
 */
function userOf({ nodes }: Graph, { outputs }: GraphNode): GraphNode['origin'] {
  const reached = new Set(outputs)
  for (const node of nodes) {
    if (!node.inputs.some((input) => reached.has(input))) continue
    if (node.origin !== null) return rootOf(node.origin)
    if (node.op.body.kind === 'region') return node
    node.outputs.forEach((output) => reached.add(output))
  }
  return null
}
