import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateScalar } from '../../src/backends/reference/map'
import { buildProgram, type Formula } from './formulas'
import type { DType } from '../../src/values/dtype'

const { fround } = Math
const evaluate = (formula: Formula, dtypes: DType[], ...values: number[]) =>
  evaluateScalar(buildProgram(formula, dtypes), values)
const number = fc.double()
const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const special = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  2 ** 52,
  5e-324,
  -5e-324,
  2 ** -1022,
  Infinity,
  -Infinity,
  NaN,
]

describe('float instructions', () => {
  const arithmetic = {
    add: (a: number, b: number) => a + b,
    sub: (a: number, b: number) => a - b,
    mul: (a: number, b: number) => a * b,
    div: (a: number, b: number) => a / b,
    remainder: (a: number, b: number) => a % b,
    min: Math.min,
    max: Math.max,
  }
  for (const [name, exact] of Object.entries(arithmetic))
    it(`${name} is exact in float64 and rounded in float32`, () => {
      const formula: Formula = (s, a, b) => s[name as 'add'](a, b)
      fc.assert(
        fc.property(number, number, (a, b) => {
          expect(evaluate(formula, ['float64', 'float64'], a, b)).toBe(exact(a, b))
          expect(evaluate(formula, ['float32', 'float32'], a, b)).toBe(fround(exact(fround(a), fround(b))))
        }),
        { examples: special.flatMap((a) => special.map((b): [number, number] => [a, b])) },
      )
    })

  const unary = {
    neg: (x: number) => -x,
    abs: Math.abs,
    sqrt: Math.sqrt,
    floor: Math.floor,
    ceil: Math.ceil,
    trunc: Math.trunc,
  }
  for (const [name, exact] of Object.entries(unary))
    it(`${name} is exact in float64 and rounded in float32`, () => {
      const formula: Formula = (s, x) => s[name as 'abs'](x)
      fc.assert(
        fc.property(number, (x) => {
          expect(evaluate(formula, ['float64'], x)).toBe(exact(x))
          expect(evaluate(formula, ['float32'], x)).toBe(fround(exact(fround(x))))
        }),
        { examples: special.map((x): [number] => [x]) },
      )
    })

  it('round takes halves to even and keeps the sign of zero', () => {
    const round = (x: number) => evaluate((s, x) => s.round(x), ['float64'], x)
    const pairs = [
      [0.5, 0],
      [1.5, 2],
      [2.5, 2],
      [-0.5, -0],
      [-1.5, -2],
      [-2.5, -2],
      [0.49999999999999994, 0],
      [-0.2, -0],
      [2.6, 3],
      [2 ** 51 + 0.5, 2 ** 51],
      [2 ** 51 + 1.5, 2 ** 51 + 2],
      [2 ** 53, 2 ** 53],
      [-0, -0],
      [Infinity, Infinity],
      [NaN, NaN],
    ]
    for (const [x, expected] of pairs) expect(round(x), String(x)).toBe(expected)
  })

  it('exponent and significand take a number apart, scaleByPowerOfTwo puts it together', () => {
    const parts = (x: number) => [
      evaluate((s, x) => s.exponent(x), ['float64'], x),
      evaluate((s, x) => s.significand(x), ['float64'], x),
    ]
    const pairs = [
      [1, 0, 1],
      [-6, 2, -1.5],
      [0.1, -4, 1.6],
      [5e-324, -1074, 1],
      [-3 * 2 ** -1074, -1073, -1.5],
      [2 ** -1022, -1022, 1],
      [0, 0, 0],
      [-0, 0, -0],
      [Infinity, 0, Infinity],
      [-Infinity, 0, -Infinity],
      [NaN, 0, NaN],
    ]
    for (const [x, exponent, significand] of pairs) expect(parts(x), String(x)).toEqual([exponent, significand])
    expect(evaluate((s, x) => s.exponent(x), ['float32'], 2 ** -149)).toBe(-149)
    fc.assert(
      fc.property(number, (x) => {
        const whole: Formula = (s, x) => s.scaleByPowerOfTwo(s.significand(x), s.exponent(x))
        expect(evaluate(whole, ['float64'], x)).toBe(x)
      }),
    )
  })

  it('scaleByPowerOfTwo rounds once, also into the subnormal range', () => {
    const scale = (dtype: DType, x: number, n: number) =>
      evaluate((s, x, n) => s.scaleByPowerOfTwo(x, n), [dtype, dtype], x, n)
    // 1 + 2^-52 times 2^-1074 is above half of the smallest number; two roundings would give a tie first.
    const pairs = [
      [1 + 2 ** -52, -1075, 5e-324],
      [1, -1075, 0],
      [-1, -1075, -0],
      [1.5, -1074, 1e-323],
      [1.25, -1073, 1e-323],
      [5e-324, 2097, 2 ** 1023],
      [5e-324, 2098, Infinity],
      [2 ** 1023, -2097, 5e-324],
      [2 ** 1023, -2098, 0],
      [1, Infinity, Infinity],
      [1, -Infinity, 0],
      [0, Infinity, 0],
      [1, 1e300, Infinity],
      [3, NaN, 3],
      [3, 1.9, 6],
      [-Infinity, -5000, -Infinity],
      [1 + 2 ** -52, 1023, 2 ** 1023 * (1 + 2 ** -52)],
    ]
    for (const [x, n, expected] of pairs) expect(scale('float64', x, n), `${x} 2^${n}`).toBe(expected)
    expect(scale('float32', 1 + 2 ** -23, -150)).toBe(2 ** -149)
    expect(scale('float32', 1, -150)).toBe(0)
    expect(scale('float32', 2 ** -149, 276)).toBe(2 ** 127)
    expect(scale('float32', 1.5, 128)).toBe(Infinity)
    fc.assert(
      fc.property(number, fc.integer({ min: -2200, max: 2200 }), (x, n) => {
        // Rounding to an integer multiple of 2^-1074 by BigInt.
        const result = scale('float64', x, n)
        if (!Number.isFinite(x) || n > -1000) return
        const steps = (value: number) =>
          BigInt(value * 2 ** 537 * 2 ** 537 === Infinity ? 0 : value * 2 ** 537 * 2 ** 537)
        if (Math.abs(x) >= 2 ** -60) return
        const exact = steps(x)
        const half = 1n << BigInt(-n - 1)
        const magnitude = exact < 0n ? -exact : exact
        let quotient = magnitude >> BigInt(-n)
        const rest = magnitude - (quotient << BigInt(-n))
        if (rest > half || (rest === half && quotient % 2n === 1n)) quotient++
        expect(Math.abs(result)).toBe(Number(quotient) * 5e-324)
      }),
    )
  })

  it('compares like IEEE 754 and selects', () => {
    for (const a of special)
      for (const b of special) {
        const compare = (name: 'less' | 'lessEqual' | 'equal' | 'notEqual') =>
          evaluate((s, a, b) => s[name](a, b), ['float64', 'float64'], a, b)
        expect([compare('less'), compare('lessEqual'), compare('equal'), compare('notEqual')]).toEqual(
          [a < b, a <= b, a === b, a !== b].map(Number),
        )
        expect(evaluate((s, a, b) => s.select(s.less(a, b), a, b), ['float64', 'float64'], a, b)).toBe(a < b ? a : b)
      }
  })
})

