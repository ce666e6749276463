import * as core from '@cotangent/core'
import { compile, defineElementwise, grad, jvp, ones, sum, tensor, type Tensor } from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { runMap } from '../../src/backends/reference/map'
import { buildProgram, type Formula, type ScalarSet } from './formulas'
import { derivative } from './formulas'
import { abs, add, big, div, exponentOf, isNegative, mul, neg, scale, sqrt, type Big } from './big'
import {
  angleSlopes,
  binarySlopes,
  directions,
  slopes,
  type BinarySlopes,
  type Direction,
  type SlopeName,
  type Slopes,
} from './slope-truth'
import { any, anySign, generator, magnitudes, precisions, ulps, uniform, type Draw, type Precision } from './sweep'
import { one, truth } from './truth'

const square = (x: Big) => mul(x, x)
const over = (x: Big) => div(one, x)

/** Bounds in ulp for both derivatives in both dtypes: 4, and 5 where a chain of roundings is longer than that. */
const looser: Record<string, number> = { tan: 5, asin: 5, acos: 5, asinh: 5, acosh: 5, atan2: 5, sigmoid: 5 }
const boundOf = (name: string) => looser[name] ?? 4

const perDraw = 60
const leastNormal = { float32: -126, float64: -1022 }
const rounding = (precision: Precision) => (precision === 'float32' ? Math.fround : (x: number) => x)
const storage = { float32: Float32Array, float64: Float64Array }
const tensorOf = (values: number[], precision: Precision) => tensor(storage[precision].from(values)) as Tensor

interface Worst {
  readonly error: number
  readonly at: string
}

interface True {
  readonly exact: Big
  /** How many binades the terms are above the result where they cancel. */
  readonly above: number
  readonly at: readonly number[]
}

type Truth = (...x: Big[]) => Big

/** The true results at the points where they are normal. */
function trueResults(
  points: readonly (readonly number[])[],
  precision: Precision,
  truth: Truth,
  terms: Truth = truth,
  room = 0,
): readonly (True | null)[] {
  return points.map((at) => {
    const x = at.map(big)
    const exact = truth(...x)
    if (exact.m !== 0n && exponentOf(exact) < leastNormal[precision] + room) return null
    const above = terms === truth ? 0 : Math.max(0, exponentOf(terms(...x)) - exponentOf(exact))
    return { exact, above, at }
  })
}

function worst(values: ArrayLike<number>, expected: readonly (True | null)[], precision: Precision): Worst {
  let found: Worst = { error: 0, at: '' }
  expected.forEach((each, i) => {
    if (each === null) return
    const error = ulps(values[i], each.exact, precision) * 2 ** -each.above
    if (!(error <= found.error)) found = { error, at: String(each.at) }
  })
  return found
}

const measured = new Map<string, number>()

function holds(name: string, what: string, precision: Precision, { error, at }: Worst): void {
  const key = `${name} ${what} ${precision}`
  measured.set(key, Math.max(error, measured.get(key) ?? 0))
  expect(error, `${key} at ${at}`).toBeLessThanOrEqual(boundOf(name))
}

/** The values of a formula's derivative by the dual rules, as what `defineElementwise` derives gives them. */
function derived(formula: Formula, along: readonly number[], inputs: readonly Tensor[], precision: Precision) {
  const program = buildProgram(
    along.reduce((f, argument) => derivative(f, argument), formula),
    inputs.map(() => precision),
  )
  const output = new storage[precision](inputs[0].size)
  runMap(
    program,
    inputs.map(({ data }) => data),
    inputs.map(() => [1]),
    [output.length],
    output,
  )
  return output
}

const formulas: Partial<Record<string, Formula>> = {
  square: (s, x) => s.mul(x, x),
  reciprocal: (s, x) => s.div(1, x),
  elu: (s, x) => s.select(s.less(0, x), x, s.expm1(x)),
}
const isComposite = (name: string) => name === 'gelu' || name === 'silu'
const formulaOf = (name: string): Formula =>
  formulas[name] ?? ((s, ...x) => (s[name as keyof ScalarSet] as (...x: unknown[]) => never)(...x))

describe('derivatives of functions of one argument', () => {
  const cases = Object.entries<Slopes>(slopes) as [SlopeName, Slopes][]
  for (const [name, { first, second, draws, within = () => true, terms = {}, room }] of cases)
    it.each(precisions)(`${name} in %s, to second order, in both modes, compiled and derived`, (precision) => {
      const random = generator(1)
      const points = draws
        .flatMap((draw) => Array.from({ length: perDraw }, () => rounding(precision)(draw(random))))
        .filter((x) => Number.isFinite(x) && within(x))
      const places = points.map((x) => [x])
      const x = tensorOf(points, precision)
      const one = ones(x.shape, { dtype: precision }) as Tensor
      const f = core[name] as (x: Tensor) => Tensor
      const slope = grad((y: Tensor) => sum(f(y)))
      const curvature = grad((y: Tensor) => sum(slope(y)))
      const pushed = (y: Tensor) => jvp(f, [y], [one])[1]

      const ofFirst = trueResults(places, precision, first, terms.first, room)
      const ofSecond = trueResults(places, precision, second, terms.second, room)
      const [eager, twice] = [slope(x).data, curvature(x).data]
      holds(name, 'first', precision, worst(eager, ofFirst, precision))
      holds(name, 'second', precision, worst(twice, ofSecond, precision))
      holds(name, 'second', precision, worst(jvp(pushed, [x], [one])[1].data, ofSecond, precision))
      expect(pushed(x).data).toEqual(eager)
      expect(compile(slope)(x).data).toEqual(eager)
      expect(compile(curvature)(x).data).toEqual(twice)
      if (isComposite(name)) return
      holds(name, 'first', precision, worst(derived(formulaOf(name), [0], [x], precision), ofFirst, precision))
      holds(name, 'second', precision, worst(derived(formulaOf(name), [0, 0], [x], precision), ofSecond, precision))
    })
})

