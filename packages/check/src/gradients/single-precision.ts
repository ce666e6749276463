import { formatIndex, type Graph, inlined, type Tensor, trace } from '@cotangent/core'
import { runNodes, startingValues } from '../graph/evaluate'
import { isLibraryOp } from '../graph/library-ops'
import { nodeSubject } from '../graph/node-subject'
import { graphSubject } from '../graph/subject'
import { perturbed } from '../numeric/perturb'
import type { Subject } from '../numeric/subject'
import { float64, isFloating, widened } from '../numeric/tensors'
import { type Blame, blameNode } from './culprit'
import { areFinite, nativeRun } from './native-gradients'
import { short } from './wording'

/** Half a unit in the last place of float32, relative. */
const unit = 2 ** -24

/** The relative difference between the precisions that is tolerated beside rounding. An error of 0.02 % must show. */
const allowed = 1e-4

/** Blames the user's ops whose value or gradient in float32 is not that of float64. */
export function blameSinglePrecision(graph: Graph, leaves: readonly Tensor[]): Blame[] {
  if (graph.nodes.every(({ op, origin }) => isLibraryOp(op, origin))) return []
  const native = runNodes(graph, startingValues(graph, leaves))
  const values = native.map((value) => value && widened(value))
  return graph.nodes.flatMap(({ op, origin }, at) => {
    // Compare node by node. In the whole graph, a gradient that is always zero is rounding error in either precision.
    if (isLibraryOp(op, origin)) return []
    const [narrow, wide] = [nodeSubject(graph, at, native), nodeSubject(graph, at, values)]
    if (narrow === undefined || wide === undefined) return []
    const detail = precisionDifference(narrow, { ...wide, inputs: narrow.inputs.map(widened) })
    return detail === undefined ? [] : [blameNode(graph, at, detail)]
  })
}

/** How the values or gradients of a function in float32 differ from those in float64; undefined if only by rounding. */
export function precisionDifference(narrow: Subject, wide: Subject): string | undefined {
  if (!narrow.inputs.some(({ dtype }) => dtype === 'float32')) return undefined
  const [got, expected] = [nativeRun(narrow), nativeRun(wide)]
  const roundings = roundingsOf(wide)
  const isRegular = areFinite([...narrow.inputs, ...got.outputs])
  const n = Math.max(1, ...wide.inputs.map(({ size }) => size))
  const lists = [
    { what: 'value', list: expected.outputs, from: got.outputs },
    { what: 'gradient', list: expected.gradients, from: got.gradients },
  ]
  let next = 0
  for (const { what, list, from } of lists)
    for (const [i, exact] of list.entries()) {
      const nearby = roundings.map((run) => run[next]?.data)
      next++
      if (!isFloating(exact) || (what === 'gradient' && narrow.inputs[i].dtype !== 'float32')) continue
      const at = differing(from[i], exact, nearby, { n, isRegular, isElementwise: narrow.isStrict === true })
      if (at === undefined) continue
      const name = what === 'value' ? 'the value' : `the gradient of input ${i}`
      return (
        `${name} at ${formatIndex(at, exact.shape)} is ${short(from[i].data[at])} in float32 and ` +
        `${short(exact.data[at])} in float64`
      )
    }
  return undefined
}

interface Rounding {
  /** The largest number of terms that a sum may have. */
  readonly n: number
  /** Whether inputs and outputs are finite, so that an entry must be finite where it is finite in float64. */
  readonly isRegular: boolean
  /** Whether each entry is compared relative to itself, and not to the largest. */
  readonly isElementwise: boolean
}

function differing(
  got: Tensor,
  exact: Tensor,
  nearby: readonly (ArrayLike<number> | undefined)[],
  { n, isRegular, isElementwise }: Rounding,
): number | undefined {
  const numbers = Array.from(exact.data)
  const shifts = numbers.map((value, at) =>
    nearby.reduce((most, data) => Math.max(most, data === undefined ? 0 : Math.abs(data[at] - value) || 0), 0),
  )
  const [largest, widest] = [numbers.map(Math.abs), shifts].map((list) => list.reduce((a, b) => Math.max(a, b || 0), 0))
  const at = numbers.findIndex((value, at) => {
    // The float64 value is outside the range of float32.
    if (!Number.isFinite(value) || Math.abs(value) > 3e38) return false
    if (!Number.isFinite(got.data[at])) return isRegular
    const size = isElementwise ? Math.abs(value) : largest
    const rounding = isElementwise ? shifts[at] : widest
    return Math.abs(value - got.data[at]) > (allowed + n * unit) * size + 16 * rounding + 1e-36
  })
  return at < 0 ? undefined : at
}

/** Runs with a rounding error of float32 after every op of the value and of the rule. */
function roundingsOf(wide: Subject): readonly (readonly Tensor[])[] {
  const all = (...inputs: Tensor[]) => {
    const { outputs, gradients } = nativeRun({ ...wide, inputs })
    return [...outputs, ...gradients]
  }
  const graph = trace(inlined(all), ...wide.inputs)
  const { perturbed: perturbedRun } = graphSubject(graph, wide.inputs)
  return [1, 2, 3].map((salt) => {
    const inputs = wide.inputs.map((x) => float64(perturbed(x.data as Float64Array, salt, 4 * unit), x.shape))
    return perturbedRun!(inputs, salt, 4 * unit)
  })
}
