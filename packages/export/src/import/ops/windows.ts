import * as ct from '@cotangent/core'
import type { Tensor } from '@cotangent/core'
import { ExportError } from '../../errors'
import { type NodeView, operator, type Operator, type Operators, plain } from '../node'

const layouts = ['NCW', 'NCHW', 'NCDHW'] as const
const convolutions: readonly unknown[] = [ct.conv1d, ct.conv2d, ct.conv3d]
const transposes: readonly unknown[] = [ct.convTranspose1d, ct.convTranspose2d, ct.convTranspose3d]
type Convolve = (x: Tensor, w: Tensor, options: object) => Tensor

/** The number of spatial axes, which stand after those of examples and channels. */
function spatialRank(x: Tensor, label: string): number {
  const count = x.rank - 2
  if (count < 1 || count > 3)
    throw new ExportError('onnx-rank', `${label} takes 1 to 3 spatial axes, got x of shape [${x.shape.join(', ')}]`)
  return count
}

/** The attributes that convolutions and pools share. */
function windowAttributes(node: NodeView) {
  return {
    label: node.label,
    size: node.ints('kernel_shape'),
    strides: node.ints('strides'),
    dilations: node.ints('dilations'),
    pads: node.ints('pads'),
    autoPad: node.choice('auto_pad', 'NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'),
  }
}

type WindowAttributes = ReturnType<typeof windowAttributes>
type Widths = readonly [before: number, after: number]

/** The parts of a total padding. An odd one has one more at the end for SAME_UPPER, else at the beginning. */
function halves(total: number, upper: boolean): Widths {
  const less = Math.floor(total / 2)
  return upper ? [less, total - less] : [total - less, less]
}

/** The windows along each spatial axis: `reach` elements from the first to the last of a window. */
function windowsAlong(attributes: WindowAttributes, x: Tensor, kernel: readonly number[]) {
  const { strides, dilations, pads, autoPad, size: stated } = attributes
  const count = spatialRank(x, attributes.label)
  const isSized = (list: readonly number[] | undefined, length: number) => list === undefined || list.length === length
  const fits = [strides, dilations, kernel, stated].every((list) => isSized(list, count)) && isSized(pads, 2 * count)
  if (!fits || (stated !== undefined && kernel.some((each, axis) => each !== stated[axis])))
    throw new ExportError(
      'onnx-windows',
      `${attributes.label} expected a kernel, strides, dilations and pads for ${count} spatial axes, got ` +
        `kernel [${kernel.join(', ')}], strides [${strides?.join(', ')}], dilations [${dilations?.join(', ')}], ` +
        `pads [${pads?.join(', ')}] and kernel_shape [${stated?.join(', ')}]; export the model again`,
    )
  return kernel.map((size, axis) => {
    const [stride, dilation] = [strides?.[axis] ?? 1, dilations?.[axis] ?? 1]
    const reach = (size - 1) * dilation + 1
    const length = x.shape[axis + 2] as number
    const missing = Math.max(0, (Math.ceil(length / stride) - 1) * stride + reach - length)
    const given: Widths = [pads?.[axis] ?? 0, pads?.[axis + kernel.length] ?? 0]
    const isSame = autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER'
    const padding = isSame ? halves(missing, autoPad === 'SAME_UPPER') : autoPad === 'VALID' ? ([0, 0] as const) : given
    return { stride, dilation, reach, length, padding }
  })
}

type WindowAxis = ReturnType<typeof windowsAlong>[number]

/** Elements beyond the padding that the last window reaches if their number is rounded up. It starts before them. */
function beyond({ stride, reach, length, padding: [before, after] }: WindowAxis): number {
  const padded = length + before + after
  const count = Math.ceil((padded - reach) / stride) + 1
  const kept = (count - 1) * stride >= length + before ? count - 1 : count
  return Math.max(0, (kept - 1) * stride + reach - padded)
}

const withBias = (y: Tensor, bias: Tensor | undefined, count: number): Tensor =>
  bias === undefined ? y : ct.add(y, bias.reshape([-1, ...Array.from({ length: count }, () => 1)]))

