import type { Combine } from '@cotangent/core'
import type { Type } from '../../lowering/target'
import { isFloating, type Operations } from './operations'
import { scanned } from './scanned'
import type { Value } from './values'

const operators = { sum: 'ReduceSum', product: 'ReduceProd', maximum: 'ReduceMax', minimum: 'ReduceMin' } as const

/** Combines elements along axes, which are dropped. Of bool, a sum is `or` and a product `and`. */
export function writeReduce(o: Operations, combine: Combine, x: Value, axes: readonly number[], type: Type): Value {
  if (x.dtype === 'bool') return o.cast(writeReduce(o, combine, o.cast(x, 'int32'), axes, type), type.dtype)
  if (combine === 'argmaximum' || combine === 'argminimum') return firstExtreme(o, combine, x, axes, type)
  // Without axes, the operators of ONNX reduce all of them.
  if (axes.length === 0) return x
  // NOTE: ONNX Runtime's ReduceProd saturates in int32.
  if (combine === 'product' && x.dtype === 'int32')
    return scanned(o, 'product', lastAxis(o, x, axes), type.shape.length).total
  const result = o.reduce(operators[combine], x, axes)
  return combine === 'sum' || combine === 'product' || !isFloating(x.dtype)
    ? result
    : o.where(o.isSome(o.test('IsNaN', x), axes), o.writer.scalar(NaN, x.dtype), result)
}

/** The reduced axes as one, which is the last. */
function lastAxis(o: Operations, x: Value, axes: readonly number[]): Value {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  const moved = o.transpose(x, [...kept, ...axes])
  if (axes.length === 1) return moved
  const count = axes.reduce((product, axis) => product * x.shape[axis], 1)
  return o.reshape(moved, [...kept.map((axis) => x.shape[axis]), count])
}

/**
 * The position of the first extreme in row-major order. NaN is more extreme than any number.
 *
 * NOTE: ONNX Runtime's ArgMax does not look for NaN. It finds the first of the largest marks here: 2 for NaN, 1 for the
 * extreme.
 */
function firstExtreme(
  o: Operations,
  combine: 'argmaximum' | 'argminimum',
  x: Value,
  axes: readonly number[],
  type: Type,
): Value {
  if (axes.length === 0) return o.filled(0, type.shape, 'int32')
  const line = lastAxis(o, x, axes)
  const axis = type.shape.length
  const position = (operator: string, from: Value) =>
    o.cast(o.writer.node(operator, [from], { shape: type.shape, dtype: 'int64' }, { axis, keepdims: 0 }), 'int32')
  if (!isFloating(x.dtype)) return position(combine === 'argmaximum' ? 'ArgMax' : 'ArgMin', line)
  const extreme = o.reduce(combine === 'argmaximum' ? 'ReduceMax' : 'ReduceMin', line, [axis], true)
  const isExtreme = o.cast(o.test('Equal', line, extreme), 'int32')
  const isNaN = o.uniform('Mul', o.cast(o.test('IsNaN', line), 'int32'), o.writer.scalar(2, 'int32'))
  return position('ArgMax', o.uniform('Add', isExtreme, isNaN))
}
