import {
  add,
  cholesky,
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
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import golden from './golden/linear-algebra.json'

// Values, gradients and Hessian-vector products of scripts/references/linear_algebra.py, in float64.

type F = (...inputs: any[]) => Tensor[]

const functions: Record<string, F> = {
  cholesky: (z: Tensor) => [
    cholesky(add(matmul(z, swapAxes(z, -1, -2)), eye(z.shape[z.rank - 1], { dtype: 'float64' }))),
  ],
  inverse: (a) => [inverse(a)],
  determinant: (a) => [determinant(a)],
  logDeterminant: (a: Tensor) => [logDeterminant(a).logAbs],
  solve: (a, b) => [solve(a, b)],
  qr: (a: Tensor) => Object.values(qr(a)) as Tensor[],
  lstsq: (a, b) => [lstsq(a, b)],
  eigh: (a: Tensor) => Object.values(eigh(a)) as Tensor[],
  svd: (a: Tensor) => Object.values(svd(a)) as Tensor[],
  pinv: (a) => [pinv(a)],
  matrixExponential: (a) => [matrixExponential(a)],
  matrixPower: (a) => [matrixPower(a, 5)],
  norm: (a) => [norm(a, { p: 3 })],
  matrixNorm: (a) => [matrixNorm(a, { p: 'nuclear' })],
  lower: (a, b) => [triangularSolve(a, b)],
  upper: (a, b) => [triangularSolve(a, b, { lower: false, transposed: true })],
  unit: (a, b) => [triangularSolve(a, b, { transposed: true, unitDiagonal: true })],
}

const tensors = (list: readonly { shape: number[]; data: number[] }[]): Tensor[] =>
  list.map(({ shape, data }) => tensor(Float64Array.from(data), { shape }))

/** Relative to the largest number: the condition of these matrices is below 1e4. */
function close(got: readonly Tensor[], expected: readonly { data: number[] }[], tolerance: number): void {
  expect(got.length).toBe(expected.length)
  got.forEach(({ data }, i) => {
    const scale = Math.max(1, ...expected[i].data.map(Math.abs))
    const worst = Math.max(0, ...expected[i].data.map((value, at) => Math.abs(value - data[at])))
    expect(worst / scale).toBeLessThan(tolerance)
  })
}

describe('linear algebra has the values and derivatives of another library', () => {
  it.each(
    golden.map((each) => [`${each.name} ${JSON.stringify(each.inputs.map(({ shape }) => shape))}`, each] as const),
  )('%s', (_, { name, inputs, directions, outputs, weights, gradients, products }) => {
    const f = functions[name]
    const [xs, directed, given] = [tensors(inputs), tensors(directions), tensors(weights)]
    close(f(...xs), outputs, 1e-13)
    const loss = (...all: Tensor[]): Tensor =>
      f(...all)
        .map((each, i) => sum(each.mul(given[i])))
        .reduce((a, b) => a.add(b))
    const argument = xs.map((_x, i) => i)
    close([grad(loss, { argument })(...xs)].flat() as Tensor[], gradients, 1e-11)
    const ofOne = (all: Tensor[]) => loss(...all)
    close([hvp(ofOne as never, xs as never, directed as never)].flat() as Tensor[], products, 1e-10)
  })
})
