import {
  add,
  compile,
  conjugateGradient,
  eye,
  fixedPoint,
  gmres,
  grad,
  hessian,
  key,
  matmul,
  mul,
  normal,
  odeSolve,
  root,
  sin,
  stack,
  sub,
  sum,
  tanh,
  tensor,
  type Tensor,
  transpose,
  vmap,
} from '@cotangent/core'
import { expect, it } from 'vitest'
import { needSameBits } from '../backends/same-bits'

const f64 = { dtype: 'float64' } as const
const w: Tensor = normal(key(1), [4, 4], f64).mul(0.3)
const b: Tensor = normal(key(2), [4], f64)
const spd: Tensor = add(matmul(w, transpose(w)), eye(4, f64))
const rates: Tensor = tensor([1.5, 1, 3, 1], f64)

const state = (w: Tensor, b: Tensor): Tensor =>
  fixedPoint((x: Tensor, p: Tensor[]) => tanh(add(matmul(p[0], x), p[1])), b.mul(0), [w, b]).value
const cubeRoot = (a: Tensor): Tensor => root((x: Tensor, a: Tensor) => sub(x.mul(x).mul(x), a), tensor(1, f64), a).value
const solved = (solve: typeof conjugateGradient | typeof gmres) => (a: Tensor, b: Tensor) =>
  solve((x: Tensor) => matmul(a, x), b).value
const prey = (gradient: 'steps' | 'adjoint') => (p: Tensor) =>
  odeSolve(
    (y: Tensor, _: Tensor, p: Tensor): Tensor => {
      const [x, z, met] = [y.at(0), y.at(1), y.at(0).mul(y.at(1))]
      return stack([sub(x.mul(p.at(0)), met.mul(p.at(1))), sub(met.mul(p.at(3)), z.mul(p.at(2)))])
    },
    tensor([1, 1], f64),
    tensor([0, 0.5, 1], f64),
    p,
    { method: 'dopri5', rtol: 1e-6, atol: 1e-8, gradient },
  )

const cases: Record<string, readonly [f: (...args: any[]) => Tensor, ...args: Tensor[]]> = {
  'a fixed point': [state, w, b],
  'its gradient': [grad((w: Tensor, b: Tensor) => sum(state(w, b).mul(b))), w, b],
  'its second derivative': [hessian((b: Tensor) => sum(state(w, b))), b],
  'a root': [cubeRoot, tensor(5, f64)],
  'its second derivative for each of a batch': [vmap(grad(grad(cubeRoot))), tensor([2, 5, 9], f64)],
  'a system by conjugate gradients': [solved(conjugateGradient), spd, b],
  'its gradient in the matrix': [grad((a: Tensor, b: Tensor) => sum(sin(solved(conjugateGradient)(a, b)))), spd, b],
  'a system by gmres': [solved(gmres), add(w, eye(4, f64)), b],
  'a differential equation': [prey('steps'), rates],
  'the gradient of its steps': [grad((p: Tensor) => sum(prey('steps')(p))), rates],
  'the gradient by the adjoint equation': [grad((p: Tensor) => sum(prey('adjoint')(p))), rates],
  'gradients for each of a batch': [vmap(grad((p: Tensor) => sum(prey('steps')(p)))), stack([rates, mul(rates, 1.1)])],
}

it.each(Object.entries(cases))('%s has the bits of the eager call when it is compiled', (name, [f, ...args]) => {
  const compiled = compile((...own: Tensor[]) => f(...own))
  // The second call traces again and compares the graphs.
  for (let call = 0; call < 2; call++) needSameBits(name, [compiled(...args)], [f(...args)])
  expect(compiled(...args).size).toBeGreaterThan(0)
})
