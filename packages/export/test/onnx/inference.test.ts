import {
  at,
  gelu,
  inverse,
  key,
  matmul,
  mean,
  normal,
  prod,
  relu,
  sigmoid,
  stack,
  sum,
  tensor,
  type Tensor,
  zeros,
} from '@cotangent/core'
import { ExportError, exportInference } from '@cotangent/export'
import {
  batchNorm,
  convolutional2d,
  dense,
  dropout,
  embedding,
  flattened,
  layerNorm,
  lstm,
  maxPooling,
  sequential,
  sinusoidalPositions,
} from '@cotangent/nn'
import { describe, expect, it } from 'vitest'
import { dataTypes } from '../../src/onnx/proto/messages'
import { exported, graphIn, initializersOf, integersIn, operatorsOf, typesOf } from './decoded'

const keyed = { key: key(1) }
const symbolic = { batch: 'symbolic' } as const

describe('a model for inference', () => {
  const network = sequential(dense(20, 8, keyed), sigmoid, dropout(0.5), dense(8, 10, keyed))

  it('holds its parameters under the names of their paths', () => {
    const graph = graphIn(exportInference(network, zeros([4, 20])))
    expect([typesOf(graph.input), typesOf(graph.output)]).toEqual([[['input', 4, 20]], [['output', 4, 10]]])
    const names = ['layers.0.weight', 'layers.0.bias', 'layers.3.weight', 'layers.3.bias']
    expect([...initializersOf(graph).keys()]).toEqual(expect.arrayContaining(names))
    const { raw_data, dims } = initializersOf(graph).get('layers.0.weight')!
    const { weight } = network.layers[0] as unknown as { weight: Tensor }
    expect(dims).toEqual(weight.shape)
    expect(new Float32Array(raw_data!.slice().buffer)).toEqual(weight.data)
  })

  it('reads as what it is: a network of matrix products, convolutions and activations', () => {
    expect(operatorsOf(graphIn(exportInference(network, zeros([4, 20]), symbolic)))).toEqual([
      ...['Transpose', 'MatMul', 'Add', 'Sigmoid', 'Transpose', 'MatMul', 'Add'],
    ])
    const layers = sequential(
      convolutional2d(3, 4, 3, { ...keyed, layout: 'NCHW' }),
      relu,
      flattened(),
      dense(144, 5, keyed),
    )
    const operators = operatorsOf(graphIn(exportInference(layers, zeros([2, 3, 8, 8]), symbolic)))
    expect(operators).toEqual(['Conv', 'Reshape', 'Add', 'Relu', 'Reshape', 'Transpose', 'MatMul', 'Add'])
  })

  it('keeps parameters with equal numbers apart, and tied ones together', () => {
    const fresh = sequential(dense(3, 3, keyed), layerNorm(3), layerNorm(3))
    const names = [...initializersOf(graphIn(exportInference(fresh, zeros([4, 3])))).keys()]
    expect(names).toEqual(
      expect.arrayContaining(['layers.0.bias', 'layers.1.bias', 'layers.2.bias', 'layers.2.weight']),
    )
    const weight = normal(key(1), [3, 3])
    const tied = { first: weight, second: weight, forward(x: Tensor) { return matmul(matmul(x, this.first), this.second) } } // prettier-ignore
    const graph = graphIn(exportInference(tied, zeros([4, 3])))
    expect([...initializersOf(graph).keys()]).toEqual(['first'])
    expect(graph.node!.map(({ input }) => input![1])).toEqual(['first', 'first'])
  })

  it('has what a model captured, and tables of functions, as nodes: they are no parameters', () => {
    const model = sequential(embedding(5, 8, keyed), sinusoidalPositions(8), gelu)
    const graph = graphIn(exportInference(model, zeros([2, 3], { dtype: 'int32' })))
    const tables = graph.node!.filter(({ op_type }) => op_type === 'Constant')
    expect(tables.map(({ attribute }) => attribute![0].t!.dims)).toEqual([[3, 8], [2046]])
    const floats = [...initializersOf(graph).values()].filter((each) => each.data_type === dataTypes.FLOAT && (each.dims ?? []).length > 0) // prettier-ignore
    expect(floats.map(({ name }) => name)).toEqual(['layers.0.weight'])
  })

  it('has no transposes of transposes', () => {
    const layers = sequential(convolutional2d(1, 2, 3, keyed), relu)
    const operators = operatorsOf(graphIn(exportInference(layers, zeros([2, 8, 8, 1]), symbolic)))
    expect(operators).toEqual(['Transpose', 'Conv', 'Transpose', 'Add', 'Relu'])
    const moved = exported((x: Tensor) => x.transpose([1, 2, 0]).transpose([1, 2, 0]), zeros([2, 3, 4]))
    expect(moved.node!.map((each) => [each.op_type, integersIn(each, 'perm')])).toEqual([['Transpose', [2, 0, 1]]])
    expect(operatorsOf(exported((x: Tensor) => x.transpose().transpose(), zeros([2, 3])))).toEqual(['Identity'])
  })

  it('names trees of inputs and outputs by their paths', () => {
    const f = ({ a, c }: Record<string, Tensor>) => ({ y: a.mul(c), z: sum(a, { axis: 1 }) })
    const graph = graphIn(exportInference(f, { a: zeros([4, 3]), c: zeros([3]) }, symbolic))
    expect(typesOf(graph.input)).toEqual([
      ['a', 'batch', 3],
      ['c', 3],
    ])
    expect(typesOf(graph.output)).toEqual([
      ['y', 'batch', 3],
      ['z', 'batch'],
    ])
  })

  it('has equal bytes each time', () => {
    const [first, second] = [0, 1].map(() => exportInference(network, zeros([4, 20]), symbolic))
    expect(first).toEqual(second)
  })
})

