import { flatten, formatIndex, type Graph, inlined, type Tensor } from '@cotangent/core'
import { type AnyFunction, argumentName } from '../arguments'
import { graphSubject } from '../graph/subject'
import { sameBits } from '../numeric/bits'
import type { Subject } from '../numeric/subject'
import { floatingPositions, isFloating, largestMagnitude } from '../numeric/tensors'
import { areFinite, differingEntry, type NativeRun, nativeRun, nearbyRun } from './native-gradients'
import { short } from './wording'

const magnitudeIn = (tensors: readonly Tensor[]) =>
  tensors.reduce((most, { data }) => largestMagnitude(data, most), 1e-30)
const all = ({ outputs, gradients }: NativeRun) => [...outputs, ...gradients]

/**
 * How results through regions (compiled functions and checkpoints) differ from running op by op; undefined if only by
 * rounding. A region may sum cotangents in another order.
 */
export function regionDifference(f: AnyFunction, args: readonly unknown[], graph: Graph): string | undefined {
  const { leaves, paths, rebuild } = flatten(args)
  const floats = floatingPositions(leaves)
  const inputs = floats.map((i) => leaves[i])
  const subjectOf = (g: AnyFunction): Subject => ({
    inputs,
    call: (given) => {
      const replaced = leaves.map((leaf, i) => given[floats.indexOf(i)] ?? leaf)
      return flatten(g(...(rebuild(replaced) as unknown[]))).leaves.filter(isFloating)
    },
    isStrict: false,
  })
  const [got, opByOp] = [f, inlined(f)].map((g) => nativeRun(subjectOf(g)))
  const bits = all(opByOp).map(({ data }) => data)
  if (all(got).every(({ data }, i) => sameBits(data, bits[i]))) return undefined

  const wide = graphSubject(graph, leaves)
  const exact = all(nativeRun(wide))
  const nearby = [opByOp, nearbyRun(wide, 1, 2 ** -46)].map(all)
  // An error of 0.1 % in one entry must show.
  const relative = 5e-4
  const rounding = (inputs.some(({ dtype }) => dtype === 'float32') ? 2 ** -20 : 2 ** -36) * magnitudeIn(opByOp.outputs)
  const isRegular = areFinite([...inputs, ...opByOp.outputs])
  for (const [i, expected] of exact.entries()) {
    const k = i - opByOp.outputs.length
    const slack = k < 0 ? rounding : rounding / magnitudeIn([inputs[k]])
    const allowance = { relative, slack, nearby: nearby.map((each) => each[i]), isRegular }
    const at = differingEntry(all(got)[i], expected, allowance)
    if (at === undefined) continue
    const name = k < 0 ? `output ${i}` : `the gradient of ${argumentName(paths[floats[k]])}`
    return (
      `${name} at ${formatIndex(at, expected.shape)} is ${short(all(got)[i].data[at])} through compiled functions and ` +
      `checkpoints, and ${short(bits[i][at])} op by op: does the compiled function depend on more than its arguments?`
    )
  }
  return undefined
}
