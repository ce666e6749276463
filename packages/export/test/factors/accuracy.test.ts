import { qr, type Tensor } from '@cotangent/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/effort'
import {
  type Application,
  batches,
  coreOf,
  dtypes,
  filled,
  type FloatType,
  normals,
  oneByOne,
  programOf,
  seeds,
  sizes,
} from './subjects'

// These programs find what core finds in another order, or by another algorithm. Results are held against residuals,
// and against core with the perturbation bound of the problem. Let u be half the distance from 1 to the next float64.
// An entry is rounded 3 times in each of n rounds in each of about 10 sweeps of Jacobi, more than anywhere else. The
// errors add up like a random walk (Higham, Accuracy and Stability of Numerical Algorithms, section 2.8), to √(30 n) u
// an entry, and 6 (m + n) u in the norm. A float32 result is rounded once more, by 2^-24 of each entry.

const u = 2 ** -53
const own = (m: number, n: number) => 6 * (m + n) * u
const rounding = (dtype: FloatType) => (dtype === 'float32' ? 2 ** -24 : 0)

type Matrix = readonly (readonly number[])[]

const rowsOf = (data: ArrayLike<number>, m: number, n: number, start = 0): Matrix =>
  Array.from({ length: m }, (_, i) => Array.from({ length: n }, (_, j) => data[start + i * n + j]))
const product = (a: Matrix, b: Matrix, n = b[0]?.length ?? 0): Matrix =>
  a.map((row) => Array.from({ length: n }, (_, j) => row.reduce((sum, value, p) => sum + value * b[p][j], 0)))
const transposed = (a: Matrix, n: number): Matrix => Array.from({ length: n }, (_, j) => a.map((row) => row[j]))
const diagonal = (w: readonly number[]): Matrix => w.map((value, i) => w.map((_, j) => (i === j ? value : 0)))
const difference = (a: Matrix, b: Matrix): Matrix => a.map((row, i) => row.map((value, j) => value - b[i][j]))
const norm = (a: Matrix): number => {
  const largest = Math.max(0, ...a.flat().map(Math.abs))
  return largest === 0 || !Number.isFinite(largest)
    ? largest
    : largest * Math.sqrt(a.flat().reduce((sum, value) => sum + (value / largest) ** 2, 0))
}
const column = (w: readonly number[]): Matrix => w.map((value) => [value])

/** `x <= bound`, where NaN fails. */
const holds = (x: number, bound: number) => expect(x).toBeLessThanOrEqual(bound)

function holdOrthonormal(q: Matrix, n: number, bound: number): void {
  holds(norm(difference(product(transposed(q, n), q, n), diagonal(Array.from({ length: n }, () => 1)))), bound)
}

/** The first of the largest entries of each column is positive. */
function holdSigns(q: Matrix, n: number): void {
  for (const entries of transposed(q, n)) {
    const largest = Math.max(0, ...entries.map(Math.abs))
    const first = entries.find((value) => Math.abs(value) >= largest * (1 - 1e-6))
    if (first !== undefined && largest > 0) {
      // Of entries that are equal but for rounding, any may be the first.
      const equals = entries.filter((value) => Math.abs(value) >= largest * (1 - 1e-6))
      expect(equals.length > 1 ? Math.max(...equals) : first).toBeGreaterThan(0)
    }
  }
}

/** Orthonormal columns. */
const orthonormal = (seed: number, m: number, n: number): Matrix =>
  m === 0 || n === 0 ? rowsOf([], m, 0) : rowsOf(qr(normals(seed, [m, n])).q.data, m, n)

interface Drawn {
  readonly seed: number
  readonly batch: readonly number[]
  readonly m: number
  readonly n: number
  readonly dtype: FloatType
  /** The logarithm of the condition number, and of the scale. */
  readonly condition: number
  readonly scale: number
  /** How many of the singular values are 0. */
  readonly lost: number
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  seed: seeds,
  batch: batches,
  m: sizes,
  n: sizes,
  dtype: dtypes,
  condition: fc.constantFrom(0, 1, 4, 10, 14),
  scale: fc.constantFrom(0, 0, 0, 30, -30, 250, -250),
  lost: fc.constantFrom(0, 0, 0, 1, 8),
})

const scaleIn = ({ dtype, scale }: Drawn) => 10 ** (dtype === 'float32' ? Math.sign(scale) * 15 : scale)

/** Matrices `U diag(s) Vᵀ`, with s from 1 to the inverse of the condition number, times the scale. */
function matrices(case_: Drawn, m: number, n: number): Tensor {
  const { seed, batch, condition, lost, dtype } = case_
  const count = batch.reduce((total, size) => total * size, 1)
  const k = Math.min(m, n)
  const s = Array.from({ length: k }, (_, i) => (i >= k - lost ? 0 : 10 ** (-(condition * i) / Math.max(1, k - 1))))
  const all = Array.from({ length: count }, (_, at) => {
    const [left, right] = [orthonormal(seed + at, m, k), orthonormal(seed + at + 1000, n, k)]
    return product(product(left, diagonal(s), k), transposed(right, k), n).flat()
  })
  return filled(
    all.flat().map((value) => value * scaleIn(case_)),
    [...batch, m, n],
    dtype,
  )
}

