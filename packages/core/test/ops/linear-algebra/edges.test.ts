import {
  add,
  cholesky,
  compile,
  debugNaN,
  determinant,
  eigh,
  eye,
  grad,
  hvp,
  inverse,
  logDeterminant,
  lstsq,
  matmul,
  matrixExponential,
  matrixNorm,
  matrixPower,
  matrixRank,
  matrixTrace,
  norm,
  pinv,
  qr,
  solve,
  sum,
  svd,
  swapAxes,
  tensor,
  type Tensor,
  triangularSolve,
  vmap,
  zeros,
} from '@cotangent/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../../test/effort'

const matrix = (rows: readonly (readonly number[])[]): Tensor =>
  tensor(rows.flat(), { shape: [rows.length, rows[0].length], dtype: 'float64' })

/** Matrices with entries of one magnitude, of any rank, in batches. */
const anyMatrices = fc
  .record({
    batch: fc.integer({ min: 0, max: 2 }),
    m: fc.integer({ min: 0, max: 9 }),
    n: fc.integer({ min: 0, max: 9 }),
  })
  .chain(({ batch, m, n }) =>
    fc
      .record({
        entries: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
          minLength: (batch + 1) * m * n,
          maxLength: (batch + 1) * m * n,
        }),
        // Entries whose squares overflow or vanish.
        exponent: fc.constantFrom(0, 0, 300, -300, 100),
        isLowRank: fc.boolean(),
      })
      .map(({ entries, exponent, isLowRank }) => {
        // Every second row of a matrix of low rank repeats the row before.
        const data = entries.map((value, at) => {
          const [row, column] = [Math.floor(at / n), at % n]
          return (isLowRank && row % 2 === 1 ? entries[(row - 1) * n + column] : value) * 10 ** exponent
        })
        return tensor(Float64Array.from(data), { shape: [batch + 1, m, n] }) as Tensor
      }),
  )

const largest = (x: Tensor) => Math.max(0, ...Array.from(x.data, Math.abs))

/** The largest difference, in units of n times the rounding of the largest entry. */
function distance(a: Tensor, b: Tensor, size: number): number {
  const scale = Math.max(size, Number.MIN_VALUE)
  const n = Math.max(1, ...a.shape)
  return largest(a.div(scale).sub(b.div(scale))) / (n * 2 ** -52)
}

const isOrthonormal = (q: Tensor) => {
  const k = q.shape[q.rank - 1] as number
  return (
    largest(matmul(swapAxes(q, -1, -2), q).sub(eye(k, { dtype: 'float64' }))) < 20 * Math.max(1, ...q.shape) * 2 ** -52
  )
}

const numRuns = runs(60)

describe('factorizations of any matrix multiply to it, with orthonormal factors', () => {
  it('qr', () => {
    fc.assert(
      fc.property(anyMatrices, (a) => {
        const { q, r } = qr(a)
        expect(distance(matmul(q, r), a, largest(a))).toBeLessThan(20)
        expect(isOrthonormal(q)).toBe(true)
        const [k, n] = [r.shape[1], r.shape[2]] as number[]
        r.data.forEach((value: number, at: number) => {
          const [i, j] = [Math.floor((at % (k * n)) / n), at % n]
          if (i === j && i < k) expect(value).toBeGreaterThanOrEqual(0)
          if (i > j) expect(value).toBe(0)
        })
      }),
      { numRuns },
    )
  })

  it('svd', () => {
    fc.assert(
      fc.property(anyMatrices, (a) => {
        const { u, s, vt } = svd(a)
        expect(isOrthonormal(u) && isOrthonormal(swapAxes(vt, -1, -2))).toBe(true)
        expect(distance(matmul(u.mul(s.reshape([s.shape[0], 1, s.shape[1]])), vt), a, largest(a))).toBeLessThan(40)
        for (let i = 0; i < s.size; i++) {
          expect(s.data[i]).toBeGreaterThanOrEqual(0)
          if (i % (s.shape[1] as number) > 0) expect(s.data[i]).toBeLessThanOrEqual(s.data[i - 1])
        }
      }),
      { numRuns },
    )
  })

  it('eigh', () => {
    fc.assert(
      fc.property(anyMatrices, (x) => {
        const n = Math.min(...x.shape.slice(1))
        const square = x.slice(null, [0, n], [0, n])
        const a = square.div(2).add(swapAxes(square, -1, -2).div(2))
        const { eigenvalues: w, eigenvectors: v } = eigh(square)
        expect(isOrthonormal(v)).toBe(true)
        expect(distance(matmul(v.mul(w.reshape([w.shape[0], 1, n])), swapAxes(v, -1, -2)), a, largest(a))).toBeLessThan(
          40,
        )
        for (let i = 0; i < w.size; i++) if (i % n > 0) expect(w.data[i]).toBeGreaterThanOrEqual(w.data[i - 1])
      }),
      { numRuns },
    )
  })

  it('pinv satisfies the conditions of Penrose', () => {
    fc.assert(
      fc.property(anyMatrices, (a) => {
        fc.pre(largest(a) < 1e10 && largest(a) > 1e-10)
        // Entries near 1e-15 of the others would make the rank a matter of rounding.
        fc.pre(svd(a).s.data.every((s) => s > 1e-3 || s < 1e-14))
        const p = pinv(a)
        const size = Math.max(largest(a), largest(p), 1)
        expect(distance(matmul(matmul(a, p), a), a, size ** 2)).toBeLessThan(1e3)
        expect(distance(matmul(matmul(p, a), p), p, size ** 2)).toBeLessThan(1e3)
        for (const q of [matmul(a, p), matmul(p, a)])
          expect(distance(q, swapAxes(q, -1, -2), size ** 2)).toBeLessThan(1e3)
      }),
      { numRuns },
    )
  })
})

