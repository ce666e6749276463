import { gelu, key, normal, randint, relu, Tensor, vjp } from '@cotangent/core'
import { exportInference, fromONNX } from '@cotangent/export'
import {
  convolutional2d,
  dense,
  embedding,
  evaluating,
  flattened,
  gru,
  layerNorm,
  lstm,
  maxPooling,
  sequential,
  sinusoidalPositions,
  transformerBlock,
} from '@cotangent/nn'
import { describe, expect, it } from 'vitest'

// `fromONNX` states each operator by itself, from the specification of ONNX.

/** A layer that is called with its mode. */
interface Network {
  forward(x: any, mode: typeof evaluating): unknown
}

function expectNear(got: Tensor, want: Tensor) {
  expect([got.shape, got.dtype]).toEqual([want.shape, want.dtype])
  const size = Math.max(...Array.from(want.data, Math.abs))
  // Sums of up to 400 terms in other orders.
  const bound = want.dtype === 'float32' ? 400 * 2 ** -24 * size : 0
  want.data.forEach((value, i) => expect(Math.abs(got.data[i] - value)).toBeLessThanOrEqual(bound))
}

describe('what exportInference writes, fromONNX reads', () => {
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

  const sequences = (count: number) => normal(key(count), [count, 5, 8])
  const tokens = (count: number) => randint(key(count), [count, 6], { min: 0, max: 11 })
  const block = transformerBlock(8, 2, { key: key(5), causal: true, hidden: 16 })

  it.each<[name: string, model: Network, input: (count: number) => Tensor]>([
    ['a dense network', sequential(dense(8, 6, { key: key(1) }), gelu, dense(6, 3, { key: key(2) })), sequences],
    [
      'a language model',
      sequential(embedding(11, 8, { key: key(1) }), sinusoidalPositions(8), block, dense(8, 11, { key: key(2) })),
      tokens,
    ],
    ['a long short-term memory', lstm(8, 6, { key: key(1), bidirectional: true }), sequences],
    ['gated recurrent units', gru(8, 6, { key: key(1) }), sequences],
  ])('%s, with its parameters and their gradients', (_, network, input) => {
    const bytes = exportInference(network, input(2), { batch: 'symbolic' })
    const { forward, parameters } = fromONNX(bytes)
    const x = input(3)
    const [want, pull] = vjp((own: Network) => own.forward(x, evaluating) as Tensor, network)
    const [got, pullOfParameters] = vjp((own: typeof parameters) => forward(own, x), parameters)
    expectNear(got, want)
    const cotangent = normal(key(9), want.shape as number[])
    const gradients = new Map(namesAndLeaves(pull(cotangent)[0]))
    const found = pullOfParameters(cotangent)[0] as typeof parameters
    expect(Object.keys(found).toSorted()).toEqual([...gradients.keys()].toSorted())
    for (const [name, gradient] of gradients) expectNear(found[name], gradient)
  })
})

function namesAndLeaves(tree: unknown, path: readonly string[] = []): [name: string, leaf: Tensor][] {
  if (tree instanceof Tensor) return [[path.join('.'), tree]]
  if (typeof tree !== 'object' || tree === null) return []
  return Object.entries(tree).flatMap(([name, each]) => namesAndLeaves(each, [...path, name]))
}
