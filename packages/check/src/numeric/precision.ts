import type { Tensor } from '@cotangent/core'
import { perturbed } from './perturb'
import { float64 } from './tensors'

/**
 * Whether float64 numbers look rounded to float32: float32 holds each of them exactly, and one has more digits than fit
 * by chance.
 */
export function isRoundedToSingle({ data, dtype }: Tensor): boolean {
  if (dtype !== 'float64') return false
  const numbers = Array.from(data)
  return numbers.every((value) => Object.is(Math.fround(value), value) || Number.isNaN(value)) && numbers.some(isLong)
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
