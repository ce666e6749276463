import type { Kind } from '../../arguments/arguments'
import { ShapeError, ValueError } from '../../errors'
import { castTo } from '../../recording/cast'
import { scalar } from '../../recording/operands'
import type { Shape } from '../../types/shapes'
import type { DType } from '../../values/dtype'
import { broadcastShapes, formatShape, sameShape } from '../../values/shape'
import { Tensor } from '../../values/tensor'
import { checkRange } from '../creation'

/** A parameter of a distribution. */
export type Parameter = Tensor | number

/** A parameter: a number, or a tensor of numbers. The values of a symbolic tensor are not checked. */
/* @__NO_SIDE_EFFECTS__ */
export function parameterKind(expected: string, accepts: (value: number) => boolean): Kind {
  return {
    expected: `${expected}, or a tensor of such numbers`,
    accepts: (value) =>
      value instanceof Tensor
        ? value.dtype !== 'bool' && (value.isSymbolic || value.values!.every(accepts))
        : typeof value === 'number' && accepts(value),
  }
}

/** Any finite number. */
export const aLocation: Kind = /* @__PURE__ */ parameterKind('a finite number', (value) => Number.isFinite(value))

/** A positive finite number. */
export const aScale: Kind = /* @__PURE__ */ parameterKind(
  'a positive finite number',
  (value) => value > 0 && value < Infinity,
)

/** A finite number that is not negative. */
export const aSpread: Kind = /* @__PURE__ */ parameterKind(
  'a finite number that is not negative',
  (value) => value >= 0 && value < Infinity,
)

/** A number of a closed or half-open line. */
export const aBound: Kind = /* @__PURE__ */ parameterKind('a number that is not NaN', (value) => value === value)

/** Positive numbers along a last axis. */
export const aVectorOfScales: Kind = {
  expected: 'a tensor of positive finite numbers, of at least one axis',
  accepts: (value) => value instanceof Tensor && value.rank > 0 && aScale.accepts(value),
}

/** @throws ValueError if both logits and what they stand for are given, or neither although one is needed. */
export function checkEither(operation: string, logits: unknown, name: string, other: unknown, isNeeded = true): void {
  if ((logits === undefined) !== (other === undefined) || (!isNeeded && logits === undefined)) return
  throw new ValueError(
    'categories',
    `[${operation}] expected either logits or ${name}, got ${logits === undefined ? 'neither' : 'both'}; pass one of them`,
  )
}

/** @throws ShapeError if a parameter does not broadcast to `shape`. */
export function checkFits(operation: string, name: string, value: Parameter, shape: Shape): void {
  if (typeof value === 'number' || isWithin(value.shape, shape)) return
  throw new ShapeError(
    'parameter-shape',
    `[${operation}] expected ${name} of a shape that broadcasts to ${formatShape(shape)}, got ${formatShape(value.shape)}; ask for a larger shape, or broadcast first: broadcastTo(x, shape)`,
  )
}

function isWithin(inner: Shape, shape: Shape): boolean {
  try {
    return sameShape(broadcastShapes('parameter', inner, shape), shape)
  } catch {
    return false
  }
}

/** A parameter as a tensor of `dtype` that broadcasts to `shape`. */
export function parameterOf(operation: string, name: string, value: Parameter, shape: Shape, dtype: DType): Tensor {
  checkFits(operation, name, value, shape)
  if (value instanceof Tensor) return castTo(value, dtype)
  if (Number.isFinite(value)) checkRange(operation, dtype, { [name]: value })
  return scalar(operation, value, dtype)
}
