import '@cotangent/check/vitest'
import { compile, defineOp, type DefinedOp, linear, sum, tensor, type Tensor } from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const tripled = (factor: number): DefinedOp =>
  defineOp({
    name: 'tripled',
    inputs: 1,
    infer: ([x]) => x,
    kernel: ([x], y) => x.data.forEach((value, i) => (y.data[i] = 3 * value)),
    law: linear({ transpose: (g) => [g.mul(factor)] }),
    domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
  })

describe('the matchers', () => {
  const x = tensor([1, 2])
  const loss = (op: DefinedOp) => (v: Tensor) => sum(op(v).square())

  it('pass for right functions', () => {
    expect(loss(tripled(3))).toHaveCorrectGradients(x)
    expect(tripled(3)).toKeepEveryLaw({ runs: 20 })
    expect(loss(tripled(2))).not.toHaveCorrectGradients(x)
  })

  it('fail with the report', () => {
    expect(() => expect(loss(tripled(2))).toHaveCorrectGradients(x)).toThrow(/to blame:\n {2}tripled/)
    expect(() => expect(tripled(2)).toKeepEveryLaw({ runs: 20 })).toThrow(/repeat with: checkOp\(tripled/)
  })

  it('and toEqual compares elements, including those of compiled results', () => {
    const doubled = compile((v: Tensor) => ({ y: v.mul(2) }))
    expect(doubled(x)).toEqual({ y: tensor([2, 4]) })
    expect(doubled(x)).not.toEqual({ y: tensor([2, 5]) })
    expect(doubled(x)).not.toEqual({ y: tensor([2, 4], { dtype: 'float64' }) })
    expect(doubled(x)).not.toEqual({ y: tensor([[2, 4]]) })
  })
})
