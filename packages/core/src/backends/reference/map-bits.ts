/** Elements that a register holds at most. */
export const blockLength = 512

/** Runs one instruction over the first `length` elements of its registers; `out` may be one of the operands. */
export type InstructionKernel = (
  out: Float64Array,
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  length: number,
) => void

// The exponent field is read from the upper half of the float64, wherever this machine stores that half.
const scratch = new Float64Array(blockLength)
const words = new Int32Array(scratch.buffer)
scratch[0] = 1
const upper = words[1] === 0 ? 0 : 1

const single = new Float64Array(1)
const singleWords = new Int32Array(single.buffer)

const two52 = 2 ** 52

/** 2^n at n + 1074. */
const powersOfTwo = Float64Array.from({ length: 1074 + 1024 }, () => 1)
for (let n = 1; n <= 1023; n++) powersOfTwo[1074 + n] = powersOfTwo[1073 + n] * 2
for (let n = 1; n <= 1074; n++) powersOfTwo[1074 - n] = powersOfTwo[1075 - n] / 2

/** To the nearest integer, halves to even; Math.round takes halves up. */
export const round: InstructionKernel = (out, a, _b, _c, length) => {
  for (let i = 0; i < length; i++) {
    const x = a[i]
    const rounded = Math.round(x)
    out[i] = rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
  }
}

/** Unbiased exponent field, subnormals normalised; 0 for zeros, infinities and NaN. */
export const exponent: InstructionKernel = (out, a, _b, _c, length) => {
  for (let i = 0; i < length; i++) scratch[i] = a[i]
  for (let i = 0; i < length; i++) {
    const field = (words[2 * i + upper] >>> 20) & 0x7ff
    out[i] = field === 0 || field === 0x7ff ? unusualExponent(scratch[i]) : field - 1023
  }
}

function unusualExponent(x: number): number {
  if (x === 0 || x - x !== 0) return 0
  single[0] = x * two52
  return ((singleWords[upper] >>> 20) & 0x7ff) - 1023 - 52
}

/** The number with its exponent field set to that of 1; zeros, infinities and NaN unchanged. */
export const significand: InstructionKernel = (out, a, _b, _c, length) => {
  for (let i = 0; i < length; i++) scratch[i] = a[i]
  for (let i = 0; i < length; i++) {
    const word = words[2 * i + upper]
    const field = (word >>> 20) & 0x7ff
    if (field === 0 || field === 0x7ff) scratch[i] = unusualSignificand(scratch[i])
    else words[2 * i + upper] = (word & 0x800fffff) | 0x3ff00000
  }
  // A loop of its own: reading a float64 just after writing half of it stalls.
  for (let i = 0; i < length; i++) out[i] = scratch[i]
}

function unusualSignificand(x: number): number {
  if (x === 0 || x - x !== 0) return x
  return x / powersOfTwo[unusualExponent(x) + 1074]
}

const power = (n: number) => powersOfTwo[n + 1074]

/**
 * x 2^n for n outside [-1022, 1023], rounded once. Downwards it goes in steps of 2^-969: a result that is not zero is
 * still normal, so exact, 53 bits above its last step (as in musl's scalbn).
 */
function scaled(x: number, n: number): number {
  if (n > 0)
    return n > 2046
      ? x * power(1023) * power(1023) * power(Math.min(n - 2046, 1023))
      : x * power(1023) * power(n - 1023)
  if (n >= -1991) return x * power(-969) * power(n + 969)
  return x * power(-969) * power(-969) * power(Math.max(n + 1938, -1022))
}

export const scaleByPowerOfTwo = {
  float64: (out, a, b, _, length) => {
    for (let i = 0; i < length; i++) {
      const n = Math.max(-4000, Math.min(4000, b[i])) | 0
      out[i] = n >= -1022 && n <= 1023 ? a[i] * powersOfTwo[n + 1074] : scaled(a[i], n)
    }
  },
  // A float32 times 2^n is exact in float64, or so small that it becomes zero either way.
  float32: (out, a, b, _, length) => {
    for (let i = 0; i < length; i++) {
      const n = Math.max(-1022, Math.min(1023, b[i])) | 0
      out[i] = Math.fround(a[i] * powersOfTwo[n + 1074])
    }
  },
} satisfies Record<'float32' | 'float64', InstructionKernel>
