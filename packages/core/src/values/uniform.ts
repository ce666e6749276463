import { allocate, type TypedArray } from './dtype'
import { sizeOf } from './shape'
import { type Storage, Tensor } from './tensor'

/** Number of elements from which on a repeated number needs no memory until it is read. */
const longRun = 4096

/** The storage of one number that is repeated. */
class Uniform implements Storage {
  constructor(
    private readonly owner: Tensor,
    readonly value: number,
  ) {}

  read(): TypedArray {
    const { dtype, size } = this.owner
    const data = allocate(dtype, size)
    data.fill(this.value)
    return data
  }
}

/**
 * A tensor of one number, without memory for its elements until they are read; null if it is small. Derivatives of
 * sums are such tensors, as long as what was summed.
 */
export function repeated(shape: readonly number[], dtype: Tensor['dtype'], value: number): Tensor | null {
  if (sizeOf(shape) < longRun) return null
  const tensor = new Tensor(shape, dtype, null)
  tensor.storage = new Uniform(tensor, value)
  return tensor
}

/** The number that a tensor was made to repeat, if it was. The elements are not read. */
export function repeatedNumber({ storage }: Tensor): number | undefined {
  return storage instanceof Uniform ? storage.value : undefined
}
