import * as core from '@cotangent/core'
import {
  compile,
  erfc,
  exp,
  expm1,
  gammainc,
  gammaincc,
  grad,
  type Key,
  key,
  neg,
  sort,
  splitKey,
  sum,
  tensor,
  type Tensor,
  uniform,
  vmap,
  where,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { f64, numbers } from '../float64'

const count = 40_000
/**
 * The Dvoretzky-Kiefer-Wolfowitz inequality: an empirical distribution function of n numbers is farther than d from the
 * true one with a probability of at most 2 e^(-2 n d²). Here it is 1e-9 for each test, should a key ever change.
 */
const farthest = Math.sqrt(Math.log(2e9) / (2 * count))

/** The largest distance of the empirical distribution function of x from the true one. */
function distance(x: Tensor, distribution: (x: Tensor) => Tensor): number {
  const shares = distribution(sort(x.astype('float64')) as Tensor).data
  return Array.from(shares).reduce((d, each, i) => Math.max(d, each - i / count, (i + 1) / count - each), 0)
}

const upper = (x: Tensor) => erfc(x.mul(Math.SQRT1_2)).mul(0.5) as Tensor

const continuous: Record<string, readonly [draw: (k: Key) => Tensor, distribution: (x: Tensor) => Tensor]> = {
  exponential: [(k) => core.exponential(k, [count], { rate: 2 }), (x) => neg(expm1(x.mul(-2)))],
  gumbel: [(k) => core.gumbel(k, [count], { location: 1, scale: 3 }), (x) => exp(neg(exp(x.sub(1).div(-3)))) as Tensor],
  laplace: [
    (k) => core.laplace(k, [count], { scale: 2 }),
    (x) => where(x.less(0), exp(x.div(2)).mul(0.5), neg(exp(x.div(-2)).mul(0.5).sub(1))) as Tensor,
  ],
  logistic: [(k) => core.logistic(k, [count], { location: -1 }), (x) => core.sigmoid(x.add(1))],
  'truncatedNormal around its mean': [
    (k) => core.truncatedNormal(k, [count], { mean: 1, deviation: 2 }),
    (x) =>
      upper(f64(-2))
        .sub(upper(x.sub(1).div(2)))
        .div(upper(f64(-2)).sub(upper(f64(2)))) as Tensor,
  ],
  'truncatedNormal on a half-line': [
    (k) => core.truncatedNormal(k, [count], { min: 1, max: Infinity, dtype: 'float64' }),
    (x) =>
      neg(
        upper(x)
          .div(upper(f64(1)))
          .sub(1),
      ) as Tensor,
  ],
  // Φ(-50) underflows. Between 50 and 51 the density is e^(-50 t - t²/2) with t = x - 50, and the mass beyond 51
  // e^-50.5.
  'truncatedNormal far from its mean': [
    (k) => core.truncatedNormal(k, [count], { min: 50, max: 51, dtype: 'float64' }),
    (x) => {
      const t = x.sub(50)
      return neg(expm1(t.mul(-50).sub(t.square().mul(0.5)))) as Tensor
    },
  ],
  ...Object.fromEntries(
    [0.05, 0.7, 1, 2.5, 30, 1e5].map((a) => [
      `gamma with concentration ${a}`,
      [
        (k: Key) => core.gamma(k, [count], { concentration: a, rate: 2, dtype: 'float64' }),
        (x: Tensor) => gammainc(f64(a), x.mul(2)),
      ],
    ]),
  ),
  ...Object.fromEntries(
    [[0.5, 2], [0.1, 3], [1, 1], [40, 60]].map(([alpha, beta]) => [
      `beta with ${alpha} and ${beta}`,
      [
        (k: Key) => core.beta(k, [count], { alpha, beta, dtype: 'float64' }),
        (x: Tensor) => core.betainc(f64(alpha), f64(beta), x),
      ],
    ]),
  ), // prettier-ignore
  // A part of a Dirichlet vector has a beta distribution.
  dirichlet: [
    (k) => core.dirichlet(k, [count], { concentration: tensor([0.2, 2, 3]), dtype: 'float64' }).at(null, 0) as Tensor, // prettier-ignore
    (x) => core.betainc(f64(Math.fround(0.2)), f64(5), x),
  ],
}

describe('drawn numbers have their distribution', () => {
  it.each(Object.entries(continuous))('%s', (_, [draw, distribution]) => {
    expect(distance(draw(key(3)), distribution)).toBeLessThan(farthest)
  })

  // F(k - 1) + u (F(k) - F(k - 1)) of a Poisson number k and a uniform number u is uniform; F(k) is Q(k + 1, rate).
  it.each([0.5, 3, 9.9, 10.1, 40, 200, 1e6, 2e9])('poisson with rate %d', (rate) => {
    const k = core.poisson(key(4), [count], { rate }).astype('float64') as Tensor
    const below = where(k.greater(0), gammaincc(core.maximum(k, 1), f64(rate)), 0)
    const share = gammaincc(k.add(1), f64(rate)).sub(below)
    const u = below.add(share.mul(uniform(key(5), [count], { dtype: 'float64' }))) as Tensor
    expect(distance(u, (x) => x)).toBeLessThan(farthest)
  })

  /** Binomial counts: farther than 6.2 standard deviations with a probability below 1e-9. */
  const near = (found: number, share: number, of = count) =>
    expect(Math.abs(found - share * of)).toBeLessThan(6.2 * Math.sqrt(of * share * (1 - share)) + 1e-9)
  const countOf = (x: Tensor, value: number) => sum(core.equal(x, value)).item()

  it('randint, categorical and choice', () => {
    const integers = core.randint(key(6), [count], { min: -3, max: 4 }) as Tensor
    for (let value = -3; value < 4; value++) near(countOf(integers, value), 1 / 7)
    expect(numbers(core.randint(key(7), [1000], { min: -(2 ** 31), max: 2 ** 31 - 1 })).some((x) => x > 2 ** 30)).toBe(true) // prettier-ignore
    const probabilities = tensor([1, 2, 0, 7])
    const drawn = core.categorical(key(8), [count], { probabilities }) as Tensor
    const chosen = core.choice(key(9), 4, [count], { probabilities }) as Tensor
    for (const x of [drawn, chosen]) [0.1, 0.2, 0, 0.7].forEach((share, value) => near(countOf(x, value), share))
    const logits = core.log(probabilities)
    expect(numbers(core.categorical(key(8), [50], { logits }))).toEqual(numbers(drawn).slice(0, 50))
  })

  it('choice without replacement', () => {
    const all = core.choice(key(10), 100, [100], { replace: false }) as Tensor
    expect(numbers(all).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
    // The second of two draws without replacement: P(1 then 0) is p₁ p₀ / (1 - p₁).
    const pairs = splitKey(key(11), 4000 as number).map((k) =>
      numbers(core.choice(k, 3, [2], { replace: false, probabilities: tensor([1, 1, 2]) })),
    )
    near(pairs.filter(([a, b]) => a === 2 && b === 0).length, 0.25, 4000)
    near(pairs.filter(([a, b]) => a === 0 && b === 2).length, 0.25 * (2 / 3), 4000)
    const rows = core.choice(key(12), tensor([[1, 2], [3, 4]]), [3], { axis: 1 }) // prettier-ignore
    expect(rows.shape).toEqual([2, 3])
  })

  it('orthogonal', () => {
    const q = core.orthogonal(key(14), [count, 2, 2], { dtype: 'float64' })
    const [x, y] = [0, 1].map((row) => core.at(q, null, row, 0))
    const turns = core.atan2(y, x).div(2 * Math.PI).add(0.5) as Tensor // prettier-ignore
    expect(distance(turns, (u) => u)).toBeLessThan(farthest)
    near(sum(core.determinant(q).greater(0)).item(), 0.5)
    for (const shape of [
      [3, 5, 2],
      [4, 4],
      [2, 6],
    ]) {
      const drawn = core.orthogonal(key(15), shape, { dtype: 'float64' }) as Tensor
      expect(drawn.shape).toEqual(shape)
      const turned = core.swapAxes(drawn, -1, -2) as Tensor
      const [m, n] = shape.slice(-2)
      const gram = (m >= n ? core.matmul(turned, drawn) : core.matmul(drawn, turned)) as Tensor
      const error = core.max(core.abs(gram.sub(core.eye(Math.min(m, n), { dtype: 'float64' }))))
      expect(error.item()).toBeLessThan(1e-14)
    }
  })

  it('truncatedNormal refuses an interval that ends before it begins, or gives NaN in tensors', () => {
    for (const options of [{ min: 3 }, { min: 40 }, { max: -3 }, { min: 2, max: 1 }])
      expect(() => core.truncatedNormal(key(16), [2], options)).toThrow('expected bounds with min < max')
    const drawn = core.truncatedNormal(key(16), [2], { min: tensor([3, 1]) as Tensor })
    const none = core.zeros([0]) as Tensor
    expect(core.randintLogDensity(none, { min: none, max: 7 }).shape).toEqual([0])
    expect([Number.isNaN(drawn.data[0]), drawn.data[1] >= 1]).toEqual([true, true])
  })

  it('reach probabilities far below 2^-24', () => {
    const words = core.exponential(key(13), [1_000_000], { dtype: 'float64' })
    // The largest of n numbers exceeds log n - 3 but for a probability of e^(-e³).
    expect(core.max(words).item()).toBeGreaterThan(Math.log(1e6) - 3.1)
    expect(core.min(words).item()).toBeGreaterThan(0)
    expect(core.min(words).item()).toBeLessThan(1e-4)
  })
})

const samplers: Record<string, (k: Key) => Tensor> = {
  exponential: (k) => core.exponential(k, [50]),
  truncatedNormal: (k) => core.truncatedNormal(k, [50], { min: -1, max: 5 }),
  gamma: (k) => core.gamma(k, [50], { concentration: 0.7 }),
  beta: (k) => core.beta(k, [50], { alpha: 0.7, beta: 3 }),
  dirichlet: (k) => core.dirichlet(k, [20], { concentration: tensor([0.3, 4]) }) as Tensor,
  poisson: (k) => core.poisson(k, [50], { rate: core.linspace(0, 200, 50) }),
  randint: (k) => core.randint(k, [50], { max: 7 }),
  categorical: (k) => core.categorical(k, [50], { logits: tensor([0, 1, 2]) }),
  choice: (k) => core.choice(k, 50, [50], { replace: false }),
  orthogonal: (k) => core.orthogonal(k, [3, 2]) as Tensor,
  foldKey: (k) => uniform(core.foldKey(k, 7), [5]),
}

describe.each(Object.entries(samplers))('%s', (_, draw) => {
  const keys = splitKey(key(20), 2)

  it('draws the same bits compiled, and for each key of a batch', () => {
    const expected = keys.map((k) => numbers(draw(k)))
    expect(expected[0]).not.toEqual(expected[1])
    const compiled = compile(draw)
    expect(keys.map((k) => numbers(compiled(k)))).toEqual(expected)
    const batch = vmap(draw as (k: Tensor) => Tensor)(core.stack(keys) as Tensor) as Tensor
    expect(numbers(batch)).toEqual(expected.flat())
  })
})

describe('gradients of drawn numbers', () => {
  const concentrations = tensor(Float64Array.of(0.05, 0.6, 1.5, 8, 40, 1000)) as Tensor
  const draw = (a: Tensor) => core.gamma(key(30), [6], { concentration: a, dtype: 'float64' })
  const total = (f: (a: Tensor) => Tensor) => (a: Tensor) => sum(f(a))

  // P(a, z(a)) is constant: its total derivatives are zero, which gives those of z from the derivatives of P.
  it('gamma: those of the quantile, to second order', () => {
    const z = draw(concentrations)
    const P = (a: Tensor, x: Tensor) => sum(gammainc(a, x))
    const [byA, byX] = [grad(P), grad(P, { argument: 1 })]
    const slope = neg(byA(concentrations, z).div(byX(concentrations, z)))
    const got = grad(total(draw))(concentrations)
    numbers(got as Tensor).forEach((each, i) => expect(each / slope.data[i]).toBeCloseTo(1, 11))
    const ratio = (a: Tensor, x: Tensor) => sum(neg(byA(a, x).div(byX(a, x))))
    const curvature = grad(ratio)(concentrations, z).add(grad(ratio, { argument: 1 })(concentrations, z).mul(slope))
    const second = grad(total((a) => grad(total(draw))(a) as Tensor))(concentrations) as Tensor
    numbers(second).forEach((each, i) => expect(each / curvature.data[i]).toBeCloseTo(1, 8))
    expect(numbers(compile(grad(total(draw)))(concentrations) as Tensor)).toEqual(numbers(got as Tensor))
  })

  it('truncatedNormal: those of differences', () => {
    const at = [1, 2, -1, 3]
    const f = (...p: readonly number[]) =>
      core.truncatedNormal(key(3), [4], { mean: p[0], deviation: p[1], min: p[2], max: p[3], dtype: 'float64' }).sum().item() // prettier-ignore
    const g = (mean: Tensor, deviation: Tensor, min: Tensor, max: Tensor) =>
      sum(core.truncatedNormal(key(3), [4], { mean, deviation, min, max, dtype: 'float64' }))
    at.forEach((_, i) => {
      const moved = (by: number) => f(...at.map((each, j) => (i === j ? each + by : each)))
      const args = at.map(f64) as [Tensor, Tensor, Tensor, Tensor]
      const slope = (grad(g, { argument: i as 0 })(...args) as Tensor).item()
      expect(slope).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 7)
    })
  })

  it('beta and dirichlet: that of the mean, on average', () => {
    const alpha = f64(0.7)
    const slope = grad((a: Tensor) => core.mean(core.beta(key(31), [count], { alpha: a, beta: 2, dtype: 'float64' })))
    // d/da a / (a + b) is b / (a + b)². The standard deviation of a pathwise derivative here is below 1.
    expect(Math.abs(slope(alpha).item() - 2 / 2.7 ** 2)).toBeLessThan(6.2 / Math.sqrt(count))
    const parts = tensor(Float64Array.of(0.5, 1, 2)) as Tensor
    const gradient = grad((a: Tensor) =>
      core.mean(core.dirichlet(key(32), [count], { concentration: a, dtype: 'float64' }).at(null, 0)),
    )
    const expected = [(3.5 - 0.5) / 3.5 ** 2, -0.5 / 3.5 ** 2, -0.5 / 3.5 ** 2]
    numbers(gradient(parts) as Tensor).forEach((each, i) =>
      expect(Math.abs(each - expected[i])).toBeLessThan(6.2 / Math.sqrt(count)),
    )
  })
})
