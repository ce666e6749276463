import type { DType } from '../../../values/dtype'
import type { Code, Local } from '../format/code'

/**
 * Four elements of one value, in 128-bit vectors: one vector of float32, of int32 or of masks (bool: all bits set, or
 * none), or two vectors of float64.
 */
export type Quad = readonly Local[]

/** The number of vectors that hold four elements of a dtype. */
export function vectorsOf(dtype: DType): 1 | 2 {
  return dtype === 'float64' ? 2 : 1
}

/** Bytes of a quad in memory, with masks as they are in registers. */
export function quadBytes(dtype: DType): number {
  return 16 * vectorsOf(dtype)
}

/** Four elements of a dtype in new locals. */
export function newQuad(code: Code, dtype: DType): Quad {
  return code.locals(vectorsOf(dtype), 'v128')
}

/** Four copies of a constant. The locals are shared and must not be written. */
export function constantQuad(code: Code, dtype: DType, value: number): Quad {
  const four = { length: 4 }
  if (dtype === 'float64') {
    const local = code.constant(Float64Array.of(value, value))
    return [local, local]
  }
  if (dtype === 'float32') return [code.constant(Float32Array.from(four, () => value))]
  return [code.constant(Int32Array.from(four, () => (dtype === 'bool' ? -value : value)))]
}

export function copyQuad(code: Code, from: Quad, to: Quad): void {
  from.forEach((local, vector) => code.get(local).set(to[vector]))
}

/** Reads a quad that `storeQuad` wrote. */
export function loadQuad(code: Code, pointer: Local, out: Quad, offset = 0): void {
  out.forEach((local, vector) => {
    code.get(pointer).memory('v128.load', offset + 16 * vector)
    code.set(local)
  })
}

/** Writes a quad vector by vector. Masks stay masks: unlike `storeElements`, this does not narrow them to bytes. */
export function storeQuad(code: Code, pointer: Local, value: Quad, offset = 0): void {
  value.forEach((local, vector) => code.get(pointer, local).memory('v128.store', offset + 16 * vector))
}
