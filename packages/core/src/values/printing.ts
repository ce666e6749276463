import type { DType, TypedArray } from './dtype'
import { formatShape, sizeOf } from './shape'
import type { NestedNumbers, Shape } from '../types/shapes'

/** The elements as nested arrays. */
export function nested(values: TypedArray, shape: Shape, dtype: DType): any {
  let next = 0
  const build = (axis: number): NestedNumbers => {
    if (axis === shape.length) return dtype === 'bool' ? values[next++] !== 0 : values[next++]
    return Array.from({ length: shape[axis] }, () => build(axis + 1))
  }
  return build(0)
}

/** `float32[2, 3]`, as graphs and messages print a type. */
export function formatType(dtype: DType, shape: Shape): string {
  return `${dtype}${formatShape(shape)}`
}

/** A number as text that distinguishes -0 from 0. */
export function exactText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

/**
 * Escapes every control character, invisible format character and line separator. The text then stays on one line,
 * and a terminal or a reader sees all its characters.
 */
export function escaped(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const known = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character]
    return known ?? `\\u{${character.codePointAt(0)!.toString(16)}}`
  })
}

const shownPerAxis = 6

function formatElement(value: number, dtype: DType): string {
  if (dtype === 'bool') return value === 0 ? 'false' : 'true'
  if (dtype === 'int32') return String(value)
  if (Object.is(value, -0)) return '-0'
  return String(Number(value.toPrecision(dtype === 'float32' ? 6 : 10)))
}

/**
 * `Tensor float32[2, 2] [[1, 2], [3, 4]]`. Long axes are shortened in the middle; `lack` says why there are no
 * elements.
 */
export function describeTensor(
  shape: Shape,
  dtype: DType,
  valueAt: ((offset: number) => number) | null,
  lack: string = 'symbolic',
): string {
  const head = `Tensor ${formatType(dtype, shape)}`
  if (valueAt === null) return `${head} (${lack})`
  const print = (axis: number, offset: number): string => {
    if (axis === shape.length) return formatElement(valueAt(offset), dtype)
    const count = shape[axis]
    const stride = sizeOf(shape.slice(axis + 1))
    const shown = (index: number) => print(axis + 1, offset + index * stride)
    const indices = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => shown(from + i))
    if (count <= shownPerAxis) return `[${indices(0, count).join(', ')}]`
    const half = shownPerAxis / 2
    return `[${[...indices(0, half), '...', ...indices(count - half, count)].join(', ')}]`
  }
  return `${head} ${print(0, 0)}`
}
