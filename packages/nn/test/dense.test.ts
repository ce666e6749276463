import { concat, grad, key, matmul, sum, tensor, type Tensor, trace, transpose, treeParameters } from '@cotangent/core'
import {
  constantInitializer,
  Dense,
  dense,
  DenseTheta,
  denseTheta,
  normalInitializer,
  sigmoid,
  tanh,
} from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { generator } from './closed-form/arbitraries'

const f64 = (data: readonly number[] | readonly (readonly number[])[]): Tensor => tensor(data, { dtype: 'float64' })
const list = (x: Tensor) => Array.from(x.data)

describe('dense', () => {
  it('is activation(x Wᵀ + b) for rows x', () => {
    const layer = new Dense(f64([[1, 2, 3]]), f64([10]), (z) => z.mul(2) as typeof z)
    // prettier-ignore
    expect(layer.forward(f64([[1, 0, 0], [1, 1, 1]])).toArray()).toEqual([[22], [32]])
  })

  it('has [out, in] weights, [out] biases of 0 and no activation unless told', () => {
    const layer = dense(3, 2, { key: key(1) })
    expect([layer.weight.shape, layer.bias.shape]).toEqual([[2, 3], [2]])
    expect([layer.weight.dtype, layer.bias.dtype]).toEqual(['float32', 'float32'])
    expect(list(layer.bias)).toEqual([0, 0])
    const x = tensor([[1, 2, 3]])
    expect(list(layer.forward(x))).toEqual(list(matmul(x, transpose(layer.weight))))
    const limit = Math.sqrt(6 / 5)
    for (const w of layer.weight.data) expect(Math.abs(w)).toBeLessThanOrEqual(limit)
  })

  it('takes initializers, an activation and a dtype; weights and biases have keys of their own', () => {
    const layer = dense(2, 2, {
      key: key(1),
      activation: tanh,
      initializer: normalInitializer(1),
      biasInitializer: normalInitializer(1),
      dtype: 'float64',
    })
    expect([layer.weight.dtype, layer.bias.dtype]).toEqual(['float64', 'float64'])
    expect(list(layer.weight).slice(0, 2)).not.toEqual(list(layer.bias))
    const [z] = list(layer.forward(f64([[0, 0]])))
    expect(z).toBeCloseTo(Math.tanh(layer.bias.data[0]), 15)
  })

  it('is a tree: its gradient is a layer with the same activation', () => {
    const layer = new Dense(f64([[0.5, -1]]), f64([0.25]), sigmoid)
    const gradient = grad((l: Dense) => sum(l.forward(f64([[1, 2]]))))(layer)
    expect(gradient).toBeInstanceOf(Dense)
    expect(gradient.activation).toBe(sigmoid)
    const h = 1 / (1 + Math.exp(1.25))
    list(gradient.weight).forEach((g, i) => expect(g).toBeCloseTo(h * (1 - h) * (i + 1), 15))
    expect(list(gradient.bias)[0]).toBeCloseTo(h * (1 - h), 15)
  })

  it('runs in a trace, and takes batches of no rows', () => {
    const layer = dense(2, 3, { key: key(4), activation: sigmoid })
    const x: Tensor = tensor([[1, 2]])
    const graph = trace((l: typeof layer, rows: Tensor) => l.forward(rows), layer, x)
    expect(list(graph.run(layer, x))).toEqual(list(layer.forward(x)))
    expect(layer.forward(tensor([], { shape: [0, 2] })).shape).toEqual([0, 3])
  })
})

