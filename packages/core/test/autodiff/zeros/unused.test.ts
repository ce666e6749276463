import { checkGradients } from '@cotangent/check'
import { checkpoint, compile, grad, hessian, jacobian, jvp, log, sqrt, sum, type Tensor, where } from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { bools, f64, guardedRows, inner, rowwise, type Unary } from './guarded'
import { coincidences, unused } from './unused'

const units = (n: number) =>
  Array.from({ length: n }, (_, i) => f64(Array.from({ length: n }, (_, j) => Number(i === j))))

const near = (expected: readonly number[]) => expected.map((value) => expect.closeTo(value, 9) as number)

describe('what an op does not use contributes nothing', () => {
  it.each(Object.entries(unused))('%s', (_, { f, x, gradient, second }) => {
    const at = f64(x)
    const forward = (g: Unary) => units(x.length).map((unit) => jvp(g, [at], [unit])[1].item() as number)
    for (const g of [f, checkpoint(f), compile(f)]) {
      expect([...grad(g)(at).data]).toEqual(near(gradient))
      expect(forward(g)).toEqual(near(gradient))
    }
    expect(compile(grad(f))(at).data).toEqual(grad(f)(at).data)
    if (second === undefined) return
    const diagonal = (matrix: Tensor) => x.map((_, i) => matrix.data[i * x.length + i])
    const twice = (d: (unit: Tensor) => Tensor) => units(x.length).map((unit, i) => d(unit).data[i] ?? d(unit).item())
    expect(diagonal(hessian(f)(at))).toEqual(near(second))
    expect(diagonal(compile((y: Tensor) => hessian(f)(y))(at))).toEqual(near(second))
    expect(twice((unit) => grad((y: Tensor) => jvp(f, [y], [unit])[1])(at))).toEqual(near(second))
    expect(twice((unit) => jvp(grad(f), [at], [unit])[1])).toEqual(near(second))
    expect(twice((unit) => jvp((y: Tensor) => jvp(f, [y], [unit])[1], [at], [unit])[1])).toEqual(near(second))
  })
})

describe('a zero by coincidence is an ordinary number', () => {
  it.each(Object.entries(coincidences))('%s', (_, { f, x }) => {
    const at = f64(x)
    expect([...grad(f)(at).data].every(Number.isNaN)).toBe(true)
    expect(jvp(f, [at], [f64(x.map(() => 1))])[1].item()).toBeNaN()
  })
})

describe('what is not asked for is zero by structure', () => {
  it('in the unit seeds of jacobians', () => {
    expect(jacobian((x: Tensor) => sqrt(x))(f64([0, 1])).toArray()).toEqual([[Infinity, 0], [0, 0.5]]) // prettier-ignore
    const compiled = compile((x: Tensor) => jacobian((y: Tensor) => sqrt(y))(x))
    expect(compiled(f64([0, 1])).toArray()).toEqual([[Infinity, 0], [0, 0.5]]) // prettier-ignore
    expect(hessian((x: Tensor) => sum(log(x).at(1)))(f64([0, 2])).toArray()).toEqual([[0, 0], [0, -0.25]]) // prettier-ignore
  })
})

describe('checkers', () => {
  it('find guarded functions right', () => {
    const x = f64([0, 4])
    expect(checkGradients((y: Tensor) => where(bools(false), sum(sqrt(y)), sum(y.mul(2))) as Tensor, [x]).ok).toBe(true)
    expect(checkGradients((y: Tensor) => sum(sqrt(y).at(1)), [x]).ok).toBe(true)
    for (const outer of ['sum', 'softmax', 'matmul', 'cumsum', 'customGradient of softmax']) {
      const { f, x: at } = guardedRows(...inner.sqrt, rowwise[outer])
      const report = checkGradients(f, [at])
      expect(report.ok, `${outer}: ${String(report)}`).toBe(true)
    }
  })
})
