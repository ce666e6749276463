import {
  bernoulli,
  compile,
  grad,
  key,
  mean,
  normal,
  permutation,
  sigmoid,
  splitKey,
  sum,
  tensor,
  type Tensor,
  trace,
  uniform,
  variance,
  vmap,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { evaluateScalar } from '../../src/backends/reference/map'
import { threefry } from '../../src/ops/random/keys'
import { numbers } from '../float64'
import { buildProgram } from '../scalar/formulas'

describe('Threefry-2x32', () => {
  // Known answers published with Random123 (kat_vectors, threefry2x32, 20 rounds): counter, key, result.
  it.each([
    [0, 0, 0, 0, 0x6b200159, 0x99ba4efe],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xc4923a9c, 0x483df7a0],
  ])('counter %i %i', (c0, c1, k0, k1, first, second) => {
    const words = [0, 1].map((word) => {
      const program = buildProgram(
        (s, a, b, c, d) => threefry(s, a, b, c, d)[word],
        ['int32', 'int32', 'int32', 'int32'],
      )
      return evaluateScalar(program, [k0 | 0, k1 | 0, c0 | 0, c1 | 0]) >>> 0
    })
    expect(words).toEqual([first, second])
  })
})

describe('random numbers', () => {
  it('are a function of the key, in bits', () => {
    expect(numbers(uniform(key(42), [3]))).toEqual(numbers(uniform(key(42), [3])))
    expect(numbers(uniform(key(42), [3]))).not.toEqual(numbers(uniform(key(43), [3])))
    expect(numbers(uniform(key(42), [3]))).toMatchInlineSnapshot(`
      [
        0.4267275333404541,
        0.1001582145690918,
        0.1964380145072937,
      ]
    `)
    expect(numbers(normal(key(42), [3]))).toMatchInlineSnapshot(`
      [
        0.9732646346092224,
        0.1730450987815857,
        0.5550616383552551,
      ]
    `)
    expect(numbers(normal(key(42), [2], { dtype: 'float64' }))).toMatchInlineSnapshot(`
      [
        1.0501999655001142,
        -0.05388310773768846,
      ]
    `)
    expect(numbers(permutation(key(42), 8))).toMatchInlineSnapshot(`
      [
        1,
        2,
        3,
        0,
        5,
        7,
        4,
        6,
      ]
    `)
    expect(splitKey(key(42), 2).map(numbers)).toMatchInlineSnapshot(`
      [
        [
          -1896430451,
          -403990582,
        ],
        [
          -139246978,
          1959311181,
        ],
      ]
    `)
    expect(numbers(key(-1))).toEqual([-1, -1])
    expect(numbers(key(2 ** 40))).toEqual([256, 0])
  })

  it('begin with the same elements whatever the shape', () => {
    expect(numbers(uniform(key(1), [2, 3]))).toEqual(numbers(uniform(key(1), [10])).slice(0, 6))
  })

  it('decides probabilities that are no multiples of 2^-24 with 53 bits', () => {
    // Multiples of 2^-24 are decided as before, by the same bits.
    const coarse = uniform(key(7), [1000]).less(0.25)
    expect(bernoulli(key(7), [1000], { probability: 0.25 }).toArray()).toEqual(coarse.toArray())
    // Below 2^-24, 24 bits would draw what 53 do not: numbers that begin with 24 zeros.
    for (const probability of [0.3, 2 ** -10 + 2 ** -40, 2 ** -28]) {
      const fine = uniform(key(7), [1000], { dtype: 'float64' }).less(probability)
      expect(bernoulli(key(7), [1000], { probability }).toArray()).toEqual(fine.toArray())
      const each = bernoulli(key(7), [1000], { probability: tensor(probability, { dtype: 'float64' }) })
      expect(each.toArray()).toEqual(fine.toArray())
      expect(trace((k) => bernoulli(k, [3], { probability }), key(7)).toString()).toContain('uniform64')
    }
  })

  it('have the moments of their distribution', () => {
    const n = 200_000
    const error = 5 / Math.sqrt(n)
    for (const dtype of ['float32', 'float64'] as const) {
      const u = uniform(key(3), [n], { min: -1, max: 3, dtype })
      expect(Math.abs(mean(u).item() - 1)).toBeLessThan(error * Math.sqrt(16 / 12))
      // The variance of (u - mean)² is 16² / 180 for a width of 4.
      expect(Math.abs(variance(u).item() - 16 / 12)).toBeLessThan(error * Math.sqrt(256 / 180))
      const z = normal(key(4), [n], { mean: 2, deviation: 3, dtype })
      expect(Math.abs(mean(z).item() - 2)).toBeLessThan(error * 3)
      expect(Math.abs(variance(z).item() - 9)).toBeLessThan(error * 9 * Math.SQRT2)
      // Kurtosis 3, with the variance 96 / n of its estimate.
      const fourth = mean(z.sub(2).div(3).square().square()).item()
      expect(Math.abs(fourth - 3)).toBeLessThan(5 * Math.sqrt(96 / n))
    }
    const draws = bernoulli(key(5), [n], { probability: 0.3 })
    expect(Math.abs(sum(draws).item() / n - 0.3)).toBeLessThan(error * Math.sqrt(0.21))
  })

  it('stay in their interval, and never give log(0)', () => {
    const u = uniform(key(6), [100_000])
    expect([u.min().item() >= 0, u.max().item() < 1]).toEqual([true, true])
    expect(numbers(normal(key(7), [100_000])).every(Number.isFinite)).toBe(true)
  })

  it('reach between ends whose difference overflows', () => {
    for (const [dtype, end] of [
      ['float32', 3.4e38],
      ['float64', 1.79e308],
    ] as const) {
      // prettier-ignore
      const u = numbers(uniform(key(12), [1000], { min: -end, max: end, dtype })).map((each) => each / end)
      expect(u.every((each) => each >= -1 && each <= 1)).toBe(true)
      expect(Math.max(...u) - Math.min(...u)).toBeGreaterThan(1.9)
    }
    expect(() => uniform(key(1), [2], { max: 1e39 })).toThrow("[uniform] the option 'max', 1e+39, is beyond the range")
  })

  it('take parameters as tensors, with the bits of numbers and the gradients of their formulas', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const of = (value: number) => tensor(value, { dtype }) as Tensor
      const z = normal(key(9), [4], { dtype })
      const drawn = (mean: Tensor | number, deviation: Tensor | number) =>
        normal(key(9), [4], { mean, deviation, dtype })
      expect(numbers(drawn(of(2), of(3)))).toEqual(numbers(drawn(2, 3)))
      expect(numbers(drawn(of(2), 3))).toEqual(numbers(drawn(2, 3)))
      const total = (mean: Tensor, deviation: Tensor) => sum(drawn(mean, deviation).square().mul(0.5))
      const [byMean, byDeviation] = grad(total, { argument: [0, 1] })(of(2), of(3)) as [Tensor, Tensor]
      const x = numbers(drawn(2, 3))
      expect(byMean.item()).toBeCloseTo(
        x.reduce((a, b) => a + b),
        4,
      )
      expect(byDeviation.item()).toBeCloseTo(
        x.reduce((a, b, i) => a + b * z.data[i], 0),
        4,
      )
      const u = uniform(key(9), [4], { dtype })
      const between = (min: Tensor | number, max: Tensor | number) => uniform(key(9), [4], { min, max, dtype })
      expect(numbers(between(of(-1), of(3)))).toEqual(numbers(between(-1, 3)))
      const slope = grad((min: Tensor, max: Tensor) => sum(between(min, max)), { argument: [0, 1] })
      const [byMin, byMax] = slope(of(-1), of(3)) as [Tensor, Tensor]
      expect(byMax.item()).toBeCloseTo(sum(u).item(), 5)
      expect(byMin.item()).toBeCloseTo(4 - sum(u).item(), 5)
      expect(numbers(compile((m: Tensor) => drawn(m, 3))(of(2)))).toEqual(numbers(drawn(2, 3)))
    }
    const means = tensor([0, 100, -100]) as Tensor
    expect(numbers(normal(key(9), [2, 3], { mean: means, deviation: 0 }))).toEqual([0, 100, -100, 0, 100, -100])
    const ends = tensor(Float64Array.of(1.79e308)) as Tensor
    const wide = numbers(uniform(key(12), [100], { min: ends.neg(), max: ends, dtype: 'float64' }))
    expect(wide.every(Number.isFinite)).toBe(true)
    const lines = vmap((m: Tensor) => normal(key(9), [2], { mean: m }))(means as Tensor<[3]>)
    expect(numbers(lines as Tensor)).toEqual([0, 100, -100].flatMap((mean) => numbers(normal(key(9), [2], { mean }))))
    expect(() => normal(key(9), [2], { mean: means })).toThrow('expected mean of a shape that broadcasts to [2]')
    expect(() => normal(key(9), [3], { deviation: means })).toThrow("option 'deviation'")
    expect(() => uniform(key(9), [3], { min: tensor(2) as Tensor, max: 1 })).toThrow('min <= max')
  })

  it('takes logits in place of probabilities', () => {
    const logits = tensor([-40, -1, 0, 2, 40]) as Tensor
    const drawn = bernoulli(key(3), [40_000, 5], { logits })
    const shares = numbers(mean(drawn.astype('float64'), { axis: 0 }) as Tensor)
    numbers(sigmoid(logits) as Tensor).forEach((p, i) =>
      expect(Math.abs(shares[i] - p)).toBeLessThan(6.2 * Math.sqrt((p * (1 - p)) / 40_000) + 1e-9),
    )
    expect(bernoulli(key(3), [9], { logits: 0 }).toArray()).toEqual(bernoulli(key(3), [9]).toArray())
    const both = { probability: 0.5, logits: 0 }
    expect(() => bernoulli(key(3), [2], both)).toThrow('expected either logits or probability, got both')
  })

  it('take probabilities from 0 to 1, where they can be read', () => {
    const p = tensor([0, 1, 2])
    expect(() => bernoulli(key(1), [3], { probability: p })).toThrow(
      '[bernoulli] expected probabilities from 0 to 1, got 2',
    )
    expect(() => bernoulli(key(1), [3], { probability: p.div(0) })).toThrow('got NaN')
    const clipped = compile((q: Tensor) => bernoulli(key(1), [3], { probability: q.clip(0, 1) }))
    expect(clipped(p).toArray()).toEqual([false, true, true])
  })

  it('permute', () => {
    expect(numbers(permutation(key(8), 100)).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
    // Every element reaches every place: 8! / 8 of each in the long run; 5 standard errors of a binomial.
    const counts = new Array<number>(8).fill(0)
    for (const each of splitKey(key(9), 4000 as number)) counts[numbers(permutation(each, 8)).indexOf(0)]++
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(5 * Math.sqrt(4000 * (1 / 8) * (7 / 8)))
  })

  it('come from independent keys', () => {
    const [a, b] = splitKey(key(10))
    const [u, v] = [uniform(a, [50_000], { dtype: 'float64' }), uniform(b, [50_000], { dtype: 'float64' })]
    const correlation = mean(u.sub(0.5).mul(v.sub(0.5))).item() * 12
    expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(50_000))
  })

  it('trace with the key as an input', () => {
    const graph = trace((k: Tensor<[2]>) => normal(splitKey(k)[0], [4]), key(0))
    expect(numbers(graph.run(key(11)) as Tensor)).toEqual(numbers(normal(splitKey(key(11))[0], [4])))
  })
})
