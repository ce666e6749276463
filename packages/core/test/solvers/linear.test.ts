import {
  at,
  conjugateGradient,
  gmres,
  matmul,
  pad,
  stack,
  sum,
  tensor,
  type Tensor,
  transpose,
  vmap,
} from '@cotangent/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/effort'
import { distance, type F, gradient, transforms } from '../control/orders'
import golden from './golden/solvers.json'
import { f64 } from '../float64'

/** `A⁻¹ b` by elimination without pivoting, entry by entry. */
function eliminated(A: Tensor, b: Tensor): Tensor {
  const n = b.size
  const rows = Array.from({ length: n }, (_, i) => [...Array.from({ length: n }, (_, j) => at(A, i, j)), at(b, i)])
  for (let k = 0; k < n; k++)
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i][k].div(rows[k][k])
      rows[i] = rows[i].map((entry, j) => entry.sub(factor.mul(rows[k][j])))
    }
  const x: Tensor[] = []
  for (let i = n - 1; i >= 0; i--) {
    let value = rows[i][n]
    for (let j = i + 1; j < n; j++) value = value.sub(rows[i][j].mul(x[j]))
    x[i] = value.div(rows[i][i])
  }
  return stack(x)
}

const tight = { rtol: 1e-14 }
const symmetric = (L: Tensor) => matmul(L, transpose(L)).add(f64([[1, 0, 0], [0, 1, 0], [0, 0, 1]])) // prettier-ignore
const solvers: Record<
  string,
  { readonly matrix: (given: Tensor) => Tensor; readonly solve: (A: Tensor, b: Tensor) => Tensor }
> = {
  conjugateGradient: {
    matrix: symmetric,
    solve: (A, b) => conjugateGradient((x: Tensor) => matmul(A, x), b, tight).value,
  },
  gmres: { matrix: (given) => given, solve: (A, b) => gmres((x: Tensor) => matmul(A, x), b, tight).value },
  'gmres with restarts': {
    matrix: (given) => given,
    solve: (A, b) => gmres((x: Tensor) => matmul(A, x), b, { ...tight, restart: 2, maxSteps: 500 }).value,
  },
}

describe.each(Object.entries(solvers))('%s', (_, { matrix, solve }) => {
  const M = f64([[2, 0.5, -0.25], [-0.5, 1.5, 0.75], [0.25, -1, 1.75]]) // prettier-ignore
  const args = [M, f64([1, -2, 0.5])]
  const loss =
    (of: (A: Tensor, b: Tensor) => Tensor): F =>
    (given: Tensor, b: Tensor) =>
      sum(of(matrix(given), b).pow(3))

  it.each(Object.entries(transforms))('%s is that of elimination', (_, transform) => {
    expect(distance(transform(loss(solve), args), transform(loss(eliminated), args))).toBeLessThan(1e-10)
  })

  it('gives the bits of single calls in a batch', () => {
    const examples = [0, 1, 2].map((i) => [M.mul(1 + i / 8), args[1].add(i)] as const)
    const batch = [0, 1].map((i) => stack(examples.map((each) => each[i])))
    for (const f of [
      (A: Tensor, b: Tensor) => solve(matrix(A), b),
      (A: Tensor, b: Tensor) => gradient(loss(solve), [A, b])[0],
    ])
      expect(distance(vmap(f)(batch[0], batch[1]), stack(examples.map((each) => f(...each))))).toBe(0)
    // Only the right-hand sides differ.
    const shared = vmap((b: Tensor) => solve(matrix(M), b))(batch[1])
    expect(distance(shared, stack(examples.map(([, b]) => solve(matrix(M), b))))).toBe(0)
  })
})

