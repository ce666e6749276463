import { flatten, formatIndex, type Graph, inlined, type Tensor } from '@cotangent/core'
import { short } from './blame'
import type { Subject } from './comparison'
import type { AnyFunction } from './derivative'
import { graphSubject } from './graph-subject'
import { sameBits } from './kernels'
import { areFinite, differingEntry, ownRun, sizeOf } from './own-gradients'
import { isFloat } from './replay'
import { nameOf } from './structure'

/**
 * What a function with regions, compiled functions and checkpoints, gives otherwise than op by op, as its graph has been
 * checked; undefined where that is rounding. A region may add up cotangents in another order.
 */
export function regionDifference(f: AnyFunction, args: readonly unknown[], graph: Graph): string | undefined {
  const { leaves, paths, rebuild } = flatten(args)
  const floats = leaves.flatMap((leaf, i) => (isFloat(leaf) ? [i] : []))
  const subjectOf = (g: AnyFunction): Subject => ({
    inputs: floats.map((i) => leaves[i]),
    call: (given) => {
      const replaced = leaves.map((leaf, i) => given[floats.indexOf(i)] ?? leaf)
      return flatten(g(...(rebuild(replaced) as unknown[]))).leaves.filter(isFloat)
    },
    isStrict: false,
  })
  const [got, own] = [f, inlined(f)].map((g) => ownRun(subjectOf(g)))
  const both = (run: typeof got) => [...run.outputs, ...run.gradients]
  if (both(got).every(({ data }, i) => sameBits(data, both(own)[i].data))) return undefined
  const wide = ownRun(graphSubject(graph, leaves))
  const isRegular = areFinite(both(own))
  const compare = (which: keyof typeof got, nameAt: (i: number) => string, slackAt: (i: number) => number) => {
    for (const [i, expected] of wide[which].entries()) {
      const nearby: readonly Tensor[] = [own[which][i]]
      const at = differingEntry(got[which][i], expected, { nearby, slack: slackAt(i), isRegular })
      if (at === undefined) continue
      return (
        `${nameAt(i)} at ${formatIndex(at, expected.shape as number[])} is ${short(got[which][i].data[at])} where compiled ` +
        `functions and checkpoints are called, and ${short(own[which][i].data[at])} op by op: does what is compiled depend on ` +
        'more than its arguments?'
      )
    }
    return undefined
  }
  const slack = 2 ** -20 * sizeOf(own.outputs)
  return (
    compare(
      'outputs',
      (i) => `output ${i}`,
      () => slack,
    ) ??
    compare(
      'gradients',
      (i) => `the gradient of ${nameOf(paths[floats[i]])}`,
      (i) => slack / sizeOf([leaves[floats[i]]]),
    )
  )
}
