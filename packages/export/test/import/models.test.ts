import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compile, grad, mapTree, sum, type Tensor, vmap } from '@cotangent/core'
import { fromONNX } from '@cotangent/export'
import { open } from '@cotangent/io'
import { describe, expect, test } from 'vitest'
import { decodeModel, encodeModel } from '../../src/onnx/proto/tables'

// PyTorch's own models, from both of its exporters: scripts/references/onnx_models.py.
const names = [
  'mlp',
  'mlp-13',
  'convolutional',
  'residual',
  'residual-fused',
  'encoder',
  'decoder',
  'decoder-22',
  'lstm',
  'lstm-14',
  'gru',
  'gru-21',
]
const folder = join(import.meta.dirname, '..', 'fixtures')
const bytesOf = (name: string) => readFileSync(join(folder, `${name}.onnx`))

/** What PyTorch computed in float64, from the float32 numbers of the file. */
async function expected(name: string): Promise<Map<string, Tensor>> {
  const file = await open(readFileSync(join(folder, `${name}.safetensors`)))
  return new Map(await Promise.all(file.names.map(async (key) => [key, await file.tensor(key)] as const)))
}

/** The largest difference, in units of the largest element. */
function distance(a: Tensor, b: Tensor): number {
  expect(a.shape).toEqual(b.shape)
  const scale = Math.max(...Array.from(b.data, Math.abs))
  return Math.max(...Array.from(a.data, (value, i) => Math.abs(value - b.data[i]))) / scale
}

// The rounding of float32. In float64 nothing is rounded to it, except the constants of a file: the ε of a
// normalization, the factor of attention, 1 / √2. Each of the fewer than 16 moves a result by about one rounding.
const u = 2 ** -24
const inFloat64 = 16 * u
// In float32 each result is also rounded. The longest path from input to loss, there and back, has fewer than 64
// operations, with sums of at most 64 terms, which are pairwise: 6 roundings each.
const inFloat32 = 64 * 6 * u

const asFloat32 = (x: Tensor): Tensor => (x.dtype === 'float64' ? x.astype('float32') : x)
const asFloat64 = (x: Tensor): Tensor => (x.dtype === 'float32' ? x.astype('float64') : x)

describe.each(names)('%s', (name) => {
  const { forward, parameters, inputs, outputs } = fromONNX(bytesOf(name))
  const loss = (p: typeof parameters, x: Tensor, cotangent: Tensor) => sum(forward(p, x).mul(cotangent))

  test('has one input and one output', () => {
    expect([inputs.map((each) => each.name), outputs.map((each) => each.name)]).toEqual([['x'], ['y']])
  })

  test('has the bytes of the exporter in both directions', () => {
    expect(Buffer.compare(encodeModel(decodeModel(bytesOf(name))), bytesOf(name))).toBe(0)
  })

  test.each([
    ['float64', asFloat64, inFloat64],
    ['float32', asFloat32, inFloat32],
  ] as const)('has the values and gradients of PyTorch in %s', async (_, convert, tolerance) => {
    const truth = await expected(name)
    const at = (key: string) => convert(truth.get(key)!)
    const p = mapTree(convert, parameters)
    const x = at('input.x')
    expect(distance(forward(p, x), truth.get('output')!)).toBeLessThan(tolerance)
    const gradients = grad(loss)(p, x, at('cotangent'))
    const keys = [...truth.keys()].filter((key) => key.startsWith('parameter.'))
    expect(truth.has('gradient.x') || keys.length > 0).toBe(true)
    for (const key of keys)
      expect(distance(gradients[key.slice('parameter.'.length)], truth.get(key)!), key).toBeLessThan(tolerance)
    if (x.dtype !== 'int32') {
      const gradient = grad((x: Tensor) => loss(p, x, at('cotangent')))(x)
      expect(distance(gradient, truth.get('gradient.x')!)).toBeLessThan(tolerance)
    }
  })

  test('has the same bits compiled, and for each example of a batch', async () => {
    const x = asFloat32((await expected(name)).get('input.x')!)
    const y = forward(parameters, x)
    expect(compile(forward)(parameters, x).data).toEqual(y.data)
    const batch = vmap((x: Tensor) => forward(parameters, x))(x.reshape([1, ...(x.shape as number[])]))
    expect(batch.data).toEqual(y.data)
  })
})
