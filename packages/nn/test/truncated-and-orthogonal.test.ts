import { key, type Tensor } from '@cotangent/core'
import * as nn from '@cotangent/nn'
import { describe, expect, it } from 'vitest'

/** Variance of n draws around 0, in standard errors: σ² √((κ - 1)/n) with kurtosis κ. */
function deviation(draws: Tensor, variance: number, kurtosis: number): number {
  const squares = Array.from(draws.data).reduce((total, x) => total + x * x, 0)
  return (squares / draws.size - variance) / (variance * Math.sqrt((kurtosis - 1) / draws.size))
}

// With Z = Φ(2) - Φ(-2), integration by parts gives E x² = 1 - 4 φ(2)/Z and E x⁴ = 3 E x² - 16 φ(2)/Z.
const ratio = Math.exp(-2) / Math.sqrt(2 * Math.PI) / 0.9544997361036416
const second = 1 - 4 * ratio
const kurtosis = (3 * second - 16 * ratio) / second ** 2

describe('truncated initializers', () => {
  it.each([
    ['truncatedNormalInitializer', nn.truncatedNormalInitializer(0.3), 0.09],
    ['glorotTruncatedNormal', nn.glorotTruncatedNormal, 2 / 650],
    ['heTruncatedNormal', nn.heTruncatedNormal, 2 / 400],
    ['lecunTruncatedNormal', nn.lecunTruncatedNormal, 1 / 400],
  ] as const)('%s has its variance after the cut, at two deviations before it', (_, initializer, variance) => {
    for (const dtype of ['float32', 'float64'] as const) {
      const draws = initializer(key(3), [250, 400], dtype)
      expect(draws.dtype).toBe(dtype)
      // 1e5 draws: five standard errors are exceeded once in 1.7 million times, and the key is fixed.
      expect(Math.abs(deviation(draws, variance, kurtosis))).toBeLessThan(5)
      const end = 2 * Math.sqrt(variance / second)
      const largest = Array.from(draws.data).reduce((most, x) => Math.max(most, Math.abs(x)), 0)
      expect(largest).toBeLessThanOrEqual(end * (1 + 2 ** -23))
      expect(largest).toBeGreaterThan(0.99 * end)
    }
  })

  it('draw nothing for no entries', () => {
    expect(nn.heTruncatedNormal(key(1), [0, 3], 'float32').shape).toEqual([0, 3])
    expect(nn.orthogonalInitializer()(key(1), [3, 0], 'float32').shape).toEqual([3, 0])
  })
})

describe('pytorchUniform', () => {
  it('lies within 1/√fan-in, with a third of its square as the variance', () => {
    const draws = nn.pytorchUniform(key(2), [50, 20, 10, 10], 'float64')
    const limit = 1 / Math.sqrt(2000)
    expect(Math.abs(deviation(draws, limit ** 2 / 3, 9 / 5))).toBeLessThan(5)
    const largest = Array.from(draws.data).reduce((most, x) => Math.max(most, Math.abs(x)), 0)
    expect(largest).toBeLessThanOrEqual(limit)
    expect(largest).toBeGreaterThan(0.999 * limit)
  })
})

describe('orthogonalInitializer', () => {
  it.each([
    [[5, 3], 1],
    [[3, 5], 2],
    [[4, 2, 2, 3], Math.SQRT2],
    [[4, 4], 1],
  ] as const)('has orthonormal rows or columns for %j, times %d', (shape, gain) => {
    const weight = nn.orthogonalInitializer(gain)(key(4), shape, 'float64')
    expect(weight.shape).toEqual(shape)
    const [m, n] = [shape[0], weight.size / shape[0]]
    const entry = (i: number, j: number) => weight.data[i * n + j]
    const isTall = m >= n
    const small = Math.min(m, n)
    for (let a = 0; a < small; a++)
      for (let b = 0; b < small; b++) {
        let product = 0
        for (let k = 0; k < Math.max(m, n); k++)
          product += isTall ? entry(k, a) * entry(k, b) : entry(a, k) * entry(b, k)
        expect(product).toBeCloseTo(a === b ? gain ** 2 : 0, 13)
      }
  })
})
