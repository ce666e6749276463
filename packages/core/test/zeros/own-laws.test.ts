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
  type Tensor,
  where,
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

const x = f64([0, 4])
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

  it('are taken at their word where they are not linear in the cotangent', () => {
    const shifted = customGradient((y: Tensor) => ({ value: y, pullback: (g: Tensor) => [g.add(1)] }))
    expect(grad((y: Tensor) => sum(where(second, shifted(y), 0)))(x).toArray()).toEqual([1, 2])
  })
})
