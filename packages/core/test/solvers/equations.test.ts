import {
  at,
  cos,
  exp,
  fixedPoint,
  log,
  matmul,
  root,
  sin,
  sqrt,
  stack,
  sum,
  tanh,
  tensor,
  type Tensor,
  vmap,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { distance, type F, gradient, transforms } from '../control/orders'
import golden from './golden/solvers.json'
import { f64 } from '../float64'

const tight = { rtol: 1e-14, atol: 1e-14, linear: { rtol: 1e-14 } }

/** A solver, and its solution as a formula. */
const solutions: Record<string, { readonly solved: F; readonly formula: F; readonly args: readonly Tensor[] }> = {
  // Heron: x = (x + a / x) / 2.
  'fixedPoint of a scalar': {
    solved: (a: Tensor) => fixedPoint((x: Tensor, p: Tensor) => x.add(p.div(x)).div(2), f64(1), a, tight).value.pow(3),
    formula: (a: Tensor) => sqrt(a).pow(3),
    args: [f64(2)],
  },
  'fixedPoint of a linear map': {
    solved: (a: Tensor, b: Tensor) =>
      sum(
        fixedPoint(
          (x: Tensor, p: { a: Tensor; b: Tensor }) => stack([at(x, 1).mul(p.a), at(x, 0).mul(p.b)]).add(1),
          f64([0, 0]),
          { a, b },
          tight,
        ).value.pow(2),
      ),
    // x = (1 + a) / (1 - a b), y = (1 + b) / (1 - a b).
    formula: (a: Tensor, b: Tensor) => {
      const [x, y] = [a, b].map((each) => each.add(1).div(a.mul(b).mul(-1).add(1)))
      return x.pow(2).add(y.pow(2))
    },
    args: [f64(0.5), f64(-0.4)],
  },
  'root of a scalar': {
    solved: (a: Tensor) => root((x: Tensor, p: Tensor) => exp(x).sub(p), f64(0.5), a, tight).value.pow(2),
    formula: (a: Tensor) => log(a).pow(2),
    args: [f64(3)],
  },
  // Captured tensors are parameters as well.
  'root of a captured function': {
    solved: (a: Tensor, b: Tensor) => root((x: Tensor) => x.pow(3).mul(a).sub(b), f64(1), null, tight).value,
    formula: (a: Tensor, b: Tensor) => b.div(a).pow(1 / 3),
    args: [f64(2), f64(3)],
  },
  // Polar coordinates of a point.
  'root of a tree': {
    solved(p: Tensor) {
      interface Polar {
        readonly r: Tensor
        readonly angle: Tensor
      }
      const { value } = root(
        ({ r, angle }: Polar, { point }: { point: Tensor }): Polar => ({
          r: r.mul(cos(angle)).sub(at(point, 0)),
          angle: r.mul(sin(angle)).sub(at(point, 1)),
        }),
        { r: f64(1), angle: f64(0.5) },
        { point: p },
        tight,
      )
      return value.r.mul(sin(value.angle.mul(2)))
    },
    formula(p: Tensor) {
      const [x, y] = [at(p, 0), at(p, 1)]
      return x
        .mul(y)
        .mul(2)
        .div(sqrt(x.square().add(y.square())))
    },
    args: [f64([1.2, 0.9])],
  },
}

describe.each(Object.entries(solutions))('%s', (_, { solved, formula, args }) => {
  it.each(Object.entries(transforms))('%s is that of the formula', (_, transform) => {
    expect(distance(transform(solved, args), transform(formula, args))).toBeLessThan(1e-10)
  })

  it('gives the bits of single calls in a batch', () => {
    const examples = [0, 1, 2].map((i) => args.map((arg) => arg.mul(1 + i / 8)))
    const batch = args.map((_, i) => stack(examples.map((own) => own[i])))
    const inReverse = (...own: Tensor[]) => gradient(solved, own)[0]
    const twice = (...own: Tensor[]) => gradient((...each) => sum(inReverse(...each).square()), own)[0]
    for (const f of [solved, inReverse, twice])
      expect(distance(vmap(f)(...batch), stack(examples.map((own) => f(...own))))).toBe(0)
  })
})

it('gives the figures of PyTorch for x = tanh(W x + b)', () => {
  const { W, b, x, value, gradient: expected, hessianTimesArguments: second } = golden.fixedPoint
  interface Layer {
    readonly W: Tensor
    readonly b: Tensor
  }
  const solve = (layer: Layer) =>
    fixedPoint((y: Tensor, own: Layer) => tanh(matmul(own.W, y).add(own.b)), f64([0, 0, 0, 0]), layer, tight).value
  const args = [f64(W), f64(b)] as const
  expect(distance(solve({ W: args[0], b: args[1] }), f64(x))).toBeLessThan(1e-12)
  const loss: F = (ownW: Tensor, ownB: Tensor) => sum(solve({ W: ownW, b: ownB }).pow(3))
  expect(distance(loss(...args), f64(value))).toBeLessThan(1e-12)
  expect(distance(gradient(loss, args), [f64(expected.W), f64(expected.b)])).toBeLessThan(1e-10)
  const along: F = (...own: Tensor[]) =>
    gradient(loss, own)
      .map((g, i) => sum(g.mul(args[i])))
      .reduce((p, q) => p.add(q))
  expect(distance(gradient(along, args), [f64(second.W), f64(second.b)])).toBeLessThan(1e-9)
})

it('works in float32, and takes integers among the parameters', () => {
  const solve = (a: Tensor) =>
    root(
      (x: Tensor, p: { a: Tensor; n: Tensor }) => x.pow(3).sub(p.a.mul(p.n.astype('float32'))),
      tensor([1, 1]) as Tensor,
      { a, n: tensor([1, 2], { dtype: 'int32' }) },
    )
  const a = tensor([8, 13.5]) as Tensor
  const { value, steps, residual } = solve(a)
  expect(value.dtype).toBe('float32')
  expect(distance(value, tensor([2, 3]))).toBeLessThan(1e-6)
  expect(steps.item()).toBeLessThan(15)
  expect(residual.item()).toBeLessThan(1e-5)
  const [g] = gradient((own: Tensor) => sum(solve(own).value), [a])
  expect(distance(g, tensor([1 / 12, 2 / 27]))).toBeLessThan(1e-6)
})

it('has no derivative by the start', () => {
  const f: F = (start: Tensor) => fixedPoint((x: Tensor, p: Tensor) => cos(x).mul(p), start, f64(1)).value
  expect(gradient(f, [f64(0.5)])[0].item()).toBe(0)
})
