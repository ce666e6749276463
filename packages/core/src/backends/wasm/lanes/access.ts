import { bytesPerElement, type DType } from '../../../values/dtype'
import type { Code, Local } from '../format/code'
import type { MemoryAccess } from '../format/opcodes'
import type { Quad } from './quad'

/** The instructions that read and write one element. */
export const accesses: Record<DType, readonly [load: MemoryAccess, store: MemoryAccess]> = {
  bool: ['i32.load8_u', 'i32.store8'],
  int32: ['i32.load', 'i32.store'],
  float32: ['f32.load', 'f32.store'],
  float64: ['f64.load', 'f64.store'],
}

/** Writes zeros to `bytes` bytes at the address in `pointer`. */
export function fillWithZeros(code: Code, pointer: Local, bytes: number): void {
  code.push(pointer, 0, bytes).op('memory.fill')
}

/**
 * Loads four elements, `stride` elements apart, from `at` bytes behind the address in `pointer`. Booleans become masks.
 */
export function loadElements(code: Code, dtype: DType, stride: number, pointer: Local, out: Quad, at = 0): void {
  if (stride === 0) loadSplat(code, dtype, pointer, out, at)
  else if (stride === 1) loadAdjacent(code, dtype, pointer, out, at)
  else loadStrided(code, dtype, stride, pointer, out, at)
  if (dtype === 'bool') code.get(out[0]).vector(new Int32Array(4)).op('i32x4.ne').set(out[0])
}

function loadSplat(code: Code, dtype: DType, pointer: Local, out: Quad, at: number): void {
  code.get(pointer)
  if (dtype === 'float64') code.memory('v128.load64_splat', at).tee(out[0]).set(out[1])
  else if (dtype === 'bool') code.memory('i32.load8_u', at).op('i32x4.splat').set(out[0])
  else code.memory('v128.load32_splat', at).set(out[0])
}

function loadAdjacent(code: Code, dtype: DType, pointer: Local, out: Quad, at: number): void {
  if (dtype === 'bool') {
    code
      .get(pointer)
      .memory('v128.load32_zero', at)
      .op('i16x8.extend_low_i8x16_u', 'i32x4.extend_low_i16x8_u')
      .set(out[0])
    return
  }
  out.forEach((local, vector) => {
    code.get(pointer).memory('v128.load', at + 16 * vector)
    code.set(local)
  })
}

function loadStrided(code: Code, dtype: DType, stride: number, pointer: Local, out: Quad, at: number): void {
  const step = stride * bytesPerElement(dtype)
  const addressOf = (element: number) => code.push(pointer, element * step).op('i32.add')
  if (dtype === 'float64') {
    out.forEach((local, vector) => {
      addressOf(2 * vector).memory('v128.load64_zero', at)
      code.set(local)
      addressOf(2 * vector + 1).get(local)
      code.memoryLane('v128.load64_lane', 1, at).set(local)
    })
  } else if (dtype === 'bool') {
    code.vector(new Int32Array(4)).set(out[0])
    for (let element = 0; element < 4; element++) {
      addressOf(element).get(out[0])
      code.memoryLane('v128.load8_lane', 4 * element, at).set(out[0])
    }
  } else {
    addressOf(0).memory('v128.load32_zero', at).set(out[0])
    for (let element = 1; element < 4; element++) {
      addressOf(element).get(out[0]).memoryLane('v128.load32_lane', element, at).set(out[0])
    }
  }
}

/** Stores four adjacent elements at the address in `pointer`. Masks become booleans. */
export function storeElements(code: Code, dtype: DType, pointer: Local, value: Quad): void {
  code.get(pointer)
  if (dtype === 'bool') {
    code.get(value[0]).vector(Int32Array.of(1, 1, 1, 1))
    code.op('v128.and').get(value[0]).op('i16x8.narrow_i32x4_u')
    const narrowed = code.local('v128')
    code.tee(narrowed).get(narrowed).op('i8x16.narrow_i16x8_u').memoryLane('v128.store32_lane', 0)
  } else {
    code.get(value[0]).memory('v128.store')
    if (value.length > 1) code.get(pointer, value[1]).memory('v128.store', 16)
  }
}

/** Stores the first of four elements at the address in `pointer`. */
export function storeFirstElement(code: Code, dtype: DType, pointer: Local, value: Quad): void {
  code.get(pointer, value[0])
  if (dtype === 'float64') code.memoryLane('v128.store64_lane', 0)
  else if (dtype === 'bool') code.lane('i32x4.extract_lane', 0).i32(1).op('i32.and').memory('i32.store8')
  else code.memoryLane('v128.store32_lane', 0)
}
