import { checkGradients } from '@cotangent/check'
import {
  compile,
  expandDims,
  grad,
  key,
  mapTree,
  type Path,
  squeeze,
  sum,
  tensor,
  type Tensor,
  treeParameters,
  vmap,
} from '@cotangent/core'
import * as nn from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { needSameBits } from '../../../core/test/backends/same-bits'
import {
  convolution,
  type Grid,
  groupNormalization,
  lastNormalization,
  lookup,
  pooling,
  transposedConvolution,
} from './equations'

// Each layer against its equation in plain loops (equations.ts), over drawn sizes.

const options = { key: key(1), dtype: 'float64' } as const

const numbers = (shape: readonly number[], salt: number): Tensor => {
  const size = shape.reduce((product, each) => product * each, 1)
  const values = Float64Array.from({ length: size }, (_, i) => ((i * 37 + salt * 11) % 101) / 32 - 1.5)
  return tensor(values, { shape: [...shape] })
}

/** The layer with other numbers. */
const filled = <L>(layer: L): L =>
  mapTree((leaf: Tensor, path: Path) => numbers(leaf.shape, String(path[0]).length), layer)

const grid = (x: Tensor): Grid => ({ shape: x.shape as number[], data: Array.from(x.data) })

function needNear(actual: Tensor, { shape, data }: Grid): void {
  expect(actual.shape).toEqual(shape)
  const scale = Math.max(1, ...data.map(Math.abs))
  // A hundred roundings of sums of up to a hundred terms.
  data.forEach((each, i) => expect(Math.abs(actual.data[i] - each)).toBeLessThanOrEqual(1e-12 * scale))
}

interface Layer {
  forward(x: Tensor): Tensor
}

/** Each example of a batch alone gives what the batch gives, and compiled code gives the same bits. */
function needTransforms(layer: Layer, x: Tensor): void {
  const y = layer.forward(x)
  const inputs = [layer, x] as const
  const f = (l: Layer, a: Tensor) => l.forward(a)
  needSameBits('compiled', [compile(f)(...inputs)], [y])
  const each = vmap((row: Tensor) => squeeze(layer.forward(expandDims(row, 0)), 0) as Tensor)(x)
  expect(each.shape).toEqual(y.shape)
  y.data.forEach((value, i) =>
    expect(Math.abs(each.data[i] - value)).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(value))),
  )
}

const small = fc.integer({ min: 1, max: 3 })
const runs = { numRuns: 6 }

