import { carries, formatIndex, maximum, type Graph, type GraphNode, type Origin } from '@cotangent/core'
import { compareDerivatives } from './compare'
import type { Comparison, Effort, Finding } from './comparison'
import { diagnosis } from './diagnosis'
import { isLibraryOp } from '../graph/library-ops'
import { type NodeSubject, nodeSubject, tiedSubject } from '../graph/node-subject'
import { signedWeight } from '../numeric/random'
import { float64, isFloat, type Values } from '../graph/evaluate'
import { nudged } from '../numeric/weights'
import type { Watch } from './watch'
import { describeFinding, short } from './wording'

/** An application of an op whose own derivative is wrong at the values that it has in the graph. */
export interface Blame {
  readonly op: string
  /** The op in whose derivative rule it was applied, where it was. */
  readonly ruleOf: string | undefined
  /** What is wrong: `input 1 at [0, 2]: expected 3, got 6 (2 times as much)`. */
  readonly detail: string
  /** In words: which mode is wrong, how the entries differ from what they should be, and what is right. */
  readonly diagnosis: string | undefined
  /** It holds back a value of a derivative rule, whose own derivatives miss it. */
  readonly isHeldBack: boolean
  /** Of which order the derivative is that showed it. */
  readonly order: number
  /** The application as graphs print it, with the types of its inputs and output. */
  readonly application: string
  /** `file:line:column` of the user's call. */
  readonly line: string | undefined
}

/** An op that stands exactly at, or next to, a kink of its own. */
export interface Kink {
  readonly op: string
  readonly detail: string
  readonly line: string | undefined
}

/** What checking every node on its own found. */
export interface Blamed {
  readonly culprits: readonly Blame[]
  readonly kinks: readonly Kink[]
}

/** How to look for the ops to blame. */
export interface Search {
  readonly order: number
  readonly random: () => number
  readonly tolerance: number
  /** Whether to look at the library's ops as well, for kinks that they stand at. */
  readonly kinks?: boolean
  readonly watch?: Watch
}

/** So many ops to blame are enough. */
const enough = 8

/**
 * Checks the applications of a graph on their own, at the values that it has for given inputs: the user's ops first. The library's
 * are held to every law by its own tests, so that a difference there says that the point is a hard one.
 */
export function blame(graph: Graph, values: Values, search: Search): Blamed {
  const culprits: Blame[] = []
  const kinks: Kink[] = []
  const isOwn = ({ op, origin }: GraphNode) =>
    !isLibraryOp(op, origin) || (op.law.kind === 'constant' && op.law.held === true)
  const places = [...graph.nodes.keys()]
  for (const at of places.filter((place) => isOwn(graph.nodes[place]))) {
    if (culprits.length >= enough) break
    blameNode(graph, at, values, search, true, culprits, kinks)
  }
  if (culprits.length > 0 || search.kinks !== true) return { culprits, kinks }
  for (const at of places.filter((place) => !isOwn(graph.nodes[place]))) {
    if (search.watch?.isOver === true) break
    blameNode(graph, at, values, search, false, culprits, kinks)
  }
  return { culprits, kinks }
}

function blameNode(
  graph: Graph,
  at: number,
  values: Values,
  { order, random, tolerance, kinks: wantsKinks }: Search,
  isOwn: boolean,
  culprits: Blame[],
  kinks: Kink[],
): void {
  const node = graph.nodes[at]
  const about = (detail: string, diagnosis?: string): Blame => ({
    ...describe(graph, node),
    ...{ detail, diagnosis, order },
  })
  const switching = wantsKinks === true ? switchOf(graph, at, values, random) : undefined
  if (switching !== undefined) kinks.push(about(switching))
  if (isStepwise(graph, at, values)) return
  const subjects = [nodeSubject, tiedSubject].map((make) => make(graph, at, values))
  const effort: Effort = {
    tolerance,
    everyEntryUpTo: 24,
    decades: 2,
    directions: 2,
    samples: 0,
    enough: 4,
    linear: isOwn,
  }
  for (const subject of subjects) {
    if (subject === undefined) continue
    const comparison = compareDerivatives(subject, random, effort)
    const wrong = mistakeIn(comparison, subject)
    if (wrong !== undefined && isOwn) {
      culprits.push(about(wrong, diagnosis(graph, at, subject, comparison, random, tolerance)))
      return
    }
    if (wrong !== undefined) kinks.push(about(`${wrong}: differences do not see past something next to this point`))
    const kink = comparison.findings.find(
      ({ verdict, reason }) =>
        verdict === 'inconclusive' && (reason === 'kink' || reason === 'edge' || reason === 'jump'),
    )
    if (kink !== undefined) kinks.push(about(kinkOf(kink, subject, node.op.name)))
  }
}

function mistakeIn({ findings, forward, nonlinear, threw }: Comparison, subject: NodeSubject): string | undefined {
  if (threw !== undefined) return `its rule threw: ${threw instanceof Error ? threw.message : String(threw)}`
  const failure = findings.find(({ verdict }) => verdict === 'fail')
  // A rule that is not linear is wrong for some cotangents only: that says more than one of them.
  return nonlinear ?? (failure !== undefined ? detailOf(failure, subject) : forward)
}

