import { key, tensor, type Tensor, zeros } from '@cotangent/core'
import { load, open, type PytorchLayer, pytorchNames, toSafetensors } from '@cotangent/io'
import {
  BatchNorm,
  batchNorm,
  Dense,
  dense,
  evaluating,
  pytorchLayers,
  RunningStatistics,
  sequential,
  sigmoid,
} from '@cotangent/nn'
import { describe, expect, it } from 'vitest'
import { bytesOf, errorOf, figures, fixture, identity, withHeader } from './fixtures'

const names = pytorchNames(pytorchLayers)
const like = () => sequential(dense(3, 4, { key: key(1) }), sigmoid, dense(4, 2, { key: key(2) }))
const { x, y64 } = figures<{ x: [number, number, number][]; y64: number[][] }>('network.json')

describe('the names of PyTorch', () => {
  it('load a network as it is, which gives the outputs of PyTorch', async () => {
    const net = await load(fixture('network.safetensors'), like(), { names })
    const y = net.forward(tensor(x)).data
    const last = y64.flat()
    // Two layers with sums of at most five terms each, of size at most 2. An error of 16 roundings of 2^-24 is far
    // above.
    last.forEach((value, i) => expect(Math.abs(y[i] - value)).toBeLessThan(16 * 2 * 2 ** -24))
  })

  it('save a network to the bytes that PyTorch wrote', async () => {
    const net = await load(fixture('network.safetensors'), like(), { names })
    expect(toSafetensors(net, { names })).toEqual(bytesOf('network.safetensors'))
  })

  it('name the rest by its path, below a prefix', async () => {
    const model = { encoder: like(), scale: tensor(2), blocks: [{ bias: tensor([1]) }] }
    const file = await open(toSafetensors(model, { names: pytorchNames(pytorchLayers, { prefix: 'model.' }) }))
    expect([...file.names].sort()).toEqual(
      ['blocks.0.bias', 'encoder.0.bias', 'encoder.0.weight', 'encoder.2.bias', 'encoder.2.weight', 'scale'].map(
        (name) => `model.${name}`,
      ),
    )
  })

  it('list what a model of another size lacks', async () => {
    const other = sequential(dense(3, 5, { key: key(1) }), sigmoid, dense(5, 2, { key: key(2) }), dense(2, 2, { key: key(3) })) // prettier-ignore
    const { message } = await errorOf(() => load(fixture('network.safetensors'), other, { names }))
    expect(message).toContain("missing: '3.weight', float32[2, 2] for layers[3].weight")
    expect(message).toContain("wrong shape: '0.weight', expected [5, 3], got [4, 3]")
  })
})

describe('a network with running statistics, in a file of a wrapped module', () => {
  const table: readonly PytorchLayer[] = [
    { layer: BatchNorm, names: { statistics: '' } },
    {
      layer: RunningStatistics,
      names: { mean: 'running_mean', variance: 'running_var', count: 'num_batches_tracked' },
    },
    ...pytorchLayers,
  ]
  const normed = () => sequential(dense(3, 4, { key: key(1) }), batchNorm(4), dense(4, 2, { key: key(2) }))
  const figure = figures<{ x: [number, number, number][]; y64: number[][] }>('wrapped.json')
  const ofModule = { names: pytorchNames(table, { prefix: 'module.' }) }

  it('loads with its prefix, and gives the outputs of PyTorch', async () => {
    const net = await load(fixture('wrapped.safetensors'), normed(), ofModule)
    const y = net.forward(tensor(figure.x), evaluating).data
    // As above; the normalization divides by standard deviations of about 1.
    figure.y64.flat().forEach((value, i) => expect(Math.abs(y[i] - value)).toBeLessThan(32 * 2 * 2 ** -24))
  })

  it('reads the counter, an int64, as an int32 of equal value', async () => {
    const file = await open(fixture('wrapped.safetensors'))
    expect(file.info('module.1.num_batches_tracked')).toMatchObject({ stored: 'I64', shape: [] })
    await file.close()
    const net = await load(fixture('wrapped.safetensors'), normed(), ofModule)
    expect([net.layers[1].statistics.count.dtype, net.layers[1].statistics.count.item()]).toEqual(['int32', 3])
  })

  it('refuses a counter that int32 does not hold', async () => {
    const counter = (value: bigint) =>
      withHeader(
        '{"count":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}',
        Array.from(new Uint8Array(new BigInt64Array([value]).buffer)),
      )
    const like = { count: tensor(0, { dtype: 'int32' }) }
    for (const value of [0n, 2n ** 31n - 1n])
      expect((await load(counter(value), like)).count.item()).toBe(Number(value))
    for (const value of [2n ** 31n, -(2n ** 31n) - 1n, 2n ** 62n + 1n]) {
      const { message } = await errorOf(() => load(counter(value), like))
      expect(message).toContain(`wrong value: 'count', expected values that int32 holds exactly, got ${value}`)
    }
  })

  it('names the prefix that the file has', async () => {
    const { message } = await errorOf(() =>
      load(fixture('wrapped.safetensors'), normed(), { names: pytorchNames(table) }),
    )
    expect(message).toContain("missing: '0.weight'")
    expect(message).toContain("the file has the prefix 'module.' before these names; pass { names: pytorchNames(pytorchLayers, { prefix: 'module.' }) }") // prettier-ignore
  })
})

