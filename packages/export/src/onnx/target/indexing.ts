import type { Indexing, Meeting } from '@cotangent/core'
import { sizeOf } from '@cotangent/core/internal'
import type { Type } from '../../lowering/target'
import { identityOf } from './identities'
import { isFloating, type Operations } from './operations'
import type { Value } from './values'

/**
 * Selects by indices. ONNX counts negative indices from the end, where Cotangent throws; ONNX Runtime rejects those that
 * are out of range.
 */
export function writeGather(o: Operations, { axis, along }: Indexing, x: Value, indices: Value, type: Type): Value {
  if (sizeOf(type.shape) === 0) return o.filled(0, type.shape, type.dtype)
  return o.writer.node(along ? 'GatherElements' : 'Gather', [x, indices], type, { axis })
}

const reductions = { sum: 'add', maximum: 'max', minimum: 'min' } satisfies Record<Meeting, string>

/** Combines elements at indices, from the identity of the combination. */
export function writeScatter(
  o: Operations,
  work: Indexing & { readonly combine: Meeting },
  updates: Value,
  indices: Value,
  type: Type,
): Value {
  if (updates.dtype === 'bool') {
    const counts = writeScatter(o, work, o.cast(updates, 'int32'), indices, { ...type, dtype: 'int32' })
    return o.cast(counts, 'bool')
  }
  const { axis, combine } = work
  // ONNX Runtime expands an axis of size 1 to size 1 where 0 is asked for.
  if (sizeOf(updates.shape) === 0) return o.filled(identityOf(combine, type.dtype), type.shape, type.dtype)
  const { list, at } = work.along ? { list: updates, at: indices } : spread(o, axis, updates, indices, type)
  const scattered = (from: number, values: Value, how: string) =>
    o.writer.node(
      'ScatterElements',
      [o.filled(from, type.shape, values.dtype), at, values],
      { shape: type.shape, dtype: values.dtype },
      { axis, reduction: how },
    )
  const result = scattered(identityOf(combine, type.dtype), list, reductions[combine])
  if (combine === 'sum' || !isFloating(updates.dtype)) return result
  // NOTE: ONNX Runtime's extremes depend on where NaN comes.
  const count = scattered(0, o.cast(o.test('IsNaN', list), 'int32'), 'add')
  return o.where(o.cast(count, 'bool'), o.writer.scalar(NaN, updates.dtype), result)
}

/** One index for each element, where each index selects a slice. */
function spread(o: Operations, axis: number, updates: Value, indices: Value, type: Type): { list: Value; at: Value } {
  const count = sizeOf(indices.shape)
  const shape = type.shape.map((size, each) => (each === axis ? count : size))
  const list = indices.shape.length === 1 ? updates : o.reshape(updates, shape)
  const column = o.reshape(
    indices,
    shape.map((size, each) => (each === axis ? size : 1)),
  )
  return { list, at: o.expand(column, shape) }
}
