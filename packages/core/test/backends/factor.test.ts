import fc from 'fast-check'
import { expect, it } from 'vitest'
import { execute } from '../../src/backends/reference'
import { executeOnHost } from '../../src/backends/wasm/factor'
import type { Factorization } from '../../src/kernels/work'
import { runs } from '../../../../test/effort'

// The factorizations on vectors of elements have the bits of those on single ones, past the ends of vectors too.

const works: readonly Factorization[] = [
  { factor: 'cholesky', check: false },
  { factor: 'lu', check: false },
  { factor: 'determinant' },
  { factor: 'cofactors' },
  { factor: 'qr' },
  { factor: 'eigh' },
  { factor: 'svd' },
  { factor: 'pseudoInverse', tolerance: null },
  { factor: 'exponential' },
  { factor: 'triangular', lower: true, transposed: false, unit: false, check: false, tolerance: 0 },
  { factor: 'triangular', lower: true, transposed: true, unit: false, check: false, tolerance: 0 },
]

const sizes: Readonly<Partial<Record<Factorization['factor'], (m: number, n: number, k: number) => number>>> = {
  lu: (_, n) => n * n + n + 1,
  determinant: () => 1,
  qr: (m, n) => m * n + n * n,
  eigh: (_, n) => n + n * n,
  svd: (m, n) => Math.min(m, n) * (m + 1 + n),
  triangular: (_, n, k) => n * k,
}

it.each(works.map((work) => [work.factor, work] as const))('%s', (_, work) => {
  const isSquare = !['qr', 'svd', 'pseudoInverse'].includes(work.factor)
  fc.assert(
    fc.property(fc.integer({ min: 12, max: 40 }), fc.integer({ min: 0, max: 9 }), fc.integer(), (n, extra, seed) => {
      const m = isSquare ? n : n + extra
      const k = extra
      const number = (i: number) => Math.sin(seed + 1.7 * i + 0.3 * i * i)
      const numbers = (count: number, from: number) => Float64Array.from({ length: count }, (_x, i) => number(i + from))
      const a = numbers(m * n, 0)
      // Positive definite, so that Cholesky does not end at its first pivot.
      if (work.factor === 'cholesky') for (let i = 0; i < n; i++) a[i * n + i] += 2 * n
      const inputs = [{ shape: [m, n], dtype: 'float64' as const, data: a }]
      if (work.factor === 'triangular') inputs.push({ shape: [n, k], dtype: 'float64', data: numbers(n * k, m * n) })
      const size = (sizes[work.factor] ?? (() => m * n))(m, n, k)
      const output = { shape: [size], dtype: 'float64' as const }
      const [plain, vectors] = [execute, executeOnHost].map((run) => run({ kind: 'factor', ...work }, inputs, output))
      expect(vectors).toEqual(plain)
      expect(plain.every(Number.isFinite)).toBe(true)
    }),
    { numRuns: runs(8) },
  )
})