/** Formulas of users: quotients whose numerator is 1 after what cancels, or a power of e^x. */
const quotients: Record<string, [formula: Formula, first: Truth, second: Truth, draws: readonly Draw[]]> = {
  'x / (1 + |x|)': [
    (s, x) => s.div(x, s.add(1, s.abs(x))),
    (x) => over(square(add(one, abs(x)))),
    (x) => div(big(isNegative(x) ? 2 : -2), mul(add(one, abs(x)), square(add(one, abs(x))))),
    [any, uniform(-10, 10)],
  ],
  '|x| / (1 + |x|)': [
    (s, x) => s.div(s.abs(x), s.add(s.abs(x), 1)),
    (x) => div(big(isNegative(x) ? -1 : 1), square(add(one, abs(x)))),
    (x) => div(big(-2), mul(add(one, abs(x)), square(add(one, abs(x))))),
    [any, uniform(-10, 10)],
  ],
  'x / √(1 + x²)': [
    (s, x) => s.div(x, s.sqrt(s.add(1, s.mul(x, x)))),
    (x) => over(mul(sqrt(add(one, square(x))), add(one, square(x)))),
    (x) => div(mul(big(-3), x), mul(sqrt(add(one, square(x))), square(add(one, square(x))))),
    [anySign(magnitudes(-60, 15)), uniform(-10, 10)],
  ],
  '(x - 1) / (x + 2)': [
    (s, x) => s.div(s.sub(x, 1), s.add(x, 2)),
    (x) => div(big(3), square(add(x, big(2)))),
    (x) => div(big(-6), mul(add(x, big(2)), square(add(x, big(2))))),
    [magnitudes(-60, 40)],
  ],
  '(e^2x - 1) / (e^2x + 1)': [
    (s, x) => {
      const e = s.exp(s.mul(x, 2))
      return s.div(s.sub(e, 1), s.add(e, 1))
    },
    truth.sechSquared,
    (x) => scale(mul(neg(truth.tanh(x)), truth.sechSquared(x)), 1),
    [uniform(1, 40), uniform(-40, -1)],
  ],
}

describe('derivatives of quotients in formulas', () => {
  for (const [name, [formula, first, second, draws]] of Object.entries(quotients))
    it.each(precisions)(`${name} in %s loses nothing to terms that cancel`, (precision) => {
      const random = generator(2)
      const points = draws.flatMap((draw) => Array.from({ length: perDraw }, () => rounding(precision)(draw(random))))
      const finite = points.filter((value) => Number.isFinite(value) && value !== 0)
      const x = tensorOf(finite, precision)
      const f = defineElementwise({ name: 'quotient', inputs: 1, formula, domain: [{}] })
      const slope = grad((y: Tensor) => sum(f(y)))
      const curvature = grad((y: Tensor) => sum(slope(y)))
      const at = finite.map((value) => [value])
      for (const [what, derived, exact] of [
        ['first', slope, first],
        ['second', curvature, second],
      ] as const) {
        const { error, at: where } = worst(derived(x).data, trueResults(at, precision, exact), precision)
        expect(error, `${what} at ${where}`).toBeLessThanOrEqual(8)
      }
    })
})

const argumentOf = (direction: string) => (direction === 'a' ? 0 : 1)
type Function2 = (a: Tensor, b: Tensor) => Tensor

