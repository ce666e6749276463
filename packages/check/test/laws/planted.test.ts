import {
  defineElementwise,
  defineOp,
  grad,
  linear,
  matmul,
  type RegionBody,
  stopGradient,
  tensor,
  type Tensor,
  vjpRule,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { checkOp } from '@cotangent/check'
import { allOps } from './discover'
import { planted } from './planted'
import { product } from '../product'

// The result of toFloat32 is too coarse for differences. A test below expects its gradient to be exactly 1.
const variants = allOps.filter(({ name }) => name !== 'toFloat32').flatMap(planted)

describe('a derivative that is wrong by 0.05 % is caught', () => {
  it('in every op that has one', () => {
    expect(variants.length).toBeGreaterThan(70)
  })

  it.each(variants.map(({ where, op }) => [`${where} of ${op.name}`, op] as const))('%s', (_, op) => {
    const laws = ['reverse mode agrees with differences, and forward mode with reverse mode'] as const
    const { failures } = checkOp(op, { laws, runs: 40 })
    expect(failures.map(({ law }) => law)).toEqual(laws)
    const entries = failures[0].inputs.reduce((sum, { size }) => sum + size, 0)
    // Two matrices, of which one has two rows at least, or a matrix with its gaps, have more.
    const most = ['solve', 'gapQuotients'].includes(op.name) ? 6 : 4
    expect(entries, 'shrunk to few numbers').toBeLessThanOrEqual(most)
  })

  it('where differences are too coarse, the gradient of a conversion is exact', () => {
    const x = tensor([0.1, -2.5], { dtype: 'float64' })
    expect(grad((y: Tensor) => y.astype('float32').sum())(x).toArray()).toEqual([1, 1])
  })

  const regions = allOps.filter(({ body }) => body.kind === 'region' && body.replaces === undefined)
  it.each(regions.map((op) => [op.name, op] as const))('and in the batched form of %s', (_, op) => {
    const body = op.body as RegionBody
    const batch: RegionBody['batch'] = (application) =>
      body.batch(application).map((each) => {
        const isFloat = each.tensor.dtype.startsWith('float')
        return isFloat ? { ...each, tensor: each.tensor.mul(1.0005) } : each
      })
    const laws = ['batched equals stacked: vmap gives the bits of single calls, and so do its gradients'] as const
    const { failures } = checkOp({ ...op, body: { ...body, batch } }, { laws, runs: 20 })
    expect(failures.map(({ law }) => law)).toEqual(laws)
  })

  it('and the input is named', () => {
    const mul = allOps.find(({ name }) => name === 'mul')!
    const [, second] = planted(mul)
    const [failure] = checkOp(second.op, { runs: 40 }).failures
    expect(failure.detail).toMatch(/^the cotangent of input 1/)
    expect(failure.detail).toMatch(/1\.0005 times as much/)
  })
})

describe('other mistakes are caught', () => {
  const cases = {
    'a missing transpose': product((g, b) => matmul(g, b)).op,
    'a detached save that only the second order shows': defineOp({
      name: 'detached',
      inputs: 1,
      infer: ([x]) => x,
      kernel: ([x], y) => y.data.forEach((_, i) => (y.data[i] = x.data[i] ** 3)),
      law: vjpRule({ pullback: ([g], { inputs: [x] }) => [g.mul(x).mul(stopGradient(x)).mul(3)] }),
      domain: (draw) => ({ inputs: [{ shape: draw.shape({ minSize: 1 }) }], attributes: undefined }),
    }).op,
    'a value that changes under a trace': defineOp({
      name: 'unsteady',
      inputs: 1,
      infer: ([x]) => x,
      kernel: ([x], y) => y.data.forEach((_, i) => (y.data[i] = x.data[i] + calls++)),
      law: linear({ transpose: (g) => [g] }),
      domain: (draw) => ({ inputs: [{ shape: draw.shape({ minSize: 1 }) }], attributes: undefined }),
    }).op,
    'an op that is not as linear as it says': defineOp({
      name: 'affine',
      inputs: 1,
      infer: ([x]) => x,
      kernel: ([x], y) => y.data.forEach((_, i) => (y.data[i] = x.data[i] + 1)),
      law: linear({ transpose: (g) => [g] }),
      domain: (draw) => ({ inputs: [{ shape: draw.shape({ minSize: 1 }) }], attributes: undefined }),
    }).op,
    'a partial that does not belong to the formula': defineElementwise({
      name: 'cubed',
      inputs: 1,
      formula: (s, x) => s.mul(x, s.mul(x, x)),
      partials: [(d, [x]) => d.mul(x.square())],
      domain: [{}],
    }).op,
  }
  it.each(Object.entries(cases))('%s', (_, op) => {
    expect(checkOp(op, { runs: 40 }).failures.length).toBeGreaterThan(0)
  })
})

let calls = 0
