import type { Convolution, ConvolutionRoles } from '@cotangent/core'
import { type Builder, list } from './builder'
import { names, type Operand, tensorType, tensorTypes } from './types'

type Shape = readonly number[]

/** An operand of a product, and which of its axes each axis of the matrices is: several where these are merged. */
interface Factor {
  readonly operand: Operand
  readonly axes: readonly Shape[]
}

const itself = (operand: Operand): Factor => ({ operand, axes: operand.shape.map((_, axis) => [axis]) })

/** What a value was before transposes, and reshapes that merge axes. */
function unmerged(b: Builder, x: Operand): Factor {
  const made = b.rearranged(x)
  if (made === undefined) return itself(x)
  const axes = made.permutation?.map((axis) => [axis]) ?? mergedAxes(made.source.shape, x.shape)
  if (axes === null) return itself(x)
  const before = unmerged(b, made.source)
  return { operand: before.operand, axes: axes.map((group) => group.flatMap((axis) => before.axes[axis])) }
}

/** For each axis of a reshaped value, the axes that it merges; null if the reshape splits one. */
function mergedAxes(from: Shape, to: Shape): Shape[] | null {
  let next = 0
  const axes = to.map((size, at) => {
    const group: number[] = []
    let product = 1
    while (next < from.length && (product < size || from[next] === 1 || at === to.length - 1)) {
      product *= from[next]
      group.push(next++)
    }
    return product === size ? group : null
  })
  return axes.every((group) => group !== null) ? axes : null
}

const hasMerged = ({ axes }: Factor) => axes.some(({ length }) => length !== 1)

/**
 * `[...batch, m, k] x [...batch, k, n] -> [...batch, m, n]`. Lower precisions are the default of some devices.
 *
 * Axes that were merged into one of the matrices are multiplied as they were: an axis that devices share stays one, and
 * they need not gather it.
 */
export function contracted(b: Builder, x: Operand, y: Operand): Operand {
  const rank = x.shape.length
  const paired = (left: Factor, right: Factor): (readonly [Shape, Shape])[] =>
    [...Array(rank - 2).keys(), rank - 1].map((axis) => [
      left.axes[axis],
      right.axes[axis === rank - 1 ? rank - 2 : axis],
    ])
  const matches = ([left, right]: readonly [Factor, Factor]) =>
    paired(left, right).every(
      ([a, c]) => a.length === c.length && a.every((axis, i) => left.operand.shape[axis] === right.operand.shape[c[i]]),
    )
  const forms = [x, y].map((operand) => {
    const before = unmerged(b, operand)
    return hasMerged(before) ? [before, itself(operand)] : [itself(operand)]
  })
  const pairs = forms[0].flatMap((left) => forms[1].map((right) => [left, right] as const))
  const [left, right] = pairs.find(matches)!
  const pairedAxes = paired(left, right)
  const [contracting] = pairedAxes.slice(-1)
  const batch = pairedAxes.slice(0, -1)
  const sides = [0, 1].map((side) => list(batch.flatMap((pair) => pair[side])))
  const free = [left.axes[rank - 2], right.axes[rank - 1]]
  // The product has free axes in the order of the operands.
  const inOrder = free.map((axes) => axes.toSorted((a, c) => a - c))
  const sizes = ({ operand }: Factor, axes: Shape) => axes.map((axis) => operand.shape[axis])
  const batchSizes = batch.flatMap(([axes]) => sizes(left, axes))
  const shape = [...batchSizes, ...sizes(left, inOrder[0]), ...sizes(right, inOrder[1])]
  const batching = batchSizes.length > 0 ? ` batching_dims = ${sides[0]} x ${sides[1]},` : ''
  const operands = [left.operand, right.operand]
  const product = b.one(
    `stablehlo.dot_general ${names(operands)},${batching} contracting_dims = ${list(contracting[0])} x ` +
      `${list(contracting[1])}, precision = [HIGHEST, HIGHEST] : (${tensorTypes(operands)}) -> ` +
      tensorType({ shape, element: x.element }),
    shape,
    x.element,
  )
  const [m, n] = free.map((axes, side) => axes.map((axis) => inOrder[side].indexOf(axis)))
  const permutation = [
    ...batchSizes.keys(),
    ...m.map((at) => batchSizes.length + at),
    ...n.map((at) => batchSizes.length + m.length + at),
  ]
  return b.reshape(b.transpose(product, permutation), [...x.shape.slice(0, -1), y.shape[rank - 1]])
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
