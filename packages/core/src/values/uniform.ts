import type { Shape } from '../types/shapes'
import { allocate, type DType, type TypedArray } from './dtype'
import { sizeOf } from './shape'
import { type Storage, Tensor } from './tensor'

/** Smaller tensors are stored element by element. */
const fewest = 4096

/** Larger ones too, so that what is too large for memory is refused where it is made. */
const most = 2 ** 26

/** One number in place of all elements. They are written when they are first read. */
class Uniform implements Storage {
  constructor(
    private readonly dtype: DType,
    private readonly size: number,
    readonly value: number,
  ) {}

  read(): TypedArray {
    return allocate(this.dtype, this.size).fill(this.value)
  }
}

/** A tensor whose elements are all `value`. A large one takes no memory until its elements are read. */
export function uniform(shape: Shape, dtype: DType, value: number): Tensor {
  const size = sizeOf(shape)
  if (size < fewest || size > most) return new Tensor(shape, dtype, allocate(dtype, size).fill(value))
  const tensor = new Tensor(shape, dtype, null)
  tensor.storage = new Uniform(dtype, size, value)
  return tensor
}

/** The number that a tensor is known to hold everywhere; undefined if it is not known. Elements are not read. */
export function uniformValue({ storage }: Tensor): number | undefined {
  return storage?.value
}