it.each(['pickled.pt', 'pickled-old.pth'])(
  'a file of torch.save is refused, with the command that converts it: %s',
  async (name) => {
    for (const call of [() => open(fixture(name)), () => load(fixture(name), like())]) {
      const { code, message } = await errorOf(call)
      expect(code).toBe('pickled-file')
      expect(message).toMatch(
        /this is a file of torch\.save.*python -c "import torch; from safetensors\.torch import save_file/,
      )
    }
  },
)

describe('a table of names', () => {
  class Conv {
    constructor(
      readonly kernel: Tensor,
      readonly scale: Tensor,
    ) {}
  }
  // [height, width, in, out] here, [out, in, height, width] in the file; a vector here, four axes in the file.
  const table = [
    {
      layer: Conv,
      names: {
        kernel: { name: 'weight', axes: [2, 3, 1, 0] },
        scale: { name: 'gamma', shape: ([n]: readonly number[]) => [1, n, 1, 1] },
      },
    },
    ...pytorchLayers,
  ]
  const counted = (shape: number[]): Tensor =>
    tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i),
      { shape },
    )
  const conv = new Conv(counted([2, 3, 4, 5]), counted([5]))

  it('reorders axes and shapes both ways', async () => {
    const bytes = toSafetensors({ conv }, { names: pytorchNames(table) })
    const file = await open(bytes)
    expect(file.info('conv.weight').shape).toEqual([5, 4, 2, 3])
    expect(file.info('conv.gamma').shape).toEqual([1, 5, 1, 1])
    const weight = await file.tensor('conv.weight')
    for (const [h, w, i, o] of [
      [1, 2, 3, 4],
      [0, 1, 2, 3],
      [1, 0, 0, 2],
    ])
      // prettier-ignore
      expect(weight.at(o, i, h, w).item()).toBe(conv.kernel.at(h, w, i, o).item())
    const back = await load(bytes, { conv: new Conv(zeros([2, 3, 4, 5]), zeros([5])) }, { names: pytorchNames(table) })
    expect(identity(back.conv.kernel)).toEqual(identity(conv.kernel))
    expect(identity(back.conv.scale)).toEqual(identity(conv.scale))
  })

  it('refuses axes that are no order', async () => {
    const wrong = pytorchNames([{ layer: Conv, names: { kernel: { name: 'weight', axes: [0, 0, 1, 2] } } }])
    const { code, message } = await errorOf(() => toSafetensors({ conv }, { names: wrong }))
    expect([code, message]).toEqual(['bad-layout', expect.stringContaining("for 'conv.weight'")])
    const sizes = pytorchNames([{ layer: Conv, names: { scale: { name: 's', shape: () => [4] } } }])
    expect((await errorOf(() => toSafetensors({ conv }, { names: sizes }))).code).toBe('bad-layout')
  })

  it('takes subclasses, and the first row that fits', async () => {
    class Special extends Dense {}
    const layer = new Special(zeros([1, 1]), zeros([1]))
    const file = await open(toSafetensors(layer, { names: pytorchNames([{ layer: Dense, names: { bias: 'b' } }]) }))
    expect(file.names).toEqual(['b', 'weight'])
  })
})
