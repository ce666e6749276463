import type { Element } from './types'

/** A text in quotes, with the escapes of MLIR: bytes outside of printable ASCII as `\XX`. */
export function quoted(text: string): string {
  const bytes = new TextEncoder().encode(text)
  const isPlain = (byte: number) => byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
  const escaped = Array.from(bytes, (byte) => (isPlain(byte) ? String.fromCharCode(byte) : `\\${hex(byte)}`))
  return `"${escaped.join('')}"`
}

/** Two hexadecimal digits. */
function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0').toUpperCase()
}

/** The little-endian bytes of elements, as a string literal of hexadecimal digits. */
export function hexBytes(bytes: Uint8Array): string {
  const pieces: string[] = []
  for (const byte of bytes) pieces.push(hex(byte))
  return `"0x${pieces.join('')}"`
}

/** A number as a literal that is read back to the same bits, for elements of a type. */
export function literal(value: number, element: Element): string {
  if (element === 'i1') return value === 0 ? 'false' : 'true'
  if (element !== 'f32' && element !== 'f64') return String(value)
  if (!Number.isFinite(value)) return special(value, element)
  return withPoint(element === 'f32' ? shortest(value) : Object.is(value, -0) ? '-0' : String(value))
}

const bits = {
  f32: { NaN: '0x7FC00000', Infinity: '0x7F800000', '-Infinity': '0xFF800000' },
  f64: { NaN: '0x7FF8000000000000', Infinity: '0x7FF0000000000000', '-Infinity': '0xFFF0000000000000' },
}

const special = (value: number, element: 'f32' | 'f64') =>
  bits[element][String(value) as keyof (typeof bits)[typeof element]]

/** The shortest decimal that is rounded to a float32. */
function shortest(value: number): string {
  if (Object.is(value, -0)) return '-0'
  for (let digits = 6; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)))
    if (Math.fround(Number(text)) === value) return text
  }
  return String(Number(value.toPrecision(9)))
}

/** MLIR reads a number as floating-point if it has a point. */
function withPoint(text: string): string {
  const [digits, exponent] = text.split('e')
  const fraction = digits.includes('.') ? digits : `${digits}.0`
  return exponent === undefined ? fraction : `${fraction}e${exponent}`
}

/** Elements as nested lists: `[[1, 2], [3, 4]]`. */
export function nested(literals: readonly string[], shape: readonly number[]): string {
  const [size, ...rest] = shape
  if (shape.length === 0) return literals[0]
  const each = literals.length / size
  const rows = Array.from({ length: size }, (_, i) => nested(literals.slice(i * each, (i + 1) * each), rest))
  return `[${rows.join(', ')}]`
}
