import fc from 'fast-check'
import { expect, it } from 'vitest'
import { execute } from '../../src/backends/reference'
import { executeOnHost } from '../../src/backends/wasm/factor'
import { choleskyOf } from '../../src/kernels/factor/cholesky'
import { cofactorsOf } from '../../src/kernels/factor/cofactors'
import { eighOf } from '../../src/kernels/factor/eigh'
import { exponentialOf } from '../../src/kernels/factor/exponential'
import type { Factorization } from '../../src/kernels/factor/factorization'
import { determinantOf, luOf } from '../../src/kernels/factor/lu'
import { qrOf } from '../../src/kernels/factor/qr'
import { pseudoInverseOf, svdOf } from '../../src/kernels/factor/svd'
import { triangularOf } from '../../src/kernels/factor/triangular'
import { runs } from '../../../../test/effort'

// The factorizations on vectors of elements have the bits of those on single ones, past the ends of vectors too.

const triangle = { lower: true, unit: false, check: false, tolerance: 0 }

const works: readonly Factorization[] = [
  choleskyOf(false),
  luOf(false),
  determinantOf,
  cofactorsOf,
  qrOf,
  eighOf,
  svdOf,
  pseudoInverseOf(null),
  exponentialOf,
  triangularOf({ ...triangle, transposed: false }),
  triangularOf({ ...triangle, transposed: true }),
]

const sizes: Readonly<Record<string, (m: number, n: number, k: number) => number>> = {
  lu: (_, n) => n * n + n + 1,
  determinant: () => 1,
  qr: (m, n) => m * n + n * n,
  eigh: (_, n) => n + n * n,
  svd: (m, n) => Math.min(m, n) * (m + 1 + n),
  triangular: (_, n, k) => n * k,
}

it.each(works.map((work) => [`${work.name} ${JSON.stringify(work.parameters)}`, work] as const))(
  '%s',
  (_, factorization) => {
    const { name } = factorization
    const isSquare = !['qr', 'svd', 'pseudoInverse'].includes(name)
    fc.assert(
      fc.property(fc.integer({ min: 12, max: 40 }), fc.integer({ min: 0, max: 9 }), fc.integer(), (n, extra, seed) => {
        const m = isSquare ? n : n + extra
        const k = extra
        const number = (i: number) => Math.sin(seed + 1.7 * i + 0.3 * i * i)
        const numbers = (count: number, from: number) =>
          Float64Array.from({ length: count }, (_x, i) => number(i + from))
        const a = numbers(m * n, 0)
        // Positive definite, so that Cholesky does not end at its first pivot.
        if (name === 'cholesky') for (let i = 0; i < n; i++) a[i * n + i] += 2 * n
        const inputs = [{ shape: [m, n], dtype: 'float64' as const, data: a }]
        if (name === 'triangular') inputs.push({ shape: [n, k], dtype: 'float64', data: numbers(n * k, m * n) })
        const size = (sizes[name] ?? (() => m * n))(m, n, k)
        const output = { shape: [size], dtype: 'float64' as const }
        const [plain, vectors] = [execute, executeOnHost].map((run) =>
          run({ kind: 'factor', factorization }, inputs, output),
        )
        expect(vectors).toEqual(plain)
        expect(plain.every(Number.isFinite)).toBe(true)
      }),
      { numRuns: runs(8) },
    )
  },
)
