import { key, splitKey, type Tensor } from '@cotangent/core'
import * as nn from '@cotangent/nn'
import { describe, expect, it } from 'vitest'

describe('fans', () => {
  it('are the axes behind and before, each times the receptive field', () => {
    expect(nn.fans([3, 5])).toEqual({ fanIn: 5, fanOut: 3 })
    expect(nn.fans([16, 8, 3, 3])).toEqual({ fanIn: 8 * 9, fanOut: 16 * 9 })
    expect(nn.fans([2, 3, 7])).toEqual({ fanIn: 21, fanOut: 14 })
  })

  it.each([[[]], [[4]]])('of %j do not exist', (shape) => {
    expect(() => nn.fans(shape)).toThrow(expect.objectContaining({ name: 'ShapeError', code: 'fans-rank' }))
    expect(() => nn.glorotUniform(key(1), shape, 'float32')).toThrow('[glorotUniform]')
  })
})

/**
 * Mean and variance of n draws in units of their standard errors. With variance σ² and kurtosis κ = E(x⁴)/σ⁴ these are
 * σ/√n for the mean and σ² √((κ - 1)/n) for the mean of x², the variance around the known mean 0.
 */
function deviations(draws: Tensor, variance: number, kurtosis: number): [mean: number, variance: number] {
  let [sum, squares] = [0, 0]
  for (const x of draws.data) {
    sum += x
    squares += x * x
  }
  const n = draws.size
  return [sum / n / Math.sqrt(variance / n), (squares / n - variance) / (variance * Math.sqrt((kurtosis - 1) / n))]
}

// ∫x⁴ / (∫x²)² over [-1, 1], and 3 σ⁴ / σ⁴.
const kurtosis = { uniform: 9 / 5, normal: 3 }

describe('random initializers', () => {
  const variances = {
    glorot: (fanIn: number, fanOut: number) => 2 / (fanIn + fanOut),
    he: (fanIn: number) => 2 / fanIn,
    lecun: (fanIn: number) => 1 / fanIn,
  }
  const rows = (['glorot', 'he', 'lecun'] as const).flatMap((name) =>
    (['Uniform', 'Normal'] as const).map((kind) => ({ name, kind, initializer: nn[`${name}${kind}`] })),
  )

  describe.each(rows)('$name$kind', ({ name, kind, initializer }) => {
    const kurtosisOf = kind === 'Uniform' ? kurtosis.uniform : kurtosis.normal

    // 1e5 draws each. Five standard errors are exceeded once in 1.7 million times; the keys are fixed.
    it.each([
      [[250, 400], 400, 250, 'float32'],
      [[20, 50, 10, 10], 5000, 2000, 'float64'],
    ] as const)('has its variance for %j', (shape, fanIn, fanOut, dtype: nn.FloatDType) => {
      const draws = initializer(key(11), shape, dtype)
      expect([draws.shape, draws.dtype]).toEqual([shape, dtype])
      const variance = variances[name](fanIn, fanOut)
      for (const deviation of deviations(draws, variance, kurtosisOf)) expect(Math.abs(deviation)).toBeLessThan(5)
      const largest = Math.max(...Array.from(draws.data.slice(0, 1e5), Math.abs))
      const limit = Math.sqrt(3 * variance)
      if (kind === 'Uniform') expect(largest).toBeLessThanOrEqual(limit * (1 + 2 ** -23))
      else expect(largest).toBeGreaterThan(limit)
    })
  })

  it('tell a variance that is 3 % off', () => {
    const draws = nn.heNormal(key(5), [250, 400], 'float64')
    expect(Math.abs(deviations(draws, (2 / 400) * 1.03, kurtosis.normal)[1])).toBeGreaterThan(5)
  })

  it.each([
    ['uniformInitializer', nn.uniformInitializer(0.3), 0.3 ** 2 / 3, kurtosis.uniform],
    ['normalInitializer', nn.normalInitializer(0.3), 0.3 ** 2, kurtosis.normal],
  ] as const)('%s has the scale that it is told, for biases too', (_, initializer, variance, kurtosisOf) => {
    const draws = initializer(key(2), [1e5], 'float32')
    for (const deviation of deviations(draws, variance, kurtosisOf)) expect(Math.abs(deviation)).toBeLessThan(5)
  })

  it('give the same numbers for the same key, and others for another', () => {
    const [a, b] = splitKey(key(3))
    const draw = (from: typeof a) => Array.from(nn.glorotUniform(from, [4, 4], 'float32').data)
    expect(draw(a)).toEqual(draw(a))
    expect(draw(a)).not.toEqual(draw(b))
  })

  it.each([0, -1, NaN, Infinity])('refuse the scale %d', (scale) => {
    const refusal = 'Initializer] expected a positive finite number as argument 1'
    expect(() => nn.uniformInitializer(scale)).toThrow(refusal)
    expect(() => nn.normalInitializer(scale)).toThrow(refusal)
  })
})

describe('constant initializers', () => {
  it('fill any shape', () => {
    expect(nn.zerosInitializer(key(1), [2, 2], 'float64').toArray()).toEqual([
      [0, 0],
      [0, 0],
    ])
    expect(nn.constantInitializer(0.1)(key(1), [2], 'float32').toArray()).toEqual([Math.fround(0.1), Math.fround(0.1)])
  })
})
