import { allocate } from '../values/dtype'
import { Tensor } from '../values/tensor'

/**
 * Deterministic pseudorandom numbers between 1 and 2, in the shape and dtype of a tensor. A linear op maps them to zero
 * only where all its coefficients are zero, up to a small probability. Ones would not work: 1 - 1 cancels.
 */
export function weights({ shape, size, dtype }: Tensor, salt: number): Tensor {
  const values = allocate(dtype, size)
  let state = Math.imul(salt + 1, 0x9e3779b1)
  for (let i = 0; i < size; i++) {
    state = (state + 0x6d2b79f5) | 0
    const mixed = Math.imul(state ^ (state >>> 15), state | 1)
    const hash = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61))
    values[i] = 1 + ((hash ^ (hash >>> 14)) >>> 0) / 2 ** 32
  }
  return new Tensor(shape, dtype, values)
}
