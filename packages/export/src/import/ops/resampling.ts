import * as ct from '@cotangent/core'
import type { Tensor } from '@cotangent/core'
import { ExportError } from '../../errors'
import { type Inputs, type NodeView, operator, type Operators } from '../node'
import { fromStart, sized } from '../values'

/** The elements at positions along an axis. */
const picked = (x: Tensor, positions: readonly number[], axis: number): Tensor =>
  ct.take(x, ct.tensor(Int32Array.from(positions)), { axis })

const modulo = (i: number, n: number) => ((i % n) + n) % n

/** The position from which an element beyond the ends of `size` elements is taken. */
const outside = {
  edge: (i: number, size: number) => Math.min(Math.max(i, 0), size - 1),
  reflect: (i: number, size: number) => {
    if (size === 1) return 0
    const folded = modulo(i, 2 * size - 2)
    return folded < size ? folded : 2 * size - 2 - folded
  },
  wrap: modulo,
}

/** Where the middle of an element of the result lies in `x`. */
const coordinates = {
  half_pixel: (i: number, scale: number) => (i + 0.5) / scale - 0.5,
  pytorch_half_pixel: (i: number, scale: number, _: number, count: number) => (count > 1 ? (i + 0.5) / scale - 0.5 : 0),
  asymmetric: (i: number, scale: number) => i / scale,
  align_corners: (i: number, _: number, size: number, count: number) =>
    count > 1 ? (i * (size - 1)) / (count - 1) : 0,
} as const

const roundings = {
  round_prefer_floor: (at: number) => Math.ceil(at - 0.5),
  round_prefer_ceil: (at: number) => Math.floor(at + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
} as const

/** The factor and the new size of each axis that changes. */
function scalesOf(node: NodeView, given: Inputs, x: Tensor, listed: readonly number[] | undefined) {
  const axes = (listed ?? (x.shape as number[]).map((_, axis) => axis)).map((axis) =>
    fromStart(axis, x.rank, node.label),
  )
  const [scales, sizes] = [given.optionalNumbers(2) ?? [], given.optionalNumbers(3) ?? []]
  if (scales.length + sizes.length !== axes.length)
    throw new ExportError('onnx-resize', `${node.label} expected a scale or a size for each of ${axes.length} axes, got ${scales.length} and ${sizes.length}; export the model again`) // prettier-ignore
  return axes.map((axis, i) => {
    const size = x.shape[axis] as number
    const [count] = sized([sizes[i] ?? Math.floor(size * scales[i])], node.label)
    return { axis, size, count, scale: scales[i] ?? count / size }
  })
}

/** Elements beyond the ends, and other numbers of elements. */
export const resampling: Operators = {
  Pad: operator(
    [2, 4],
    (node) => {
      const mode = node.choice<'constant' | keyof typeof outside>('mode', 'constant', 'reflect', 'edge', 'wrap')
      return (given) => {
        const x = given.tensor(0)
        const pads = given.numbers(1)
        const axes = given.optionalNumbers(3) ?? (x.shape as number[]).map((_, axis) => axis)
        const widths: [number, number][] = x.shape.map(() => [0, 0])
        axes.forEach((axis, i) => (widths[fromStart(axis, x.rank, node.label)] = [pads[i], pads[i + axes.length]]))
        sized(widths.map(([before, after], axis) => x.shape[axis] + before + after), node.label) // prettier-ignore
        if (mode === 'constant') {
          // Negative widths take elements away.
          const kept = widths.map(([before, after], axis): [number, number] => [
            Math.max(0, -before),
            x.shape[axis] - Math.max(0, -after),
          ])
          const added = widths.map(([before, after]): [number, number] => [Math.max(0, before), Math.max(0, after)])
          return ct.pad(ct.slice(x, ...kept), added, given.optionalNumbers(2)?.[0] ?? 0)
        }
        return widths.reduce<Tensor>((y, [before, after], axis) => {
          if (before === 0 && after === 0) return y
          const size = x.shape[axis] as number
          const positions = Array.from({ length: size + before + after }, (_, i) => outside[mode](i - before, size))
          return picked(y, positions, axis)
        }, x)
      }
    },
    { constants: [2] },
  ),
  Resize: operator(
    [1, 4],
    (node) => {
      const mode = node.choice('mode', 'nearest', 'linear')
      const place =
        coordinates[
          node.choice<keyof typeof coordinates>(
            'coordinate_transformation_mode',
            'half_pixel',
            'pytorch_half_pixel',
            'asymmetric',
            'align_corners',
          )
        ]
      const rounded =
        roundings[
          node.choice<keyof typeof roundings>(
            'nearest_mode',
            'round_prefer_floor',
            'round_prefer_ceil',
            'floor',
            'ceil',
          )
        ]
      const listed = node.ints('axes')
      node.choice('keep_aspect_ratio_policy', 'stretch')
      // These concern the cubic and the cropping mode.
      node.ignore('cubic_coeff_a', 'exclude_outside', 'extrapolation_value')
      if (!node.flag('antialias', false)) node.ignore('antialias')
      return (given) =>
        scalesOf(node, given, given.tensor(0), listed).reduce<Tensor>((y, { axis, size, count, scale }) => {
          if (count === size && scale === 1) return y
          const inside = (at: number) => Math.min(Math.max(at, 0), size - 1)
          const places = Array.from({ length: count }, (_, i) => place(i, scale, size, count))
          if (mode === 'nearest') return picked(y, places.map(rounded).map(inside), axis)
          const low = places.map((at) => Math.floor(at))
          const share = ct
            .tensor(Float64Array.from(places, (at, i) => at - low[i]))
            .astype(y.dtype)
            .reshape([count, ...y.shape.slice(axis + 1).map(() => 1)])
          const [before, after] = [0, 1].map((next) => picked(y, low.map((at) => inside(at + next)), axis)) // prettier-ignore
          return ct.add(ct.mul(before, ct.sub(1, share)), ct.mul(after, share))
        }, given.tensor(0))
    },
    { constants: [1, 2] },
  ),
  DepthToSpace: operator(1, (node) => {
    const block = node.int('blocksize')
    const isColumnsFirst = node.choice('mode', 'DCR', 'CRD') === 'CRD'
    return (given) => {
      const x = given.tensor(0)
      const [n, channels, height, width] = x.shape as number[]
      const depth = channels / block ** 2
      const apart = isColumnsFirst ? [depth, block, block] : [block, block, depth]
      const order = isColumnsFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]
      const blocks = ct.transpose(x.reshape([n, ...apart, height, width]), order)
      return blocks.reshape([n, depth, height * block, width * block])
    }
  }),
  SpaceToDepth: operator(1, (node) => {
    const block = node.int('blocksize')
    return (given) => {
      const x = given.tensor(0)
      const [n, channels, height, width] = x.shape as number[]
      const [rows, columns] = [height / block, width / block]
      const blocks = x.reshape([n, channels, rows, block, columns, block])
      return ct.transpose(blocks, [0, 3, 5, 1, 2, 4]).reshape([n, channels * block ** 2, rows, columns])
    }
  }),
}
