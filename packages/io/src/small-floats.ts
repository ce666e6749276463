import { FileError } from './errors'
import type { StoredType } from './stored-types'

// Floats of 8 and 16 bits. Reading them is exact: float32 holds every value of each.

/** A float with a sign bit, an exponent and a mantissa, in this order. */
interface Layout {
  readonly exponentBits: number
  readonly mantissaBits: number
  readonly bias: number
  /** What the largest exponent means: infinities and NaN (IEEE 754), NaN for all ones only, or ordinary numbers. */
  readonly top: 'ieee' | 'nan' | 'finite'
}

// Micikevicius et al. 2022 (E5M2, E4M3); FNUZ has one zero, and its only NaN has the bits of -0.
const layouts = {
  F8_E5M2: { exponentBits: 5, mantissaBits: 2, bias: 15, top: 'ieee' },
  F8_E4M3: { exponentBits: 4, mantissaBits: 3, bias: 7, top: 'nan' },
  F8_E5M2FNUZ: { exponentBits: 5, mantissaBits: 2, bias: 16, top: 'finite' },
  F8_E4M3FNUZ: { exponentBits: 4, mantissaBits: 3, bias: 8, top: 'finite' },
} as const satisfies Partial<Record<StoredType, Layout>>

function valueOf(code: number, { exponentBits, mantissaBits, bias, top }: Layout): number {
  const sign = code >> (exponentBits + mantissaBits) === 0 ? 1 : -1
  const largest = 2 ** exponentBits - 1
  const exponent = (code >> mantissaBits) & largest
  const mantissa = code & (2 ** mantissaBits - 1)
  if (top === 'finite' && sign < 0 && exponent === 0 && mantissa === 0) return NaN
  if (top === 'ieee' && exponent === largest) return mantissa === 0 ? sign * Infinity : NaN
  if (top === 'nan' && exponent === largest && mantissa === 2 ** mantissaBits - 1) return NaN
  const [digits, power] = exponent === 0 ? [mantissa, 1] : [mantissa + 2 ** mantissaBits, exponent]
  return sign * digits * 2 ** (power - bias - mantissaBits)
}

/** The 256 values of an 8-bit float, or null for another type. */
export function valuesOfByte(stored: StoredType): Float32Array | null {
  // E8M0 has no sign and no mantissa: a power of two (OCP Microscaling Formats 1.0, 5.4.1).
  if (stored === 'F8_E8M0')
    return Float32Array.from({ length: 256 }, (_, code) => (code === 255 ? NaN : 2 ** (code - 127)))
  const layout: Layout | undefined = (layouts as Partial<Record<StoredType, Layout>>)[stored]
  return layout === undefined ? null : Float32Array.from({ length: 256 }, (_, code) => valueOf(code, layout))
}

/** bfloat16 to float32: its bits are the upper half. */
export function widenBfloat16(codes: Uint16Array): Float32Array {
  const bits = new Uint32Array(codes.length)
  for (let i = 0; i < codes.length; i++) bits[i] = codes[i] << 16
  return new Float32Array(bits.buffer)
}

/** float16 to float32. Works on bits, so that the payload of a NaN is kept. */
export function widenFloat16(codes: Uint16Array): Float32Array {
  const values = new Float32Array(codes.length)
  const bits = new Uint32Array(values.buffer)
  for (let i = 0; i < codes.length; i++) {
    const sign = (codes[i] & 0x8000) << 16
    const exponent = (codes[i] >> 10) & 31
    const mantissa = codes[i] & 0x3ff
    if (exponent === 31) bits[i] = sign | 0x7f800000 | (mantissa << 13)
    else if (exponent > 0) bits[i] = sign | ((exponent + 112) << 23) | (mantissa << 13)
    else values[i] = (sign === 0 ? 1 : -1) * mantissa * 2 ** -24
  }
  return values
}

/** 16-bit floats to write: mantissa bits, and the smallest exponent of a normal number. */
const narrow = {
  F16: { mantissaBits: 10, smallest: -14, infinity: 0x7c00 },
  BF16: { mantissaBits: 7, smallest: -126, infinity: 0x7f80 },
} as const

/**
 * Rounds floats to 16 bits, to the nearest, ties to even.
 *
 * @throws FileError if a finite value is too large.
 */
export function narrowFloats(stored: 'F16' | 'BF16', values: ArrayLike<number>): Uint16Array {
  const { mantissaBits, smallest, infinity } = narrow[stored]
  const codes = new Uint16Array(values.length)
  const scratch = new DataView(new ArrayBuffer(8))
  for (let i = 0; i < values.length; i++) {
    scratch.setFloat64(0, values[i])
    const high = scratch.getUint32(0)
    const sign = (high >>> 16) & 0x8000
    const size = Math.abs(values[i])
    if (Number.isNaN(size)) {
      // The upper bits of the payload are kept, and a quiet NaN stays one.
      codes[i] = sign | infinity | (1 << (mantissaBits - 1)) | ((high & 0xfffff) >>> (20 - mantissaBits))
      continue
    }
    const exponent = Math.max(((high >>> 20) & 0x7ff) - 1023, smallest)
    // In units of the last place the value is below 2^11, where adding and taking away 2^52 rounds to even. A carry
    // into the exponent is right as it stands.
    const units = size === Infinity ? 0 : size * 2 ** (mantissaBits - exponent) + 2 ** 52 - 2 ** 52
    const code = size === Infinity ? infinity : ((exponent - smallest) << mantissaBits) + units
    if (code >= infinity && size !== Infinity)
      throw new FileError(
        'too-large-for-file',
        `${values[i]} (element ${i}) is too large for ${stored === 'F16' ? 'float16' : 'bfloat16'}; store it as float32`,
      )
    codes[i] = sign | code
  }
  return codes
}
