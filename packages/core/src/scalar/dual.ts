import { isFloat } from '../values/dtype'
import { Dual } from './dual-number'
import { basicRules } from './dual-rules'
import type { BareFormula } from './formula'
import type { NamedFunction } from './functions/function'
import type { BasicSet, CallingSet, ScalarOperand, Scalar } from './set'
import type { TangentRule } from './tangents'

/**
 * The derivative of `formula` with respect to input number `argument`, as a formula of the same inputs. It runs
 * `formula` on dual numbers (Clifford 1873): every value carries its tangent, and every operation computes both. A
 * rule uses nothing but operations, so derivatives nest to any order.
 *
 * Conventions: abs' is 0 at 0. Operands of min and max that tie share the tangent equally. select takes the tangent of
 * the operand that it takes. clamp' is 1 on the bounds. `d(x^0)/dx` is 0 everywhere, and `d(0^y)/dy` is 0 for y > 0.
 * The results of sign, floor, ceil, trunc, round, floorDivide, exponent and comparisons are constants, and so are the n
 * of scaleByPowerOfTwo and everything of dtype int32 or bool.
 */
export function derivative(formula: BareFormula, argument: number): BareFormula {
  return (s, ...inputs) => {
    const tag = {}
    const lifted = inputs.map((input, index) =>
      index === argument && isFloat(input.dtype) ? new Dual(tag, input, s.const(1, input.dtype)) : input,
    )
    const result = formula(dualSet(s, tag), ...lifted)
    const { value, tangent } = lift(tag, result)
    return tangent ?? s.const(0, isFloat(value.dtype) ? value.dtype : inputs[argument].dtype)
  }
}

function lift(tag: object, x: Scalar): Dual {
  return x instanceof Dual && x.tag === tag ? x : new Dual(tag, x, null)
}

const basicNames = /* @__PURE__ */ Object.keys(basicRules) as readonly (keyof typeof basicRules)[]

/** The set of dual numbers over `s`. */
function dualSet(s: CallingSet, tag: object): CallingSet {
  const apply = (
    name: string,
    compute: (...values: Scalar[]) => Scalar,
    rule: TangentRule<CallingSet>,
    operands: readonly ScalarOperand[],
  ) => {
    // Numbers become scalars here: a rule may use one without the operand that gives it its dtype.
    const neighbour = operands.findLast((operand) => typeof operand !== 'number')
    const lifted = operands.map((operand) =>
      lift(tag, typeof operand === 'number' ? s.const(operand, neighbour?.dtype) : operand),
    )
    const y = compute(...lifted.map((operand) => operand.value))
    return new Dual(tag, y, rule(s, y, ...(lifted as [Dual, Dual, Dual])), name, lifted)
  }
  return {
    ...(Object.fromEntries(
      basicNames.map((name) => [
        name,
        (...operands: ScalarOperand[]) => apply(name, s[name], basicRules[name], operands),
      ]),
    ) as unknown as Pick<BasicSet, keyof typeof basicRules>),
    call: (f, ...operands) => apply(f.name, (...values) => s.call(f, ...values), (f as NamedFunction).slope, operands),
    const: (value, dtype) => lift(tag, s.const(value, dtype)),
    convert(x, dtype) {
      const { value, tangent } = lift(tag, x)
      const kept = tangent !== null && isFloat(dtype) ? s.convert(tangent, dtype) : null
      return new Dual(tag, s.convert(value, dtype), kept)
    },
  }
}
