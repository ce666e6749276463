import { describe, expect, it } from 'vitest'
import { evaluateScalar } from '../../src/backends/reference/map'
import { buildProgram, type Formula, type ScalarSet } from './formulas'
import { derivative } from './formulas'

const evaluator = (formula: Formula, inputs: number) => {
  const program = buildProgram(
    formula,
    Array.from({ length: inputs }, () => 'float64' as const),
  )
  return (values: readonly number[]) => evaluateScalar(program, values)
}
const at = (formula: Formula, ...values: number[]) => evaluator(formula, values.length)(values)

/** Central differences, extrapolated twice (Richardson 1911): the error is of order h^6. */
function extrapolated(f: (x: readonly number[]) => number, x: readonly number[], argument: number): number {
  const slope = (h: number) => {
    const moved = (by: number) => f(x.map((value, i) => (i === argument ? value + by : value)))
    return (moved(h) - moved(-h)) / (2 * h)
  }
  const h = 2 ** -7 * Math.max(2 ** -4, Math.min(1, Math.abs(x[argument])))
  const coarse = (4 * slope(h / 2) - slope(h)) / 3
  const fine = (4 * slope(h / 4) - slope(h / 2)) / 3
  return (16 * fine - coarse) / 15
}

/** Whether `claimed` is the derivative of `formula` at every point, to a ten-thousandth. */
function agrees(formula: Formula, claimed: Formula, points: readonly (readonly number[])[], argument: number): boolean {
  const inputs = points[0].length
  const [f, g] = [evaluator(formula, inputs), evaluator(claimed, inputs)]
  return points.every((x) => {
    const numeric = extrapolated(f, x, argument)
    return Math.abs(g(x) - numeric) <= 1e-7 * Math.max(Math.abs(numeric), Math.abs(f(x)), 1e-3)
  })
}

type Case = readonly [name: string, formula: Formula, points: readonly (readonly number[])[]]
const everywhere = [[-2.3], [-1.1], [-0.4], [0.3], [0.9], [1.7], [3.1]]
const positive = [[0.2], [0.7], [1.3], [2.9], [11]]
const inside = [[-0.8], [-0.3], [0.1], [0.5], [0.9]]
const pairs = [
  [0.7, 1.9],
  [2.3, -1.2],
  [1.4, 0.6],
  [3.1, 2.2],
]

const cases: readonly Case[] = [
  ...(
    [
      'exp',
      'expm1',
      'sin',
      'cos',
      'atan',
      'sinh',
      'cosh',
      'tanh',
      'asinh',
      'erf',
      'erfc',
      'sigmoid',
      'softplus',
    ] as const
  ).map((name): Case => [name, (s, x) => s[name](x), everywhere]),
  ...(['log', 'log1p', 'log2', 'sqrt'] as const).map((name): Case => [name, (s, x) => s[name](x), positive]),
  ...(['asin', 'acos', 'atanh', 'tan'] as const).map((name): Case => [name, (s, x) => s[name](x), inside]),
  ['acosh', (s, x) => s.acosh(x), [[1.5], [2], [7]]],
  ['abs', (s, x) => s.mul(x, s.abs(x)), everywhere],
  [
    'remainder',
    (s, a, b) => s.mul(a, s.remainder(a, b)),
    [
      [7.3, 2.1],
      [-7.3, 2.1],
      [7.3, -2.1],
      [0.4, 3],
    ],
  ],
  ['significand', (s, x) => s.mul(x, s.significand(x)), [[0.3], [-5.3], [7]]],
  ['scaleByPowerOfTwo', (s, x) => s.scaleByPowerOfTwo(s.mul(x, x), -3), everywhere],
  ['max, min, clamp', (s, a, b) => s.mul(s.max(a, b), s.add(s.min(a, b), s.clamp(a, 1, 2))), pairs],
  ['select', (s, x) => s.select(s.less(x, 0.5), s.mul(x, x), s.exp(x)), everywhere],
  ['sign and floor', (s, x) => s.mul(x, s.add(s.sign(x), s.floor(x))), everywhere],
  ['add, sub, mul, div, neg', (s, a, b) => s.div(s.sub(s.mul(a, b), s.neg(a)), s.add(a, s.mul(b, b))), pairs],
  ['pow', (s, a, b) => s.pow(a, b), pairs],
  ['atan2', (s, a, b) => s.atan2(a, b), [...pairs, [-1.1, -0.4], [0.3, -2]]],
  ['convert', (s, x) => s.convert(s.mul(x, s.convert(s.convert(x, 'int32'), 'float64')), 'float64'), everywhere],
]

