import {
  argmax,
  argsort,
  conv2d,
  cumsum,
  flip,
  gelu,
  grad,
  key,
  logSoftmax,
  max,
  normal,
  relu,
  sigmoid,
  softmax,
  take,
  tensor,
  type Tensor,
  trace,
} from '@cotangent/core'
import { exportInference, fromONNX, toONNX } from '@cotangent/export'
import { convolutional2d, dense, evaluating, flattened, layerNorm, maxPooling, sequential } from '@cotangent/nn'
import { describe, expect, it } from 'vitest'

// `fromONNX` states each operator by itself, from the specification of ONNX.

function expectNear(got: Tensor, want: Tensor) {
  expect([got.shape, got.dtype]).toEqual([want.shape, want.dtype])
  const size = Math.max(...Array.from(want.data, Math.abs))
  // Sums of up to 400 terms in other orders.
  const bound = want.dtype === 'float32' ? 400 * 2 ** -24 * size : 0
  want.data.forEach((value, i) => expect(Math.abs(got.data[i] - value)).toBeLessThanOrEqual(bound))
}

const x = normal(key(1), [4, 5])

describe('what toONNX writes, fromONNX reads', () => {
  it.each<[name: string, f: (x: any) => Tensor]>([
    ['elementwise functions', (x) => gelu(x).mul(2).sub(sigmoid(x)).div(3)],
    ['softmax', (x) => softmax(x, { axis: 1 })],
    ['a derivative', (x) => grad((y: Tensor) => logSoftmax(y, { axis: 0 }).mul(x).sum())(x)],
    ['running sums', (x) => cumsum(x, { axis: 1 })],
    ['extremes', (x) => max(x, { axis: 0 })],
    ['positions', (x) => argmax(x, { axis: 1 })],
    ['sorts', (x) => argsort(x, { axis: 0 })],
    ['moves', (x) => flip(x.transpose().reshape([2, 10])).slice([0, 2], [1, 9, 3])],
    ['gathers', (x) => take(x, tensor([3, 0, 3], { dtype: 'int32' }), { axis: 0 })],
    ['convolutions', (x) => conv2d(x.reshape([1, 4, 5, 1]), x.reshape([2, 2, 1, 5]), { padding: 'same' })],
  ])('%s', (_, f) => {
    const model = fromONNX(toONNX(trace(f, x)))
    expectNear(model.forward(model.parameters, x), f(x))
  })

  const network = sequential(
    convolutional2d(1, 4, 3, { key: key(1), padding: 'same' }),
    relu,
    maxPooling(2),
    flattened(),
    layerNorm(64),
    dense(64, 3, { key: key(2) }),
  )

  it.each([1, 2, 7])('a network with a symbolic batch, for %i examples', (size) => {
    const images = (count: number) => normal(key(count), [count, 8, 8, 1])
    const model = fromONNX(exportInference(network, images(4), { batch: 'symbolic' }))
    expect(Object.keys(model.parameters)).toEqual(expect.arrayContaining(['layers.0.weight', 'layers.5.bias']))
    expectNear(model.forward(model.parameters, images(size)), network.forward(images(size), evaluating) as Tensor)
  })
})
