import { DTypeError } from '../errors'
import { type Kind, named, options, withError } from '../arguments/arguments'
import { rejectForeign } from '../arguments/brand'
import { checked } from '../arguments/checked'
import { describeGiven } from '../arguments/describe'
import { allocate, isFloat, promote, type DType } from '../values/dtype'
import { axis } from '../arguments/kinds'
import { Tensor } from '../values/tensor'
import { atUserLine } from '../values/call-site'
import { castTo } from './cast'

/** An operand of an op: a tensor, or a number as a scalar of the other operands' dtype. */
export type Operand = Tensor | number

/**
 * The dtypes that an elementwise op accepts: `float` (integers and booleans become float32), `number` (booleans become
 * int32), `int32`, `bool`, or `any`.
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

/** `value` as a tensor; a number becomes a float32 scalar. @throws DTypeError for anything else. */
export function toTensor(operation: string, value: unknown): Tensor {
  if (value instanceof Tensor) return value
  if (typeof value === 'number') return scalar(operation, value, 'float32')
  throw notATensor(operation, value)
}

function notATensor(
  operation: string,
  value: unknown,
  _?: unknown,
  remedy = 'make a tensor with tensor(...)',
): DTypeError {
  rejectForeign(operation, value)
  return new DTypeError(
    'not-a-tensor',
    `[${operation}] takes tensors and numbers, got ${describeGiven(value)}${atUserLine()}; ${remedy}`,
  )
}

/** A tensor or a number. */
export const operand: Kind = {
  expected: 'a tensor or a number',
  accepts: (value) => value instanceof Tensor || typeof value === 'number',
  error: notATensor,
}

/** Like `operand`; a number takes the dtype of the tensor operands. */
export const weakOperand: Kind = /* @__PURE__ */ withError(operand, notATensor)

/** Like `operand`, for a function that computes in floating point: integers and booleans become float32 first. */
export const floatOperand: Kind = { ...operand }

/** Like `operand`, for positions in another operand. */
export const indicesOperand: Kind = /* @__PURE__ */ named('indices', operand)

/** The option `axis` of an op along one axis. */
export const axisOption: Kind = /* @__PURE__ */ options({ axis })

/** `x`, converted to float32 if it holds integers or booleans. */
function asFloat(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x : castTo(x, 'float32')
}

/** A `checked` function of tensors. Numbers among its leading operands become tensors. */
/* @__NO_SIDE_EFFECTS__ */
export function onTensor<Signature>(
  operation: string,
  parameters: readonly Kind[],
  f: (...args: any) => unknown,
): Signature {
  const isOperand = (kind: Kind) => [operand, floatOperand, indicesOperand].includes(kind)
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
 * Promotes operands to one dtype. Tensors follow the promotion table. Numbers are weakly typed: they take the dtype of
 * the tensors where they can. A floating-point scalar tensor takes the dtype of floating-point tensors with axes, as a
 * number does.
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
  if (accepts === 'bool') return needBooleans(operation, operands)
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
  // Numbers without a tensor are float32, the default dtype. With boolean tensors, the numbers decide the dtype.
  if (dtype === undefined) dtype = 'float32'
  else if (dtype === 'bool' && numbers !== 'bool') dtype = numbers
  switch (accepts) {
    case 'any':
      return dtype
    case 'number':
      return dtype === 'bool' ? 'int32' : dtype
    case 'float':
      return isFloat(dtype) ? dtype : 'float32'
    case 'int32':
      if (dtype !== accepts)
        throw new DTypeError(
          'needs-int32',
          `[${operation}] takes int32 tensors, got ${dtype}; convert first: x.astype('int32')`,
        )
      return dtype
  }
}

/** Conditions must be boolean tensors. A comparison makes one from numbers. */
function needBooleans(operation: string, operands: readonly Operand[]): DType {
  for (const operand of operands) {
    if (operand instanceof Tensor && operand.dtype === 'bool') continue
    if (!(operand instanceof Tensor) && typeof operand !== 'number') throw notATensor(operation, operand)
    throw new DTypeError(
      'needs-bool',
      `[${operation}] takes bool tensors, got ${operand instanceof Tensor ? operand.dtype : `the number ${operand}`}; compare first: x.greater(0)`,
    )
  }
  return 'bool'
}