const convolution: Operator = operator([2, 3], (node) => {
  const attributes = windowAttributes(node)
  const groups = node.int('group', 1)
  return (given) => {
    const [x, w] = [given.tensor(0), given.tensor(1)]
    const count = spatialRank(x, node.label)
    const windows = windowsAlong(attributes, x, w.shape.slice(2) as number[])
    const y = (convolutions[count - 1] as Convolve)(x, w, {
      stride: windows.map(({ stride }) => stride),
      dilation: windows.map(({ dilation }) => dilation),
      padding: windows.map(({ padding }) => padding),
      groups,
      layout: layouts[count - 1],
    })
    return withBias(y, given.optional(2), count)
  }
})

const transposed: Operator = operator([2, 3], (node) => {
  const attributes = windowAttributes(node)
  const groups = node.int('group', 1)
  const [outputPadding, outputShape] = [node.ints('output_padding'), node.ints('output_shape')]
  const { autoPad } = attributes
  const isSame = autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER'
  return (given) => {
    const [x, w] = [given.tensor(0), given.tensor(1)]
    const count = spatialRank(x, node.label)
    const windows = windowsAlong(attributes, x, w.shape.slice(2) as number[])
    const y = (transposes[count - 1] as Convolve)(x, w, {
      stride: windows.map(({ stride }) => stride),
      dilation: windows.map(({ dilation }) => dilation),
      padding: windows.map(({ stride, reach, length, padding }, axis) => {
        const wanted = outputShape?.[axis] ?? (isSame ? length * stride : undefined)
        if (wanted === undefined) return padding
        const total = stride * (length - 1) + (outputPadding?.[axis] ?? 0) + reach - wanted
        if (total < 0)
          throw new ExportError(
            'onnx-output-shape',
            `${node.label} asks for ${wanted} elements along spatial axis ${axis}, ${-total} more than its windows reach; ` +
              'export it with output_padding',
          )
        return halves(total, autoPad === 'SAME_UPPER')
      }),
      outputPadding: windows.map((_, axis) => outputPadding?.[axis] ?? 0),
      groups,
      layout: layouts[count - 1],
    })
    return withBias(y, given.optional(2), count)
  }
})

const pooling = (
  pool: (x: Tensor, size: readonly number[], options: object) => Tensor,
  further: (node: NodeView) => { readonly countsPadding: boolean },
): Operator =>
  operator(1, (node) => {
    const attributes = windowAttributes(node)
    const size = attributes.size ?? []
    const isCeil = node.flag('ceil_mode', false)
    const { countsPadding } = further(node)
    return (given) => {
      const x = given.tensor(0)
      const count = spatialRank(x, node.label)
      const windows = windowsAlong(attributes, x, size)
      const extra = windows.map((window) => (isCeil ? beyond(window) : 0))
      // Zeros that count are elements; what lies beyond them never counts.
      const widths: readonly Widths[] = windows.map(({ padding }) => padding)
      const padded = countsPadding ? ct.pad(x, [[0, 0], [0, 0], ...widths]) : x
      return pool(padded, size, {
        stride: windows.map(({ stride }) => stride),
        dilation: windows.map(({ dilation }) => dilation),
        padding: widths.map(([before, after], axis) =>
          countsPadding ? [0, extra[axis]] : [before, after + extra[axis]],
        ),
        layout: layouts[count - 1],
      })
    }
  })

const spatialAxes = (x: Tensor) => x.shape.map((_: number, axis: number) => axis).slice(2) as number[]

/** Convolutions and pools, channels first. */
export const windows: Operators = {
  Conv: convolution,
  ConvTranspose: transposed,
  MaxPool: pooling(ct.maxPool as never, (node) => {
    // The order of the second output, which is not supported.
    node.ignore('storage_order')
    return { countsPadding: false }
  }),
  AveragePool: pooling(ct.averagePool as never, (node) => ({ countsPadding: node.flag('count_include_pad', false) })),
  GlobalAveragePool: plain(1, (x) => ct.mean(x, { axis: spatialAxes(x), keepDims: true })),
  GlobalMaxPool: plain(1, (x) => ct.max(x, { axis: spatialAxes(x), keepDims: true })),
}