describe('int32 instructions', () => {
  const operations = {
    add: (a: number, b: number) => (a + b) | 0,
    sub: (a: number, b: number) => (a - b) | 0,
    mul: Math.imul,
    min: Math.min,
    max: Math.max,
    bitAnd: (a: number, b: number) => a & b,
    bitOr: (a: number, b: number) => a | b,
    bitXor: (a: number, b: number) => a ^ b,
    shiftLeft: (a: number, b: number) => a << b,
    shiftRightLogical: (a: number, b: number) => (a >>> b) | 0,
  }
  for (const [name, exact] of Object.entries(operations))
    it(`${name} wraps modulo 2^32`, () => {
      fc.assert(
        fc.property(int, int, (a, b) => {
          expect(evaluate((s, a, b) => s[name as 'add'](a, b), ['int32', 'int32'], a, b)).toBe(exact(a, b))
        }),
      )
    })

  it('neg and abs wrap', () => {
    for (const x of [0, 5, -5, -(2 ** 31), 2 ** 31 - 1]) {
      expect(evaluate((s, x) => s.neg(x), ['int32'], x)).toBe(-x | 0)
      expect(evaluate((s, x) => s.abs(x), ['int32'], x)).toBe(Math.abs(x) | 0)
    }
  })

  it('remainder and floorDivide are exact, and throw where the divisor is zero', () => {
    fc.assert(
      fc.property(int, int, (a, b) => {
        fc.pre(b !== 0)
        const remainder = evaluate((s, a, b) => s.remainder(a, b), ['int32', 'int32'], a, b)
        expect(remainder).toBe((a % b) + 0)
        const expected = Math.min(Math.floor(a / b), 2 ** 31 - 1)
        expect(evaluate((s, a, b) => s.floorDivide(a, b), ['int32', 'int32'], a, b)).toBe(expected + 0)
      }),
      {
        examples: [
          [-(2 ** 31), -1],
          [7, -2],
          [-7, 2],
          [-6, 2],
        ],
      },
    )
    for (const name of ['remainder', 'floorDivide'] as const)
      expect(() => evaluate((s, a, b) => s[name](a, b), ['int32', 'int32'], 1, 0)).toThrow(
        expect.objectContaining({ code: 'integer-division-by-zero' }),
      )
  })
})

describe('bool instructions and conversion', () => {
  it('and, or, not', () => {
    for (const a of [0, 1])
      for (const b of [0, 1]) {
        expect(evaluate((s, a, b) => s.and(a, b), ['bool', 'bool'], a, b)).toBe(a & b)
        expect(evaluate((s, a, b) => s.or(a, b), ['bool', 'bool'], a, b)).toBe(a | b)
        expect(evaluate((s, a) => s.not(a), ['bool'], a)).toBe(1 - a)
      }
  })

  it('converts between all dtypes', () => {
    const convert = (from: DType, to: DType, x: number) => evaluate((s, x) => s.convert(x, to), [from], x)
    expect(convert('float64', 'float32', 0.1)).toBe(fround(0.1))
    expect(convert('float32', 'float64', 0.1)).toBe(fround(0.1))
    expect(convert('int32', 'float32', 16777217)).toBe(16777216)
    expect(convert('bool', 'float32', 1)).toBe(1)
    const toInt = [
      [2.9, 2],
      [-2.9, -2],
      [-0.5, 0],
      [3e9, 2 ** 31 - 1],
      [-3e9, -(2 ** 31)],
      [Infinity, 2 ** 31 - 1],
      [NaN, 0],
    ]
    for (const [x, expected] of toInt) expect(convert('float64', 'int32', x)).toBe(expected)
    const toBool = [
      [0, 0],
      [-0, 0],
      [0.1, 1],
      [-3, 1],
      [NaN, 1],
    ]
    for (const [x, expected] of toBool) expect(convert('float64', 'bool', x)).toBe(expected)
  })
})
