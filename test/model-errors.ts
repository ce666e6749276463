// Calls on ONNX models that go wrong, for the table of errors.

import { compile, tensor, type Tensor } from '@cotangent/core'
import { fromONNX } from '@cotangent/export'
import { encodeModel } from '../packages/export/src/onnx/proto/tables'
import { attribute, info, int64, model, node, stored } from '../packages/export/test/import/build'

const any = (value: unknown) => value as never
const x = tensor([1, 2]) as Tensor
const relu = { node: [node('Relu', ['x'], ['y'])] }
const scaled = fromONNX(model({ initializer: [stored('w', [2, 3])], node: [node('Mul', ['x', 'w'], ['y'])] }))
const two = fromONNX(model({ output: [info('y', ['n']), info('x', ['n'])], ...relu }))

/** A model of one node with the inputs x, a and b, of which the latter are constants. */
function one(
  type: string,
  constants: readonly bigint[][],
  attributes: Record<string, bigint | bigint[] | string> = {},
) {
  const names = ['a', 'b'].slice(0, constants.length)
  return fromONNX(
    model({
      input: [info('x', ['n', 'm', 'k'])],
      initializer: constants.map((values, at) => int64(names[at], values)),
      node: [
        node(type, ['x', ...names], ['y'], {
          attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
        }),
      ],
    }),
  )
}
const image = tensor([[[1, 2, 3]]]) as Tensor
const weighted = (type: string, ...more: Parameters<typeof attribute>[]) =>
  fromONNX(
    model({
      input: [info('x', ['n', 'c', 'w'])],
      initializer: [stored('w', [1, 2], [1, 1, 2])],
      node: [node(type, ['x', 'w'], ['y'], { attribute: more.map(([name, value]) => attribute(name, value)) })],
    }),
  )
const reshaping = fromONNX(
  model({ input: [info('x', ['n']), info('s', [1], 7)], node: [node('Reshape', ['x', 's'], ['y'])] }),
)

export const badModels: Record<string, () => unknown> = {
  'fromONNX of a path': () => fromONNX(any('model.onnx')),
  'fromONNX of other bytes': () => fromONNX(new TextEncoder().encode('PK a zip archive')),
  'fromONNX of a file that is cut short': () => fromONNX(model(relu).subarray(0, 20)),
  'fromONNX of an old version': () => fromONNX(model(relu, { opset: 9 })),
  'fromONNX of operators without a counterpart': () =>
    fromONNX(
      model({
        node: [
          node('NonZero', ['x'], ['a']),
          node('FusedGelu', ['x'], ['b'], { domain: 'com.example' }),
          node('NonZero', ['a'], ['c']),
          node('Gelu', ['x'], ['d'], { attribute: [attribute('approximate', 'cubic')] }),
          node('Relu', ['x'], ['y'], { attribute: [attribute('slope', 1n)] }),
          node('MaxPool', ['x'], ['e', 'indices'], { attribute: [attribute('kernel_shape', [2n])] }),
        ],
      }),
    ),
  'fromONNX of a node before its inputs': () => fromONNX(model({ node: [node('Relu', ['later'], ['y'])] })),
  'fromONNX of a model in two files': () =>
    fromONNX(model({ initializer: [{ name: 'w', dims: [2], data_type: 1, data_location: 1 }], ...relu })),
  'fromONNX of half precision': () =>
    fromONNX(model({ initializer: [{ name: 'w', dims: [1], data_type: 10, raw_data: new Uint8Array(2) }], ...relu })),
  'fromONNX of an input of text': () => fromONNX(model({ input: [info('x', ['n'], 8)], ...relu })),
  'fromONNX of sparse tensors': () => fromONNX(model({ sparse_initializer: [new Uint8Array(0)], ...relu })),
  'fromONNX of a huge tensor': () =>
    fromONNX(model({ initializer: [int64('size', [2n ** 40n])], node: [node('ConstantOfShape', ['size'], ['y'])] })),
  'forward without a parameter': () => scaled.forward({}, x),
  'forward with parameters that are a tensor': () => scaled.forward(any(x), x),
  'forward without its input': () => scaled.forward(scaled.parameters),
  'forward of a tensor of another rank': () => scaled.forward(scaled.parameters, tensor([[1, 2]])),
  'forward of shapes that do not fit': () => scaled.forward(scaled.parameters, tensor([1, 2, 3])),
  'forward of several outputs': () => two.forward({}, x),
  'forward with an integer of 64 bits': () => one('Add', [[2n ** 40n]]).forward({}, image.astype('float32')),
  'forward of a fraction as bits': () =>
    fromONNX(model({ node: [node('Cast', ['x'], ['y'], { attribute: [attribute('to', 12n)] })] })).forward({}, x),
  'forward along an axis that is not there': () => one('Gather', [[0n]], { axis: 3n }).forward({}, image),
  'forward without a part of a node': () => fromONNX(model({ node: [node('Add', ['', 'x'], ['y'])] })).forward({}, x),
  'forward with a list for a number': () => one('TopK', [[1n, 2n]]).forward({}, image),
  'forward of windows that do not fit': () => weighted('Conv', ['strides', [1n, 1n]]).forward({ w: tensor([[[1, 2]]]) }, image), // prettier-ignore
  'forward of a convolution without space': () =>
    fromONNX(model({ input: [info('x', ['n', 'c'])], node: [node('GlobalMaxPool', ['x'], ['a']), node('MaxPool', ['x'], ['y'], { attribute: [attribute('kernel_shape', [1n])] })] })).forward({}, tensor([[1]])), // prettier-ignore
  'forward of a transposed convolution to a size beyond its windows': () =>
    weighted('ConvTranspose', ['output_shape', [9n]]).forward({ w: tensor([[[1, 2]]]) }, image),
  'forward of a resize without scales': () => one('Resize', []).forward({}, image),
  'a compiled call whose shapes depend on data': () =>
    compile((a: Tensor, s: Tensor) => reshaping.forward({}, a, s))(x, tensor([2], { dtype: 'int32' })),
  'the bytes of an integer that is too large': () => encodeModel({ model_version: 2 ** 60 }),
  'the bytes of a model that is too large': () =>
    encodeModel({ graph: { initializer: [{ raw_data: any({ length: 2 ** 31 }) }] } }),
  'run with a wrong name': () => scaled.run(scaled.parameters, { image: x }),
}