describe('convolutions', () => {
  const drawn = fc.record({
    batch: fc.integer({ min: 1, max: 2 }),
    groups: fc.constantFrom(1, 1, 2),
    inputs: small,
    outputs: small,
    size: fc.tuple(small, small),
    stride: fc.tuple(small, small),
    dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    padding: fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
    extra: fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 })),
    hasBias: fc.boolean(),
  })

  it('are their equation, in both layouts, and a layer along one axis is one with a single row', () => {
    fc.assert(
      fc.property(drawn, ({ batch, groups, inputs, outputs, hasBias: bias, extra, size, ...windows }) => {
        const { dilation } = windows
        const [height, width] = [0, 1].map((i) => dilation[i] * (size[i] - 1) + 1 + extra[i])
        const given = { ...options, ...windows, groups, bias } as const
        const layer = filled(nn.convolutional2d(inputs * groups, outputs * groups, size, given))
        const x = numbers([batch, height, width, inputs * groups], 1)
        const kernel = { weight: grid(layer.weight as Tensor), bias: layer.bias && Array.from(layer.bias.data) }
        needNear(layer.forward(x), convolution(grid(x), kernel, { ...windows, groups }))
        needTransforms(layer as Layer, x)
        const first = new nn.Conv2d(layer.weight, layer.bias, { ...windows, groups, layout: 'NCHW' })
        const moved = first.forward(x.transpose([0, 3, 1, 2])).transpose([0, 2, 3, 1]) as Tensor
        needNear(moved, grid(layer.forward(x)))
        const [along] = [1]
        const row = {
          stride: windows.stride[along],
          padding: windows.padding[along],
          dilation: dilation[along],
          groups,
        }
        const one = filled(nn.convolutional1d(inputs * groups, outputs * groups, size[1], { ...options, ...row, bias }))
        const weight = grid(expandDims(one.weight as Tensor, 2) as Tensor)
        const flat = { weight, bias: one.bias && Array.from(one.bias.data) }
        const lines = x.slice([0, batch], [0, 1]).reshape([batch, width, inputs * groups]) as Tensor
        const as2d = { stride: [1, row.stride], padding: [0, row.padding], dilation: [1, row.dilation], groups }
        const expected = convolution(grid(expandDims(lines, 1) as Tensor), flat, as2d)
        needNear(expandDims(one.forward(lines), 1) as Tensor, expected)
      }),
      runs,
    )
  })

  it('transposed are their equation, in both layouts', () => {
    fc.assert(
      fc.property(drawn, ({ batch, groups, inputs, outputs, hasBias: bias, extra, padding, size, ...windows }) => {
        const { dilation } = windows
        const pads = padding.map((each, i) => Math.min(each, Math.floor((dilation[i] * (size[i] - 1)) / 2)))
        const shared = { ...windows, padding: pads as [number, number], groups }
        const layer = filled(
          nn.transposedConvolutional2d(inputs * groups, outputs * groups, size, { ...options, ...shared, bias }),
        )
        const x = numbers([batch, 1 + extra[0], 1 + extra[1], inputs * groups], 1)
        const kernel = { weight: grid(layer.weight as Tensor), bias: layer.bias && Array.from(layer.bias.data) }
        needNear(layer.forward(x), transposedConvolution(grid(x), kernel, shared))
        needTransforms(layer as Layer, x)
        const first = new nn.ConvTranspose2d(layer.weight, layer.bias, { ...shared, layout: 'NCHW' })
        needNear(first.forward(x.transpose([0, 3, 1, 2])).transpose([0, 2, 3, 1]) as Tensor, grid(layer.forward(x)))
      }),
      runs,
    )
  })

  it('draw weights of the variance of their fans, whatever the groups', () => {
    const seen: number[][] = []
    const initializer: nn.Initializer = (_, shape, dtype) => {
      seen.push([...shape])
      return numbers(shape, 1).astype(dtype)
    }
    const given = { ...options, initializer, groups: 2 }
    const plain = nn.convolutional2d(4, 6, [2, 3], given)
    const transposed = nn.transposedConvolutional2d(4, 6, [2, 3], given)
    expect(seen).toEqual([
      [6, 2, 2, 3],
      [6, 2, 2, 3],
    ])
    expect([plain.weight.shape, transposed.weight.shape]).toEqual([
      [6, 2, 2, 3],
      [4, 3, 2, 3],
    ])
    // Input 3 is the second of the second group, output 4 the second of the same group.
    expect(transposed.weight.at(3, 1, 0, 2).item()).toBe(plain.weight.at(4, 1, 0, 2).item())
  })
})

describe('pools', () => {
  it('are their equations', () => {
    const drawn = fc.record({
      size: fc.tuple(small, small),
      stride: fc.tuple(small, small),
      extra: fc.tuple(small, small),
      channels: small,
    })
    fc.assert(
      fc.property(drawn, ({ size, stride, extra, channels }) => {
        const padding = size.map((each) => each >> 1) as [number, number]
        const x = numbers([2, size[0] + extra[0], size[1] + extra[1], channels], 1)
        const windows = { size, stride, padding }
        const most = nn.maxPooling(size, { stride, padding })
        const mean = nn.averagePooling(size, { stride, padding })
        needNear(
          most.forward(x),
          pooling(grid(x), windows, (each) => Math.max(...each)),
        )
        needNear(
          mean.forward(x),
          pooling(grid(x), windows, (each) => each.reduce((a, b) => a + b) / each.length),
        )
        needTransforms(most as Layer, x)
        needTransforms(mean as Layer, x)
      }),
      runs,
    )
  })
})

describe('normalizations', () => {
  it('are their equations', () => {
    const drawn = fc.record({
      batch: small,
      rows: small,
      per: small,
      groups: small,
      epsilon: fc.constantFrom(1e-5, 0.1),
    })
    fc.assert(
      fc.property(drawn, ({ batch, rows, per, groups, epsilon }) => {
        const channels = per * groups
        const x = numbers([batch, rows, channels], 3)
        const given = { epsilon, dtype: 'float64' } as const
        const layer = filled(nn.layerNorm([rows, channels], given))
        const rms = filled(nn.rmsNorm(channels, given))
        const group = filled(nn.groupNorm(groups, channels, given))
        const data = (leaf: Tensor<any> | null) => Array.from(leaf!.data)
        needNear(layer.forward(x), lastNormalization(grid(x), data(layer.weight), data(layer.bias), epsilon, true))
        needNear(rms.forward(x), lastNormalization(grid(x), data(rms.weight), null, epsilon, false))
        needNear(group.forward(x), groupNormalization(grid(x), data(group.weight), data(group.bias), groups, epsilon))
        const first = new nn.GroupNorm<number, 1>(groups, group.weight, group.bias, epsilon, 1)
        needNear(first.forward(x.transpose([0, 2, 1])).transpose([0, 2, 1]) as Tensor, grid(group.forward(x)))
        for (const each of [layer, rms, group, first].slice(0, 3)) needTransforms(each as unknown as Layer, x)
      }),
      runs,
    )
  })

  it('do not cancel far from 0', () => {
    const x = numbers([2, 64], 1)
    const y = nn.layerNorm(64, { dtype: 'float64' })
    needNearTo(y.forward(x.add(1e8)), y.forward(x), 1e-6)
    const far = nn.layerNorm(64).forward(x.add(1e4).astype('float32'))
    needNearTo(far.astype('float64'), y.forward(x), 2e-3)
  })
})

