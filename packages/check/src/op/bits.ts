import { formatIndex, type Tensor } from '@cotangent/core'
import { formatType } from '@cotangent/core/internal'
import { isFloating } from '../numeric/tensors'
import type { Case } from './subject'

/** The elements of a tensor. */
export const numbers = (x: Tensor) => Array.from(x.data)

/** The type of a tensor, as messages show it. */
export const typeOf = ({ dtype, shape }: Tensor) => formatType(dtype, shape)

/** How the type or a bit of a value differs from what is expected, `the plain value` in messages. */
export function bitDifference(
  what: string,
  got: Tensor,
  expected: Tensor,
  plain = 'the plain value',
): string | undefined {
  if (typeOf(got) !== typeOf(expected)) return `${what} has the type ${typeOf(got)}, ${plain} ${typeOf(expected)}`
  const at = numbers(got).findIndex((value, i) => !Object.is(value, expected.data[i]))
  if (at < 0) return undefined
  const index = formatIndex(at, expected.shape)
  return `${what} is ${got.data[at]} at ${index}, ${plain} ${expected.data[at]}`
}

/** Whether a derivative of the case can be checked. */
export function isDifferentiable({ subject, xs, f }: Case): boolean {
  return subject.law?.kind !== 'none' && xs.length > 0 && isFloating(f(...xs))
}
