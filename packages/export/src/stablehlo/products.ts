import type { Convolution, Roles } from '@cotangent/core/internal'
import { type Builder, list } from './builder'
import { type Operand, tensorType, tensorTypes } from './types'

type Shape = readonly number[]

/** `[...batch, m, k] x [...batch, k, n] -> [...batch, m, n]`. Lower precisions are the default of some devices. */
export function contracted(b: Builder, x: Operand, y: Operand): Operand {
  const rank = x.shape.length
  const batch = list(x.shape.slice(0, -2).map((_, axis) => axis))
  const shape = [...x.shape.slice(0, -1), y.shape[rank - 1]]
  const batching = rank > 2 ? ` batching_dims = ${batch} x ${batch},` : ''
  return b.one(
    `stablehlo.dot_general ${x.name}, ${y.name},${batching} contracting_dims = [${rank - 1}] x [${rank - 2}], ` +
      `precision = [HIGHEST, HIGHEST] : (${tensorTypes([x, y])}) -> ${tensorType({ shape, element: x.element })}`,
    shape,
    x.element,
  )
}

const total = (shape: Shape, axes: readonly number[]) => axes.reduce((product, axis) => product * shape[axis], 1)

/** An operand as `[first, ...]`: its axes in the order of the lists, with one axis for each list but the spatial one. */
function arranged(b: Builder, x: Operand, lists: readonly (readonly number[])[], space: readonly number[]): Operand {
  const ordered = b.transpose(x, [...lists.flat(), ...space])
  return b.reshape(ordered, [...lists.map((axes) => total(x.shape, axes)), ...space.map((axis) => x.shape[axis])])
}

/**
 * A convolution as one operation. StableHLO has one axis each for examples and channels, and keeps groups within the
 * channels; several axes of a role become one.
 */
export function convolved(b: Builder, given: Convolution, x: Operand, w: Operand, shape: Shape): Operand {
  const { stride, dilation, gaps, low, high } = given
  const groups = total(x.shape, given.x.group)
  const merged = ({ group, channel }: Roles) => [...group, ...channel]
  const left = arranged(b, x, [given.x.batch, merged(given.x)], given.x.space)
  const right = arranged(b, w, [[...given.w.group, ...given.w.batch], given.w.channel], given.w.space)
  const space = given.y.space.map((axis) => shape[axis])
  const result = { shape: [left.shape[0], right.shape[0], ...space], element: x.element }
  const numbers = (...names: string[]) => list([...names, ...space.keys()] as number[])
  const pads = low.map((before, i) => list([before, high[i]])).join(', ')
  const y = b.one(
    `stablehlo.convolution(${left.name}, ${right.name}) ` +
      `dim_numbers = ${numbers('b', 'f')}x${numbers('o', 'i')}->${numbers('b', 'f')}, ` +
      `window = {stride = ${list(stride)}, pad = [${pads}], lhs_dilate = ${list(gaps)}, rhs_dilate = ${list(dilation)}} ` +
      `{batch_group_count = 1 : i64, feature_group_count = ${groups} : i64, ` +
      'precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : ' +
      `(${tensorTypes([left, right])}) -> ${tensorType(result)}`,
    result.shape,
    result.element,
  )
  const order = [...given.y.batch, ...given.y.group, ...given.y.channel, ...given.y.space]
  const split = b.reshape(
    y,
    order.map((axis) => shape[axis]),
  )
  return b.transpose(
    split,
    shape.map((_, axis) => order.indexOf(axis)),
  )
}