describe('denseTheta', () => {
  it('is dense with [b, W] in one: the parameters to the bit, the result to rounding', () => {
    const plan = fc.record({
      inputs: fc.integer({ min: 1, max: 24 }),
      outputs: fc.integer({ min: 1, max: 24 }),
      batch: fc.integer({ min: 1, max: 6 }),
      seed: fc.integer(),
    })
    fc.assert(
      fc.property(plan, ({ inputs, outputs, batch, seed }) => {
        const options = { key: key(seed), biasInitializer: normalInitializer(1), dtype: 'float64' } as const
        const apart: Dense = dense(inputs, outputs, options)
        const together: DenseTheta = denseTheta(inputs, outputs, options)
        expect(together.theta.shape).toEqual([outputs, inputs + 1])
        const columns: Tensor = concat([apart.bias.reshape([outputs, 1]), apart.weight], { axis: 1 })
        expect(list(together.theta)).toEqual(list(columns))

        const random = generator(seed)
        const x: Tensor = tensor(
          Float64Array.from({ length: batch * inputs }, () => 2 * random() - 1),
          { shape: [batch, inputs] },
        )
        // A sum of in + 1 products in another order: γ of in + 2 on both sides, over Σ |x| |w| + |b|.
        const sizes = list(x.abs().matmul(transpose(apart.weight).abs()).add(apart.bias.abs()))
        const [one, other] = [list(apart.forward(x)), list(together.forward(x))]
        const share = 2 * (inputs + 2) * 2 ** -53
        one.forEach((z, e) => expect(Math.abs(other[e] - z)).toBeLessThanOrEqual(share * sizes[e]))
      }),
      { numRuns: 40 },
    )
  })

  it('has its bias in column 0, which the input of ones belongs to', () => {
    const layer = new DenseTheta(f64([[5, 1, 2]]), (z) => z.neg() as typeof z)
    expect(layer.forward(f64([[10, 100]])).item()).toBe(-215)
    const gradient = grad((l: DenseTheta) => sum(l.forward(f64([[10, 100]]))))(layer)
    expect(list(gradient.theta)).toEqual([-1, -10, -100])
  })

  it('passes its activation and initializers on', () => {
    const layer = denseTheta(1, 1, { key: key(1), activation: tanh, biasInitializer: constantInitializer(3) })
    expect(layer.activation).toBe(tanh)
    expect(layer.theta.data[0]).toBe(3)
  })
})

describe('dense without a bias', () => {
  it('is the product, and has one parameter', () => {
    const layer = dense(3, 2, { key: key(1), bias: false })
    const x = tensor([[1, 2, 3], [4, 5, 6]]) // prettier-ignore
    expect(layer.bias).toBeNull()
    expect(treeParameters(layer)).toEqual([layer.weight])
    expect(Array.from(layer.forward(x).data)).toEqual(Array.from(matmul(x, layer.weight.transpose()).data))
    expect(layer.weight.toArray()).toEqual(dense(3, 2, { key: key(1) }).weight.toArray())
    expect(grad((l: typeof layer) => sum(l.forward(x)))(layer).bias).toBeNull()
  })
})

describe.each([
  ['dense', dense as (...args: any[]) => any],
  ['denseTheta', denseTheta as (...args: any[]) => any],
] as const)('%s refuses', (name, make) => {
  it('rows of another size, and what is no batch of rows', () => {
    const layer = make(3, 2, { key: key(1) }) as { forward(x: unknown): Tensor }
    const refusal = expect.objectContaining({ name: 'ShapeError', code: 'layer-input' })
    const whole = tensor([[1, 2, 3]], { dtype: 'int32' })
    for (const x of [tensor([[1, 2]]), tensor([1, 2]), tensor([[[1, 2]]]), tensor(3), whole])
      expect(() => layer.forward(x)).toThrow(refusal)
    for (const x of [[[1, 2, 3]], undefined, null, 3])
      expect(() => layer.forward(x)).toThrow(`[${name}] expected a tensor as argument 1`)
    expect(() => layer.forward(tensor([[1, 2]]))).toThrow(`[${name}]`)
  })

  it.each([
    [0, 1],
    [1, 0],
    [1.5, 1],
    [1, -2],
    [NaN, 1],
  ])('the sizes %d and %d', (inputs, outputs) => {
    const refusal = new RegExp(`^\\[${name}\\] expected an integer of at least 1 as argument [12]`)
    expect(() => make(inputs, outputs, { key: key(1) })).toThrow(refusal)
  })

  it('to make parameters without a key', () => {
    const refusal = expect.objectContaining({ name: 'ValueError', code: 'missing-argument' })
    expect(() => make(1, 1, {} as never)).toThrow(refusal)
    expect(() => make(1, 1, undefined as never)).toThrow(refusal)
  })
})
