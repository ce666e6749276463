import type { Tensor } from '@cotangent/core'
import { perturbed } from './perturb'
import { float64 } from './tensors'

/**
 * Whether float64 numbers look rounded to float32: float32 holds each of them exactly, and one has more digits than fit
 * by chance.
 */
export function isRoundedToSingle(x: Tensor): boolean {
  return fitsSingle(x) && Array.from(x.data).some(isLong)
}

/** Whether float32 holds each of some float64 numbers exactly. */
export function fitsSingle({ data, dtype }: Tensor): boolean {
  return dtype === 'float64' && Array.from(data).every((value) => Object.is(Math.fround(value), value))
}

/** Whether a number has more than sixteen significant bits. */
function isLong(value: number): boolean {
  if (!Number.isFinite(value) || value === 0) return false
  const exponent = Math.floor(Math.log2(Math.abs(value)))
  return !Number.isInteger(value * 2 ** (15 - exponent))
}

/** Nearby numbers that float32 cannot hold: they have more digits than a float32 or a random number. */
export function movedOffFloat32(x: Tensor): Tensor {
  return float64(perturbed(x.data as Float64Array, 1, 1e-8), x.shape)
}
