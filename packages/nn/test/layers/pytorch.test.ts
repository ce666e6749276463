import {
  compile,
  grad,
  hvp,
  key,
  mapTree,
  type Path,
  relu,
  sum,
  tensor,
  type Tensor,
  treeLeaves,
} from '@cotangent/core'
import { load, open, pytorchNames, toSafetensors } from '@cotangent/io'
import * as nn from '@cotangent/nn'
import { describe, expect, it } from 'vitest'
import { needSameBits } from '../../../core/test/backends/same-bits'
import cases from './golden/pytorch.json' with { type: 'json' }

// The formulas of scripts/references/layers.py.
const from = (shape: readonly number[], number: (i: number) => number): Tensor => {
  const size = shape.reduce((product, each) => product * each, 1)
  return tensor(
    Float64Array.from({ length: size }, (_, i) => number(i)),
    { shape: [...shape] },
  )
}
const numbers = (shape: readonly number[], salt: number) => from(shape, (i) => ((i * 37 + salt) % 509) / 128 - 2)
const weights = (shape: readonly number[]) => from(shape, (i) => (((i * 7) % 11) - 5) / 4)
const direction = (shape: readonly number[], salt: number) => from(shape, (i) => (((i * 5 + salt) % 13) - 6) / 8)

type Model = nn.StatefulLayer & { forward(x: Tensor, mode?: nn.Mode): Tensor }
type Case = (typeof cases)[number]
const factories = nn as unknown as Record<string, (...args: unknown[]) => Model>

/** The layer of a case, with the numbers of the formulas. */
function layerOf({ make, arguments: given, options, parameters }: Case): Model {
  const withoutDtype = /ooling|flattened/.test(make)
  const drawn = /onvolutional|embedding/.test(make) && { key: key(1) }
  const layer = factories[make](...given, { ...options, ...drawn, ...(!withoutDtype && { dtype: 'float64' }) })
  return mapTree((leaf: Tensor, [first, name]: Path) => {
    if (first === 'statistics') {
      if (name === 'count') return tensor(1, { dtype: 'int32' }) as Tensor
      return name === 'mean' ? numbers(leaf.shape, 5) : numbers(leaf.shape, 7).abs().add(0.5)
    }
    return numbers(leaf.shape, 11 * ((parameters as string[]).indexOf(first as string) + 1))
  }, layer) as Model
}

const withParameters = (layer: Model, names: readonly string[], tensors: readonly Tensor[]): Model =>
  mapTree((leaf: Tensor, [first]: Path) => tensors[names.indexOf(first as string)] ?? leaf, layer) as Model

describe('PyTorch has the same values, gradients and Hessian-vector products', () => {
  it.each(cases.map((each, i) => [`${i}: ${each.make}(${JSON.stringify(each.options)})`, each] as const))(
    '%s',
    (_, each) => {
      const { parameters, shape, value, gradients, products, training, statistics } = each
      const layer = layerOf(each)
      const mode = training === true ? nn.training(key(1)) : nn.evaluating
      const apply = (model: Model, x: Tensor) => nn.forwardWithState(model, x, mode)
      const leaves = parameters.map((name) => (layer as unknown as Record<string, Tensor>)[name])
      const ids = each.indices === null ? null : (tensor(each.indices as number[], { dtype: 'int32' }) as Tensor)
      const inputs = ids === null ? [...leaves, numbers(each.input!, 0)] : leaves
      const f = (list: readonly Tensor[]) => apply(withParameters(layer, parameters, list), ids ?? list.at(-1)!)[0]
      const loss = (list: readonly Tensor[]) => {
        const y = f(list)
        return sum(weights(shape).mul(y)).add(sum(y.square()).mul(0.5)) as Tensor
      }
      const y = f(inputs)
      expect(y.shape).toEqual(shape)
      needNear(y, value)
      const found = grad(loss)(inputs) as readonly Tensor[]
      found.forEach((g, i) => needNear(g, gradients[i]))
      const directions = inputs.map((input, i) => direction(input.shape, i))
      const along = hvp(loss, inputs, directions) as readonly Tensor[]
      along.forEach((p, i) => needNear(p, products[i]))
      if (statistics !== undefined) {
        const [, next] = apply(layer, inputs.at(-1)!)
        const { mean, variance } = (next as unknown as nn.BatchNorm).statistics
        needNear(mean as Tensor, statistics[0])
        needNear(variance as Tensor, statistics[1])
      }
      needSameBits('compiled value', [compile(f)(inputs)], [y])
      needSameBits('compiled gradient', compile(grad(loss))(inputs) as readonly Tensor[], found)
    },
  )
})

