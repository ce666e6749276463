import { grad, key, splitKey, sum, tensor, type Tensor, valueAndGrad } from '@cotangent/core'
import { Dense, dense, DenseTheta, denseTheta, mse, relu, Sequential, sequential, softmax, tanh } from '@cotangent/nn'
import { describe, expect, it } from 'vitest'

const list = (x: Tensor) => Array.from(x.data)
const [k1, k2] = splitKey(key(1))

/** A layer of the user's own, with parameters in any fields. */
class Residual {
  readonly name = 'residual'
  constructor(
    readonly inner: Dense<2, 2>,
    readonly scale: Tensor<[]>,
  ) {}
  forward(x: Tensor<[number, 2]>): Tensor<[number, 2]> {
    return x.add(this.inner.forward(x).mul(this.scale)) as Tensor<[number, 2]>
  }
}

const x = tensor([
  [1, 2],
  [3, -4],
])

describe('sequential', () => {
  it('applies layers and functions one after another', () => {
    const [first, second] = [dense(2, 4, { key: k1, activation: tanh }), denseTheta(4, 3, { key: k2 })]
    const expected = softmax(second.forward(first.forward(x)))
    const model = sequential(first, second, softmax)
    expect(list(model.forward(x))).toEqual(list(expected))
    expect(list(sequential(first, sequential(second, softmax)).forward(x))).toEqual(list(expected))
  })

  it('without layers is the identity', () => {
    expect(sequential().forward(x)).toBe(x)
  })

  it('is a tree: gradients have its classes, at any depth, and their other fields', () => {
    const own = new Residual(dense(2, 2, { key: k1, activation: relu }), tensor(0.5))
    const model = sequential(own, sequential(denseTheta(2, 1, { key: k2 })))
    const [value, gradient] = valueAndGrad((m: typeof model) => mse(m.forward(x), tensor([[1], [2]])))(model)
    expect(value.shape).toEqual([])
    expect(gradient).toBeInstanceOf(Sequential)
    const [first, nested] = gradient.layers
    expect(first).toBeInstanceOf(Residual)
    expect(first.name).toBe('residual')
    expect(first.inner).toBeInstanceOf(Dense)
    expect(first.scale.shape).toEqual([])
    expect(nested).toBeInstanceOf(Sequential)
    expect(nested.layers[0]).toBeInstanceOf(DenseTheta)
    // A gradient is a model, too.
    expect(gradient.forward(x).shape).toEqual([2, 1])
  })

  it('gives a layer that stands in two places the sum of both gradients', () => {
    const layer = new Dense(tensor([[3]], { dtype: 'float64' }), tensor([1], { dtype: 'float64' }))
    const one = tensor([[2]], { dtype: 'float64' })
    // y = w (w x + b) + b: ∂y/∂w = 2 w x + b = 13, ∂y/∂b = w + 1 = 4
    const gradient = grad((m: Sequential<[Dense, Dense]>) => sum(m.forward(one)))(
      sequential(layer, layer) as unknown as Sequential<[Dense, Dense]>,
    )
    const [first, second] = gradient.layers
    expect(second).toBe(first)
    expect([first.weight.item(), first.bias.item()]).toEqual([13, 4])
  })

  it('refuses what is no layer', () => {
    const refusal = expect.objectContaining({ name: 'ValueError', code: 'not-a-layer' })
    const make = sequential as (...layers: unknown[]) => unknown
    for (const odd of [{}, null, undefined, tensor(1), { forward: 1 }]) expect(() => make(tanh, odd)).toThrow(refusal)
    expect(() => make(tanh, {})).toThrow('as argument 2')
  })

  it('lets a layer say what does not fit', () => {
    const make = sequential as unknown as (...layers: unknown[]) => Dense
    const model = make(dense(2, 3, { key: k1 }), dense(4, 1, { key: k2 }))
    expect(() => model.forward(x)).toThrow('expected rows of 4 numbers')
  })
})
