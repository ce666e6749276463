import type { Indexing, Meeting } from '@cotangent/core'
import { type Builder, list } from './builder'
import { combinationOf, reduced } from './reductions'
import { type Operand, tensorType, tensorTypes } from './types'

/** How axes of indices and slices are laid out, as StableHLO says it for gather and, with other words, for scatter. */
function layoutOf({ axis, along }: Indexing, indices: Operand, rank: number) {
  const all = Array.from({ length: rank }, (_, at) => at)
  const others = all.filter((at) => at !== axis)
  if (along) return { slices: [], dropped: [axis], batch: others }
  const behind = others.filter((at) => at > axis).map((at) => at - 1 + indices.shape.length)
  return { slices: [...others.filter((at) => at < axis), ...behind], dropped: [axis], batch: [] }
}

/** `x[.., indices, ..]` along an axis. An index out of range is clamped. */
export function gathered(
  b: Builder,
  indexing: Indexing,
  x: Operand,
  indices: Operand,
  shape: readonly number[],
): Operand {
  const { slices, dropped, batch } = layoutOf(indexing, indices, x.shape.length)
  const sizes = x.shape.map((size, at) => (at === indexing.axis || indexing.along ? 1 : size))
  const numbers = [
    `offset_dims = ${list(slices)}, collapsed_slice_dims = ${list(dropped)}`,
    ...(batch.length === 0
      ? []
      : [`operand_batching_dims = ${list(batch)}, start_indices_batching_dims = ${list(batch)}`]),
    `start_index_map = [${indexing.axis}], index_vector_dim = ${indices.shape.length}`,
  ].join(', ')
  const result = { shape, element: x.element }
  return b.one(
    `"stablehlo.gather"(${x.name}, ${indices.name}) <{dimension_numbers = #stablehlo.gather<${numbers}>, ` +
      `slice_sizes = array<i64: ${sizes.join(', ')}>}> : (${tensorTypes([x, indices])}) -> ${tensorType(result)}`,
    shape,
    x.element,
  )
}

/** Combines updates at indices along an axis of what has the identity elsewhere. One out of range is dropped. */
export function scattered(
  b: Builder,
  indexing: Indexing & { readonly combine: Meeting },
  updates: Operand,
  indices: Operand,
  shape: readonly number[],
): Operand {
  const { slices, dropped, batch } = layoutOf(indexing, indices, shape.length)
  const { name, identity } = combinationOf(indexing.combine, updates)
  const start = b.splat(identity, updates.element, shape)
  const numbers = [
    `update_window_dims = ${list(slices)}, inserted_window_dims = ${list(dropped)}`,
    ...(batch.length === 0
      ? []
      : [`input_batching_dims = ${list(batch)}, scatter_indices_batching_dims = ${list(batch)}`]),
    `scatter_dims_to_operand_dims = [${indexing.axis}], index_vector_dim = ${indices.shape.length}`,
  ].join(', ')
  const [old, update] = [b.parameter([], updates.element), b.parameter([], updates.element)]
  const [result] = b.nested(
    `"stablehlo.scatter"(${start.name}, ${indices.name}, ${updates.name}) ` +
      `<{scatter_dimension_numbers = #stablehlo.scatter<${numbers}>}> ({`,
    [start],
    () => {
      b.line(`^bb0(${old.name}: ${tensorType(old)}, ${update.name}: ${tensorType(update)}):`)
      b.block(() => [b.uniform(name, old, update)])
    },
    `}) : (${tensorTypes([start, indices, updates])}) -> ${tensorType(start)}`,
  )
  return result
}

/** The number of indices that are out of range, an int32 scalar. */
export function countOutside(b: Builder, indices: Operand, size: number): Operand {
  const filled = (value: number) => b.splat(value, 'i32', indices.shape)
  const isOutside = b.uniform('or', b.compare('LT', indices, filled(0)), b.compare('GE', indices, filled(size)))
  const ones = b.convert(isOutside, 'i32')
  const axes = indices.shape.map((_, axis) => axis)
  return axes.length === 0 ? ones : reduced(b, 'sum', ones, axes)
}
