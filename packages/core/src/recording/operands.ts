import { DTypeError } from '../errors'
import { type Kind, options, withError } from '../arguments/arguments'
import { rejectForeign } from '../arguments/brand'
import { checked } from '../arguments/checked'
import { describeGiven } from '../arguments/describe'
import { allocate, isFloat, promote, type DType } from '../values/dtype'
import { axis } from '../arguments/kinds'
import { Tensor } from '../values/tensor'
import { atUserLine } from '../values/call-site'
import { castTo } from './cast'

/** What an op takes where it takes a tensor: a number stands for a scalar of the other operands' dtype. */
export type Operand = Tensor | number

/**
 * Which dtypes an elementwise op takes: `float` (integers and booleans become float32), `number` (booleans become int32),
 * `int32`, `bool`, or `any`.
 */
export type Accepts = 'float' | 'number' | 'int32' | 'bool' | 'any'

/** A scalar tensor of `dtype`. */
export function scalar(operation: string, value: number, dtype: DType): Tensor {
  if (dtype === 'int32' && (!Number.isInteger(value) || value !== (value | 0)))
    throw new DTypeError(
      'int-with-fraction',
      `[${operation}] ${value} is not an int32; convert the tensor first: x.astype('float32')`,
    )
  const values = allocate(dtype, 1)
  values[0] = dtype === 'bool' ? Number(value !== 0) : value
  return new Tensor([], dtype, values)
}

/** `value` as a tensor: numbers become float32 scalars. @throws DTypeError for anything else. */
export function toTensor(operation: string, value: unknown): Tensor {
  if (value instanceof Tensor) return value
  if (typeof value === 'number') return scalar(operation, value, 'float32')
  throw notATensor(operation, value)
}

function notATensor(operation: string, value: unknown): DTypeError {
  rejectForeign(operation, value)
  return new DTypeError(
    'not-a-tensor',
    `[${operation}] takes tensors and numbers, got ${describeGiven(value)}${atUserLine()}; make a tensor with tensor(...)`,
  )
}

/** A tensor, or a number in its place. */
export const operand: Kind = {
  expected: 'a tensor or a number',
  accepts: (value) => value instanceof Tensor || typeof value === 'number',
  error: notATensor,
}

/** As `operand`, where a number takes the dtype of the tensors beside it. */
export const weakOperand: Kind = /* @__PURE__ */ withError(operand, notATensor)

/** As `operand`, of a function that computes in floating point: integers and booleans become float32 before anything is computed. */
export const floatOperand: Kind = { ...operand }

/** The option `axis`, of an op along one axis. */
export const axisOption: Kind = /* @__PURE__ */ options({ axis })

/** `x`, or `x` as float32 where it is of integers or booleans. */
function asFloat(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x : castTo(x, 'float32')
}

/** A `checked` function of tensors: numbers among its leading operands become tensors. */
/* @__NO_SIDE_EFFECTS__ */
export function onTensor<Signature>(
  operation: string,
  parameters: readonly Kind[],
  f: (...args: any) => Tensor,
): Signature {
  const isOperand = (kind: Kind) => kind === operand || kind === floatOperand
  const operands = parameters.findIndex((kind) => !isOperand(kind))
  const count = operands < 0 ? parameters.length : operands
  return checked<Signature>(operation, parameters, (...args: unknown[]) => {
    for (let i = 0; i < count; i++) {
      const x = toTensor(operation, args[i])
      args[i] = parameters[i] === floatOperand ? asFloat(x) : x
    }
    return f(...args)
  })
}

/**
 * Brings operands to one dtype: the promotion table for tensors, and numbers as weak as they can be. A floating-point tensor
 * without axes takes the dtype of the floating-point tensors with axes that it meets, as a number would.
 */
export function unify(operation: string, operands: readonly Operand[], accepts: Accepts): Tensor[] {
  const dtype = commonDType(operation, operands, accepts)
  const unified = new Array<Tensor>(operands.length)
  for (let i = 0; i < operands.length; i++) {
    const operand = operands[i]
    unified[i] = typeof operand === 'number' ? scalar(operation, operand, dtype) : castTo(operand, dtype)
  }
  return unified
}

function commonDType(operation: string, operands: readonly Operand[], accepts: Accepts): DType {
  let dtype: DType | undefined
  /** The dtype of the floating-point tensors with axes. */
  let shaped: DType | undefined
  let numbers: DType = 'bool'
  for (let i = 0; i < operands.length; i++) {
    const operand = operands[i]
    if (operand instanceof Tensor) {
      dtype = dtype === undefined ? operand.dtype : promote(operation, dtype, operand.dtype)
      if (operand.rank > 0 && isFloat(operand.dtype)) shaped = shaped === 'float64' ? shaped : operand.dtype
    } else if (typeof operand === 'number')
      numbers = numbers !== 'float32' && Number.isInteger(operand) && operand === (operand | 0) ? 'int32' : 'float32'
    else throw notATensor(operation, operand)
  }
  dtype = shaped ?? dtype
  // Alone, a number is float32, the default dtype; beside a boolean tensor it decides the dtype itself.
  if (dtype === undefined) dtype = 'float32'
  else if (dtype === 'bool' && accepts !== 'bool' && numbers !== 'bool') dtype = numbers
  switch (accepts) {
    case 'any':
      return dtype
    case 'number':
      return dtype === 'bool' ? 'int32' : dtype
    case 'float':
      return isFloat(dtype) ? dtype : 'float32'
    case 'int32':
    case 'bool':
      if (dtype !== accepts)
        throw new DTypeError(
          `needs-${accepts}`,
          `[${operation}] takes ${accepts} tensors, got ${dtype}; ` +
            (accepts === 'bool' ? 'compare first: x.greater(0)' : "convert first: x.astype('int32')"),
        )
      return dtype
  }
}
