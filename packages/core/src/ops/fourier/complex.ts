import type { Kind } from '../../arguments/arguments'
import { describeGiven } from '../../arguments/describe'
import { DTypeError, ShapeError } from '../../errors'
import { castTo } from '../../recording/cast'
import { operand, toTensor, unify } from '../../recording/operands'
import { isFloat } from '../../values/dtype'
import { formatShape, sameShape } from '../../values/shape'
import { Tensor } from '../../values/tensor'
import type { Complex } from './types'

function isPair(value: unknown): value is Complex {
  if (typeof value !== 'object' || value === null || value instanceof Tensor) return false
  const { real, imaginary } = value as Partial<Complex>
  return real instanceof Tensor && imaginary instanceof Tensor && Object.keys(value).length === 2
}

/** A real tensor, or a complex one as a pair. */
export const complexOperand: Kind = {
  expected: 'a tensor, or a complex one as { real, imaginary }',
  accepts: (value) => operand.accepts(value) || isPair(value),
  error: (operation, value) =>
    new DTypeError(
      'not-complex',
      `[${operation}] expected a tensor, or a complex one as { real, imaginary }, got ${describeGiven(value)}; ` +
        'make tensors with tensor(...)',
    ),
}

/** The parts of an operand in one floating-point dtype; the imaginary part of a real one is null. */
export function partsOf(operation: string, x: unknown): { readonly real: Tensor; readonly imaginary: Tensor | null } {
  if (!isPair(x)) {
    const real = toTensor(operation, x)
    return { real: isFloat(real.dtype) ? real : castTo(real, 'float32'), imaginary: null }
  }
  if (!sameShape(x.real.shape, x.imaginary.shape))
    throw new ShapeError(
      'complex-shape',
      `[${operation}] expected parts of one shape, got real ${formatShape(x.real.shape)} and imaginary ${formatShape(x.imaginary.shape)}; ` +
        'use broadcastTo first',
    )
  const [real, imaginary] = unify(operation, [x.real, x.imaginary], 'float')
  return { real, imaginary }
}
