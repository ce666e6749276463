import { castTo } from '../recording/cast'
import { onTensor, operand } from '../recording/operands'
import type { DType } from '../values/dtype'
import { named } from '../arguments/arguments'
import { aDType } from '../arguments/kinds'
import type { TensorMethods } from '../types/methods'
import { Tensor } from '../values/tensor'
import { relu, sigmoid } from './activation'
import { abs, add, clip, div, mul, neg, sub } from './arithmetic'
import { equal, greater, greaterEqual, less, lessEqual, notEqual } from './comparison'
import { matmul } from './contraction'
import { exp, log, pow, sqrt, square } from './exponential'
import { reshape, transpose } from './movement'
import { max, mean, min, sum } from './reduction'
import { at, slice } from './slicing'
import { tanh } from './trigonometric'

/**
 * `x` converted to `dtype`. Conversion between floats rounds to nearest, conversion to int32 truncates towards zero,
 * and conversion to bool is `x != 0`. The derivative is 1 between floats and 0 otherwise.
 *
 * @throws DTypeError for an unknown dtype.
 */
export const astype = /* @__PURE__ */ onTensor<<T extends Tensor>(x: T, dtype: DType) => T>(
  'astype',
  [operand, named('dtype', aDType)],
  castTo,
)

const functions = {
  abs, add, astype, at, clip, div, equal, exp, greater, greaterEqual, less, lessEqual, log, matmul, max, mean, min, mul,
  neg, notEqual, pow, relu, reshape, sigmoid, slice, sqrt, square, sub, sum, tanh, transpose,
} // prettier-ignore

// The only module with a side effect. Methods of the prototype are in every bundle, so this list is closed.
for (const [name, f] of Object.entries(functions) as [string, (...args: unknown[]) => unknown][])
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...rest: unknown[]) {
      return f(this, ...rest)
    },
    writable: true,
    configurable: true,
  })

// Does not compile if the declared and the installed methods differ.
functions satisfies Record<keyof TensorMethods, unknown>