it('solves drawn positive definite systems, in both dtypes', () => {
  const entry = fc.integer({ min: -1000, max: 1000 }).map((each) => each / 1000)
  const systems = fc.integer({ min: 1, max: 8 }).chain((n) =>
    fc.record({
      n: fc.constant(n),
      L: fc.array(entry, { minLength: n * n, maxLength: n * n }),
      b: fc.array(entry, { minLength: n, maxLength: n }),
    }),
  )
  fc.assert(
    fc.property(systems, fc.constantFrom('float32' as const, 'float64' as const), ({ n, L, b }, dtype) => {
      const factor = tensor(L, { dtype }).reshape([n, n]) as Tensor
      const right = tensor(b, { dtype }) as Tensor
      const A = (x: Tensor) => matmul(transpose(factor), matmul(factor, x)).add(x)
      // The eigenvalues lie between 1 and 1 + n². A solution is off by at most the residual.
      const [rtol, bound] = dtype === 'float32' ? [1e-5, 1e-4] : [1e-10, 1e-9]
      for (const { value, finished, residual } of [conjugateGradient(A, right, { rtol }), gmres(A, right, { rtol })]) {
        expect(finished.item()).toBe(1)
        const scale = Math.sqrt(b.reduce((total, each) => total + each * each, 0))
        const rest = A(value).sub(right).data
        expect(Math.hypot(...rest)).toBeLessThanOrEqual(bound * scale)
        expect(residual.item()).toBeLessThanOrEqual(bound * scale)
        expect(value.dtype).toBe(dtype)
      }
    }),
    { numRuns: runs(20) },
  )
})

it('solves for trees, from a start, and for nothing', () => {
  const b = { u: f64([1, 2]), v: [f64([[3], [4]])] }
  type B = typeof b
  const operator = ({ u, v: [v] }: B): B => ({ u: u.mul(3).add(v.reshape([2])), v: [v.mul(2).add(u.reshape([2, 1]))] })
  const { value, steps } = conjugateGradient(operator, b)
  expect(distance(operator(value), b)).toBeLessThan(1e-9)
  expect(steps.item()).toBe(2)
  expect(conjugateGradient(operator, b, { init: value, rtol: 1e-9 }).steps.item()).toBe(0)
  expect(gmres(operator, b, { init: value, rtol: 1e-9 }).steps.item()).toBe(0)
  const zero = f64([0, 0])
  expect([...gmres((x: Tensor) => x.mul(2), zero).value.data]).toEqual([0, 0])
  expect(gmres((x: Tensor) => x.mul(2), f64([]).reshape([0])).value.shape).toEqual([0])
})

it('keeps tiny right-hand sides, whose squares vanish', () => {
  const b = tensor([1e-30, 2e-30]) as Tensor
  for (const solve of [conjugateGradient, gmres]) {
    const { value } = solve((x: Tensor) => x.mul(4), b)
    value.data.forEach((each, i) => expect(each / b.data[i]).toBeCloseTo(0.25, 6))
  }
})

it('says how far a singular system is from a solution, and solves one that has solutions', () => {
  const solve = (A: Tensor, b: Tensor) => gmres((x: Tensor) => matmul(A, x), b)
  const flat = f64([[1, 2], [2, 4]]) // prettier-ignore
  // The best that A x can do is the projection of b onto (1, 2).
  expect(() => solve(flat, f64([1, 0]))).toThrow(/got 0\.8944271909999\d* after/)
  expect(() => solve(f64([[0, 0], [0, 0]]), f64([3, 4]))).toThrow(/got 5 after/) // prettier-ignore
  expect(() => solve(f64([[0, 1], [0, 0]]), f64([0, 1]))).toThrow(/got 1 after/) // prettier-ignore
  const { value } = solve(flat, f64([1, 2]))
  expect(distance(matmul(flat, value), f64([1, 2]))).toBeLessThan(1e-12)
})

it('gives the figures of SciPy for a nonsymmetric system', () => {
  const { size, b, solution, gradient: expected } = golden.gmres
  const convection = (shift: Tensor) => (x: Tensor) => {
    const left = pad(x.slice([0, size - 1]), [[1, 0]])
    const right = pad(x.slice([1, size]), [[0, 1]])
    return x.mul(shift.add(2)).sub(left.mul(1.4)).sub(right.mul(0.6))
  }
  const solve = (shift: Tensor, right: Tensor) => gmres(convection(shift), right, { rtol: 1e-13, restart: size }).value
  const shift = f64(golden.gmres.shift)
  expect(distance(solve(shift, f64(b)), f64(solution))).toBeLessThan(1e-10)
  const loss: F = (s: Tensor, right: Tensor) => sum(solve(s, right).square())
  const [ofShift] = gradient(loss, [shift, f64(b)])
  expect(distance(ofShift, f64(expected))).toBeLessThan(1e-9)
})
