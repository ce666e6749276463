import { isFloat } from '../values/dtype'
import { Dual } from './dual-number'
import { basicRules } from './dual-rules'
import type { Formula, ScalarSet } from './formula'
import { type FunctionName, functions } from './functions'
import type { ScalarOperand, Scalar } from './set'
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
export function derivative(formula: Formula, argument: number): Formula {
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

type OperationName = Exclude<keyof ScalarSet, 'const' | 'convert'>

/** The rule of an operation. Where a slope uses a function that is not in the table, the return type does not match. */
const ruleOf = (name: OperationName): TangentRule<ScalarSet> =>
  name in basicRules ? basicRules[name as keyof typeof basicRules] : functions[name as FunctionName].slope

/** The set of dual numbers over `s`. */
function dualSet(s: ScalarSet, tag: object): ScalarSet {
  const apply = (name: OperationName, operands: readonly ScalarOperand[]) => {
    // Numbers become scalars here: a rule may use one without the operand that gives it its dtype.
    const neighbour = operands.findLast((operand) => typeof operand !== 'number')
    const lifted = operands.map((operand) =>
      lift(tag, typeof operand === 'number' ? s.const(operand, neighbour?.dtype) : operand),
    )
    const compute: (...values: Scalar[]) => Scalar = s[name]
    const y = compute(...lifted.map((operand) => operand.value))
    return new Dual(tag, y, ruleOf(name)(s, y, ...(lifted as [Dual, Dual, Dual])), name, lifted)
  }
  const names = [...Object.keys(basicRules), ...Object.keys(functions)] as OperationName[]
  return {
    ...(Object.fromEntries(
      names.map((name) => [name, (...operands: ScalarOperand[]) => apply(name, operands)]),
    ) as unknown as Pick<ScalarSet, OperationName>),
    const: (value, dtype) => lift(tag, s.const(value, dtype)),
    convert(x, dtype) {
      const { value, tangent } = lift(tag, x)
      const kept = tangent !== null && isFloat(dtype) ? s.convert(tangent, dtype) : null
      return new Dual(tag, s.convert(value, dtype), kept)
    },
  }
}