/** Whether an op is stated to be constant and is, in the last digits: differences may see many of its steps, and a slope. */
function isStepwise(graph: Graph, at: number, values: Values): boolean {
  const { op, inputs } = graph.nodes[at]
  if (op.law.kind !== 'constant') return false
  const [here, near] = [0, 1].map((salt) => {
    const given = inputs.map((position) => {
      const value = values[position]!
      if (salt === 0 || !isFloat(value)) return value
      return float64(nudged(value.data as Float64Array, salt, 2 ** -46), value.shape)
    })
    return graph.apply(at, given)[0].data
  })
  return here.filter((value, i) => value !== near[i]).length <= here.length / 10
}

/** Whether a comparison, an index or the like changes when its inputs change in their last digits: `where` has a kink there. */
function switchOf(graph: Graph, at: number, values: Values, random: () => number): string | undefined {
  const { op, inputs, outputs } = graph.nodes[at]
  if (op.law.kind !== 'constant' || !isStepwise(graph, at, values)) return undefined
  // Of a staircase, the next steps may be within reach of differences.
  const reach = outputs.some((position) => isFloat(values[position]!)) ? 2 ** -6 : 1e-9
  for (const [i, position] of inputs.entries()) {
    const input = values[position]!
    if (!isFloat(input)) continue
    // Each entry in a direction of its own: moved alike, ties would stay ties.
    const directions = float64(
      Float64Array.from({ length: input.size }, () => signedWeight(random)),
      input.shape,
    )
    const step = maximum(input.abs().mul(reach), 1e-30).mul(directions.astype(input.dtype))
    const [above, below] = [1, -1].map((sign) => {
      return graph.apply(
        at,
        inputs.map((each, k) => (k === i ? input.add(step.mul(sign)) : values[each]!)),
      )[0].data
    })
    const entry = above.findIndex((value, k) => value !== below[k])
    if (entry >= 0)
      return `input ${i} is just where ${op.name} switches, at ${formatIndex(entry, values[outputs[0]]!.shape)}`
  }
  return undefined
}

/** Blames a node. */
export function aboutNode(graph: Graph, at: number, detail: string, order = 1): Blame {
  return { ...describe(graph, graph.nodes[at]), detail, diagnosis: undefined, order }
}

function describe(graph: Graph, node: GraphNode): Omit<Blame, 'detail' | 'diagnosis' | 'order'> {
  const { op, site } = node
  const root = node.origin && rootOf(node.origin)
  // A value that a rule holds back, or that is saved for one, is the mistake of that rule.
  const isHeldBack = op.law.kind === 'constant' && op.law.held
  const owner = isHeldBack ? (node.origin ?? userOf(graph, node)) : null
  return {
    isHeldBack: isHeldBack === true,
    op: owner?.op.name ?? op.name,
    ruleOf: root?.op.name,
    application: applicationOf(graph, node),
    line: (root ?? owner ?? { site }).site?.line,
  }
}

/** The application of the user's in whose rule, or the rule of whose rule, something was applied. */
function rootOf(origin: Origin): Origin {
  return origin.origin === null ? origin : rootOf(origin.origin)
}

/** The application that a value is saved for, through whatever is computed from it: in whose rule it is used, or that takes it along. */
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

/** `matmul(float64[2, 3], float64[3, 4], axis: 1) -> float64[2, 4]`. */
export function applicationOf({ values }: Graph, { op, attributes, inputs, outputs }: GraphNode): string {
  const type = (position: number) => `${values[position].dtype}[${values[position].shape.join(', ')}]`
  const shown = Object.entries((attributes ?? {}) as Record<string, unknown>)
    .filter(([name, value]) => typeof value !== 'function' && name !== 'graphs')
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
  const replaced = op.body.kind === 'region' ? op.body.replaces?.(attributes) : undefined
  const parts = replaced
    ? inputs.slice(replaced.values, replaced.values + replaced.parameters).map(type)
    : [...inputs.map(type), ...shown]
  return `${op.name}(${parts.join(', ')}) -> ${outputs.map(type).join(', ')}`
}

function detailOf(finding: Finding, { inputs, labels }: NodeSubject): string {
  const { entries, input } = finding
  const at = entries.length === 1 ? ` at ${formatIndex(entries[0], inputs[input].shape)}` : ''
  return `${labels[input]}${at}: ${describeFinding(finding)}`
}

function kinkOf(finding: Finding, { inputs, labels }: NodeSubject, op: string): string {
  const input = inputs[finding.input]
  const at = finding.entries[0]
  const index = formatIndex(at, input.shape)
  const what = { kink: 'a kink', jump: 'a jump', edge: 'the edge of the domain' }[finding.reason as 'kink']
  const more = finding.entries.length > 1 ? ` and ${finding.entries.length - 1} more` : ''
  return `${labels[finding.input]} at ${index}${more} is ${short(input.data[at])}, ${what} of ${op}`
}

/** Whether a derivative can flow from an input of a graph to an output: null where it does, else the ops that cut it. */
export function cutsBetween(graph: Graph, position: number): readonly string[] | null {
  const reached = new Set([position])
  const cuts = new Set<string>()
  for (const { op, inputs, outputs } of graph.nodes) {
    const used = inputs.flatMap((each, i) => (reached.has(each) ? [i] : []))
    if (used.length === 0) continue
    const carried = used.some((i) => carries(op.law, i)) && outputs.some((each) => isFloat(graph.values[each]))
    if (carried) outputs.forEach((each) => reached.add(each))
    else cuts.add(op.name)
  }
  return graph.outputs.some((each) => reached.has(each)) ? null : [...cuts]
}