/** Equal within 1e-11 of the largest number: a hundred roundings of sums of up to a hundred terms. */
function needNear(actual: Tensor, expected: readonly number[]): void {
  const scale = expected.reduce((most, each) => Math.max(most, Math.abs(each)), 1)
  const far = Array.from(actual.data).findIndex((each, i) => !(Math.abs(each - expected[i]) <= 1e-11 * scale))
  expect(far < 0 ? null : { at: far, actual: actual.data[far], expected: expected[far] }).toBeNull()
}

describe('a file that PyTorch wrote', () => {
  const k = key(1)
  const first = { key: k, layout: 'NCW' } as const
  const planes = { key: k, layout: 'NCHW' } as const
  const like = nn.sequential(
    nn.embedding(7, 6, { key: k }),
    nn.convolutional1d(5, 4, 3, { ...first, padding: 1 }),
    nn.batchNorm(4, { axis: 1 }),
    relu,
    nn.transposedConvolutional1d(4, 4, 2, { ...first, stride: 2 }),
    (x: Tensor<[4, 4, 12]>) => x.reshape([4, 2, 2, 12]),
    nn.convolutional2d(2, 4, [2, 3], { ...planes, bias: false }),
    nn.batchNorm(4, { axis: 1 }),
    nn.groupNorm(2, 4, { axis: 1 }),
    nn.transposedConvolutional2d(4, 2, 2, planes),
    nn.maxPooling(2, { layout: 'NCHW' }),
    nn.flattened(),
    nn.layerNorm(10),
    nn.rmsNorm(10),
    nn.dense(10, 3, { key: k }),
  )
  const names = pytorchNames(nn.pytorchLayers)
  const source = new URL('golden/layers.safetensors', import.meta.url)
  const ids = tensor(
    Array.from({ length: 4 }, (_, i) => Array.from({ length: 5 }, (_, j) => (i * 3 + j * j) % 7)),
    { dtype: 'int32' },
  ).reshape([4, 5])

  it('is loaded as it is, and gives the outputs of PyTorch', async () => {
    const model = await load(source, like, { names })
    const file = await open(source)
    const expected = file.metadata.answers.split(' ').map(Number)
    await file.close()
    expect(model.layers[2].statistics.count.item()).toBe(1)
    // Fourteen layers of float32, each with an error of a few roundings of numbers of size 1.
    const y = model.forward(ids, nn.evaluating)
    expected.forEach((each, i) => expect(Math.abs(y.data[i] - each)).toBeLessThan(14 * 8 * 2 ** -24))
  })

  it('holds the names and shapes that are written', async () => {
    const model = await load(source, like, { names })
    const [theirs, ours] = await Promise.all([open(source), open(toSafetensors(model, { names }))])
    expect([...ours.names].sort()).toEqual([...theirs.names].sort())
    for (const name of ours.names) expect(ours.info(name).shape).toEqual(theirs.info(name).shape)
    await theirs.close()
    const again = await load(toSafetensors(model, { names }), like, { names })
    expect(treeLeaves(again).map((leaf) => String(leaf))).toEqual(treeLeaves(model).map((leaf) => String(leaf)))
  })
})
