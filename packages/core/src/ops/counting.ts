import { castTo } from '../recording/cast'
import { onTensor, operand } from '../recording/operands'
import type { ReduceSignature } from '../types/signatures'
import type { Tensor } from '../values/tensor'
import { equal, greater, notEqual } from './comparison'
import { type ReduceOptions, reduceOptions, sum } from './reduction'

/** The number of elements for which a bool tensor is true. */
function count(condition: Tensor, options: ReduceOptions): Tensor {
  return sum(castTo(condition, 'int32'), options)
}

/**
 * The number of elements along `axis` (default: all axes) that are not 0, as int32. True and NaN are not 0.
 */
export const countNonzero = /* @__PURE__ */ onTensor<ReduceSignature>(
  'countNonzero',
  [operand, reduceOptions],
  (x: Tensor, options: ReduceOptions = {}): Tensor => count(notEqual(x, 0), options),
)

/**
 * Whether all elements along `axis` (default: all axes) are true. A number is true if it is not 0, as NaN is. The
 * result is boolean, and true where there are no elements.
 */
export const all = /* @__PURE__ */ onTensor<ReduceSignature>(
  'all',
  [operand, reduceOptions],
  (x: Tensor, options: ReduceOptions = {}): Tensor => equal(count(equal(x, 0), options), 0),
)

/**
 * Whether any element along `axis` (default: all axes) is true. A number is true if it is not 0, as NaN is. The result
 * is boolean, and false where there are no elements.
 */
export const any = /* @__PURE__ */ onTensor<ReduceSignature>(
  'any',
  [operand, reduceOptions],
  (x: Tensor, options: ReduceOptions = {}): Tensor => greater(count(notEqual(x, 0), options), 0),
)
