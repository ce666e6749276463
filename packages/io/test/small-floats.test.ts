import { describe, expect, it } from 'vitest'
import { narrowFloats, widenBfloat16, widenFloat16 } from '../src/small-floats'

/** The value of a float with a sign bit by the definition of IEEE 754. */
function valueOf(code: number, mantissaBits: number, bias: number): number {
  const sign = code & 0x8000 ? -1 : 1
  const exponent = (code & 0x7fff) >> mantissaBits
  const mantissa = (code & (2 ** mantissaBits - 1)) / 2 ** mantissaBits
  if (exponent === 2 ** (15 - mantissaBits) - 1) return mantissa === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * mantissa * 2 ** (1 - bias) : sign * (1 + mantissa) * 2 ** (exponent - bias)
}

const codes = Uint16Array.from({ length: 65_536 }, (_, code) => code)
const types = [
  { name: 'F16', widen: widenFloat16, mantissaBits: 10, bias: 15 },
  { name: 'BF16', widen: widenBfloat16, mantissaBits: 7, bias: 127 },
] as const

describe.each(types)('$name', ({ name, widen, mantissaBits, bias }) => {
  const values = widen(codes)

  it('widens each code to its value', () => {
    const wrong = codes.filter((code) => !Object.is(values[code], valueOf(code, mantissaBits, bias)))
    expect([...wrong]).toEqual([])
  })

  it('returns to the same code; a NaN becomes quiet', () => {
    const quiet = 1 << (mantissaBits - 1)
    const back = narrowFloats(name, values)
    const wrong = codes.filter((code) => back[code] !== (Number.isNaN(values[code]) ? code | quiet : code))
    expect([...wrong]).toEqual([])
  })

  it('rounds to the nearest, ties to even', () => {
    const finite = [...codes.subarray(0, 0x7c00)].filter((code) => Number.isFinite(values[code + 1]))
    const between = finite.flatMap((code) => {
      const [low, high] = [values[code], values[code + 1]]
      const middle = (low + high) / 2
      const even = code % 2 === 0 ? code : code + 1
      const inside = (x: number, to: number): [number, number][] => [[x, to], [-x, to | 0x8000]] // prettier-ignore
      const eps = (high - low) / 1024
      return [...inside(middle, even), ...inside(middle - eps, code), ...inside(middle + eps, code + 1)]
    })
    const rounded = narrowFloats(
      name,
      Float64Array.from(between, ([x]) => x),
    )
    expect(between.filter(([, code], i) => rounded[i] !== code)).toEqual([])
  })

  it('keeps infinities and refuses what would become one', () => {
    expect([...narrowFloats(name, [Infinity, -Infinity])]).toEqual([...narrowFloats(name, [Infinity]), narrowFloats(name, [-Infinity])[0]]) // prettier-ignore
    const largest = Math.max(...values.filter(Number.isFinite))
    const halfStep = largest - values[narrowFloats(name, [largest])[0] - 1]
    expect(() => narrowFloats(name, [largest + halfStep / 2])).toThrow('too large')
    expect(narrowFloats(name, [largest + halfStep / 2.01])[0]).toBe(narrowFloats(name, [largest])[0])
  })
})
