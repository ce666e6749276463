import { type Tensor, vjp } from '@cotangent/core'
import type { Subject } from './comparison'
import { numbersFrom, signedWeight } from './random'
import { float64 } from './replay'

/** A function computed in the dtypes of its inputs, and the gradients of its outputs, weighted alike at each call. */
export function ownRun({ inputs, call }: Subject): { outputs: readonly Tensor[]; gradients: readonly Tensor[] } {
  const random = numbersFrom(1)
  const [outputs, pullback] = vjp((...given: Tensor[]) => call(given) as Tensor[], ...inputs)
  const weights = outputs.map(({ size, shape, dtype }) => {
    const data = Float64Array.from({ length: size }, () => signedWeight(random))
    return float64(data, shape as number[]).astype(dtype) as Tensor
  })
  return { outputs, gradients: pullback(weights) }
}

/** The largest magnitude in some tensors. */
export function sizeOf(tensors: readonly Tensor[]): number {
  return tensors.reduce(
    (most, { data }) => Array.from(data).reduce((larger, value) => Math.max(larger, Math.abs(value)), most),
    1e-30,
  )
}

/** Whether every entry of some tensors is finite. */
export function areFinite(tensors: readonly Tensor[]): boolean {
  return tensors.every(({ data }) => data.every((value) => Number.isFinite(value)))
}

/**
 * The first entry that is another number than it should be, beyond what rounding can do: by more than a hundredth of the
 * largest entry, a hundred times the distance to the nearby ones, and the slack together; or, where `isRegular`, not finite.
 */
export function differingEntry(
  got: Tensor,
  expected: Tensor,
  { nearby, slack, isRegular }: { nearby: readonly Tensor[]; slack: number; isRegular: boolean },
): number | undefined {
  const numbers = Array.from(expected.data)
  const largest = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const rounding = Math.max(
    ...nearby.map(({ data }) => numbers.reduce((most, value, at) => Math.max(most, Math.abs(value - data[at])), 0)),
  )
  const allowed = 0.01 * largest + 100 * rounding + slack
  const at = numbers.findIndex((value, at) => {
    const difference = Math.abs(value - got.data[at])
    const isLost = isRegular && Number.isFinite(value) && !Number.isFinite(got.data[at])
    return (Number.isFinite(difference) && difference > allowed) || isLost
  })
  return at < 0 ? undefined : at
}
