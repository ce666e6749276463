import type { DType, TypedArray } from '../../values/dtype'

type Load = (
  source: TypedArray,
  at: number,
  stride: number,
  register: Float64Array,
  start: number,
  length: number,
) => void

// One loop for each type of array: a loop that sees several of them is many times slower.
const loads: Readonly<Record<DType, Load>> = {
  float32: (source, at, stride, register, start, length) => {
    for (let i = 0; i < length; i++, at += stride) register[start + i] = source[at]
  },
  float64: (source, at, stride, register, start, length) => {
    for (let i = 0; i < length; i++, at += stride) register[start + i] = source[at]
  },
  int32: (source, at, stride, register, start, length) => {
    for (let i = 0; i < length; i++, at += stride) register[start + i] = source[at]
  },
  bool: (source, at, stride, register, start, length) => {
    for (let i = 0; i < length; i++, at += stride) register[start + i] = source[at] === 0 ? 0 : 1
  },
}

type Store = (output: TypedArray, start: number, register: Float64Array, length: number) => void

/** Writes a block of results to the output, one loop for each type of array. */
export const stores: Readonly<Record<DType, Store>> = {
  float32: (output, start, register, length) => {
    for (let i = 0; i < length; i++) output[start + i] = register[i]
  },
  float64: (output, start, register, length) => {
    for (let i = 0; i < length; i++) output[start + i] = register[i]
  },
  int32: (output, start, register, length) => {
    for (let i = 0; i < length; i++) output[start + i] = register[i]
  },
  bool: (output, start, register, length) => {
    for (let i = 0; i < length; i++) output[start + i] = register[i]
  },
}

/**
 * Reads one strided input in blocks. Kept with the program and laid out anew by each call, so that calls allocate
 * nothing.
 */
export class Reader {
  private rank = 0
  private readonly sizes: number[] = []
  private readonly strides: number[] = []
  private readonly position: number[] = []
  private readonly copy: Load

  constructor(
    /** Which of the program's inputs this is. */
    readonly input: number,
    readonly register: Float64Array,
    dtype: DType,
  ) {
    this.copy = loads[dtype]
  }

  /** Takes up a layout, merging axes that one stride can walk: contiguous and scalar inputs become one axis. */
  layOut(shape: readonly number[], strides: readonly number[]): void {
    let last = -1
    for (let axis = 0; axis < shape.length; axis++) {
      const size = shape[axis]
      if (size === 1) continue
      if (last >= 0 && this.strides[last] === strides[axis] * size) {
        this.sizes[last] *= size
      } else {
        this.sizes[++last] = size
      }
      this.strides[last] = strides[axis]
    }
    this.rank = last + 1
  }

  /** Fills the register with the elements `start` to `start + length` of the row-major output. */
  read(source: TypedArray, start: number, length: number): void {
    if (this.rank > 1) return this.readRows(source, start, length)
    const stride = this.rank === 1 ? this.strides[0] : 0
    this.copy(source, start * stride, stride, this.register, 0, length)
  }

  private readRows(source: TypedArray, start: number, length: number): void {
    const { sizes, strides, position, register } = this
    const inner = this.rank - 1
    let row = 0
    let rest = start
    for (let axis = inner; axis >= 0; axis--) {
      position[axis] = rest % sizes[axis]
      rest = (rest - position[axis]) / sizes[axis]
      if (axis < inner) row += position[axis] * strides[axis]
    }
    let column = position[inner]
    for (let done = 0; done < length;) {
      const count = Math.min(sizes[inner] - column, length - done)
      this.copy(source, row + column * strides[inner], strides[inner], register, done, count)
      done += count
      column = 0
      for (let axis = inner - 1; axis >= 0; axis--) {
        row += strides[axis]
        if (++position[axis] < sizes[axis]) break
        row -= strides[axis] * sizes[axis]
        position[axis] = 0
      }
    }
  }
}
