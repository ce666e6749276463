import { grad, hessian, jacobian, jvp, sum, type Tensor } from '@cotangent/core'
import { expect } from 'vitest'
import { f64, type Unary } from './guarded'

/** Derivatives of a scalar function at x, by every order of the two modes; `v` and `w` are directions. */
export const derivatives = {
  reverse: (f: Unary, x: Tensor) => grad(f)(x),
  forward: (f: Unary, x: Tensor, v: Tensor) => jvp(f, [x], [v])[1],
  'reverse of reverse': (f: Unary, x: Tensor, v: Tensor) => grad((y: Tensor) => sum(grad(f)(y).mul(v)))(x),
  'forward of reverse': (f: Unary, x: Tensor, v: Tensor) => jvp(grad(f), [x], [v])[1],
  'reverse of forward': (f: Unary, x: Tensor, v: Tensor) => grad((y: Tensor) => jvp(f, [y], [v])[1])(x),
  'forward of forward': (f: Unary, x: Tensor, v: Tensor, w: Tensor) =>
    jvp((y: Tensor) => jvp(f, [y], [v])[1], [x], [w])[1],
  'reverse of forward of reverse': (f: Unary, x: Tensor, v: Tensor, w: Tensor) =>
    grad((z: Tensor) => sum(jvp((y: Tensor) => grad(f)(y), [z], [v])[1].mul(w)))(x),
  hessian: (f: Unary, x: Tensor) => hessian(f)(x),
  jacobian: (f: Unary, x: Tensor) => jacobian((y: Tensor) => f(y).mul(f64([1, 2])))(x),
} satisfies Record<string, (f: Unary, x: Tensor, v: Tensor, w: Tensor) => Tensor>

export type Mode = keyof typeof derivatives

/** Directions for matrices of three rows and four columns. */
export const [v, w] = [
  f64([[1, -2, 0.5, 3], [0.7, 1, -1, 2], [-0.3, 0.9, 2, 1]]), // prettier-ignore
  f64([[0.2, 1, -0.5, 1], [1.7, -1, 1, 0.2], [0.3, 0.4, -2, 1]]), // prettier-ignore
]

/** A derivative of a function of such a matrix. */
export const derivative = (mode: Mode, f: Unary, x: Tensor): Tensor => derivatives[mode](f, x, v, w)

/** Holds entries equal up to rounding: nothing that is not finite is. */
export function expectClose(got: Tensor, expected: Tensor, what: string): void {
  const scale = 1e-9 * (1 + Math.max(0, ...[...expected.data].map(Math.abs)))
  const isClose = [...got.data].every((value, i) => Math.abs(value - expected.data[i]) <= scale)
  if (!isClose) expect([...got.data], what).toEqual([...expected.data])
}

/** Holds entries equal to the bit. */
export function expectSame(got: Tensor, expected: Tensor, what: string): void {
  const isSame = [...got.data].every((value, i) => Object.is(value, expected.data[i]))
  if (!isSame) expect([...got.data], what).toEqual([...expected.data])
}
