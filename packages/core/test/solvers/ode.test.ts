import {
  at,
  compile,
  exp,
  odeSolve,
  type OdeOptions,
  sqrt,
  stack,
  sum,
  tensor,
  type Tensor,
  vmap,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { distance, type F, gradient, tangent, transforms } from '../control/orders'
import golden from './golden/solvers.json'
import { f64 } from '../float64'

const times = f64([0, 0.25, 0.375, 0.75])
const growth = (y: Tensor, _: Tensor, r: Tensor) => y.mul(r).mul(y.mul(-1).add(2))
/** The cubes of the logistic function at the times, summed: `y = 2 y0 / (y0 + (2 - y0) exp(-2 r t))`. */
const logistic: F = (y0: Tensor, ts: Tensor, r: Tensor) => {
  const t = ts.sub(at(ts, 0))
  return sum(
    y0
      .mul(2)
      .div(y0.add(exp(r.mul(-2).mul(t)).mul(y0.mul(-1).add(2))))
      .pow(3),
  )
}
const args = [f64(0.5), times, f64(1.5)]
const solved =
  (options: OdeOptions): F =>
  (y0: Tensor, ts: Tensor, r: Tensor) =>
    sum(odeSolve(growth, y0, ts, r, options).pow(3))

/** The steps of rk4 as a plain program. */
const unrolled: F = (y0: Tensor, ts: Tensor, r: Tensor) => {
  let y = y0
  const states = [y]
  for (let i = 0; i < 3; i++) {
    const h = at(ts, i + 1)
      .sub(at(ts, i))
      .div(2)
    for (let step = 0; step < 2; step++) {
      const k1 = growth(y, y, r)
      const k2 = growth(y.add(h.div(2).mul(k1)), y, r)
      const k3 = growth(y.add(h.div(2).mul(k2)), y, r)
      const k4 = growth(y.add(h.mul(k3)), y, r)
      y = y.add(h.div(6).mul(k1.add(k2.mul(2)).add(k3.mul(2)).add(k4)))
    }
    states.push(y)
  }
  return sum(stack(states).pow(3))
}

describe('rk4', () => {
  it.each(Object.entries(transforms))('%s is that of its steps', (_, transform) => {
    const rk4 = solved({ method: 'rk4', stepsPerInterval: 2 })
    expect(distance(transform(rk4, args), transform(unrolled, args))).toBeLessThan(1e-12)
  })
})

describe.each(['rk4', 'dopri5'] as const)('%s where there is no solution', (method) => {
  const square = (y: Tensor) => y.square()
  const solve = (...times: number[]) => {
    return (y: Tensor) => odeSolve(square, y, f64(times), null, { method, stepsPerInterval: 4, maxSteps: 50 })
  }

  it('throws, also for times that are no numbers and infinite states', () => {
    expect(() => solve(0, 0.5, 2e3)(f64(1))).toThrow(/\[odeSolve\] expected/)
    expect(() => solve(0, 0.5, 2e3)(f64([0, 1]))).toThrow(/\[odeSolve\] expected/)
    expect(() => solve(0, NaN)(f64(0.5))).toThrow(/\[odeSolve\] expected/)
    expect(() => solve(0, 1)(f64(Infinity))).toThrow(/\[odeSolve\] expected/)
    expect(() => gradient((y: Tensor) => sum(solve(0, 2e3)(y)), [f64(1)])).toThrow(/\[odeSolve\] expected/)
  })

  it('gives NaN from there on when it is compiled', () => {
    const states = compile(solve(0, 0.5, 2e3, 2.5e3))(f64(1))
    expect(Array.from(states.data, Number.isNaN)).toEqual([false, false, true, true])
  })
})

describe.each(['steps', 'adjoint'] as const)('dopri5 with the gradient of its %s', (mode) => {
  const dopri5 = solved({ rtol: 1e-12, atol: 1e-12, gradient: mode })

  it.each(Object.entries(transforms))('%s is that of the closed form', (_, transform) => {
    expect(distance(transform(dopri5, args), transform(logistic, args))).toBeLessThan(1e-9)
  })

  it('gives the bits of single calls in a batch', () => {
    // The examples need different numbers of steps.
    const examples = [0, 1, 2].map((i) => [f64(0.5 + i / 8), f64(1.5 + 2 * i)] as const)
    const batch = [0, 1].map((i) => stack(examples.map((own) => own[i])))
    const loose = solved({ rtol: 1e-6, gradient: mode })
    const f: F = (y0: Tensor, r: Tensor) => loose(y0, times, r)
    const inReverse = (y0: Tensor, r: Tensor) => gradient(f, [y0, r])[1]
    const all: readonly F[] = [f, inReverse, (y0: Tensor, r: Tensor) => tangent(f, [y0, r])]
    for (const each of all) expect(distance(vmap(each)(...batch), stack(examples.map((own) => each(...own))))).toBe(0)
  })

  it.each([
    ['lotkaVolterra', ([u, v]: Tensor[], p: Tensor) => [at(p, 0).sub(at(p, 1).mul(v)).mul(u), at(p, 2).mul(u).sub(at(p, 3)).mul(v)]], // prettier-ignore
    ['vanDerPol', ([u, v]: Tensor[], p: Tensor) => [v, at(p, 0).mul(u.square().mul(-1).add(1)).mul(v).sub(u)]],
  ] as const)('gives the figures of SciPy for %s', (name, f) => {
    const { y0, params, times, states, gradient: expected } = golden[name]
    const solve = (start: Tensor, p: Tensor) =>
      odeSolve((y: Tensor, _, own: Tensor) => stack(f([at(y, 0), at(y, 1)], own)), start, f64(times), p, {
        ...{ rtol: 1e-12, atol: 1e-12, gradient: mode },
      })
    const given = [f64(y0), f64(params)] as const
    expect(distance(solve(...given), f64(states))).toBeLessThan(1e-9)
    const found = gradient((start: Tensor, p: Tensor) => sum(solve(start, p).square()), given)
    expect(distance(found, [f64(expected.y0), f64(expected.params)])).toBeLessThan(1e-9)
  })

  it('solves for trees, backwards in time, in float32, and with what f captured', () => {
    interface Spring {
      readonly at: Tensor
      readonly speed: Tensor
    }
    const stiffness = tensor(4) as Tensor
    const solve = (k: Tensor) =>
      odeSolve<Spring, number>(
        ({ at: x, speed }, _, mass) => ({ at: speed, speed: x.mul(k).div(-mass) }),
        { at: tensor([1, 2]) as Tensor, speed: tensor([0, 0]) as Tensor },
        tensor([0, -0.5, -1, -1, 0]) as Tensor,
        1,
        { gradient: mode },
      )
    const { at: xs, speed } = solve(stiffness)
    expect([xs.shape, xs.dtype]).toEqual([[5, 2], 'float32'])
    const expected = [0, -0.5, -1, -1, 0].map((t) => [1, 2].map((x) => x * Math.cos(2 * t)))
    expect(distance(xs, tensor(expected))).toBeLessThan(1e-4)
    expect(Math.abs(speed.data[8])).toBeLessThan(1e-3)
    // The derivative of cos(sqrt(k) t) by k at t = -1.
    const [g] = gradient((k: Tensor) => at(solve(k).at, 2, 0), [stiffness])
    expect(g.item()).toBeCloseTo(-Math.sin(2) / 4, 4)
  })

  it('gives the start for a single time', () => {
    const f: F = (y: Tensor) => sum(odeSolve((x: Tensor) => x, y, f64([3]), null, { gradient: mode }).square())
    expect(gradient(f, [f64([1, 2])])[0].data).toEqual(Float64Array.of(2, 4))
    expect(tangent(f, [f64([1, 2])]).item()).toBe(10)
  })
})

it('tries a step again that leaves the domain', () => {
  // y = (1 - t)², which a long step overshoots into the negative numbers.
  const solve = (y0: Tensor) => odeSolve((y: Tensor) => sqrt(y).mul(-2), y0, f64([0, 0.999]), null, { rtol: 1e-6 })
  expect(distance(at(solve(f64(1)), 1), f64(1e-6))).toBeLessThan(1e-5)
  const [g] = gradient((y0: Tensor) => at(solve(y0), 1), [f64(1)])
  expect(Math.abs(g.item() - 0.001)).toBeLessThan(1e-3)
})

it('has the order of its method', () => {
  const error = (count: number) =>
    Math.abs(
      at(
        odeSolve((y: Tensor) => y, f64(1), f64([0, 1]), null, { method: 'rk4', stepsPerInterval: count }),
        1,
      ).item() - Math.E,
    )
  expect(Math.log2(error(8) / error(16))).toBeCloseTo(4, 0)
})
