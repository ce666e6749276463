import {
  bernoulliLogDensity,
  binomialLogDensity,
  compile,
  grad,
  hvp,
  ones,
  sum,
  tensor,
  type Tensor,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { f64, numbers } from '../float64'

// The truth by forms that do not cancel: log σ(l) = -log1p(e^-l) for l >= 0, and l - log1p(e^l) below.
const logShare = (l: number) => (l >= 0 ? -Math.log1p(Math.exp(-l)) : l - Math.log1p(Math.exp(l)))
const share = (l: number) => (l >= 0 ? 1 / (1 + Math.exp(-l)) : Math.exp(l) / (1 + Math.exp(l)))

const logits = [-745, -100, -36.7, -3, -1e-9, 0, 0.5, 20, 37, 710, 1e300]

/** Equal to a few units in the last place; also where the values are tiny, down to the subnormal ones. */
function near(got: readonly number[], expected: readonly number[]): void {
  got.forEach((each, i) =>
    expect(Math.abs(each - expected[i])).toBeLessThanOrEqual(8e-15 * Math.abs(expected[i]) + 1e-322),
  )
}

describe.each([
  { name: 'bernoulliLogDensity', n: 1, k: 0, ways: 1 },
  { name: 'bernoulliLogDensity', n: 1, k: 1, ways: 1 },
  { name: 'binomialLogDensity', n: 5, k: 0, ways: 1 },
  { name: 'binomialLogDensity', n: 5, k: 5, ways: 1 },
])('$name of $k of $n', ({ name, n, k, ways }) => {
  const density = (l: Tensor, x: Tensor) =>
    name === 'bernoulliLogDensity'
      ? bernoulliLogDensity(x, { logits: l })
      : binomialLogDensity(x, { count: n, logits: l })
  const total = (l: Tensor) => sum(density(l, ones(l.shape, { dtype: 'float64' }).mul(k)))
  const l = f64(logits)

  it('has all digits of values, slopes and curvatures, however large the logits are', () => {
    const values = numbers(density(l, ones(l.shape, { dtype: 'float64' }).mul(k)))
    near(values, logits.map((each) => Math.log(ways) + k * logShare(each) + (n - k) * logShare(-each))) // prettier-ignore
    near(numbers(grad(total)(l)), logits.map((each) => k * share(-each) - (n - k) * share(each))) // prettier-ignore
    const curved = numbers(hvp(total, l, ones(l.shape, { dtype: 'float64' })))
    near(curved, logits.map((each) => -n * share(each) * share(-each))) // prettier-ignore
    expect(numbers(compile(grad(total))(l))).toEqual(numbers(grad(total)(l)))
  })
})

describe('log-densities in logits', () => {
  it('agree with those in probabilities, in every count', () => {
    const x = f64([0, 1, 2, 3, 4, 2.5, -1, 5, NaN])
    const byLogits = numbers(binomialLogDensity(x, { count: 4, logits: 0.7 }))
    numbers(binomialLogDensity(x, { count: 4, probability: share(0.7) })).forEach((each, i) =>
      i < 5 ? expect(byLogits[i]).toBeCloseTo(each, 12) : expect(byLogits[i]).toBe(each),
    )
    expect(numbers(bernoulliLogDensity(f64([0, 1]), { logits: 0 }))).toEqual(numbers(bernoulliLogDensity(f64([0, 1]))))
    expect(numbers(bernoulliLogDensity(f64([0, 1]), {}))[0]).toBeCloseTo(-Math.LN2, 15)
  })

  it('float32 keeps its digits, and the derivative in x is the logit', () => {
    const far = bernoulliLogDensity(tensor([1, 0]), { logits: tensor([30, -30]) })
    near(numbers(far), [Math.fround(logShare(30)), Math.fround(logShare(30))])
    const slope = grad((x: Tensor) => sum(bernoulliLogDensity(x, { logits: 3 })))(f64([0, 1]))
    numbers(slope).forEach((each) => expect(each).toBeCloseTo(3, 14))
  })

  it('take one of the two', () => {
    const both = { probability: 0.5, logits: 0 }
    expect(() => bernoulliLogDensity(1, both)).toThrow('expected either logits or probability, got both')
    // @ts-expect-error a probability is needed
    expect(() => binomialLogDensity(1, { count: 2 })).toThrow('expected either logits or probability, got neither')
    expect(() => bernoulliLogDensity(1, { logits: Infinity })).toThrow("option 'logits'")
  })
})
