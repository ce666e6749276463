import type { DType } from '../../../values/dtype'
import type { MemoryAccess, Plain } from '../format/opcodes'

/** Rows of A that one pass of the inner loop multiplies. */
export const tileRows = 4

/** Length of the blocks into which the numerics specification cuts the contracted axis. */
export const blockLength = 256

/** Columns of B that are packed at once, so that they stay in the second-level cache. */
export const columnBlock = 512

/** The scratch memory of a product, whose elements have `bytes` bytes: offsets of its areas, and the size of all. */
export function scratchAreas(bytes: number): { columns: number; rows: number; tile: number; size: number } {
  const columnBytes = columnBlock * blockLength * bytes
  const rowBytes = tileRows * blockLength * bytes
  return {
    /** Packed columns of B. */
    columns: 0,
    /** Packed rows of A. */
    rows: columnBytes,
    /** One tile of C. */
    tile: columnBytes + rowBytes,
    size: columnBytes + 3 * rowBytes,
  }
}

/** What depends on the element type. */
export interface ElementType {
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

/** The element types of products: every dtype except bool. */
export const elementTypes: Record<Exclude<DType, 'bool'>, ElementType> = {
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
