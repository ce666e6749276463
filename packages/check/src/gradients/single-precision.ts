import { formatIndex, type Graph, inlined, type Tensor, trace } from '@cotangent/core'
import { aboutNode, type Blame } from './blame'
import type { Subject } from './comparison'
import { graphSubject } from '../graph/subject'
import { isLibraryOp } from '../graph/library-ops'
import { nodeSubject } from '../graph/node-subject'
import { areFinite, ownRun } from './native-gradients'
import { float64, isFloat, runNodes, startingValues, widened } from '../graph/evaluate'
import { nudged } from '../numeric/weights'
import { short } from './wording'

/** Half a unit in the last place of float32. */
const unit = 2 ** -24

/** Relative difference between the precisions that no rounding needs: an error of 0.02 % is to be seen. */
const allowed = 1e-4

/** The ops of the user's that give another value or gradient in float32 than in float64. */
export function blameSingle(graph: Graph, leaves: readonly Tensor[]): Blame[] {
  if (graph.nodes.every(({ op, origin }) => isLibraryOp(op, origin))) return []
  const own = runNodes(graph, startingValues(graph, leaves))
  const values = own.map((value) => value && widened(value))
  return graph.nodes.flatMap(({ op, origin }, at) => {
    // Node by node: in the whole, a gradient that is zero by its nature is rounding error in either precision.
    if (isLibraryOp(op, origin)) return []
    const [narrow, wide] = [nodeSubject(graph, at, own), nodeSubject(graph, at, values)]
    if (narrow === undefined || wide === undefined) return []
    const detail = singleDifference(narrow, { ...wide, inputs: narrow.inputs.map(widened) })
    return detail === undefined ? [] : [aboutNode(graph, at, detail)]
  })
}

/** How a function in float32 differs from itself in float64, in its values or gradients, beyond what rounding can do. */
export function singleDifference(narrow: Subject, wide: Subject): string | undefined {
  if (!narrow.inputs.some(({ dtype }) => dtype === 'float32')) return undefined
  const [got, expected] = [ownRun(narrow), ownRun(wide)]
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
      if (!isFloat(exact) || (what === 'gradient' && narrow.inputs[i].dtype !== 'float32')) continue
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
  /** How many numbers may have been added up. */
  readonly n: number
  /** Whether nothing around is infinite, so that everything has to be finite where it is in float64. */
  readonly isRegular: boolean
  /** Whether each entry is an account of its own. */
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
    // Of what is beyond the range of float32, or too small for it, nothing is left.
    if (!Number.isFinite(value) || Math.abs(value) > 3e38) return false
    if (!Number.isFinite(got.data[at])) return isRegular
    const size = isElementwise ? Math.abs(value) : largest
    const rounding = isElementwise ? shifts[at] : widest
    return Math.abs(value - got.data[at]) > (allowed + n * unit) * size + 16 * rounding + 1e-36
  })
  return at < 0 ? undefined : at
}

/** The values and gradients with roundings to float32 after every op of the value and of the rule. */
function roundingsOf(wide: Subject): readonly (readonly Tensor[])[] {
  const all = (...inputs: Tensor[]) => {
    const { outputs, gradients } = ownRun({ ...wide, inputs })
    return [...outputs, ...gradients]
  }
  const graph = trace(inlined(all), ...wide.inputs)
  const { disturbed } = graphSubject(graph, wide.inputs)
  return [1, 2, 3].map((salt) => {
    const inputs = wide.inputs.map((x) => float64(nudged(x.data as Float64Array, salt, 4 * unit), x.shape))
    return disturbed!(inputs, salt, 4 * unit)
  })
}
