import { compile, grad, less, max, sum, tensor, type Tensor, whileLoop } from '@cotangent/core'
import { exportInference, ExportError, fromONNX } from '@cotangent/export'
import { describe, expect, test } from 'vitest'
import { attributeTypes, dataTypes, type GraphProto } from '../../src/onnx/proto/messages'
import { attribute, info, int64, model, node, stored } from './build'

const vector = (...values: number[]): Tensor => tensor(values)
const body = (name: string, g: GraphProto) => ({ name, type: attributeTypes.GRAPH, g })
const branch = (type: string, inputs: string[], output: string): GraphProto => ({
  node: [node(type, inputs, [output])],
  output: [info(output, ['n'])],
})

function messageOf(f: () => unknown): string {
  try {
    f()
  } catch (error) {
    if (error instanceof ExportError) return error.message
    throw error
  }
  throw new Error('expected an error')
}

describe('branches', () => {
  // y = sum(x) > 0 ? w x : log(x)
  const bytes = model({
    output: [info('y', ['n'])],
    initializer: [stored('w', [2, 3]), stored('zero', [0], [])],
    node: [
      node('ReduceSum', ['x'], ['total'], { attribute: [attribute('keepdims', 0n)] }),
      node('Greater', ['total', 'zero'], ['positive']),
      node('If', ['positive'], ['y'], {
        attribute: [
          body('then_branch', branch('Mul', ['w', 'x'], 'a')),
          body('else_branch', branch('Neg', ['x'], 'b')),
        ],
      }),
    ],
  })
  const { forward, parameters } = fromONNX(bytes)

  test('use parameters from outside, and gradients reach them, also compiled', () => {
    expect(Object.keys(parameters)).toEqual(['w'])
    const loss = (p: typeof parameters, x: Tensor) => sum(forward(p, x))
    const gradient = grad(loss, { disconnected: 'zeros' })
    for (const f of [gradient, compile(gradient)]) {
      expect(f(parameters, vector(1, 4)).w.data).toEqual(Float32Array.of(1, 4))
      expect(f(parameters, vector(-1, -4)).w.data).toEqual(Float32Array.of(0, 0))
    }
  })

  test('that are never taken may fail', () => {
    const { forward } = fromONNX(
      model({
        initializer: [
          { name: 'yes', data_type: dataTypes.BOOL, int32_data: [1] },
          int64('five', [5n]),
          stored('c', [1]),
        ],
        node: [
          node('If', ['yes'], ['y'], {
            attribute: [
              body('then_branch', branch('Neg', ['x'], 'a')),
              body('else_branch', branch('Gather', ['c', 'five'], 'b')),
            ],
          }),
        ],
      }),
      { parameters: () => false },
    )
    expect(forward({}, vector(1, 2)).data).toEqual(Float32Array.of(-1, -2))
  })

  test('with nodes without a counterpart are part of the one error', () => {
    const unknown = (output: string) => branch('Unheard', ['x'], output)
    const graph = { node: [node('If', ['x'], ['y'], { attribute: [body('then_branch', unknown('a')), body('else_branch', unknown('b'))] })] } // prettier-ignore
    expect(messageOf(() => fromONNX(model(graph)))).toContain("Unheard: 2 ('Unheard-a', 'Unheard-b')")
  })

  test('with another number of results are damaged', () => {
    const graph = { node: [node('If', ['x'], ['y', 'z'], { attribute: [body('then_branch', branch('Neg', ['x'], 'a')), body('else_branch', branch('Neg', ['x'], 'b'))] })] } // prettier-ignore
    expect(messageOf(() => fromONNX(model(graph)))).toContain('0 inputs and 2 outputs of a body of')
  })
})

describe('a loop until a bound of data', () => {
  const f = (x: Tensor) => whileLoop((h: Tensor) => less(max(h), 100), (h: Tensor) => h.mul(x), x, { maxSteps: 20 }).value // prettier-ignore
  const { forward } = fromONNX(exportInference(f, vector(2, 3)))

  test('has its values and gradients, also compiled', () => {
    const loss = (x: Tensor) => sum(forward({}, x))
    for (const x of [vector(2, 3), vector(200, 1), vector(1, 1.5)]) {
      expect(forward({}, x).data).toEqual(f(x).data)
      expect(compile((x: Tensor) => forward({}, x))(x).data).toEqual(f(x).data)
      const want = grad((x: Tensor) => sum(f(x)))(x).data
      expect(grad(loss)(x).data).toEqual(want)
      expect(compile(grad(loss))(x).data).toEqual(want)
    }
  })

  test('that stacks rows works outside of traces', () => {
    // Doubles x while its sum is below 20, and stacks what it had.
    const step: GraphProto = {
      input: [info('i', [], dataTypes.INT64), info('c', [], dataTypes.BOOL), info('h', ['n'])],
      node: [
        node('Add', ['h', 'h'], ['next']),
        node('ReduceSum', ['next'], ['total'], { attribute: [attribute('keepdims', 0n)] }),
        node('Less', ['total', 'bound'], ['goes_on']),
        node('Identity', ['h'], ['row']),
      ],
      output: [info('goes_on', [], dataTypes.BOOL), info('next', ['n']), info('row', ['n'])],
    }
    const bytes = model({
      output: [info('rows', ['k', 'n'])],
      initializer: [stored('bound', [20], [])],
      node: [node('Loop', ['', '', 'x'], ['last', 'rows'], { attribute: [body('body', step)] })],
    })
    const { forward } = fromONNX(bytes)
    const rows = forward({}, vector(1, 4))
    expect([rows.shape, rows.data]).toEqual([[2, 2], Float32Array.of(1, 4, 2, 8)])
    expect(grad((x: Tensor) => sum(forward({}, x)))(vector(1, 4)).data).toEqual(Float32Array.of(3, 3))
    expect(messageOf(() => compile((x: Tensor) => forward({}, x))(vector(1, 4)))).toContain(
      'stacks as many rows as it takes steps',
    )
  })
})

test('uint32 is known to bits alone', () => {
  const toUnsigned = node('Cast', ['x'], ['u'], { attribute: [attribute('to', BigInt(dataTypes.UINT32))] })
  const input = [info('x', ['n'], dataTypes.INT32)]
  const int32 = (...values: number[]) => tensor(values, { dtype: 'int32' })
  const added = fromONNX(model({ input, node: [toUnsigned, node('Add', ['u', 'u'], ['y'])] }))
  expect(messageOf(() => added.forward({}, int32(1)))).toContain("input 0 of node 'Add-y' (Add) is uint32")
  const shifted = fromONNX(model({ input, node: [node('BitShift', ['x', 'x'], ['y'], { attribute: [attribute('direction', 'LEFT')] })] })) // prettier-ignore
  expect(messageOf(() => shifted.forward({}, int32(1)))).toContain('is no result of a cast to uint32')
  const floats = fromONNX(model({ node: [toUnsigned], output: [info('u', ['n'], dataTypes.UINT32)] }))
  expect(messageOf(() => floats.forward({}, vector(1)))).toContain('only integers become uint32 here')
})
