import { type Tensor, vjp } from '@cotangent/core'
import type { Subject } from './comparison'
import { numbersFrom, signedWeight } from '../numeric/random'
import { float64 } from '../graph/evaluate'
import { nudged } from '../numeric/weights'

/** A function computed in the dtypes of its inputs, and the gradients of its outputs, weighted alike at each call. */
export function ownRun({ inputs, call }: Subject): { outputs: readonly Tensor[]; gradients: readonly Tensor[] } {
  const random = numbersFrom(1)
  const [outputs, pullback] = vjp((...given: Tensor[]) => call(given), ...inputs)
  const weights = outputs.map(({ size, shape, dtype }) => {
    const data = Float64Array.from({ length: size }, () => signedWeight(random))
    return float64(data, shape).astype(dtype)
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

/** How far an entry may be from what it should be. */
export interface Allowance {
  /** Relative to the entry. */
  readonly relative: number
  /** Beside that. */
  readonly slack: number
  /** The same tensor with other roundings on the way: a hundred times the largest distance to these is rounding. */
  readonly nearby: readonly Tensor[]
  /** Whether nothing around it is infinite, so that it has to be finite where it should be. */
  readonly isRegular: boolean
}

/** The first entry that is another number than it should be. */
export function differingEntry(
  got: Tensor,
  expected: Tensor,
  { relative, slack, nearby, isRegular }: Allowance,
): number | undefined {
  const numbers = Array.from(expected.data)
  const rounding = Math.max(
    ...nearby.map(({ data }) => numbers.reduce((most, value, at) => Math.max(most, Math.abs(value - data[at])), 0)),
  )
  const at = numbers.findIndex((value, at) => {
    const difference = Math.abs(value - got.data[at])
    const isLost = isRegular && Number.isFinite(value) && !Number.isFinite(got.data[at])
    return (Number.isFinite(difference) && difference > relative * Math.abs(value) + slack + 100 * rounding) || isLost
  })
  return at < 0 ? undefined : at
}

/** `ownRun` at inputs that are changed by up to so much of their size: what rounding on the way can do. */
export function nearbyRun(subject: Subject, salt: number, size: number): ReturnType<typeof ownRun> {
  const inputs = subject.inputs.map((x) => float64(nudged(x.data as Float64Array, salt, size), x.shape))
  return ownRun({ ...subject, inputs })
}