function needNearTo(actual: Tensor<any>, expected: Tensor<any>, tolerance: number): void {
  expect(actual.sub(expected).abs().max().item()).toBeLessThan(tolerance)
}

describe('embedding', () => {
  it('looks rows up, and trains all of them but that of padding', () => {
    const drawn = fc.record({ count: fc.integer({ min: 2, max: 6 }), features: small, seed: fc.nat(50) })
    fc.assert(
      fc.property(drawn, ({ count, features, seed }) => {
        const layer = nn.embedding(count, features, { ...options, padding: 1 })
        expect(Array.from(layer.weight.at(1).data).every((each) => each === 0)).toBe(true)
        const full = new nn.Embedding(numbers([count, features], 2) as Tensor<[number, number]>, 1)
        const places = Array.from({ length: 6 }, (_, i) => (i * 5 + seed) % count)
        const ids = tensor(Int32Array.from(places), { shape: [2, 3] })
        needNear(full.forward(ids), lookup(grid(full.weight as Tensor), places, [2, 3]))
        const { weight } = grad((l: nn.Embedding) => sum(l.forward(ids)))(full)
        const times = Array.from({ length: count }, (_, i) => (i === 1 ? 0 : places.filter((p) => p === i).length))
        expect(Array.from(weight.data)).toEqual(times.flatMap((n) => Array<number>(features).fill(n)))
        needTransforms(full as unknown as Layer, ids as Tensor)
      }),
      runs,
    )
  })
})

describe('residual', () => {
  const inner = () => nn.sequential(nn.dense(3, 3, options), nn.batchNorm(3, { dtype: 'float64' }), nn.dropout(0.5))
  const x = numbers([4, 3], 1) as Tensor<[4, 3]>

  it('adds its input, or a projection of it, and keeps the state of its layers', () => {
    const mode = nn.training(key(3))
    const block = nn.residual(inner())
    const [y, next] = block.forwardWithState(x, mode)
    const [alone, layers] = inner().forwardWithState(x, mode.fold(0))
    expect(String(y)).toBe(String(alone.add(x)))
    expect(next.inner.layers[1].statistics.count.item()).toBe(1)
    expect(String(next.forward(x, nn.evaluating))).toBe(String(layers.forward(x, nn.evaluating).add(x)))
    const projection = nn.dense(3, 3, options)
    expect(String(nn.residual(projection, { projection }).forward(x))).toBe(String(projection.forward(x).mul(2)))
    expect(treeParameters(block)).toHaveLength(4)
  })

  it('does not broadcast', () => {
    const wrong = nn.residual((a: Tensor) => sum(a, { axis: -1, keepDims: true }))
    expect(() => wrong.forward(x)).toThrow(expect.objectContaining({ code: 'residual-shape' }))
  })
})

describe('gradients', () => {
  it.each([
    ['convolution', nn.convolutional2d(2, 2, 2, { ...options, stride: 2, padding: 1 }), [1, 3, 4, 2]],
    ['transposed convolution', nn.transposedConvolutional1d(2, 2, 3, { ...options, stride: 2 }), [1, 3, 2]],
    ['layer normalization', nn.layerNorm(3, { dtype: 'float64' }), [2, 3]],
    ['RMS normalization', nn.rmsNorm(3, { dtype: 'float64' }), [2, 3]],
    ['group normalization', nn.groupNorm(2, 4, { dtype: 'float64' }), [2, 2, 4]],
    ['pooling', nn.averagePooling(2, { padding: 1 }), [1, 3, 3, 1]],
  ] as [string, Layer, number[]][])('of a %s agree with differences, in both orders', (_, layer, shape) => {
    const report = checkGradients(
      (l: Layer, a: Tensor) => sum(l.forward(a).mul(numbers(l.forward(a).shape, 5))),
      [filled(layer), numbers(shape, 1)],
    )
    expect(report.ok).toBe(true)
  })
})
