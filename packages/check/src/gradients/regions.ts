import { flatten, formatIndex, type Graph, inlined } from '@cotangent/core'
import type { Subject } from './comparison'
import type { AnyFunction } from './derivative'
import { graphSubject } from '../graph/subject'
import { sameBits } from '../numeric/bits'
import { areFinite, differingEntry, nearbyRun, ownRun, sizeOf } from './native-gradients'
import { isFloat } from '../graph/evaluate'
import { nameOf } from '../graph/lint'
import { short } from './wording'

type Run = ReturnType<typeof ownRun>

const all = ({ outputs, gradients }: Run) => [...outputs, ...gradients]

/**
 * What a function with regions, compiled functions and checkpoints, gives otherwise than op by op, as its graph is checked;
 * undefined where that is rounding. A region may add up cotangents in another order.
 */
export function regionDifference(f: AnyFunction, args: readonly unknown[], graph: Graph): string | undefined {
  const { leaves, paths, rebuild } = flatten(args)
  const floats = leaves.flatMap((leaf, i) => (isFloat(leaf) ? [i] : []))
  const inputs = floats.map((i) => leaves[i])
  const subjectOf = (g: AnyFunction): Subject => ({
    inputs,
    call: (given) => {
      const replaced = leaves.map((leaf, i) => given[floats.indexOf(i)] ?? leaf)
      return flatten(g(...(rebuild(replaced) as unknown[]))).leaves.filter(isFloat)
    },
    isStrict: false,
  })
  const [got, own] = [f, inlined(f)].map((g) => ownRun(subjectOf(g)))
  const bits = all(own).map(({ data }) => data)
  if (all(got).every(({ data }, i) => sameBits(data, bits[i]))) return undefined

  const wide = graphSubject(graph, leaves)
  const exact = all(ownRun(wide))
  const nearby = [own, nearbyRun(wide, 1, 2 ** -46)].map(all)
  // An error of 0.1 % in one entry is to be seen.
  const relative = 5e-4
  const rounding = (inputs.some(({ dtype }) => dtype === 'float32') ? 2 ** -20 : 2 ** -36) * sizeOf(own.outputs)
  const isRegular = areFinite([...inputs, ...own.outputs])
  for (const [i, expected] of exact.entries()) {
    const k = i - own.outputs.length
    const slack = k < 0 ? rounding : rounding / sizeOf([inputs[k]])
    const allowance = { relative, slack, nearby: nearby.map((each) => each[i]), isRegular }
    const at = differingEntry(all(got)[i], expected, allowance)
    if (at === undefined) continue
    const name = k < 0 ? `output ${i}` : `the gradient of ${nameOf(paths[floats[k]])}`
    return (
      `${name} at ${formatIndex(at, expected.shape)} is ${short(all(got)[i].data[at])} where compiled functions and ` +
      `checkpoints are called, and ${short(bits[i][at])} op by op: does what is compiled depend on more than its arguments?`
    )
  }
  return undefined
}
