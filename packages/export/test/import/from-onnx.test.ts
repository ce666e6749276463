import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compile, grad, key, normal, sum, tensor, type Tensor, valueAndGrad } from '@cotangent/core'
import { ExportError, fromONNX } from '@cotangent/export'
import { load, open, toSafetensors } from '@cotangent/io'
import { softmaxCrossEntropy } from '@cotangent/nn'
import { sgd } from '@cotangent/optim'
import { describe, expect, test } from 'vitest'
import { dataTypes } from '../../src/onnx/proto/messages'
import { attribute, info, int64, model, node, stored } from './build'

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '..', 'fixtures', `${name}.onnx`))
const vector = (...values: number[]): Tensor => tensor(values)

function errorOf(call: () => unknown): ExportError {
  try {
    call()
  } catch (error) {
    if (error instanceof ExportError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('parameters', () => {
  const graph = {
    initializer: [stored('layer.weight', [2, 3]), stored('scale', [4], []), int64('shape', [2n])],
    node: [
      node('Mul', ['x', 'layer.weight'], ['a']),
      node('Mul', ['a', 'scale'], ['b']),
      node('Reshape', ['b', 'shape'], ['y']),
    ],
  }

  test('are the float tensors with an axis; the others are constants', () => {
    const { parameters, constants } = fromONNX(model(graph))
    expect([Object.keys(parameters), Object.keys(constants)]).toEqual([['layer.weight'], ['scale']])
  })

  test('are chosen by an option', () => {
    const all = fromONNX(model(graph), { parameters: () => true })
    expect(Object.keys(all.parameters)).toEqual(['layer.weight', 'scale'])
    const gradients = grad((p: typeof all.parameters) => sum(all.forward(p, vector(1, 10))))(all.parameters)
    expect([gradients['layer.weight'].data, gradients.scale.data]).toEqual([
      Float32Array.of(4, 40),
      Float32Array.of(32),
    ])
    const none = fromONNX(model(graph), { parameters: () => false })
    expect(none.parameters).toEqual({})
    expect(none.forward({}, vector(1, 10)).data).toEqual(Float32Array.of(8, 120))
  })

  test('leave out the statistics of batch normalization', () => {
    const { parameters, constants } = fromONNX(fixture('residual'))
    const isStatistic = (name: string) => /running_(mean|var)$/.test(name)
    expect(Object.keys(parameters).filter(isStatistic)).toEqual([])
    expect(Object.keys(constants).filter(isStatistic)).toHaveLength(6)
  })

  test('keep their names in files', async () => {
    const { parameters } = fromONNX(fixture('mlp'))
    const file = toSafetensors(parameters)
    expect((await open(file)).names.toSorted()).toEqual(Object.keys(parameters).toSorted())
    const back = await load(file, parameters)
    for (const [name, value] of Object.entries(parameters)) expect(back[name].data).toEqual(value.data)
  })

  test('may have other shapes, such as those of a new head', () => {
    const { forward, parameters } = fromONNX(fixture('mlp'))
    const head = { '4.weight': normal(key(1), [7, 5]), '4.bias': normal(key(2), [7]) }
    expect(forward({ ...parameters, ...head }, normal(key(3), [2, 4])).shape).toEqual([2, 7])
  })
})

test('a model is trained further, in a compiled step', () => {
  const { forward, parameters } = fromONNX(fixture('convolutional'))
  const x = normal(key(1), [6, 2, 9, 8])
  const labels = tensor([0, 1, 2, 0, 1, 2], { dtype: 'int32' })
  const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 })
  const step = compile((p: typeof parameters, state: ReturnType<typeof optimizer.init>) => {
    const [loss, gradients] = valueAndGrad((p: typeof parameters) => softmaxCrossEntropy(forward(p, x), labels))(p)
    return [loss, ...optimizer.update(p, gradients, state)] as const
  })
  let [p, state] = [parameters, optimizer.init(parameters)]
  const losses: number[] = []
  for (let i = 0; i < 60; i++) {
    const [loss, ...next] = step(p, state)
    losses.push(loss.item())
    ;[p, state] = next
  }
  expect(losses.at(-1)).toBeLessThan(losses[0] / 4)
})

test('several inputs and outputs have names', () => {
  const bytes = model({
    input: [info('a', ['n']), info('b', ['n'], dataTypes.INT64)],
    output: [info('total', ['n']), info('size', [1], dataTypes.INT64)],
    node: [
      node('Cast', ['b'], ['c'], { attribute: [attribute('to', 1n)] }),
      node('Add', ['a', 'c'], ['total']),
      node('Shape', ['a'], ['size']),
    ],
  })
  const { run, inputs, forward, parameters } = fromONNX(bytes)
  expect(inputs).toEqual([
    { name: 'a', dtype: 'float32', shape: ['n'] },
    { name: 'b', dtype: 'int32', shape: ['n'] },
  ])
  const { total, size } = run(parameters, { b: tensor([1, 2], { dtype: 'int32' }), a: vector(0.5, 0.25) })
  expect([total.data, size.data]).toEqual([Float32Array.of(1.5, 2.25), Int32Array.of(2)])
  expect(errorOf(() => forward(parameters, vector(1), vector(1))).message).toContain("the outputs 'total', 'size'")
})

test('shapes are computed from those of inputs, also in a trace', () => {
  // y = reshape(x, concat(shape(x)[0] / 2, [2]))
  const bytes = model({
    output: [info('y', ['m', 2])],
    initializer: [int64('two', [2n]), int64('zero', [0n])],
    node: [
      node('Shape', ['x'], ['shape']),
      node('Gather', ['shape', 'zero'], ['size']),
      node('Div', ['size', 'two'], ['half']),
      node('Concat', ['half', 'two'], ['target'], { attribute: [attribute('axis', 0n)] }),
      node('Reshape', ['x', 'target'], ['y']),
    ],
  })
  const { forward } = fromONNX(bytes)
  const f = compile((x: Tensor) => forward({}, x))
  expect([f(normal(key(1), [6])).shape, f(normal(key(1), [10])).shape]).toEqual([
    [3, 2],
    [5, 2],
  ])
})

test('the derivative of a Euclidean norm at 0 is 0', () => {
  const { forward } = fromONNX(model({ output: [info('y', [1])], node: [node('ReduceL2', ['x'], ['y'])] }))
  expect(grad((x: Tensor) => sum(forward({}, x)))(vector(0, 0)).data).toEqual(Float32Array.of(0, 0))
})

describe('int64', () => {
  const slice = (end: bigint) =>
    model({
      initializer: [int64('start', [1n]), int64('end', [end])],
      node: [node('Slice', ['x', 'start', 'end'], ['y'])],
    })

  test('bounds beyond int32 mean the end', () => {
    expect(fromONNX(slice(2n ** 63n - 1n)).forward({}, vector(1, 2, 3)).data).toEqual(Float32Array.of(2, 3))
  })

  test('elements beyond int32 are an error that names them', () => {
    const sum = { initializer: [int64('large', [1n, 2n ** 31n])], node: [node('Add', ['x', 'large'], ['y'])] }
    const { forward } = fromONNX(model({ input: [info('x', ['n'], dataTypes.INT64)], ...sum }))
    expect(errorOf(() => forward({}, tensor([1, 2], { dtype: 'int32' }))).message).toBe(
      "[forward] input 1 of node 'Add-y' (Add) is int64 and holds 2147483648 at position 1, which int32 cannot; " +
        'int64 tensors become int32 here: export the model with smaller integers',
    )
  })

  test('elements within int32 are int32', () => {
    const { forward } = fromONNX(model({ initializer: [int64('c', [-(2n ** 31n), 2n ** 31n - 1n])], node: [node('Identity', ['c'], ['y'])] })) // prettier-ignore
    expect(forward({}, vector(0)).data).toEqual(Int32Array.of(-(2 ** 31), 2 ** 31 - 1))
  })
})

test('all types of elements are read, from bytes and from lists', () => {
  const { FLOAT, DOUBLE, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, BOOL } = dataTypes
  const lists = [
    [FLOAT, 'float_data', [1.5, -2]],
    [DOUBLE, 'double_data', [1.5, -2]],
    [INT8, 'int32_data', [1, -2]],
    [INT16, 'int32_data', [1, -2]],
    [INT32, 'int32_data', [1, -2]],
    [INT64, 'int64_data', [1n, -2n]],
    [UINT8, 'int32_data', [1, 200]],
    [UINT16, 'int32_data', [1, 60_000]],
    [UINT32, 'uint64_data', [1n, 2n]],
    [UINT64, 'uint64_data', [1n, 2n]],
    [BOOL, 'int32_data', [1, 0]],
  ] as const
  const typed: Record<number, (values: any) => ArrayBufferView> = {
    [FLOAT]: (v) => Float32Array.from(v),
    [DOUBLE]: (v) => Float64Array.from(v),
    [INT8]: (v) => Int8Array.from(v),
    [INT16]: (v) => Int16Array.from(v),
    [INT32]: (v) => Int32Array.from(v),
    [INT64]: (v) => BigInt64Array.from(v),
    [UINT8]: (v) => Uint8Array.from(v),
    [UINT16]: (v) => Uint16Array.from(v),
    [UINT32]: (v) => Uint32Array.from(v, Number),
    [UINT64]: (v) => BigUint64Array.from(v),
    [BOOL]: (v) => Uint8Array.from(v),
  }
  for (const [type, field, values] of lists) {
    const raw = typed[type](values)
    const bytes = new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength)
    for (const content of [{ [field]: values }, { raw_data: bytes }]) {
      const initializer = [{ name: 'c', dims: [2], data_type: type, ...content }]
      const { run, parameters } = fromONNX(model({ initializer, node: [node('Identity', ['c'], ['y'])] }))
      expect(Array.from(run(parameters, { x: vector(0) }).y.data)).toEqual(values.map(Number))
    }
  }
})
