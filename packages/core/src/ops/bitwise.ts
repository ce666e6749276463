import { defineElementwise, type WithOp } from '../recording/define'
import type { Interval } from '../recording/domain'
import { constant } from '../recording/law'
import type { BareFormula } from '../scalar/builder'
import type { BinarySignature, UnarySignature } from '../types/signatures'

const anInteger: Interval = { min: -1000, max: 1000, dtype: 'int32' }

/** Integers have no derivative, so none flows through. */
function ofIntegers(name: string, formula: BareFormula, second = anInteger): BinarySignature & WithOp {
  return defineElementwise<BinarySignature>({
    name,
    inputs: 2,
    formula,
    accepts: 'int32',
    law: constant,
    domain: [anInteger, second],
  })
}

/** The bits set in both `a` and `b`, elementwise with broadcasting. @throws DTypeError for anything but int32. */
export const bitwiseAnd = /* @__PURE__ */ ofIntegers('bitwiseAnd', (s, a, b) => s.bitAnd(a, b))

/** The bits set in `a` or `b`, elementwise with broadcasting. @throws DTypeError for anything but int32. */
export const bitwiseOr = /* @__PURE__ */ ofIntegers('bitwiseOr', (s, a, b) => s.bitOr(a, b))

/**
 * The bits set in exactly one of `a` and `b`, elementwise with broadcasting. @throws DTypeError for anything but int32.
 */
export const bitwiseXor = /* @__PURE__ */ ofIntegers('bitwiseXor', (s, a, b) => s.bitXor(a, b))

/** Every bit of `x` inverted, `-x - 1`, elementwise. @throws DTypeError for anything but int32. */
export const bitwiseNot: UnarySignature<never> & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'bitwiseNot',
  inputs: 1,
  formula: (s, x) => s.bitXor(x, -1),
  accepts: 'int32',
  law: constant,
  domain: [anInteger],
})

const aCount: Interval = { min: 0, max: 31, dtype: 'int32' }

/**
 * `x 2^n` modulo 2^32, elementwise with broadcasting: the bits of `x` moved to the left, zeros from the right. It is 0
 * where `n` is negative or 32 or more.
 *
 * @throws DTypeError for anything but int32.
 */
export const bitwiseLeftShift = /* @__PURE__ */ ofIntegers(
  'bitwiseLeftShift',
  (s, x, n) => s.select(s.and(s.lessEqual(0, n), s.less(n, 32)), s.shiftLeft(x, n), 0),
  aCount,
)

/**
 * `floor(x / 2^n)`, elementwise with broadcasting: the bits of `x` moved to the right, copies of the sign from the
 * left. Where `n` is negative or 32 or more, it is 0 or -1 by the sign.
 *
 * @throws DTypeError for anything but int32.
 */
export const bitwiseRightShift = /* @__PURE__ */ ofIntegers(
  'bitwiseRightShift',
  (s, x, n) => {
    // Inverted, a negative number is non-negative, and zeros may move in.
    const sign = s.select(s.less(x, 0), -1, s.const(0, 'int32'))
    const isInRange = s.and(s.lessEqual(0, n), s.less(n, 32))
    return s.select(isInRange, s.bitXor(s.shiftRightLogical(s.bitXor(x, sign), n), sign), sign)
  },
  aCount,
)
