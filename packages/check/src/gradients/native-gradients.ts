import { type Tensor, vjp } from '@cotangent/core'
import { perturbed } from '../numeric/perturb'
import { numbersFrom, signedWeight } from '../numeric/random'
import type { Subject } from '../numeric/subject'
import { float64 } from '../numeric/tensors'

/** Values and gradients in the function's native dtypes. */
export interface NativeRun {
  readonly outputs: readonly Tensor[]
  readonly gradients: readonly Tensor[]
}

/** Runs a function in the dtypes of its inputs. The gradients are those of the outputs, weighted alike at each call. */
export function nativeRun({ inputs, call }: Subject): NativeRun {
  const random = numbersFrom(1)
  const [outputs, pullback] = vjp((...given: Tensor[]) => call(given) as Tensor[], ...inputs)
  const weights = outputs.map(({ size, shape, dtype }) => {
    const data = Float64Array.from({ length: size }, () => signedWeight(random))
    return float64(data, shape).astype(dtype)
  })
  return { outputs, gradients: pullback(weights) }
}

/**
 * A run at inputs perturbed by up to half of a relative size. Its distance from the plain run is what rounding can do.
 */
export function nearbyRun(subject: Subject, salt: number, size: number): NativeRun {
  const inputs = subject.inputs.map((x) => float64(perturbed(x.data as Float64Array, salt, size), x.shape))
  return nativeRun({ ...subject, inputs })
}

/** Whether every entry of some tensors is finite. */
export function areFinite(tensors: readonly Tensor[]): boolean {
  return tensors.every(({ data }) => data.every((value) => Number.isFinite(value)))
}

/** How far an entry may be from its expected value. */
export interface Allowance {
  /** Relative to the entry. */
  readonly relative: number
  /** An absolute part, added to the relative one. */
  readonly slack: number
  /** The same tensor with other rounding errors. A hundred times the largest distance to these counts as rounding. */
  readonly nearby: readonly Tensor[]
  /** Whether inputs and outputs are finite, so that an entry must be finite where its expected value is. */
  readonly isRegular: boolean
}

/** The first entry that is too far from its expected value. */
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
