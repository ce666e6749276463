import {
  checkpoint,
  compile,
  cond,
  conjugateGradient,
  debugNaN,
  fixedPoint,
  grad,
  greater,
  inlined,
  matmul,
  odeSolve,
  root,
  scan,
  stack,
  sum,
  tensor,
  type Tensor,
  trace,
  transpose,
  vmap,
} from '@cotangent/core'
import { checkGradients, checkOp } from '@cotangent/check'
import { describe, expect, it } from 'vitest'
import { guarded } from '../../src/solvers/guard'
import { ruledOp } from '../../src/solvers/ruled'
import { distance, gradient } from '../control/orders'
import { f64 } from '../float64'

const M = f64([[4, 1, 0], [-0.5, 3, 1], [0.25, 1, 5]]) // prettier-ignore
const b = f64([1, 2, -1])

/** Scalar functions of a matrix and a vector that solve something. */
const programs: Record<string, (A: Tensor, y: Tensor) => Tensor> = {
  conjugateGradient: (A, y) =>
    sum(conjugateGradient((x: Tensor) => matmul(A, x).add(matmul(transpose(A), x)), y, { rtol: 1e-13 }).value.pow(3)),
  fixedPoint: (A, y) =>
    sum(fixedPoint((x: Tensor, p: Tensor) => matmul(p, x).mul(0.1).tanh().add(y), y, A, { rtol: 1e-13 }).value.pow(2)),
  root: (A, y) => sum(root((x: Tensor, p: Tensor) => matmul(p, x).add(x.pow(3)).sub(y), y, A, { rtol: 1e-13 }).value),
  'odeSolve, steps': (A, y) => sum(odeSolve((x: Tensor) => matmul(A, x).mul(-1), y, f64([0, 0.1]), null)),
  'odeSolve, adjoint': (A, y) =>
    sum(odeSolve((x: Tensor) => matmul(A, x).mul(-1), y, f64([0, 0.1]), null, { gradient: 'adjoint' })),
}

describe.each(Object.entries(programs))('%s', (_, f) => {
  const expected = () => gradient(f, [M, b])

  it('has its gradient in a checkpoint, a trace, a branch, a loop, and under observers', () => {
    // Regions differentiate by constants as well, so that an adjoint equation takes other steps, with the error of its
    // tolerance, 1e-10.
    expect(distance(gradient(checkpoint(f), [M, b]), expected())).toBeLessThan(1e-10)
    expect(distance(trace((A: Tensor, y: Tensor) => gradient(f, [A, y]), M, b).run(M, b), expected())).toBe(0)
    expect(distance(debugNaN(() => gradient(f, [M, b]))(), expected())).toBeLessThan(1e-12)
    expect(distance(inlined(() => gradient(f, [M, b]))(), expected())).toBeLessThan(1e-12)
    const branch = (A: Tensor) => cond(greater(sum(A), 0), (own: Tensor) => f(own, b), (own: Tensor) => sum(own), A) // prettier-ignore
    const [ofBoth, other] = [vmap(grad(branch))(stack([M, M.mul(-1)])), M.mul(0).add(1)]
    expect(distance(ofBoth, stack([expected()[0], other]))).toBeLessThan(1e-10)
    const loop = (A: Tensor) =>
      scan((total: Tensor, y: Tensor) => [total.add(f(A, y)), null] as const, f64(0), stack([b, b.mul(2)]))[0]
    const terms = [b, b.mul(2)].map((y) => gradient(f, [M, y])[0])
    expect(distance(grad(loop)(M), terms[0].add(terms[1]))).toBeLessThan(1e-10)
  })
})

it('passes the checks of gradients, by differences', () => {
  const solve = (a: Tensor) => sum(root((x: Tensor, p: Tensor) => x.pow(3).sub(p), f64(1), a, { rtol: 1e-14 }).value)
  const report = checkGradients(solve, [f64(2)], { seed: 1 })
  expect(report.ok, String(report)).toBe(true)
})

it('keeps the laws of ops', () => {
  const report = checkOp(ruledOp('own'), { runs: 20 })
  expect(report.failures.map(String)).toEqual([])
})

it('gives NaN in a compiled program, which cannot throw', () => {
  const f = compile((x: Tensor) => {
    const found = { value: [x.square()], steps: tensor(3, { dtype: 'int32' }), finished: greater(sum(x), 0), residual: sum(x) } // prettier-ignore
    const goal = { operation: 'own', expected: 'a positive sum', remedy: 'try others' }
    return guarded(found, goal).value[0]
  })
  expect([...f(f64([1, 2])).data]).toEqual([1, 4])
  expect([...f(f64([1, -2])).data]).toEqual([NaN, NaN])
  expect([...grad((x: Tensor) => sum(f(x)))(f64([1, 2])).data]).toEqual([2, 4])
})

it('compiles what has a known number of steps, bit for bit', () => {
  const f = (A: Tensor, y: Tensor) =>
    sum(
      odeSolve((x: Tensor) => matmul(A, x).mul(-1), y, f64([0, 0.1, 0.3]), null, {
        method: 'rk4',
        stepsPerInterval: 2,
      }),
    )
  const both = (A: Tensor, y: Tensor) => [f(A, y), ...gradient(f, [A, y])]
  expect(distance(compile(both)(M, b), both(M, b))).toBe(0)
})
