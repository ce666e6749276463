import {
  checkpoint,
  compile,
  customGradient,
  defineOp,
  type DefinedOp,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  key,
  linear,
  matmul,
  normal,
  outer,
  splitKey,
  stack,
  sum,
  tanh,
  tensor,
  type Tensor,
  trace,
  valueAndGrad,
  vjp,
  vmap,
  zeros,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { needSameBits } from '../backends/same-bits'

const f64 = (data: any): Tensor => tensor(data, { dtype: 'float64' })
const rows = f64([[1, 2, 3], [4, 5, 6]]) // prettier-ignore
const others = f64([[0.5, -1, 2], [3, 0.25, -2]]) // prettier-ignore
const row = (x: Tensor, at: number): Tensor => x.at(at)
const dot = (a: Tensor, b: Tensor): Tensor => sum(a.mul(b))

const same = (got: unknown, ...expected: Tensor[]) => needSameBits('', [got as Tensor], [stack(expected) as Tensor])

describe('where the examples lie', () => {
  it('is the first axis of all arguments and of the result', () => {
    same(vmap(dot)(rows, others), dot(row(rows, 0), row(others, 0)), dot(row(rows, 1), row(others, 1)))
  })

  it('is another axis where in and out say so, counted from the end as well', () => {
    const columns = rows.transpose() as Tensor
    const double = (x: Tensor): Tensor => x.mul(2)
    expect(vmap(double, { in: 1 })(columns).toArray()).toEqual(rows.mul(2).toArray())
    expect(vmap(double, { in: -1, out: -1 })(columns).toArray()).toEqual(columns.mul(2).toArray())
    expect(vmap(double, { out: 1 })(rows).shape).toEqual([3, 2])
  })

  it('is stated for each argument, and place by place in trees', () => {
    interface Model {
      w: Tensor
      b: { c: Tensor }
    }
    const f = ({ w, b: { c } }: Model, x: Tensor) => ({ y: w.mul(x).add(c) as Tensor, w })
    const model = { w: row(rows, 0), b: { c: f64([10, 20]) } }
    const got = vmap(f, { in: [{ w: null, b: 0 }, 0], out: { y: 0, w: null } })(model, rows)
    expect(got.y.toArray()).toEqual([[11, 14, 19], [24, 30, 38]]) // prettier-ignore
    expect(got.w.toArray()).toEqual([1, 2, 3])
  })

  it('may differ between two places of one tensor', () => {
    const pairs: Tensor = vmap((a: Tensor, all: Tensor) => matmul(all, a) as Tensor, { in: [0, null] })(rows, rows)
    needSameBits('', [pairs], [matmul(rows, rows.transpose()) as Tensor])
    const both = vmap((x: Tensor) => [x, x.mul(2), x] as Tensor[], { out: [0, 1, 1] })(rows)
    expect(both.map(({ shape }) => [...shape])).toEqual([[2, 3], [3, 2], [3, 2]]) // prettier-ignore
  })

  it('needs no argument where size says how many', () => {
    expect(vmap(() => f64([1, 2]), { size: 3 })().shape).toEqual([3, 2])
    expect(vmap((x: Tensor) => x.mul(2) as Tensor, { in: null, out: null, size: 3 })(rows).shape).toEqual([2, 3])
  })
})

it('keeps a tensor that stands at several places', () => {
  const [a, b] = vmap((x: Tensor) => {
    const h: Tensor = tanh(x)
    return [h, h] as const
  })(rows)
  needSameBits('', [a, b] as Tensor[], [tanh(rows), tanh(rows)] as Tensor[])
  // Tied weights have one gradient.
  const tied = { first: row(rows, 0), second: row(rows, 0) }
  const shared = { first: tied.first, second: tied.first }
  const loss = ({ first, second }: typeof tied, x: Tensor) => sum(first.mul(x).mul(second)) as Tensor
  const each = vmap(grad(loss), { in: [null, 0] })(shared, others)
  same(each.first, grad(loss)(shared, row(others, 0)).first, grad(loss)(shared, row(others, 1)).first)
})

it('repeats what is the same for all examples, and passes static values', () => {
  const got = vmap((x: Tensor, scale: number) => ({ x: x.mul(scale) as Tensor, one: f64(1), name: 'a' }))(rows, 3)
  expect(got.x.toArray()).toEqual(rows.mul(3).toArray())
  expect(got.one.toArray()).toEqual([1, 1])
  expect(got.name).toBe('a')
})

it('works on no examples', () => {
  const none = zeros([0, 3], { dtype: 'float64' }) as Tensor
  expect(vmap(dot, { in: [0, null] })(none, row(rows, 0)).shape).toEqual([0])
  expect((vmap(grad((x: Tensor) => dot(x, x)))(none) as Tensor).shape).toEqual([0, 3])
  expect(vmap((x: Tensor) => cumulative(x))(none).shape).toEqual([0, 3])
})

describe('random keys', () => {
  const draw = (k: Tensor): Tensor => normal(k as never, [3])
  it('draw the same numbers for all examples from one key', () => {
    const got = vmap((x: Tensor, k: Tensor) => x.mul(0).add(draw(k).astype('float64')) as Tensor, { in: [0, null] })(
      rows,
      key(1) as Tensor,
    )
    expect(row(got, 0).toArray()).toEqual(row(got, 1).toArray())
  })

  it('draw other numbers for each example from a batch of keys', () => {
    const keys = splitKey(key(1), 3)
    needSameBits('', [vmap(draw)(stack(keys) as Tensor)], [stack(keys.map((k) => draw(k as Tensor))) as Tensor])
  })
})

describe('composes with', () => {
  const f = (x: Tensor): Tensor => sum(tanh(x).mul(x))
  const g = (x: Tensor): Tensor => tanh(outer(x, x))
  const each = (h: (x: Tensor) => unknown) => [h(row(rows, 0)), h(row(rows, 1))] as Tensor[]
  const cases: Record<string, (x: Tensor) => Tensor> = {
    grad: grad(f),
    'the value of valueAndGrad': (x) => valueAndGrad(f)(x)[0],
    vjp: (x) => vjp(g, x)[1](g(x))[0],
    jvp: (x) => jvp(g, [x], [x])[1],
    hessian: (x) => hessian(f)(x),
    jacobian: (x) => jacobian(g)(x),
    hvp: (x) => hvp(f, x, x),
    compile: compile(g),
    'the gradient of a compiled function': grad((x: Tensor) => sum(compile(g)(x))),
    checkpoint: checkpoint(g),
    'the gradient of a checkpoint': grad((x: Tensor) => sum(checkpoint(g)(x))),
    vmap: (x) => vmap((y: Tensor) => y.mul(x) as Tensor)(x),
  }
  it.each(Object.entries(cases))('%s', (_, h) => {
    same(vmap(h)(rows), ...each(h))
    same(compile(vmap(h))(rows), ...each(h))
  })

  it('the derivative of a batch in what it captures', () => {
    const shared = (w: Tensor): Tensor => sum(vmap((x: Tensor) => dot(w, x))(rows))
    expect(grad(shared)(row(others, 0)).toArray()).toEqual([5, 7, 9])
  })
})

describe('customGradient', () => {
  const scaled = customGradient((w: Tensor, x: Tensor) => ({
    value: w.mul(x),
    pullback: (g: Tensor): [Tensor, Tensor] => [g.mul(x).mul(3) as Tensor, g.mul(w).mul(5) as Tensor],
    jvp: (dw: Tensor, dx: Tensor) => dw.mul(x).mul(7).add(w.mul(dx)) as Tensor,
  }))
  const w = row(others, 0)
  const loss = (v: Tensor, x: Tensor): Tensor => sum(scaled(v, x))

  it('keeps its rules for each example', () => {
    for (const argument of [0, 1] as const) {
      const single = grad(loss, { argument }) as (v: Tensor, x: Tensor) => Tensor
      same(vmap(single, { in: [null, 0] })(w, rows), single(w, row(rows, 0)), single(w, row(rows, 1)))
    }
    const tangent = (v: Tensor, x: Tensor): Tensor => jvp(scaled, [v, x], [v, x])[1]
    same(vmap(tangent, { in: [null, 0] })(w, rows), tangent(w, row(rows, 0)), tangent(w, row(rows, 1)))
  })

  it('keeps its rules around the batch, and sums the cotangents of what the examples share', () => {
    const batch = (v: Tensor, x: Tensor): Tensor => sum(vmap(scaled, { in: [null, 0] })(v, x))
    expect(grad(batch)(w, rows).toArray()).toEqual([15, 21, 27])
    expect((grad(batch, { argument: 1 })(w, rows) as Tensor).toArray()).toEqual([2, 2].map(() => [2.5, -5, 10]))
    const direction = vmap((v: Tensor, x: Tensor) => scaled(v, x), { in: [null, 0] })
    expect(jvp(direction, [w, rows], [w, zeros([2, 3], { dtype: 'float64' }) as Tensor])[1].toArray()).toEqual(
      rows.mul(w).mul(7).toArray(),
    )
  })
})

/** The cumulative sum of a vector, by a kernel that knows no batch. */
const cumulative: DefinedOp = defineOp({
  name: 'cumulative',
  inputs: 1,
  infer: ([x]) => ({ shape: [x.shape[0]], dtype: x.dtype }),
  kernel: ([x], y) => {
    let total = 0
    for (let i = 0; i < x.shape[0]; i++) y.data[i] = total += x.data[i]
  },
  law: linear({ transpose: (g) => [g.sum().sub(cumulative(g)).add(g)] }),
  domain: (draw) => ({ inputs: [{ shape: draw.shape({ minRank: 1, maxRank: 1 }) }], attributes: undefined }),
})

/** Twice a vector, by a kernel that takes any shape and says so. */
const twice: DefinedOp = defineOp({
  name: 'twice',
  inputs: 1,
  infer: ([x]) => x,
  kernel: ([x], y) => x.data.forEach((value, i) => (y.data[i] = 2 * value)),
  law: linear({ transpose: (g) => [twice(g)] }),
  lift: (attributes) => attributes,
  domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
})

describe('an op of the user', () => {
  it('runs its kernel for each example, and graphs and programs say so', () => {
    same(vmap(cumulative)(rows), cumulative(row(rows, 0)), cumulative(row(rows, 1)))
    const batch = (x: Tensor): Tensor => vmap(cumulative)(x)
    expect(String(trace(batch, rows))).toContain('= each example: cumulative(%0)')
    expect(compile(batch).explain(rows).kernels.join('\n')).toContain('each example: cumulative')
    const loss = (x: Tensor): Tensor => sum(cumulative(x).mul(cumulative(x)))
    same(vmap(grad(loss))(rows), grad(loss)(row(rows, 0)), grad(loss)(row(rows, 1)))
    same(grad((x: Tensor) => sum(vmap(loss)(x)))(rows), grad(loss)(row(rows, 0)), grad(loss)(row(rows, 1)))
    same(vmap(hessian(loss))(rows), hessian(loss)(row(rows, 0)), hessian(loss)(row(rows, 1)))
    same(vmap(vmap(cumulative))(stack([rows, others]) as Tensor), vmap(cumulative)(rows), vmap(cumulative)(others))
  })

  it('runs its kernel once for all examples if it states lift', () => {
    same(vmap(twice)(rows), row(rows, 0).mul(2), row(rows, 1).mul(2))
    expect(String(trace(vmap(twice), rows))).toMatch(/float64\[2, \d\] = twice/)
  })
})

it('keeps one matrix for all examples one product', () => {
  const w = f64([[1, 2, 3], [0, 1, 0]]) // prettier-ignore
  const text = (f: (m: Tensor, x: Tensor) => Tensor) => String(trace(vmap(f, { in: [null, 0] }), w, rows))
  expect(text((m, x) => matmul(m, x))).toMatch(/float64\[2, 2\] = matmul/)
  expect(text((m, x) => matmul(x, m.transpose()))).toMatch(/float64\[2, 2\] = matmul/)
})

it('nodes keep the line of the user that applied them', () => {
  const f = (x: Tensor): Tensor => tanh(x)
  const [own] = trace(f, row(rows, 0)).nodes
  const [batched] = trace(vmap(f), rows).nodes
  expect(batched.site?.line).toBe(own.site?.line)
})
