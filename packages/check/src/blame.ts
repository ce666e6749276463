import { carries, formatIndex, maximum, type Graph, type GraphNode, type Law, type Tensor } from '@cotangent/core'
import { compareDerivatives } from './compare'
import type { Effort, Finding, Subject } from './comparison'
import { signedWeight } from './random'
import { nudged } from './weights'
import { float64, isFloat, isHeld, isRounding, runNodes, type Values } from './replay'

/** An application of an op whose own derivative is wrong at the values that it has in the graph. */
export interface Blame {
  readonly op: string
  /** The op in whose derivative rule it was applied, where it was. */
  readonly ruleOf: string | undefined
  /** What is wrong: `input 1 at [0, 2]: expected 3, got 6 (2 times as much)`. */
  readonly detail: string
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

/** Checks every application of a graph on its own, at the values that it has for given inputs. */
export function blame(graph: Graph, values: Values, random: () => number, tolerance: number): Blamed {
  const culprits: Blame[] = []
  const kinks: Kink[] = []
  graph.nodes.forEach((node, at) => {
    const subject = nodeSubject(graph, at, values)
    const switching = switchOf(graph, at, values, random)
    if (switching !== undefined) kinks.push({ ...describe(graph, node), detail: switching })
    if (subject === undefined) return
    if (isStepwise(graph, at, values)) return
    const effort: Effort = { tolerance, everyEntryUpTo: 24, decades: 2, directions: 2, samples: 0 }
    const { findings, forward, threw } = compareDerivatives(subject, random, effort)
    const about = (detail: string) => ({ ...describe(graph, node), detail })
    if (threw !== undefined)
      culprits.push(about(`its rule threw: ${threw instanceof Error ? threw.message : String(threw)}`))
    const failure = findings.find(({ verdict }) => verdict === 'fail')
    if (failure !== undefined) culprits.push(about(detailOf(failure, subject)))
    else if (forward !== undefined) culprits.push(about(forward))
    const kink = findings.find(
      ({ verdict, reason }) =>
        verdict === 'inconclusive' && (reason === 'kink' || reason === 'edge' || reason === 'jump'),
    )
    if (kink !== undefined) kinks.push(about(kinkOf(kink, subject, node.op.name)))
  })
  return { culprits, kinks }
}

/** Whether an op is stated to be constant and is, in the last digits: differences may see many of its steps, and a slope. */
function isStepwise(graph: Graph, at: number, values: Values): boolean {
  const { op, inputs } = graph.nodes[at]
  if (op.law.kind !== 'constant') return false
  const [here, near] = [0, 1].map((salt) => {
    const given = inputs.map((position) => {
      const value = values[position]!
      if (salt === 0 || !isFloat(value)) return value
      return float64(nudged(value.data as Float64Array, salt, 2 ** -46), value.shape as number[])
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
      input.shape as number[],
    )
    const step = maximum(input.abs().mul(reach), 1e-30).mul(directions.astype(input.dtype)) as Tensor
    const [above, below] = [1, -1].map((sign) => {
      return graph.apply(
        at,
        inputs.map((each, k) => (k === i ? (input.add(step.mul(sign)) as Tensor) : values[each]!)),
      )[0].data
    })
    const entry = above.findIndex((value, k) => value !== below[k])
    if (entry >= 0)
      return `input ${i} is just where ${op.name} switches, at ${formatIndex(entry, values[outputs[0]]!.shape as number[])}`
  }
  return undefined
}

interface NodeSubject extends Subject {
  /** What messages call its inputs. */
  readonly labels: readonly string[]
}

/** A node as a function of its floating-point inputs; undefined where it has none, or has its derivative by decree. */
export function nodeSubject(graph: Graph, at: number, values: Values): NodeSubject | undefined {
  const node = graph.nodes[at]
  const { op, attributes, inputs, outputs } = node
  const law: Law = op.law
  if (law.kind === 'none' || isHeld(graph, at)) return undefined
  if (!outputs.some((position) => isFloat(graph.values[position]))) return undefined
  const replaced = op.body.kind === 'region' ? op.body.replaces?.(attributes) : undefined
  if (replaced?.surrogate) return undefined
  const all = inputs.map((_, i) => i)
  const candidates = replaced ? all.slice(replaced.values, replaced.values + replaced.parameters) : all
  const positions = candidates.filter((i) => isFloat(values[inputs[i]]!))
  if (
    positions.length === 0 ||
    isRounding(
      graph,
      at,
      inputs.map((position) => values[position]!),
    )
  )
    return undefined
  const floats = (tensors: readonly Tensor[]) => tensors.filter(isFloat)
  const call = replaced
    ? (given: readonly Tensor[]) => floats(applyWithBody(graph, at, values, positions, given))
    : (given: readonly Tensor[]) => {
        const operands = inputs.map((position, i) => given[positions.indexOf(i)] ?? values[position]!)
        return floats(graph.apply(at, operands))
      }
  const labels = positions.map((i) => (replaced ? `argument ${i - replaced.values}` : `input ${i}`))
  return { inputs: positions.map((i) => values[inputs[i]]!), labels, call, isStrict: law.kind === 'elementwise' }
}

// The values and whatever the rule saved are computed again from the parameters, which is what the rule stands for.
function applyWithBody(
  graph: Graph,
  at: number,
  values: Values,
  positions: readonly number[],
  given: readonly Tensor[],
): readonly Tensor[] {
  const { inputs } = graph.nodes[at]
  const parameters = positions.map((i) => inputs[i])
  const again = [...values]
  parameters.forEach((position, i) => (again[position] = given[i]))
  const changed = new Set(parameters)
  const between: number[] = []
  graph.nodes.slice(0, at).forEach((node, before) => {
    if (!node.inputs.some((position) => changed.has(position))) return
    if (node.outputs.some((position) => changed.has(position))) return
    between.push(before)
    node.outputs.forEach((position) => changed.add(position))
  })
  runNodes(graph, again, { only: between })
  return graph.apply(
    at,
    inputs.map((position) => again[position]!),
  )
}

/** Blames a node. */
export function aboutNode(graph: Graph, at: number, detail: string): Blame {
  return { ...describe(graph, graph.nodes[at]), detail }
}

function describe(graph: Graph, node: GraphNode): Omit<Blame, 'detail'> {
  const { op, site } = node
  let root = node.origin
  while (root !== null && root.origin !== null) root = root.origin
  // A value that a rule holds back, or that is saved for one, is the mistake of that rule.
  const isHeldBack = op.law.kind === 'constant' && op.law.held
  const owner = isHeldBack ? (node.origin ?? userOf(graph, node)) : null
  return {
    op: owner?.op.name ?? op.name,
    ruleOf: root?.op.name,
    application: applicationOf(graph, node),
    line: (root ?? owner ?? { site }).site?.line,
  }
}

/** The application that a value is saved for: the one that uses it, or in whose rule it is used. */
function userOf({ nodes }: Graph, { outputs }: GraphNode): GraphNode['origin'] {
  const user = nodes.find(({ inputs }) => inputs.includes(outputs[0]))
  return user === undefined ? null : (user.origin ?? user)
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
  const at = entries.length === 1 ? ` at ${formatIndex(entries[0], inputs[input].shape as number[])}` : ''
  return `${labels[input]}${at}: ${describeFinding(finding)}`
}

/** `expected 3 ± 1e-12, got 6 (2 times as much)`; of a group of entries, along a direction. */
export function describeFinding({ entries, expected, got, error }: Finding): string {
  const quotient = got / expected
  const comparison =
    Number.isFinite(quotient) && Math.abs(expected) > 10 * error ? ` (${short(quotient)} times as much)` : ''
  const along = entries.length === 1 ? '' : `along a direction of ${entries.length} entries `
  return `${along}expected ${short(expected)} ± ${error.toExponential(0)}, got ${short(got)}${comparison}`
}

/** Why nothing can be told of an entry. */
export function describeReason({ reason, expected, got, error }: Finding): string {
  switch (reason) {
    case 'jump':
      return 'stands at a jump: the function, or for order 2 its derivative, is not continuous'
    case 'edge':
      return 'stands at the edge of the domain: the function is not finite on one side'
    case 'cancellation':
      return `differences resolve it to ${error.toExponential(0)} only, got ${short(got)}, differences say ${short(expected)}`
    case 'not-finite':
      return `is not finite, or the function around it is not: got ${short(got)}`
    default:
      return `stands at a kink: the derivatives on both sides differ, got ${short(got)}`
  }
}

function kinkOf(finding: Finding, { inputs, labels }: NodeSubject, op: string): string {
  const input = inputs[finding.input]
  const at = finding.entries[0]
  const index = formatIndex(at, input.shape as number[])
  const what = { kink: 'a kink', jump: 'a jump', edge: 'the edge of the domain' }[finding.reason as 'kink']
  const more = finding.entries.length > 1 ? ` and ${finding.entries.length - 1} more` : ''
  return `${labels[finding.input]} at ${index}${more} is ${short(input.data[at])}, ${what} of ${op}`
}

/** A number in at most ten digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(10)))
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
