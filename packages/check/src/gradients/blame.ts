import { formatIndex, type Frame, type Graph, type GraphNode, maximum, type Tensor } from '@cotangent/core'
import { bodiesOf } from '@cotangent/core/internal'
import { observe } from '@cotangent/core/library'
import { bodyStart, runNodes, type Values } from '../graph/evaluate'
import { isLibraryOp } from '../graph/library-ops'
import { type NodeSubject, nodeSubject, tiedSubject } from '../graph/node-subject'
import { perturbed } from '../numeric/perturb'
import { signedWeight } from '../numeric/random'
import { float64, isFloating, widened } from '../numeric/tensors'
import { describeError } from '../numeric/thrown'
import { compareDerivatives } from './compare'
import type { Comparison, Effort } from './comparison-types'
import { type Blame, blameNode, type Kink } from './culprit'
import { diagnosis } from './diagnosis'
import { actsElementwise } from './elementwise'
import type { Watch } from './watch'
import { describeFindingAt, describeKink } from './wording'

/** The result of checking every node on its own. */
export interface Blamed {
  readonly culprits: readonly Blame[]
  readonly kinks: readonly Kink[]
}

/** How to look for the ops to blame. */
export interface Search {
  readonly order: number
  readonly random: () => number
  readonly tolerance: number
  /** Whether to look for kinks as well, which ops of the library can stand at. */
  readonly kinks?: boolean
  readonly watch?: Watch
}

/** Stop after this many culprits. */
const enough = 8

/**
 * Checks the applications of a graph one by one, at the values that they have for given inputs. The user's ops come
 * first. The library's own tests hold every law against its ops, so a difference at one of them says that the point is
 * a hard one.
 */
export function blame(graph: Graph, values: Values, search: Search, around: readonly Frame[] = []): Blamed {
  const culprits: Blame[] = []
  const kinks: Kink[] = []
  // An op in a loop is wrong in many iterations. The first one is enough.
  const known = new Set<string>()
  const keep = (found: readonly Blame[]) => {
    for (const each of found) {
      const key = each.place.length === 0 ? '' : placeOf(each)
      if (!known.has(key)) culprits.push(each)
      if (key !== '') known.add(key)
    }
  }
  const isOwn = ({ op, origin }: GraphNode) =>
    !isLibraryOp(op, origin) || (op.law.kind === 'constant' && op.law.stopsGradient === true)
  const places = [...graph.nodes.keys()]
  for (const at of places.filter((place) => isOwn(graph.nodes[place]))) {
    if (culprits.length >= enough) break
    const found: Blame[] = []
    checkNode(graph, at, values, search, true, found, kinks, around)
    keep(found)
  }
  for (const at of places.filter((place) => hasOwn(graph.nodes[place], isOwn))) {
    if (culprits.length >= enough) break
    keep(blameInside(graph, at, values, search, around))
  }
  if (culprits.length > 0 || search.kinks !== true) return { culprits, kinks }
  for (const at of places.filter((place) => !isOwn(graph.nodes[place]))) {
    if (search.watch?.isOver === true) break
    checkNode(graph, at, values, search, false, culprits, kinks, around)
  }
  return { culprits, kinks }
}

/** What is wrong and where, without the iterations. */
function placeOf({ op, line, place }: Blame): string {
  return [op, line, ...place.map((frame) => `${frame.region} ${frame.role} ${frame.line}`)].join(', ')
}

/** Whether a subgraph of a node applies an op of the user's. */
function hasOwn(node: GraphNode, isOwn: (node: GraphNode) => boolean): boolean {
  return bodiesOf(node).some(({ graph }) => graph.nodes.some((each) => isOwn(each) || hasOwn(each, isOwn)))
}

/** Runs a loop step by step, or a branch, and blames the ops of the first subgraph in which one is wrong. */
function blameInside(
  graph: Graph,
  at: number,
  values: Values,
  search: Search,
  around: readonly Frame[],
): readonly Blame[] {
  let found: readonly Blame[] = []
  const own = [...around, ...graph.nodes[at].frames]
  const entered = (body: unknown, inputs: readonly Tensor[], frame: Frame): undefined => {
    if (found.length > 0 || search.watch?.isOver === true) return
    // What runs inside, and what a check runs, is not followed.
    observe(null, () => {
      const inner = body as Graph
      const given = bodyStart(inner, inputs).map((value) => value && widened(value))
      const local = runNodes(inner, given, { wide: true })
      found = blame(inner, local, { ...search, kinks: false }, [...own, frame]).culprits
    })
  }
  const given = graph.nodes[at].inputs.map((position) => values[position]!)
  observe({ applied: () => {}, differentiated: () => {}, entered }, () => graph.apply(at, given))
  return found
}

