import type { Accumulation } from '@cotangent/core'
import { sizeOf } from '@cotangent/core/internal'
import type { Type } from '../../lowering/target'
import { isFloating, type Operations } from './operations'
import { scanned } from './scanned'
import type { Value } from './values'

/** Each element combined with all before it along an axis: in float64 for floats, and modulo 2^32 for int32. */
export function writeAccumulate(o: Operations, combine: Accumulation, x: Value, axis: number, type: Type): Value {
  if (sizeOf(x.shape) === 0) return o.cast(x, type.dtype)
  const isRounded = combine === 'sum' || combine === 'product'
  const wide = x.dtype === 'bool' ? o.cast(x, 'int32') : x.dtype === 'float32' && isRounded ? o.cast(x, 'float64') : x
  const each =
    combine === 'sum'
      ? o.writer.node('CumSum', [wide, o.writer.scalar(axis, 'int64')], { shape: x.shape, dtype: wide.dtype })
      : scanned(o, combine, wide, axis).each
  return o.cast(each, type.dtype)
}

/**
 * The positions that sort along an axis: ascending, stable, NaN last.
 *
 * NOTE: ONNX Runtime's TopK compares NaN as it comes. So it sorts infinity in place of NaN first, and then, stably, by
 * whether there was NaN.
 */
export function writeArgsort(o: Operations, x: Value, axis: number): Value {
  // ONNX Runtime's TopK divides by the number of lines.
  if (sizeOf(x.shape) === 0) return o.filled(0, x.shape, 'int32')
  const numbers = x.dtype === 'bool' ? o.cast(x, 'int32') : x
  if (!isFloating(numbers.dtype)) return o.cast(sorted(o, numbers, axis), 'int32')
  const isNaN = o.test('IsNaN', numbers)
  const first = sorted(o, o.where(isNaN, o.writer.scalar(Infinity, numbers.dtype), numbers), axis)
  const along = <D extends 'int32' | 'int64'>(from: Value<D>, at: Value<'int64'>): Value<D> =>
    o.writer.node('GatherElements', [from, at], { shape: x.shape, dtype: from.dtype }, { axis })
  const second = sorted(o, along(o.cast(isNaN, 'int32'), first), axis)
  return o.cast(along(first, second), 'int32')
}

function sorted(o: Operations, x: Value, axis: number): Value<'int64'> {
  const { shape, dtype } = x
  const results = [
    { shape, dtype },
    { shape, dtype: 'int64' as const },
  ]
  const attributes = { axis, largest: 0, sorted: 1 }
  return o.writer.nodes('TopK', [x, o.writer.integers([shape[axis]])], results, attributes)[1] as Value<'int64'>
}
