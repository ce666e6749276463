import { bytesPerElement, type DType } from '../../../values/dtype'
import type { Code, Local } from '../format/code'
import { type Quad, vectorsOf } from './quad'

/** Four elements of a dtype in new locals. */
export function newQuad(code: Code, dtype: DType): Quad {
  return Array.from({ length: vectorsOf(dtype) }, () => code.local('v128'))
}

/** Four copies of a constant, in locals that are not to be written. */
export function constantQuad(code: Code, dtype: DType, value: number): Quad {
  const four = { length: 4 }
  if (dtype === 'float64') {
    const local = code.constant(Float64Array.of(value, value))
    return [local, local]
  }
  if (dtype === 'float32') return [code.constant(Float32Array.from(four, () => value))]
  return [code.constant(Int32Array.from(four, () => (dtype === 'bool' ? -value : value)))]
}

/** Loads four elements, `stride` elements apart, from the address in `pointer`. Booleans become masks. */
export function load(code: Code, dtype: DType, stride: number, pointer: Local, out: Quad): void {
  if (stride === 0) splat(code, dtype, pointer, out)
  else if (stride === 1) adjacent(code, dtype, pointer, out)
  else apart(code, dtype, stride, pointer, out)
  if (dtype === 'bool') code.get(out[0]).vector(new Int32Array(4)).op('i32x4.ne').set(out[0])
}

function splat(code: Code, dtype: DType, pointer: Local, out: Quad): void {
  code.get(pointer)
  if (dtype === 'float64') code.memory('v128.load64_splat').tee(out[0]).set(out[1])
  else if (dtype === 'bool') code.memory('i32.load8_u').op('i32x4.splat').set(out[0])
  else code.memory('v128.load32_splat').set(out[0])
}

function adjacent(code: Code, dtype: DType, pointer: Local, out: Quad): void {
  if (dtype === 'bool') {
    code.get(pointer).memory('v128.load32_zero').op('i16x8.extend_low_i8x16_u', 'i32x4.extend_low_i16x8_u').set(out[0])
  } else
    out.forEach((local, part) =>
      code
        .get(pointer)
        .memory('v128.load', 16 * part)
        .set(local),
    )
}

function apart(code: Code, dtype: DType, stride: number, pointer: Local, out: Quad): void {
  const step = stride * bytesPerElement(dtype)
  const at = (element: number) =>
    code
      .get(pointer)
      .i32(element * step)
      .op('i32.add')
  if (dtype === 'float64')
    out.forEach((local, part) => {
      at(2 * part)
        .memory('v128.load64_zero')
        .set(local)
      at(2 * part + 1)
      code.get(local).memoryLane('v128.load64_lane', 1).set(local)
    })
  else if (dtype === 'bool') {
    code.vector(new Int32Array(4)).set(out[0])
    for (let element = 0; element < 4; element++) {
      at(element)
      code
        .get(out[0])
        .memoryLane('v128.load8_lane', 4 * element)
        .set(out[0])
    }
  } else {
    at(0).memory('v128.load32_zero').set(out[0])
    for (let element = 1; element < 4; element++) {
      at(element)
      code.get(out[0]).memoryLane('v128.load32_lane', element).set(out[0])
    }
  }
}

/** Stores four adjacent elements at the address in `pointer`. */
export function store(code: Code, dtype: DType, pointer: Local, value: Quad): void {
  code.get(pointer)
  if (dtype === 'bool') {
    code
      .get(value[0])
      .vector(Int32Array.of(1, 1, 1, 1))
      .op('v128.and')
    code.get(value[0]).op('i16x8.narrow_i32x4_u')
    const narrowed = code.local('v128')
    code.tee(narrowed).get(narrowed).op('i8x16.narrow_i16x8_u').memoryLane('v128.store32_lane', 0)
  } else {
    code.get(value[0]).memory('v128.store')
    if (value.length > 1) code.get(pointer, value[1]).memory('v128.store', 16)
  }
}

/** Stores the first element at the address in `pointer`. */
export function storeFirst(code: Code, dtype: DType, pointer: Local, value: Quad): void {
  code.get(pointer, value[0])
  if (dtype === 'float64') code.memoryLane('v128.store64_lane', 0)
  else if (dtype === 'bool') code.lane('i32x4.extract_lane', 0).i32(1).op('i32.and').memory('i32.store8')
  else code.memoryLane('v128.store32_lane', 0)
}