describe('a matrix without a factorization', () => {
  const bad = tensor([[[2, 0], [0, 2]], [[1, 2], [2, 1]]]) as Tensor // prettier-ignore
  const flat = tensor([[[2, 0], [0, 2]], [[1, 2], [2, 4]]]) as Tensor // prettier-ignore
  const b = tensor([1, 2]) as Tensor

  it('is an error with pivot and batch index, compiled too', () => {
    const calls: readonly [(a: Tensor) => Tensor, Tensor, RegExp][] = [
      [(a) => cholesky(a), bad, /batch index \[1\] whose pivot 1 is -3/],
      [(a) => solve(a, b), flat, /batch index \[1\]: its pivot 1 is 0/],
      [(a) => inverse(a), flat, /\[inverse\].*batch index \[1\]: its pivot 1 is 0/],
      [(a) => triangularSolve(a.mul(tensor([[1, 0], [1, 0]])), b), flat, /batch index \[0\]: its pivot 1 is 0/], // prettier-ignore
      [(a) => lstsq(a, b), flat, /\[lstsq\].*batch index \[1\] whose pivot 1/],
    ]
    for (const [f, a, message] of calls) {
      expect(() => f(a)).toThrow(message)
      expect(() => compile(f)(a)).toThrow(message)
      expect(() => vmap(f)(a)).toThrow(message)
    }
  })

  it('gives NaN for itself alone without the check, also in the gradient, and debugNaN finds it', () => {
    const options = { check: false }
    const calls: readonly [(a: Tensor) => Tensor, Tensor][] = [
      [(a) => cholesky(a, options), bad],
      [(a) => solve(a, b, options), flat],
      [(a) => inverse(a, options), flat],
    ]
    for (const [f, a] of calls)
      for (const call of [f, compile(f), (x: Tensor) => grad((y: Tensor) => sum(f(y)))(x)] as ((
        a: Tensor,
      ) => Tensor)[]) {
        const rows = call(a).data
        const half = rows.length / 2
        expect(rows.slice(0, half).every(Number.isFinite)).toBe(true)
        expect(rows.slice(half).every(Number.isNaN)).toBe(true)
      }
    expect(() => debugNaN((a: Tensor) => cholesky(a, options))(bad)).toThrow(/cholesky/)
  })

  it('has a determinant of 0, and a logarithm of -Infinity', () => {
    expect([...determinant(flat).data]).toEqual([4, 0])
    const { sign, logAbs } = logDeterminant(flat)
    expect([...sign.data]).toEqual([1, 0])
    expect(logAbs.data[1]).toBe(-Infinity)
  })
})