describe('a symbolic batch', () => {
  it.each<[name: string, model: any, input: Tensor]>([
    ['a recurrent network', lstm(8, 6, keyed), zeros([4, 5, 8])],
    ['pooled images', sequential(convolutional2d(1, 2, 3, keyed), maxPooling(2), flattened()), zeros([4, 8, 8, 1])],
    ['means over the batch', (x: Tensor) => x.sub(mean(x, { axis: 0 })), zeros([4, 3])],
    ['the size of the batch as a number', (x: Tensor) => x.mul(x.shape[0]).add(sum(x).div(x.shape[0])), zeros([4, 3])],
    ['matrices, each inverted', (x: Tensor) => inverse(x), normal(key(1), [3, 2, 2])],
    ['several rows for each example', (x: Tensor) => x.reshape([-1, 2]), zeros([4, 6])],
  ])('of %s', (_, model, input) => {
    const graph = graphIn(exportInference(model, input, symbolic))
    expect(typesOf(graph.input)[0][1]).toBe('batch')
    expect(typesOf(graph.output)[0][1]).toMatch(/^(\d\*)?batch$/)
  })

  it('is the size that was given, by default', () => {
    expect(typesOf(graphIn(exportInference(relu, zeros([4, 3]))).input)).toEqual([['input', 4, 3]])
  })

  it.each<[name: string, model: (x: Tensor) => unknown, message: RegExp]>([
    [
      'loops over the batch that are unrolled',
      (x) => stack([...Array(x.shape[0]).keys()].map((i) => at(x, i).mul(2))),
      /but \w+ at \S*inference\.test\.ts:\d+:\d+ depends on it \(tried \d+, \d+, \d+, 4\)/,
    ],
    [
      'sizes that are no multiples',
      (x) => x.mul(x.shape[0] ** 2),
      /but mul at \S*inference\.test\.ts:\d+:\d+ depends on it/,
    ],
    [
      'a choice by the size, at the size of the example',
      (x) => x.mul(x.shape[0] > 4 ? 2 : 1),
      /but mul at \S*inference\.test\.ts:\d+:\d+ depends on it/,
    ],
    [
      'constants with a row for each example',
      (x) => x.add(tensor(Array.from({ length: x.shape[0] }, (_, i) => [i ** 2]))),
      /but add at \S*inference\.test\.ts:\d+:\d+ depends on it/,
    ],
    [
      'models of one size',
      (x) => matmul(x, zeros([4, 4])).add(prod(matmul(zeros([2, 4]), x))),
      /it fails for \d+: \[matmul\]/,
    ],
  ])('refuses %s', (_, model, message) => {
    const fails = () => exportInference(model, zeros([4, 4]), symbolic)
    expect(fails).toThrow(ExportError)
    expect(fails).toThrow(message)
  })

  it('needs an input with an axis', () => {
    expect(() => exportInference(relu, zeros([]), symbolic)).toThrow(/expected an input whose first axis is the batch/)
  })
})

describe('wrong models', () => {
  it('two tensors of one name', () => {
    const model = { 'a.b': zeros([3]), a: { b: zeros([3]) }, forward(x: Tensor) { return x.add(this['a.b']).add(this.a.b) } } // prettier-ignore
    expect(() => exportInference(model, zeros([3]))).toThrow(/expected a name for each tensor, got 'a\.b' for two/)
  })

  it('layers that are not trained say so', () => {
    expect(() => exportInference(sequential(batchNorm(3)), zeros([4, 3]))).toThrow(/no running statistics yet/)
  })
})
