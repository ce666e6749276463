import {
  add,
  checkpoint,
  customGradient,
  grad,
  greater,
  hessian,
  hvp,
  jacobian,
  jvp,
  key,
  matmul,
  max,
  mul,
  normal,
  sin,
  sqrt,
  stopGradient,
  sum,
  tanh,
  tensor,
  type Tensor,
  trace,
  treeLeaves,
  valueAndGrad,
  vjp,
  where,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const f64 = (data: number | number[] | number[][]) => tensor(data as number[], { dtype: 'float64' }) as Tensor
const values = (x: unknown) => Array.from((x as Tensor).data)
const cube = (x: Tensor) => x.mul(x).mul(x) as Tensor

describe('grad', () => {
  it('is the sensitivity of f(x, y) = x y at (3, 7)', () => {
    const [dx, dy] = grad((x: Tensor, y: Tensor) => mul(x, y), { argument: [0, 1] })(tensor(3), tensor(7))
    expect([dx.item(), dy.item()]).toEqual([7, 3])
  })

  it('nests to any order', () => {
    let f = (x: Tensor) => mul(cube(x), x) as Tensor
    const expected = [16, 32, 48, 48, 24, 0]
    for (const [order, value] of expected.entries()) {
      expect(f(f64(2)).item(), `order ${order}`).toBe(value)
      f = grad(f, { disconnected: 'zeros' })
    }
  })

  it('does not confuse the perturbations of nested calls', () => {
    // d/dx [ x · d/dy (x + y) ] = 1, and not 2 as when the inner derivative also sees x.
    const f = (x: Tensor) => mul(x, grad((y: Tensor) => add(x, y))(f64(1))) as Tensor
    expect(grad(f)(f64(5)).item()).toBe(1)
  })

  it('keeps apart one tensor that is passed twice or captured', () => {
    const x = f64(3)
    expect(grad((a: Tensor, b: Tensor) => mul(a, b))(x, x).item()).toBe(3)
    expect(grad((a: Tensor) => mul(a, x))(x).item()).toBe(3)
    expect(grad((a: Tensor) => mul(a, grad((b: Tensor) => mul(b, a))(a)) as Tensor)(x).item()).toBe(6)
  })

  it('gives trees of the same type, and zeros for what is frozen, integer or unused', () => {
    class Model {
      constructor(
        readonly w: Tensor,
        readonly steps: Tensor,
        readonly frozen: { b: Tensor },
        readonly name = 'model',
      ) {}
    }
    const model = new Model(f64([1, 2]), tensor([1, 2], { dtype: 'int32' }) as Tensor, { b: f64(3) })
    const g = grad((m: Model) => sum(m.w.mul(m.w).mul(m.frozen.b)), { where: (_, path) => path[0] !== 'frozen' })(model)
    expect(g).toBeInstanceOf(Model)
    expect(values(g.w)).toEqual([6, 12])
    expect([g.steps.dtype, values(g.steps)]).toEqual(['int32', [0, 0]])
    expect(g.frozen.b.item()).toBe(0)
    expect(g.name).toBe('model')
  })

  it('sums the cotangents of a shared leaf once', () => {
    const w = f64(2)
    const g = grad((m: { a: Tensor; b: Tensor }) => mul(m.a, m.b))({ a: w, b: w })
    expect(g.a).toBe(g.b)
    expect(g.a.item()).toBe(4)
  })

  it('gives every leaf a gradient of its own, also where two have the same cotangent', () => {
    const g = grad((m: { a: Tensor; b: Tensor }) => sum(add(m.a, m.b)))({ a: f64([1, 2]), b: f64([3, 4]) })
    expect(g.a).not.toBe(g.b)
    expect([values(g.a), values(g.b)]).toEqual([[1, 1], [1, 1]]) // prettier-ignore
    const second = grad((x: Tensor) => {
      const inner = grad((m: { a: Tensor; b: Tensor }) => mul(add(m.a, m.b), x))({ a: f64(1), b: f64(2) })
      return mul(inner.b, x)
    })(f64(3))
    expect(second.item()).toBe(6)
  })

  it('passes auxiliary outputs through', () => {
    const f = (x: Tensor) => [sum(mul(x, x)), { doubled: x.mul(2) as Tensor }] as const
    const [[value, extra], g] = valueAndGrad(f, { aux: true })(f64([1, 2]))
    expect(value.item()).toBe(5)
    expect(values(extra.doubled)).toEqual([2, 4])
    expect(values(g)).toEqual([2, 4])
  })

  it('follows control flow on concrete values, at every order', () => {
    const f = (x: Tensor) => (x.item() > 1 ? cube(x) : x)
    expect(grad(grad(f))(f64(2)).item()).toBe(12)
    expect(grad(f)(f64(0.5)).item()).toBe(1)
  })
})

describe('a function that writes a tensor into its argument', () => {
  interface Norm {
    mean: Tensor
    last?: Tensor
  }
  const norm: Norm = { mean: f64(1) }
  const running = (m: Norm) => (m.mean = m.mean.mul(2))

  it.each<[string, () => unknown]>([
    ['grad', () => grad(running)(norm)],
    ['valueAndGrad', () => valueAndGrad((_: Tensor, m: Norm) => running(m), { argument: 1 })(f64(1), norm)],
    ['vjp', () => vjp(running, norm)],
    ['jvp', () => jvp(running, [norm], [norm])],
    ['jacobian', () => jacobian(running)(norm)],
    ['trace', () => trace(running, norm)],
    ['checkpoint', () => checkpoint(running)(norm)],
  ])('is told so by %s, as the caller would not see it', (operation, call) => {
    const place = operation === 'valueAndGrad' ? 'args\\[1\\]' : 'args\\[0\\]'
    expect(call).toThrow(new RegExp(`\\[${operation}\\] the function mutates ${place}\\.mean, .*return the new value`))
    expect(norm.mean.item()).toBe(1)
  })

  it('is told so for what was not there before, and not for an argument that is no copy', () => {
    expect(() => grad((m: Norm) => (m.last = m.mean.mul(2)))(norm)).toThrow(/mutates args\[0\]\.last/)
    const seen: Norm = { mean: f64(1) }
    grad((w: Tensor, m: Norm) => (m.last = w.mul(2)))(f64(3), seen)
    expect(seen.last?.item()).toBe(6)
  })
})

describe('where', () => {
  it('keeps the branch not taken out of value and derivatives', () => {
    const f = (x: Tensor) => sum(where(greater(x, 0), sqrt(x), 0))
    expect(values(grad(f)(f64([0, 4])))).toEqual([0, 0.25])
    expect(values(grad((x: Tensor) => sum(grad(f)(x)))(f64([0, 4])))).toEqual([0, -1 / 32])
  })

  it('keeps it out where the branch uses a value twice, through movement and broadcasting', () => {
    const twice = (x: Tensor) => {
      const y = sqrt(x).reshape([2, 1]) as Tensor
      return sum(where(greater(x.reshape([2, 1]) as Tensor, 0), y.mul(y).add(y) as Tensor, 0))
    }
    expect(values(grad(twice)(f64([0, 4])))).toEqual([0, 1.25])
  })
})

describe('forward mode', () => {
  it('agrees with reverse mode, and over it gives the Hessian times a vector', () => {
    const f = (x: Tensor) => sum(tanh(x).mul(sin(x)) as Tensor)
    const x = normal(key(1), [4], { dtype: 'float64' }) as Tensor
    const v = normal(key(2), [4], { dtype: 'float64' }) as Tensor
    const [, tangent] = jvp(f, [x], [v])
    expect(tangent.item()).toBeCloseTo(sum(grad(f)(x).mul(v)).item(), 12)
    const full = matmul(hessian(f)(x), v)
    values(hvp(f, x, v)).forEach((entry, i) => expect(entry).toBeCloseTo(values(full)[i], 12))
  })

  it('transposes a reverse rule that is linear, and refuses one that is not', () => {
    expect(values(jvp((x: Tensor) => max(x), [f64([1, 3, 3])], [f64([1, 2, 4])])[1])).toEqual([3])
    const squared = customGradient((x: Tensor) => ({
      value: x.mul(2) as Tensor,
      pullback: (g: Tensor) => [g.mul(g) as Tensor],
    }))
    expect(() => jvp(squared, [f64(1)], [f64(1)])).toThrow(/linear in the cotangent/)
  })
})

describe('vjp', () => {
  it('returns a pullback that can be called again, on trees', () => {
    const [out, pullback] = vjp((x: Tensor, y: Tensor) => ({ product: mul(x, y), sum: add(x, y) }), f64(2), f64(5))
    expect(out.product.item()).toBe(10)
    const [a, b] = pullback({ product: f64(1), sum: f64(0) } as never)
    expect([a.item(), b.item()]).toEqual([5, 2])
    const [c, d] = pullback({ product: f64(0), sum: f64(3) } as never)
    expect([c.item(), d.item()]).toEqual([3, 3])
  })

  it('stays differentiable where an outer transform is open', () => {
    const f = (x: Tensor) => vjp(cube, x)[1](f64(1))[0]
    expect(grad(f)(f64(2)).item()).toBe(12)
  })
})

describe('jacobian', () => {
  it('has the axes of the result before those of the argument', () => {
    const j = jacobian(
      (x: Tensor) =>
        matmul(
          tensor(
            [
              [1, 2],
              [3, 4],
              [5, 6],
            ],
            { dtype: 'float64' },
          ),
          x,
        ) as Tensor,
    )(f64([1, 1]))
    expect(j.toArray()).toEqual([[1, 2], [3, 4], [5, 6]]) // prettier-ignore
  })

  it('holds for trees on both sides', () => {
    const j = jacobian((m: { a: Tensor; b: Tensor }) => ({ p: mul(m.a, m.b) }))({
      a: f64(2),
      b: f64([3, 4]),
    }) as {
      p: { a: Tensor; b: Tensor }
    }
    expect(j.p.a.toArray()).toEqual([3, 4])
    expect(j.p.b.toArray()).toEqual([[2, 0], [0, 2]]) // prettier-ignore
  })
})

describe('customGradient', () => {
  const straightThrough = customGradient((x: Tensor) => ({
    value: x.clip(0, 1) as Tensor,
    pullback: (g: Tensor) => [g],
  }))

  it('replaces the derivative, in both modes and inside a trace', () => {
    const f = (x: Tensor) => sum(mul(straightThrough(x), x))
    const x = f64([-1, 0.5, 3])
    expect(values(grad(f)(x))).toEqual([-1, 1, 4])
    expect(jvp(f, [x], [f64([1, 1, 1])])[1].item()).toBe(4)
    expect(values(trace(grad(f), x).run(f64([0.25, 2, -3])))).toEqual([0.5, 3, -3])
  })

  it('keeps what the pullback saved differentiable', () => {
    const own = customGradient((x: Tensor) => {
      const saved = sin(x) as Tensor
      return { value: cube(x), pullback: (g: Tensor) => [g.mul(saved) as Tensor] }
    })
    expect(grad(grad((x: Tensor) => own(x)))(f64(0.3)).item()).toBeCloseTo(Math.cos(0.3), 15)
    expect(
      grad(
        (x: Tensor) =>
          trace(
            grad((y: Tensor) => own(y)),
            x,
          ).run(x) as Tensor,
      )(f64(0.3)).item(),
    ).toBeCloseTo(Math.cos(0.3), 15)
    expect(grad(grad((x: Tensor) => checkpoint(own)(x)))(f64(0.3)).item()).toBeCloseTo(Math.cos(0.3), 15)
  })

  it('refuses a value that depends on a followed tensor that is no argument', () => {
    const f = (w: Tensor) =>
      customGradient((x: Tensor) => ({ value: mul(x, w) as Tensor, pullback: (g: Tensor) => [g] }))(f64(2))
    expect(() => grad(f)(f64(3))).toThrow(/not an argument/)
    expect(f(f64(3)).item()).toBe(6)
  })
})

describe('checkpoint', () => {
  it('gives the same value and derivatives of every order, and captures what it closes over', () => {
    const w = f64([1, 2])
    const inner = (v: Tensor) => (x: Tensor) => sum(tanh(x.mul(v) as Tensor))
    const plain = (v: Tensor) => inner(v)(w)
    const kept = (v: Tensor) => checkpoint(inner(v))(w)
    expect(values(kept(w))).toEqual(values(plain(w)))
    expect(values(grad(kept)(w))).toEqual(values(grad(plain)(w)))
    expect(values(hessian(kept)(w))).toEqual(values(hessian(plain)(w)))
    expect(values(jvp(kept, [w], [w])[1])).toEqual(values(jvp(plain, [w], [w])[1]))
  })

  it('keeps several outputs apart', () => {
    const both = checkpoint((x: Tensor) => ({ s: sin(x) as Tensor, c: cube(x) }))
    expect(grad((x: Tensor) => both(x).c)(f64(2)).item()).toBe(12)
    expect(treeLeaves(both(f64(1)))).toHaveLength(2)
  })
})

describe('stopGradient', () => {
  it('holds at every order', () => {
    const f = (x: Tensor) => mul(stopGradient(x), cube(x)) as Tensor
    expect(grad(grad(f))(f64(2)).item()).toBe(24)
  })
})