describe('derivatives where others fail', () => {
  it('the gradient of the determinant is the cofactors at singular matrices', () => {
    const rankTwo = matrix([[1, 2, 3], [4, 5, 6], [7, 8, 9]]) // prettier-ignore
    const gradient = grad((a: Tensor) => determinant(a))(rankTwo)
    const expected = [-3, 6, -3, 6, -12, 6, -3, 6, -3]
    gradient.data.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 12))
    expect([...grad((a: Tensor) => determinant(a))(matrix([[1, 1, 1], [1, 1, 1], [1, 1, 1]])).data]).toEqual(Array(9).fill(0)) // prettier-ignore
    expect(grad((a: Tensor) => determinant(a))(matrix([[0, 0], [0, 0]])).data).toEqual(new Float64Array(4)) // prettier-ignore
  })

  it('eigenvalues alone have a gradient at equal ones; their eigenvectors and second derivatives are refused', () => {
    const one = eye(3, { dtype: 'float64' }) as Tensor
    const total = (a: Tensor) => sum(eigh(a).eigenvalues)
    expect([...grad(total)(one).data]).toEqual([...one.data])
    // An F of 0 at equal eigenvalues would give 0 off the diagonal of this derivative, which is 1/2.
    const root = (a: Tensor): Tensor => {
      const { eigenvalues: w, eigenvectors: v } = eigh(a)
      return sum(matmul(v.mul(w.sqrt()), swapAxes(v, -1, -2)))
    }
    expect(() => grad(root)(one)).toThrow(/eigenvalues 0 and 1 are equal/)
    expect(() => compile(grad(root))(one)).toThrow(/eigenvalues 0 and 1 are equal/)
    expect(() => hvp(total, one, matrix([[0, 1, 0], [1, 0, 0], [0, 0, 0]]))).toThrow(/equal within rounding/) // prettier-ignore
    expect(() => grad((a: Tensor) => sum(svd(a).u))(one)).toThrow(/singular values 0 and 1 are equal/)
    expect([...grad((a: Tensor) => sum(svd(a).s))(one).data]).toEqual([...one.data])
  })

  it('norms have the subgradient 0 at 0, at both orders, and neither overflow nor vanish', () => {
    for (const p of [1, 1.5, 2, 3]) {
      const gradient = grad((x: Tensor) => norm(x, { p }))
      expect([...gradient(zeros([3])).data]).toEqual([0, 0, 0])
      expect([...hvp((x: Tensor) => norm(x, { p }), zeros([3]), tensor([1, 2, 3])).data]).toEqual([0, 0, 0])
      for (const size of [1e-200, 1e200]) {
        const x = tensor([3 * size, -4 * size], { dtype: 'float64' }) as Tensor
        const expected = (3 ** p + 4 ** p) ** (1 / p)
        expect(norm(x, { p }).item() / size).toBeCloseTo(expected, 12)
        expect(gradient(x).data[0]).toBeCloseTo((3 / expected) ** (p - 1), 12)
      }
    }
    expect(norm(tensor([3, -Infinity])).item()).toBe(Infinity)
    expect(norm(tensor([3, NaN])).item()).toBeNaN()
    expect(norm(tensor([0, -7, 7]), { p: 0 }).item()).toBe(2)
    expect([...grad((x: Tensor) => norm(x, { p: Infinity }))(tensor([0, -7, 7])).data]).toEqual([0, -0.5, 0.5])
    for (const p of ['frobenius', 'nuclear'] as const)
      expect([...grad((x: Tensor) => matrixNorm(x, { p }))(zeros([2, 3])).data].every((value) => value === 0)).toBe(
        true,
      )
  })

  it('the nuclear norm of a matrix of low rank has the gradient U Vᵀ over the positive singular values', () => {
    const a = matrix([[2, 0, 0], [0, 0, 0]]) // prettier-ignore
    const gradient = grad((x: Tensor) => matrixNorm(x, { p: 'nuclear' }))(a)
    gradient.data.forEach((value, i) => expect(value).toBeCloseTo(i === 0 ? 1 : 0, 14))
  })
})

describe('small facts', () => {
  it('of rank, trace, powers and exponentials', () => {
    const a = matrix([[1, 2], [2, 4]]) // prettier-ignore
    expect(matrixRank(a).item()).toBe(1)
    expect(matrixRank(a).dtype).toBe('int32')
    expect(matrixRank(a, { tolerance: 0 }).item()).toBeGreaterThanOrEqual(1)
    expect(matrixRank(zeros([3, 0, 2])).toArray()).toEqual([0, 0, 0])
    expect(matrixTrace(matrix([[1, 2, 3], [4, 5, 6]])).item()).toBe(6) // prettier-ignore
    expect(matrixPower(a, 0).toArray()).toEqual([[1, 0], [0, 1]]) // prettier-ignore
    expect(matrixPower(a, 3).toArray()).toEqual([[25, 50], [50, 100]]) // prettier-ignore
    // e^(-800) to a relative digit: scaling and squaring alone lose none for a diagonal.
    expect(matrixExponential(matrix([[-700, 0], [0, 1]])).data[0]).toBeCloseTo(Math.exp(-700), 12) // prettier-ignore
    expect(determinant(zeros([0, 0])).item()).toBe(1)
    expect(inverse(zeros([2, 0, 0])).shape).toEqual([2, 0, 0])
  })

  it('a batch shares one matrix, and broadcasts', () => {
    const a = matrix([[2, 1], [0, 4]]) // prettier-ignore
    const b = tensor([[[1], [2]], [[3], [4]]], { dtype: 'float64' }) as Tensor // prettier-ignore
    const x = solve(a, b)
    expect(x.shape).toEqual([2, 2, 1])
    expect(largest(matmul(a, x).sub(b))).toBeLessThan(1e-15)
    expect(vmap((y: Tensor) => solve(a, y))(b).data).toEqual(x.data)
  })

  it('float32 results are float64 results rounded once', () => {
    const a = add(matrix([[3, 1], [1, 2]]), 0) // prettier-ignore
    const narrow = a.astype('float32') as Tensor
    expect(cholesky(narrow).data).toEqual(cholesky(a).astype('float32').data)
    expect(svd(narrow).s.data).toEqual(svd(a).s.astype('float32').data)
    expect(inverse(narrow).dtype).toBe('float32')
    expect(cholesky(tensor([[4, 0], [0, 9]], { dtype: 'int32' })).toArray()).toEqual([[2, 0], [0, 3]]) // prettier-ignore
  })
})
