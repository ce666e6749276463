import {
  bilinear,
  compile,
  customGradient,
  defineElementwise,
  defineOp,
  type DefinedOp,
  grad,
  hvp,
  jvp,
  linear,
  sqrt,
  sum,
  tensor,
  type Tensor,
  where,
  zeros,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { bools, f64 } from './guarded'

const twice = defineElementwise({
  name: 'twice',
  inputs: 1,
  formula: (s, x) => s.mul(x, 2),
  law: linear({ transpose: (g) => [g.mul(2)] }),
  domain: [{}],
})

const times = defineElementwise({
  name: 'times',
  inputs: 2,
  formula: (s, a, b) => s.mul(a, b),
  law: bilinear(
    (g, { inputs: [, b] }) => g.mul(b),
    (g, { inputs: [a] }) => a.mul(g),
  ),
  domain: [{}, {}],
})

/** A linear kernel that is its own transpose: neither it nor its rule can be looked into. */
const hidden: DefinedOp = defineOp({
  name: 'hidden',
  inputs: 1,
  infer: ([x]) => x,
  kernel: ([x], output) => {
    for (let i = 0; i < output.data.length; i++)
      for (let j = 0; j < x.data.length; j++) output.data[i] += x.data[j] * Math.cos(i + j)
  },
  law: linear({ transpose: (g) => [hidden(g)] }),
  domain: () => ({ inputs: [{ shape: [3] }], attributes: undefined }),
})

/** The entries in the other order. */
const backwards: DefinedOp = defineOp({
  name: 'backwards',
  inputs: 1,
  infer: ([x]) => x,
  kernel: ([x], output) => x.data.forEach((value, i) => (output.data[x.data.length - 1 - i] = value)),
  law: linear({ transpose: (g) => [backwards(g)] }),
  domain: () => ({ inputs: [{ shape: [3] }], attributes: undefined }),
})

/** Of each entry and the next. */
const differences: DefinedOp = defineOp({
  name: 'differences',
  inputs: 1,
  infer: ([x]) => x,
  kernel: ([x], output) => x.data.forEach((value, i) => (output.data[i] = value - (x.data[i + 1] ?? 0))),
  law: linear({ transpose: (g) => [transposedDifferences(g)] }),
  domain: () => ({ inputs: [{ shape: [3] }], attributes: undefined }),
})

const transposedDifferences: DefinedOp = defineOp({
  name: 'transposedDifferences',
  inputs: 1,
  infer: ([x]) => x,
  kernel: ([x], output) => x.data.forEach((value, i) => (output.data[i] = value - (x.data[i - 1] ?? 0))),
  law: linear({ transpose: (g) => [differences(g)] }),
  domain: () => ({ inputs: [{ shape: [3] }], attributes: undefined }),
})

/** The product of entries, whose rule cannot be looked into either. */
const products: DefinedOp = defineOp({
  name: 'products',
  inputs: 2,
  infer: ([a]) => a,
  kernel: ([a, b], output) => a.data.forEach((value, i) => (output.data[i] = value * b.data[i])),
  law: bilinear(
    (g, { inputs: [, b] }) => products(g, b),
    (g, { inputs: [a] }) => products(a, g),
  ),
  domain: () => ({ inputs: [{ shape: [3] }, { shape: [3] }], attributes: undefined }),
})

/** Entries of the sum of two inputs, at given positions, which are another's and hold no coefficients. */
const picked: DefinedOp = defineOp({
  name: 'picked',
  inputs: 3,
  infer: ([, x]) => x,
  kernel: ([at, x, y], output) => at.data.forEach((from, i) => (output.data[i] = x.data[from] + y.data[from])),
  law: linear({
    arguments: [1, 2],
    transpose: (g, { inputs: [at] }) => [picked(at, g, g).mul(0.5), picked(at, g, g).mul(0.5)],
  }),
  domain: () => ({ inputs: [{ shape: [3], dtype: 'int32' }, { shape: [3] }, { shape: [3] }], attributes: undefined }),
})
const three = tensor([0, 1, 2], { dtype: 'int32' })

const x = f64([0, 4])
const butLast = bools([true, true, false])
const second = bools([false, true])
const never = bools(false)

describe('laws of users, undeclared', () => {
  it('keep zeros where the op is elementwise, beside infinite data', () => {
    const infinite = f64([Infinity, 3])
    const root = (y: Tensor) => sum(where(second, twice(sqrt(y)), 0))
    const product = (y: Tensor) => sum(where(second, times(sqrt(y), infinite), 0))
    expect(grad(root)(x).toArray()).toEqual([0, 0.5])
    expect(grad(product)(x).toArray()).toEqual([0, 0.75])
    expect(compile(grad(product))(x).toArray()).toEqual([0, 0.75])
    const forward = (f: (y: Tensor) => Tensor) => jvp(f, [f64([-1, 4])], [f64([1, 1])])[1].toArray()
    const positive = (y: Tensor) => where(y.greater(0), y, 0) as Tensor
    expect(forward((y) => sqrt(twice(positive(y))))).toEqual([0, expect.closeTo(Math.SQRT1_2 / 2, 12)])
    expect(forward((y) => sqrt(times(positive(y), infinite)))).toEqual([0, expect.closeTo(Math.sqrt(3) / 4, 12)])
  })

  it('pass all or nothing on where nothing can be looked into', () => {
    const f = (y: Tensor) => where(never, sum(hidden(sqrt(y))), 0) as Tensor
    expect(grad(f)(x).toArray()).toEqual([0, 0])
    expect(compile(grad(f))(x).toArray()).toEqual([0, 0])
    expect(hvp(f, x, f64([1, 1])).toArray()).toEqual([0, 0])
    const forward = (y: Tensor) => sqrt(hidden(where(never, y, 0)))
    expect(jvp(forward, [f64([1, 4])], [f64([1, 1])])[1].toArray()).toEqual([0, 0])
  })

  it.each<[string, (y: Tensor) => Tensor]>([
    ['of its own transpose', (y) => where(bools([false, true, true]), backwards(sqrt(y)), 0)],
    ['of its own transpose, in what follows', (y) => sqrt(backwards(where(butLast, y, 0)))],
    ['of differences, where ones cancel', (y) => where(bools([true, false, false]), differences(sqrt(y)), 0)],
    ['of differences that follow', (y) => sqrt(transposedDifferences(where(bools([true, false, false]), y, 0)).mul(-1).add(f64([9, 9, 0])))], // prettier-ignore
    ['of products with data that are zero', (y) => where(butLast, products(sqrt(y), f64([0, 1, 2])), 0)],
    ['of two inputs beside an index', (y) => where(butLast, picked(three, where(butLast, sqrt(y), y), sqrt(y)), 0)],
    [
      'of two inputs, in what follows',
      (y) => sqrt(picked(three, zeros([3], { dtype: 'float64' }), where(butLast, y, 0))),
    ],
    ['of products with themselves', (y) => where(butLast, products(sqrt(y), y.mul(y)), 0)],
  ])('keep zeros behind a kernel %s', (_, f) => {
    const y = f64([4, 1, 0])
    const ones = f64([1, 1, 1])
    const derivatives = (g: typeof f) => {
      const slope = grad((v: Tensor) => sum(g(v).mul(f64([1, 2, 3]))))
      const curve = (v: Tensor) => jvp(slope, [v], [ones])[1]
      const forward = (v: Tensor) => jvp(g, [v], [ones])[1]
      return [slope, curve, forward].flatMap((each) => [each(y).toArray(), compile(each)(y).toArray()])
    }
    expect(derivatives(f)).toEqual(derivatives((v) => f(where(butLast, v, 1) as Tensor)))
    expect(derivatives(f).flat().every(Number.isFinite)).toBe(true)
  })

  it('keep what weights do not hide: differences of what is taken, and zeros among data', () => {
    const difference = (v: Tensor) => sum(where(bools([true, false, true]), differences(sqrt(v)), 0))
    expect(grad(difference)(f64([1, 4, 16])).toArray()).toEqual([0.5, -0.25, 0.125])
    const product = (v: Tensor) => sum(where(butLast, products(sqrt(v), f64([0, 1, 2])), 0))
    expect(grad(product)(f64([0, 4, 0])).toArray()).toEqual([NaN, 0.25, 0])
  })

  it('are taken at their word where they are not linear in the cotangent', () => {
    const shifted = customGradient((y: Tensor) => ({ value: y, pullback: (g: Tensor) => [g.add(1)] }))
    expect(grad((y: Tensor) => sum(where(second, shifted(y), 0)))(x).toArray()).toEqual([1, 2])
  })
})