/** Runs a check on each matrix, with the result of the program and that of core. */
function onEach(
  application: Application,
  check: (inputs: readonly Tensor[], ours: readonly number[], core: readonly number[]) => void,
): void {
  const result = programOf(application)(application.inputs)
  expect(result.dtype).toBe(application.inputs[0].dtype)
  const each = oneByOne(application)
  const size = result.size / Math.max(1, each.length)
  each.forEach((one, at) => {
    check(one.inputs, Array.from(result.data.slice(at * size, (at + 1) * size)), Array.from(coreOf(one).data))
  })
}

const property = <T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => void, usual = 12) =>
  fc.assert(fc.property(arbitrary, check), { numRuns: runs(usual) })

const isIncreasing = (w: readonly number[]) => w.every((value, i) => i === 0 || value >= w[i - 1])

describe('factorizations within the bounds of the problem', () => {
  it('qr', () => {
    property(drawn, (case_) => {
      const n = case_.n
      const m = Math.max(case_.m, n)
      onEach({ op: 'qr', inputs: [matrices(case_, m, n)] }, ([a], ours, core) => {
        const [q, r] = [rowsOf(ours, m, n), rowsOf(ours, n, n, m * n)]
        const given = rowsOf(a.data, m, n)
        const bound = own(m, n) + 2 * Math.sqrt(n) * rounding(case_.dtype)
        holds(norm(difference(product(q, r, n), given)), bound * norm(given))
        holdOrthonormal(q, n, 2 * bound)
        for (let i = 0; i < n; i++) {
          expect(r[i][i]).toBeGreaterThanOrEqual(0)
          for (let j = 0; j < i; j++) expect(r[i][j]).toBe(0)
        }
        // The change of the factors is that of A times the condition number (Stewart, SIAM J. Numer. Anal. 14, 1977).
        if (case_.lost > 0) return
        const change = (own(m, n) * 10 ** case_.condition + rounding(case_.dtype)) * Math.sqrt(n)
        holds(norm(difference(q, rowsOf(core, m, n))), 4 * change)
        holds(norm(difference(r, rowsOf(core, n, n, m * n))), 4 * change * norm(given))
      })
    })
  })

  it('eigh', () => {
    const cases = fc.record({ case: drawn, kind: fc.constantFrom('apart', 'equal', 'any', 'diagonal') })
    property(cases, ({ case: case_, kind }) => {
      const { n, seed, batch, dtype } = case_
      const count = batch.reduce((total, size) => total * size, 1)
      const w = Array.from({ length: n }, (_, i) =>
        kind === 'equal' ? (i % 2) - 0.5 : kind === 'any' ? (-1) ** i * 10 ** -(case_.condition * i * 0.1) : i - n / 2,
      )
      const all = Array.from({ length: count }, (_, at) => {
        const q = kind === 'diagonal' ? diagonal(w.map(() => 1)) : orthonormal(seed + at, n, n)
        return product(product(q, diagonal(w), n), transposed(q, n), n).flat()
      })
      const a = filled(
        all.flat().map((value) => value * scaleIn(case_)),
        [...batch, n, n],
        dtype,
      )
      onEach({ op: 'eigh', inputs: [a] }, ([one], ours, core) => {
        const [values, v] = [ours.slice(0, n), rowsOf(ours, n, n, n)]
        const given = rowsOf(one.data, n, n)
        const symmetric = given.map((row, i) => row.map((value, j) => value / 2 + given[j][i] / 2))
        const size = norm(symmetric)
        const bound = own(n, n) + 2 * Math.sqrt(n) * rounding(dtype)
        expect(isIncreasing(values)).toBe(true)
        holds(norm(difference(product(symmetric, v, n), product(v, diagonal(values), n))), 2 * bound * size)
        holdOrthonormal(v, n, 2 * bound)
        holdSigns(v, n)
        // Weyl: values change by no more than the matrix.
        holds(norm(difference(column(values), column(core.slice(0, n)))), 2 * bound * size)
        // Davis and Kahan: vectors change by that over the gap, which is 1 of at most n/2 here.
        if (kind !== 'apart' && kind !== 'diagonal') return
        // The sign may hang on two entries that are equal but for rounding.
        const theirs = rowsOf(core, n, n, n)
        const sign = transposed(v, n).map((x, j) =>
          x.reduce((sum, value, i) => sum + value * theirs[i][j], 0) < 0 ? -1 : 1,
        )
        holds(
          norm(
            difference(
              v.map((row) => row.map((value, j) => sign[j] * value)),
              theirs,
            ),
          ),
          4 * n * bound,
        )
      })
    })
  })

  it('svd', () => {
    property(drawn, (case_) => {
      const { m, n, dtype } = case_
      const k = Math.min(m, n)
      onEach({ op: 'svd', inputs: [matrices(case_, m, n)] }, ([a], ours, core) => {
        const [uu, s, v] = [rowsOf(ours, m, k), ours.slice(m * k, m * k + k), rowsOf(ours, n, k, m * k + k)]
        const given = rowsOf(a.data, m, n)
        const bound = own(m, n) + 2 * Math.sqrt(k) * rounding(dtype)
        const size = norm(given)
        holds(norm(difference(product(product(uu, diagonal(s), k), transposed(v, k), n), given)), 2 * bound * size)
        holdOrthonormal(uu, k, 2 * bound)
        holdOrthonormal(v, k, 2 * bound)
        holdSigns(uu, k)
        expect(s.every((value) => value >= 0)).toBe(true)
        expect(isIncreasing([...s].reverse())).toBe(true)
        holds(norm(difference(column(s), column(core.slice(m * k, m * k + k)))), 2 * bound * size)
      })
    })
  })

  it('pseudoinverses', () => {
    property(drawn, (case_) => {
      const { m, n, dtype } = case_
      // Near the tolerance, rounding would decide about the rank: it lies between the values that are kept and lost.
      const condition = Math.min(case_.condition, 4)
      const application: Application = {
        op: 'pinv',
        inputs: [matrices({ ...case_, condition }, m, n)],
        attributes: { tolerance: case_.lost > 0 || dtype === 'float32' ? 1e-5 : null },
      }
      onEach(application, (_, ours, core) => {
        // Wedin (1973): relative to its norm it changes by the condition number times the relative change of A.
        const bound = (4 * own(m, n) * 10 ** condition + 2 * rounding(dtype)) * Math.sqrt(Math.min(m, n))
        const theirs = rowsOf(core, n, m)
        holds(norm(difference(rowsOf(ours, n, m), theirs)), bound * norm(theirs))
      })
    })
  })

  it('solutions from packed factors', () => {
    const cases = fc.record({ case: drawn, transposed: fc.boolean(), k: fc.integer({ min: 0, max: 3 }) })
    property(cases, ({ case: case_, transposed: isTransposed, k }) => {
      const { n, seed, batch, dtype } = case_
      // Factors that were rounded to float32 leave a relative error of their own, which the refinement squares.
      const condition = Math.min(case_.condition, dtype === 'float32' ? 1 : 10)
      const a = matrices({ ...case_, condition, lost: 0, scale: case_.scale / 10 }, n, n)
      const b = normals(seed, [...batch, n, k], dtype)
      const packed = coreOf({ op: 'lu', inputs: [a], attributes: { check: true } })
      const application = { op: 'solve', inputs: [a, packed, b], attributes: { transposed: isTransposed } }
      onEach(application, ([one, , right], ours, core) => {
        const given = rowsOf(one.data, n, n)
        const [x, theirs] = [rowsOf(ours, n, k), rowsOf(core, n, k)]
        const matrix = isTransposed ? transposed(given, n) : given
        // Refinement makes a solution backward stable (Higham, theorem 12.4).
        const refined = dtype === 'float32' ? (n * 10 ** condition * 2 ** -22) ** 2 : 0
        const bound = own(n, n) + rounding(dtype) + refined
        const residual = difference(product(matrix, x, k), rowsOf(right.data, n, k))
        holds(norm(residual), bound * norm(matrix) * norm(x) * 2)
        holds(norm(difference(x, theirs)), (own(n, n) * 10 ** condition + 2 * rounding(dtype)) * 2 * norm(theirs))
      })
    })
  })

  it('matrices with an entry that is not finite are NaN, and the others of the batch are not', () => {
    const entry = fc.constantFrom(NaN, Infinity, -Infinity)
    const names = fc.constantFrom('eigh', 'svd', 'pinv', 'matrixExponential', 'cholesky')
    property(fc.record({ seed: seeds, n: fc.integer({ min: 1, max: 5 }), entry, name: names }), (given) => {
      const { seed, n, entry, name } = given
      const x = normals(seed, [2, n, n])
      const spd = x.matmul(x.transpose([0, 2, 1])) as Tensor
      const data = Array.from(spd.data, (value, at) => ((at % (n * n)) % (n + 1) === 0 ? value + 1 : value))
      data[n * n + (seed % (n * n))] = entry
      const attributes = name === 'pinv' ? { tolerance: null } : name === 'cholesky' ? { check: false } : undefined
      onEach({ op: name, inputs: [filled(data, [2, n, n], 'float64')], attributes }, ([one], ours, core) => {
        const isSound = one.data.every(Number.isFinite)
        expect(ours.every(Number.isNaN)).toBe(!isSound)
        expect(core.every(Number.isNaN)).toBe(!isSound)
      })
    })
  })
})
