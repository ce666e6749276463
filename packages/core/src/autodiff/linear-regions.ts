import { bodiesOf, feedsOf, type NodeBody } from '../graph/bodies'
import type { Graph } from '../graph/graph'
import type { GraphNode } from '../graph/graph-data'
import type { Op } from '../recording/op'
import { nodeOf } from '../recording/node'
import { linearIn } from '../recording/traits'
import type { Tensor } from '../values/tensor'

/** What is known of a value inside of a rule: it varies with what the rule is given, it is zero, or it is fixed. */
export type Variation = 'varies' | 'zero' | 'fixed'

/** Whether every entry of a tensor is known to be zero, whatever a transform follows. */
export function isZero(tensor: Tensor): boolean {
  return !tensor.isSymbolic && nodeOf(tensor) === null && tensor.values!.every((value) => value === 0)
}

/**
 * How the outputs of an application vary with its inputs; null where it is not linear in those that vary. That of an op
 * follows from its law. That of a loop or a branch follows from the ops in its bodies.
 */
export function variationOf(
  { op, attributes }: Pick<GraphNode, 'op' | 'attributes'>,
  inputs: readonly Variation[],
): readonly Variation[] | Variation | null {
  if (!inputs.includes('varies')) {
    // What is linear in zeros is zero.
    const isNone = inputs.includes('zero') && isLinearOp(op, inputs.map((each) => (each === 'zero' ? 'varies' : each))) // prettier-ignore
    return isNone ? 'zero' : 'fixed'
  }
  const isRun = op.body.kind === 'region' && op.body.form?.(attributes) !== undefined
  if (isRun) return variationOfRegion({ op, attributes }, inputs)
  return isLinearOp(op, inputs) ? 'varies' : null
}

function isLinearOp({ law }: Op, inputs: readonly Variation[]): boolean {
  const varying = inputs.flatMap((each, i) => (each === 'varies' ? [i] : []))
  // An elementwise op with a fixed input is affine rather than linear (g + 1), unless the law lists exactly the varying
  // inputs. With a zero it is linear all the same.
  const exact = law.kind === 'elementwise'
  return linearIn(law, inputs.length).some(
    (set) => varying.every((i) => set.includes(i)) && (!exact || set.every((i) => inputs[i] !== 'fixed')),
  )
}

function variationOfRegion(
  node: Pick<GraphNode, 'op' | 'attributes'>,
  inputs: readonly Variation[],
): readonly Variation[] | null {
  const bodies = bodiesOf<Graph>(node)
  const feeds = bodies.flatMap((each) => each.feeds)
  // What no body gets is the number of steps, or the choice of a branch.
  if (inputs.some((each, i) => each === 'varies' && feeds.every(({ input }) => input !== i))) return null
  // A carry varies if its first value does, or what any step makes of it.
  const carries = feeds.filter(({ kind }) => kind === 'carry').map(({ input }) => input)
  let given = inputs
  for (;;) {
    const found = bodies.map((body) => variationIn(body, given))
    if (found.some((each) => each === null)) return null
    const outputs = bodies[0].results.map((_, output) => joined(found.map((each) => each![output] ?? null)))
    // A step that adds something fixed to what varies is not linear, nor is one branch that returns it.
    if (outputs.includes(null)) return null
    const next = given.map((each, i) => {
      const carry = carries.indexOf(i)
      return carry < 0 ? each : joined([each, outputs[carry]])
    })
    if (next.includes(null)) return null
    if (next.every((each, i) => each === given[i])) return outputs as readonly Variation[]
    given = next as readonly Variation[]
  }
}

/** The variation of what is one of several values; null if one varies and another is fixed, but not zero. */
function joined(list: readonly (Variation | null)[]): Variation | null {
  const known = list.filter((each) => each !== null)
  if (!known.includes('varies')) return known.every((each) => each === 'zero') ? 'zero' : 'fixed'
  return known.includes('fixed') ? null : 'varies'
}

/** The variation of each result of a body; null where it is not linear. */
function variationIn(body: NodeBody<Graph>, given: readonly Variation[]): readonly (Variation | null)[] | null {
  const { graph, results, role } = body
  const known = new Map<number, Variation>()
  for (const [position, tensor] of graph.constants) known.set(position, isZero(tensor) ? 'zero' : 'fixed')
  for (const [position, { input }] of feedsOf(body)) known.set(position, given[input])
  const at = (position: number) => known.get(position) ?? 'fixed'
  for (const node of graph.nodes) {
    const found = variationOf(node, node.inputs.map(at))
    if (found === null) return null
    node.outputs.forEach((position, i) => known.set(position, typeof found === 'string' ? found : found[i]))
  }
  // The number of steps may not vary.
  if (role === 'condition' && graph.outputs.some((position) => at(position) === 'varies')) return null
  return results.map((position) => (position === null ? null : at(position)))
}
