import { flatten, formatIndex, tensor, type Tensor, vjp } from '@cotangent/core'
import { aboutNode, type Blame, nodeSubject, short } from './blame'
import type { Subject } from './comparison'
import { type AnyFunction, derivativeOf } from './derivative'
import type { Graphed } from './graph-subject'
import { kernelFailures, sameBits } from './kernels'
import { numbersFrom, signedWeight } from './random'
import { float64, runNodes, startingValues, widened } from './replay'
import type { Failure } from './report'
import { nudged } from './weights'

/** What went wrong when the derivative was run as the user would. */
export interface OwnRunFailure {
  readonly kind: Failure['kind']
  readonly detail: string
  readonly blame: readonly Blame[]
}

/** The arguments with tensors of their own, so that a kernel that writes to its inputs does no harm. */
export function copiedArgs(args: readonly unknown[]): readonly unknown[] {
  const { leaves, rebuild } = flatten(args)
  return rebuild(leaves.map(copied)) as readonly unknown[]
}

function copied({ data, dtype, shape }: Tensor): Tensor {
  return tensor(data.slice(), { dtype, shape: [...(shape as number[])] })
}

/** Runs the derivative twice, in the dtypes that there are: the same bits each time, and no other numbers than in float64. */
export function checkOwnRun(f: AnyFunction, args: readonly unknown[], graphed: Graphed | undefined): OwnRunFailure[] {
  const { leaves } = flatten(args)
  const kernels = graphed === undefined ? [] : kernelFailures(graphed.graph, leaves.map(copied))
  const failures: OwnRunFailure[] = kernels.map(({ detail, blame }) => ({ kind: 'kernel', detail, blame: [blame] }))
  const runs = [0, 1].map(() => flatten(derivativeOf(f, numbersFrom(1))(...copiedArgs(args))).leaves)
  if (runs[0].some((leaf, i) => !sameBits(leaf.data, runs[1][i].data)))
    failures.push({
      kind: 'not-deterministic',
      detail: 'two runs on the same arguments gave derivatives of different bits',
      blame: [],
    })
  if (failures.length > 0 || graphed === undefined || !leaves.some(({ dtype }) => dtype === 'float32')) return failures
  // Node by node: in the whole, a gradient that is zero by its nature is rounding error in either precision.
  return blameNarrow(graphed, leaves).map((blame) => ({
    kind: 'float32',
    detail: `${blame.op}: ${blame.detail}`,
    blame: [blame],
  }))
}

function blameNarrow({ graph, values }: Graphed, leaves: readonly Tensor[]): Blame[] {
  const own = runNodes(graph, startingValues(graph, leaves))
  return graph.nodes.flatMap((_, at) => {
    const [narrow, wide] = [nodeSubject(graph, at, own), nodeSubject(graph, at, values)]
    if (narrow === undefined || wide === undefined) return []
    const detail = narrowDifference(narrow, { ...wide, inputs: narrow.inputs.map(widened) })
    return detail === undefined ? [] : [aboutNode(graph, at, detail)]
  })
}

function gradientsOf({ inputs, call }: Subject): readonly Tensor[] {
  const random = numbersFrom(1)
  const [outputs, pullback] = vjp((...given: Tensor[]) => call(given) as Tensor[], ...inputs)
  const weights = outputs.map(({ size, shape, dtype }) => {
    const data = Float64Array.from({ length: size }, () => signedWeight(random))
    return float64(data, shape as number[]).astype(dtype) as Tensor
  })
  return pullback(weights)
}

/**
 * Where the gradient in float32 is another one than in float64, beyond what rounding can do: by more than a hundredth of the
 * largest entry, and a hundred times what a change of the inputs in their last float32 digits does.
 */
function narrowDifference(narrow: Subject, wide: Subject): string | undefined {
  const [got, expected] = [gradientsOf(narrow), gradientsOf(wide)]
  const nearby = [1, 2].map((salt) =>
    gradientsOf({
      ...wide,
      inputs: wide.inputs.map((x) => float64(nudged(x.data as Float64Array, salt, 2 ** -22), x.shape as number[])),
    }),
  )
  for (const [i, leaf] of expected.entries()) {
    const numbers = Array.from(leaf.data)
    const largest = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const rounding = Math.max(
      ...nearby.map((each) =>
        numbers.reduce((most, value, at) => Math.max(most, Math.abs(value - each[i].data[at])), 0),
      ),
    )
    const at = numbers.findIndex((value, at) => Math.abs(value - got[i].data[at]) > 0.01 * largest + 100 * rounding)
    if (at >= 0 && Number.isFinite(got[i].data[at]))
      return (
        `the gradient of input ${i} at ${formatIndex(at, leaf.shape as number[])} is ${short(got[i].data[at])} in float32 and ` +
        `${short(numbers[at])} in float64`
      )
  }
  return undefined
}