describe('derivative', () => {
  for (const [name, formula, points] of cases)
    it(`${name}: first, second and third order agree with differences`, () => {
      for (let argument = 0; argument < points[0].length; argument++) {
        let f = formula
        for (let order = 1; order <= 3; order++) {
          const claimed = derivative(f, argument)
          expect(agrees(f, claimed, points, argument), `order ${order}, argument ${argument}`).toBe(true)
          f = claimed
        }
      }
    })

  it('a rule that is wrong by 0.05 % is found', () => {
    for (const [name, formula, points] of cases) {
      const wrong: Formula = (s, ...x) => s.mul(derivative(formula, 0)(s, ...x), 1.0005)
      expect(agrees(formula, wrong, points, 0), name).toBe(false)
    }
  })

  it('mixed second derivatives agree in either order', () => {
    const formula: Formula = (s, a, b) => s.atan2(s.pow(a, b), s.add(s.exp(b), a))
    const [ab, ba] = [derivative(derivative(formula, 0), 1), derivative(derivative(formula, 1), 0)]
    for (const [a, b] of pairs) expect(at(ab, a, b)).toBeCloseTo(at(ba, a, b), 10)
  })

  it('a derivative inside a formula does not mix up the two', () => {
    // d/dx [x d/dy (x + y)] = 1 (Siskind and Pearlmutter 2008).
    const formula: Formula = (s, x) => s.mul(x, derivative((t, y) => t.add(x, y), 0)(s, s.const(1, 'float64')))
    expect(at(derivative(formula, 0), 3)).toBe(1)
  })

  it('has the stated conventions at kinks and ties', () => {
    const d = (
      f: (s: ScalarSet, ...x: Parameters<Formula>[1][]) => ReturnType<Formula>,
      argument: number,
      ...x: number[]
    ) => at(derivative(f, argument), ...x)
    expect(d((s, x) => s.abs(x), 0, 0)).toBe(0)
    expect(d((s, x) => s.abs(x), 0, -3)).toBe(-1)
    expect(d((s, x) => s.sign(x), 0, 2)).toBe(0)
    expect([0, 1].map((i) => d((s, a, b) => s.max(a, b), i, 2, 2))).toEqual([0.5, 0.5])
    expect([0, 1].map((i) => d((s, a, b) => s.min(a, b), i, 1, 2))).toEqual([1, 0])
    expect([-1, 0, 0.5, 1, 2].map((x) => d((s, x) => s.clamp(x, 0, 1), 0, x))).toEqual([0, 1, 1, 1, 0])
    expect(d((s, x, y) => s.pow(x, y), 0, 0, 0)).toBe(0)
    expect(d((s, x) => s.pow(x, 0), 0, 0)).toBe(0)
    expect(Math.abs(d((s, x, y) => s.pow(x, y), 1, 0, 2))).toBe(0)
    expect(d((s, x) => s.pow(x, 3), 0, -2)).toBe(12)
    expect(d((s, x) => s.convert(s.less(x, 1), 'float64'), 0, 0)).toBe(0)
  })

  it('does not let the operand that is not taken in', () => {
    const safe: Formula = (s, x) => s.select(s.less(0, x), s.log(x), 0)
    expect(at(derivative(safe, 0), -1)).toBe(0)
    expect(at(derivative(safe, 0), 0)).toBe(0)
  })

  it('does not cancel or overflow where the function has long been flat', () => {
    expect(
      at(
        derivative((s, x) => s.sigmoid(x), 0),
        40,
      ) / at((s, x) => s.exp(x), -40),
    ).toBeCloseTo(1, 14)
    expect(
      at(
        derivative((s, x) => s.softplus(x), 0),
        -700,
      ),
    ).toBeGreaterThan(0)
    expect(
      at(
        derivative((s, x) => s.expm1(x), 0),
        -50,
      ),
    ).toBe(at((s, x) => s.exp(x), -50))
    expect(
      at(
        derivative((s, x) => s.asinh(x), 0),
        1e300,
      ),
    ).toBe(1e-300)
    expect(
      at(
        derivative((s, a, b) => s.atan2(a, b), 0),
        1e200,
        1e200,
      ),
    ).toBeCloseTo(5e-201, 210)
  })

  it('gives float32 formulas float32 derivatives', () => {
    const program = buildProgram(
      derivative((s, x) => s.pow(x, 3), 0),
      ['float32'],
    )
    expect(program.dtype).toBe('float32')
    expect(evaluateScalar(program, [2])).toBe(12)
  })

  it('is zero with respect to what does not matter', () => {
    expect(
      at(
        derivative((s, x) => s.exp(x), 1),
        1,
        2,
      ),
    ).toBe(0)
    expect(
      buildProgram(
        derivative((s, x) => s.less(x, 1), 0),
        ['float32'],
      ).dtype,
    ).toBe('float32')
  })
})
