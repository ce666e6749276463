import type { Convolution, ConvolutionRoles } from '@cotangent/core'
import { type Builder, list } from './builder'
import { names, type Operand, tensorType, tensorTypes } from './types'

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

/** What axes are to a convolution: a letter or the number of a spatial axis, and the axes that have this role. */
type Role = readonly [name: string, axes: readonly number[]]

/** The roles in the order of the axes, where each role has neighbours; otherwise in the given order. */
function orderOf(roles: readonly Role[]): readonly Role[] {
  const areNeighbours = (axes: readonly number[]) => axes.every((axis, i) => axis === axes[0] + i)
  if (!roles.every(([, axes]) => areNeighbours(axes))) return roles
  return [...roles].sort(([, [a = -1]], [, [b = -1]]) => a - b)
}

/** An operand with one axis for each role, and the roles of its axes. */
function arranged(b: Builder, x: Operand, roles: readonly Role[]) {
  const order = orderOf(roles)
  const ordered = b.transpose(
    x,
    order.flatMap(([, axes]) => axes),
  )
  const operand = b.reshape(
    ordered,
    order.map(([, axes]) => total(x.shape, axes)),
  )
  return { operand, names: namesOf(order) }
}

const namesOf = (order: readonly Role[]) => `[${order.map(([name]) => name).join(', ')}]`

/**
 * A convolution as one operation. StableHLO has one axis each for examples and channels, and keeps groups within the
 * channels; several axes of a role become one.
 */
export function convolved(b: Builder, given: Convolution, x: Operand, w: Operand, shape: Shape): Operand {
  const { stride, dilation, gaps, low, high } = given
  const spaces = ({ space }: ConvolutionRoles) => space.map((axis, i): Role => [String(i), [axis]])
  const ofExamples = (roles: ConvolutionRoles): Role[] => [
    ['b', roles.batch],
    ['f', [...roles.group, ...roles.channel]],
    ...spaces(roles),
  ]
  const left = arranged(b, x, ofExamples(given.x))
  const right = arranged(b, w, [
    ['o', [...given.w.group, ...given.w.batch]],
    ['i', given.w.channel],
    ...spaces(given.w),
  ])
  const order = orderOf(ofExamples(given.y))
  const result = { shape: order.map(([, axes]) => total(shape, axes)), element: x.element }
  const operands = [left.operand, right.operand]
  const pads = low.map((before, i) => list([before, high[i]])).join(', ')
  const y = b.one(
    `stablehlo.convolution(${names(operands)}) dim_numbers = ${left.names}x${right.names}->${namesOf(order)}, ` +
      `window = {stride = ${list(stride)}, pad = [${pads}], lhs_dilate = ${list(gaps)}, rhs_dilate = ${list(dilation)}} ` +
      `{batch_group_count = 1 : i64, feature_group_count = ${total(x.shape, given.x.group)} : i64, ` +
      'precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : ' +
      `(${tensorTypes(operands)}) -> ${tensorType(result)}`,
    result.shape,
    result.element,
  )
  const axes = order.flatMap(([, axes]) => axes)
  const split = b.reshape(
    y,
    axes.map((axis) => shape[axis]),
  )
  return b.transpose(
    split,
    shape.map((_, axis) => axes.indexOf(axis)),
  )
}
