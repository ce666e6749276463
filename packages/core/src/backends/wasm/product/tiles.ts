import { contractionBlock } from '../../../kernels/numerics'
import type { DType } from '../../../values/dtype'
import type { MemoryAccess, Plain } from '../format/opcodes'

/** Rows of A that one pass of the inner loop multiplies. */
export const tileRows = 4

/** Columns of B that are packed at once, so that they stay in the second-level cache. */
export const columnBlock = 512

/** The scratch memory of a product, whose elements have `bytes` bytes: offsets of its areas, and the size of all. */
export function scratchAreas(bytes: number): { columns: number; rows: number; tile: number; size: number } {
  const columnBytes = columnBlock * contractionBlock * bytes
  const rowBytes = tileRows * contractionBlock * bytes
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

/* @__NO_SIDE_EFFECTS__ */
function elementType(
  bytes: number,
  scalar: 'f32' | 'f64' | 'i32',
  vector: 'f32x4' | 'f64x2' | 'i32x4',
  splat: MemoryAccess,
): ElementType {
  return {
    bytes,
    lanes: 16 / bytes,
    add: `${vector}.add`,
    multiply: `${vector}.mul`,
    splat,
    load: `${scalar}.load`,
    store: `${scalar}.store`,
    addScalars: `${scalar}.add`,
  }
}

/** The element types of products: every dtype except bool. */
export const elementTypes: Record<Exclude<DType, 'bool'>, ElementType> = {
  float32: /* @__PURE__ */ elementType(4, 'f32', 'f32x4', 'v128.load32_splat'),
  float64: /* @__PURE__ */ elementType(8, 'f64', 'f64x2', 'v128.load64_splat'),
  int32: /* @__PURE__ */ elementType(4, 'i32', 'i32x4', 'v128.load32_splat'),
}