describe('derivatives of functions of two arguments', () => {
  const points = ({ draws }: BinarySlopes, precision: Precision) => {
    const random = generator(1)
    return draws
      .flatMap((pair) => Array.from({ length: perDraw }, () => pair.map((draw) => rounding(precision)(draw(random)))))
      .filter((point) => point.every((x) => Number.isFinite(x) && x !== 0))
  }
  // Both tests below want them, at the same points; and the two mixed derivatives are one.
  const known = new Map<string, readonly (True | null)[]>()
  const expected = (name: string, slopesOf: BinarySlopes, d: Direction, places: number[][], precision: Precision) => {
    const key = `${name} ${d === 'ba' ? 'ab' : d} ${precision}`
    const { partials, terms, room } = slopesOf
    const results = known.get(key) ?? trueResults(places, precision, partials[d], terms?.[d], room)
    known.set(key, results)
    return results
  }
  const order = (direction: Direction) => (direction.length === 1 ? 'first' : 'second')

  for (const [name, slopesOf] of Object.entries<BinarySlopes>(binarySlopes))
    it.each(precisions)(`${name} in %s, to second order, in both modes and compiled`, (precision) => {
      const places = points(slopesOf, precision)
      const [a, b] = [0, 1].map((i) => tensorOf(places.map((point) => point[i]), precision)) // prettier-ignore
      const one = ones(a.shape, { dtype: precision }) as Tensor
      const f = core[name as 'mul' | 'div' | 'pow'] as Function2
      const reverse = (g: Function2, argument: 0 | 1): Function2 =>
        grad((u: Tensor, v: Tensor) => sum(g(u, v)), { argument, disconnected: 'zeros' }) as Function2
      const forward = (g: Function2, argument: 0 | 1): Function2 =>
        argument === 0 ? (u, v) => jvp((w: Tensor) => g(w, v), [u], [one])[1] : (u, v) => jvp((w: Tensor) => g(u, w), [v], [one])[1] // prettier-ignore
      for (const direction of directions) {
        const along = (mode: typeof reverse) => [...direction].reduce((g, each) => mode(g, argumentOf(each)), f)
        const [backward, onward] = [along(reverse)(a, b).data, along(forward)(a, b).data]
        const of = expected(name, slopesOf, direction, places, precision)
        for (const values of [backward, onward]) holds(name, order(direction), precision, worst(values, of, precision))
        if (direction.length === 1) expect(onward).toEqual(backward)
        expect(compile(along(reverse))(a, b).data).toEqual(backward)
      }
    })

  // Second derivatives of pow by the rules alone can overflow on their way: the op states its own.
  const byRules = { ...binarySlopes, atan2: angleSlopes }
  for (const [name, slopesOf] of Object.entries<BinarySlopes>(byRules))
    it.each(precisions)(`${name} in %s, by the rules of formulas`, (precision) => {
      const places = points(slopesOf, precision)
      const inputs = [0, 1].map((i) => tensorOf(places.map((point) => point[i]), precision)) // prettier-ignore
      for (const direction of directions) {
        if (name === 'pow' && direction.length > 1) continue
        const values = derived(formulaOf(name), [...direction].map(argumentOf), inputs, precision)
        const of = expected(name, slopesOf, direction, places, precision)
        holds(name, order(direction), precision, worst(values, of, precision))
      }
    })
})

describe('docs/accuracy-of-derivatives.md', () => {
  it('is what was measured', async () => {
    const widths = [12, 5, 9, 9, 9, 9]
    const row = (cells: string[]) =>
      `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`
    const names = [...Object.keys(slopes), ...Object.keys(binarySlopes), 'atan2']
    const lines = names.map((name) =>
      row([
        `\`${name}\``,
        String(boundOf(name)),
        ...precisions.flatMap((precision) =>
          ['first', 'second'].map((what) => (measured.get(`${name} ${what} ${precision}`) ?? NaN).toFixed(2)),
        ),
      ]),
    )
    const text = `# Accuracy of derivatives

This table has the largest error of first and second derivatives, in units in the last place (ulp) of the true value. It covers the
whole domain of each function: all exponents, tails, and the neighbourhood of special points. \`packages/core/test/scalar/slopes.test.ts\`
measures the errors in reverse and forward mode, and compares them with the table. Compiled results have the same bits. True values
are computed with 256 bits. For functions of two arguments, the table has the largest error of all partial derivatives.

${row(['function', 'bound', 'float64 ′', 'float64 ″', 'float32 ′', 'float32 ″'])}
${row(widths.map((width, i) => (i === 0 ? '-'.repeat(width) : '-'.repeat(width - 1) + ':')))}
${lines.join('\n')}

- A bound of 5 instead of 4 belongs to a longer chain of roundings. \`tan\` is within 2 ulp, and its second derivative is 2y (1 + y²).
  The second derivatives of the inverse functions divide three times by a square root.
- Results below the least normal number may be rounded to multiples of the least subnormal one, or to 0. So may a factor of a
  result: \`tanh\` is measured from 2^2 times the least normal number upwards, \`gelu\` and \`silu\` from 2^12 times, \`pow\` from 2^24 times.
- Where a derivative crosses zero because two terms cancel (\`gelu\`, \`silu\`, the mixed derivatives of \`pow\` and \`atan2\`),
  the error is measured against the larger term: rounding a term costs that much.
- \`atan2\` is a function of formulas. The derivatives of formulas follow from the rules in \`scalar/dual-rules.ts\` and
  \`scalar/functions/\`, which have the same bounds. However, second derivatives of \`pow\` inside a formula can overflow in an intermediate step.
- In the derivative of a quotient, terms that cancel are removed before anything is computed. The derivatives of x / (1 + |x|),
  x / √(1 + x²) and similar quotients are within 8 ulp of the true value at any x.
`
    await expect(text).toMatchFileSnapshot('../../../../docs/accuracy-of-derivatives.md')
  })
})
