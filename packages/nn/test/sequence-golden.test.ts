// Layers of sequences with PyTorch's weights, under PyTorch's names: outputs, gradients and Hessian-vector products.

import { compile, gelu, grad, hvp, key, relu, sum, tensor, type Tensor, treeLeaves } from '@cotangent/core'
import { load, open, pytorchNames, toSafetensors } from '@cotangent/io'
import * as nn from '@cotangent/nn'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import golden from './golden/sequence-layers.json' with { type: 'json' }

interface Case {
  readonly name: string
  readonly arguments: readonly number[]
  readonly options: Readonly<Record<string, unknown>>
  readonly parameters: readonly (readonly [name: string, shape: readonly number[]])[]
  readonly inputs: readonly (readonly number[])[]
  readonly outputs: readonly { readonly shape: readonly number[]; readonly values: readonly number[] }[]
  readonly gradients: readonly (readonly number[])[]
  readonly products: readonly (readonly number[])[]
}

const cases = golden.filter(({ name }) => name !== 'file') as unknown as readonly Case[]
const names = pytorchNames(nn.pytorchLayers)
const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)
const filled = (shape: readonly number[], value: (i: number) => number): Tensor =>
  tensor(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => value(i)),
    { shape: [...shape] },
  )
const numbers = (shape: readonly number[], salt: number, scale: number) =>
  filled(shape, (i) => (((i * 37 + salt) % 509) / 254.5 - 1) * scale)

/** A layer with its inputs. */
interface Model {
  readonly layer: any
  readonly xs: readonly Tensor[]
}

type Outputs = (layer: any, ...xs: Tensor[]) => readonly Tensor[]

const ofCall = ['lengths', 'mask', 'keyMask', 'memoryMask', 'memoryKeyMask']
const activations = { relu, gelu }

/** The layer of a case with other weights, and its outputs in the order of the script. */
function layerOf({ name, arguments: given, options }: Case): readonly [layer: object, outputs: Outputs] {
  const fresh: Record<string, unknown> = { key: key(1), dtype: 'float64' }
  const call: Record<string, unknown> = {}
  for (const [option, value] of Object.entries(options))
    if (option === 'activation') fresh[option] = activations[value as 'relu']
    else if (!ofCall.includes(option)) fresh[option] = value
    else call[option] = tensor(value as number[], { dtype: option === 'lengths' ? 'int32' : 'bool' })
  const layer = (nn as unknown as Record<string, (...args: unknown[]) => object>)[name](...given, fresh)
  const outputs: Record<string, Outputs> = {
    multiHeadAttention: (m, q, k = q, v = k) => [m.attend(q, k, v, call)],
    transformerBlock: (m, x) => [m.run(x, call)],
    transformerDecoderBlock: (m, x, memory) => [m.run(x, memory, call)],
  }
  const run: Outputs = (m: Recurrent, x, ...state) => {
    const [y, final] = m.run(x, { ...call, ...(state.length > 0 && { state: name === 'lstm' ? state : state[0] }) })
    return [y, final].flat()
  }
  return [layer, outputs[name] ?? run]
}

interface Recurrent {
  run(x: Tensor, options: object): [Tensor, Tensor | readonly Tensor[]]
}

const labelled = cases.map((each, i) => [`${i} ${each.name} ${JSON.stringify(each.options)}`, each] as const)

describe('PyTorch, with its names of weights', () => {
  it.each(labelled)('%s', async (_, each) => {
    const [like, outputs] = layerOf(each)
    const { inputs, parameters } = each
    const loaded = async (values: readonly Tensor[]): Promise<Model> => {
      const file = Object.fromEntries(parameters.map(([name], k) => [name, values[inputs.length + k]]))
      return { layer: await load(toSafetensors(file), like, { names }), xs: values.slice(0, inputs.length) }
    }
    const weights = parameters.map(([, shape], k) => numbers(shape, 31 * k + 3, 0.6))
    const model = await loaded([...inputs.map((shape, k) => numbers(shape, 11 * k, 1.5)), ...weights])
    outputs(model.layer, ...model.xs).forEach((y, i) => {
      expect(y.shape).toEqual(each.outputs[i].shape)
      needNear(y, each.outputs[i].values)
    })

    const loss = ({ layer, xs }: Model): Tensor =>
      outputs(layer, ...xs)
        .map((y): Tensor => sum(y.mul(filled(y.shape, (i) => (((i * 7) % 11) - 5) / 4)).add(y.square().div(2))))
        .reduce((a, b) => a.add(b))
    const shapes = [...inputs, ...parameters.map(([, shape]) => shape)]
    const direction = await loaded(shapes.map((shape, k) => numbers(shape, 17 * k + 5, 0.5)))
    const gradients = grad(loss)(model)
    const all = [
      [gradients, each.gradients],
      [hvp(loss, model, direction), each.products],
    ] as const
    for (const [{ layer, xs }, expected] of all) {
      const stored = await open(toSafetensors(layer, { names }))
      xs.forEach((x, k) => needNear(x, expected[k]))
      for (const [k, [name]] of parameters.entries()) needNear(await stored.tensor(name), expected[inputs.length + k])
    }
    expect(treeLeaves(compile(grad(loss))(model)).map(({ data }) => data)).toEqual(
      treeLeaves(gradients).map(({ data }) => data),
    )
  })
})

it('a file that PyTorch wrote loads as it is, gives its outputs, and is written again to the same bytes', async () => {
  const { x, y } = golden.find(({ name }) => name === 'file') as unknown as { x: number[][][]; y: number[][][] }
  const own = { key: key(1) }
  const like = {
    lstm: nn.lstm(3, 2, { ...own, layers: 2, bidirectional: true }),
    gru: nn.gru(4, 4, own),
    attention: nn.multiHeadAttention(4, 2, own),
    block: nn.transformerBlock(4, 2, { ...own, hidden: 6 }),
  }
  const bytes = new Uint8Array(readFileSync(new URL('golden/sequence-layers.safetensors', import.meta.url)))
  const { lstm, gru, attention, block } = await load(bytes, like, { names })
  const found = nn.sequential(lstm, gru, attention, block).forward(tensor(x).expectShape([2, 5, 3]))
  // Four layers, whose sums have at most twenty terms of size at most 2.
  const far = y.flat(2).map((value, i) => Math.abs(value - found.data[i]))
  expect(Math.max(...far)).toBeLessThan(4 * 20 * 2 * 2 ** -24)
  expect(toSafetensors({ lstm, gru, attention, block }, { names })).toEqual(bytes)
})

/** Equal within 1e-11 of the largest number: a hundred roundings of sums of up to a hundred terms. */
function needNear(actual: Tensor, expected: readonly number[]): void {
  const scale = expected.reduce((most, each) => Math.max(most, Math.abs(each)), 1)
  const far = Array.from(actual.data).findIndex((each, i) => !(Math.abs(each - expected[i]) <= 1e-11 * scale))
  expect(far < 0 ? null : { at: far, actual: actual.data[far], expected: expected[far] }).toBeNull()
}
