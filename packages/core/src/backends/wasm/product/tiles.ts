import type { DType } from '../../../values/dtype'
import type { MemoryAccess, Plain } from '../format/opcodes'

/** Rows of the left operand that one pass of the inner loop multiplies. */
export const tileRows = 4

/** Length of the blocks into which the canon cuts the contracted axis. */
export const blockLength = 256

/** What depends on the element type. */
export interface Elements {
  readonly bytes: number
  /** Elements of a vector. */
  readonly lanes: number
  readonly add: Plain
  readonly multiply: Plain
  readonly splat: MemoryAccess
  readonly load: MemoryAccess
  readonly store: MemoryAccess
  readonly addScalars: Plain
}

/** Contractions of every dtype but bool. */
export const elementTypes: Record<Exclude<DType, 'bool'>, Elements> = {
  float32: {
    bytes: 4,
    lanes: 4,
    add: 'f32x4.add',
    multiply: 'f32x4.mul',
    splat: 'v128.load32_splat',
    load: 'f32.load',
    store: 'f32.store',
    addScalars: 'f32.add',
  },
  float64: {
    bytes: 8,
    lanes: 2,
    add: 'f64x2.add',
    multiply: 'f64x2.mul',
    splat: 'v128.load64_splat',
    load: 'f64.load',
    store: 'f64.store',
    addScalars: 'f64.add',
  },
  int32: {
    bytes: 4,
    lanes: 4,
    add: 'i32x4.add',
    multiply: 'i32x4.mul',
    splat: 'v128.load32_splat',
    load: 'i32.load',
    store: 'i32.store',
    addScalars: 'i32.add',
  },
}