/** Checks one node, and adds it to the culprits or the kinks. An op of the library is never a culprit. */
function checkNode(
  graph: Graph,
  at: number,
  values: Values,
  { order, random, tolerance, kinks: wantsKinks }: Search,
  isOwn: boolean,
  culprits: Blame[],
  kinks: Kink[],
  around: readonly Frame[],
): void {
  const addKink = (detail: string) => kinks.push(blameNode(graph, at, detail, order, undefined, around))
  const switching = wantsKinks === true ? switchOf(graph, at, values, random) : undefined
  if (switching !== undefined) addKink(switching)
  if (isStepwise(graph, at, values)) return
  const subjects = [nodeSubject(graph, at, values), tiedSubject(graph, at, values)]
  const effort: Effort = {
    ...{ tolerance, everyEntryUpTo: 24, decades: 2, directions: 2, samples: 0 },
    ...{ enough: 4, linear: isOwn },
  }
  for (const [i, found] of subjects.entries()) {
    if (found === undefined) continue
    // Tied inputs have a kink each.
    const isStrict = found.isStrict || (isOwn && i === 0 && isElementwise(found))
    const subject = { ...found, isStrict }
    const comparison = compareDerivatives(subject, random, effort)
    const wrong = mistakeIn(comparison, subject)
    if (wrong !== undefined && isOwn) {
      const pattern = diagnosis(graph, at, subject, comparison, random, tolerance)
      culprits.push(blameNode(graph, at, wrong, order, pattern, around))
      return
    }
    if (wrong !== undefined) addKink(`${wrong}: differences do not resolve something next to this point`)
    const kink = comparison.findings.find(
      ({ verdict, reason }) =>
        verdict === 'inconclusive' && (reason === 'kink' || reason === 'edge' || reason === 'jump'),
    )
    if (kink !== undefined) addKink(describeKink(kink, subject, graph.nodes[at].op.name))
  }
}

function isElementwise(subject: NodeSubject): boolean {
  try {
    return actsElementwise(subject)
  } catch {
    // The moved entries may lie outside of its domain.
    return false
  }
}

function mistakeIn({ findings, forward, nonlinear, threw }: Comparison, subject: NodeSubject): string | undefined {
  if (threw !== undefined) return `its rule threw: ${describeError(threw)}`
  const failure = findings.find(({ verdict }) => verdict === 'fail')
  // A rule that is not linear fails for some cotangents only. Saying so helps more than one failing cotangent.
  return nonlinear ?? (failure !== undefined ? describeFindingAt(failure, subject) : forward)
}

/**
 * Whether an op states that it is constant, and is so when its inputs change in their last digits. Differences take
 * larger steps, and may see many steps of a staircase as a slope.
 */
function isStepwise(graph: Graph, at: number, values: Values): boolean {
  const { op, inputs } = graph.nodes[at]
  if (op.law.kind !== 'constant') return false
  const [here, near] = [0, 1].map((salt) => {
    const given = inputs.map((position) => {
      const value = values[position]!
      if (salt === 0 || !isFloating(value)) return value
      return float64(perturbed(value.data as Float64Array, salt, 2 ** -46), value.shape)
    })
    return graph.apply(at, given)[0].data
  })
  return here.filter((value, i) => value !== near[i]).length <= here.length / 10
}

/**
 * Where a comparison, an index or the like changes when its inputs change in their last digits. A `where` has a kink
 * there.
 */
function switchOf(graph: Graph, at: number, values: Values, random: () => number): string | undefined {
  const { op, inputs, outputs } = graph.nodes[at]
  if (op.law.kind !== 'constant' || !isStepwise(graph, at, values)) return undefined
  // The next steps of a staircase may be within reach of differences.
  const reach = outputs.some((position) => isFloating(values[position]!)) ? 2 ** -6 : 1e-9
  for (const [i, position] of inputs.entries()) {
    const input = values[position]!
    if (!isFloating(input)) continue
    // Each entry moves in a direction of its own. If all moved alike, ties would stay ties.
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
      return `input ${i} is where ${op.name} switches, at ${formatIndex(entry, values[outputs[0]]!.shape)}`
  }
  return undefined
}
