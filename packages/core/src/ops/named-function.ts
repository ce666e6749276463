import { defineElementwise, type WithOp } from '../recording/define'
import type { Interval } from '../recording/domain'
import type { Notation } from '../recording/op'
import { functions } from '../scalar/functions'
import type { UnaryFunction } from '../scalar/functions/function'
import type { Lifted } from '../scalar/tangents'
import type { UnarySignature } from '../types/signatures'
import type { Tensor } from '../values/tensor'
import { add, div, mul, neg } from './arithmetic'

type Functions = typeof functions

/** Functions of the table of one argument. */
type UnaryName = { [Name in keyof Functions]: Functions[Name] extends { inputs: 1 } ? Name : never }[keyof Functions]

/** The ops that the slope of a function applies besides arithmetic. */
type Used<Name extends UnaryName> =
  Functions[Name] extends UnaryFunction<infer Uses> ? Readonly<Record<Uses, UnarySignature>> : never

const arithmetic = { add, div, mul, neg }

/**
 * The op of a named scalar function. Value and derivative are those of the table `functions`: the partial is the slope
 * there, calculated with ops instead of scalars. `used` is a function because slopes refer to each other in circles.
 */
/* @__NO_SIDE_EFFECTS__ */
export function namedFunction<Name extends UnaryName>(
  name: Name,
  interval: Interval,
  used: () => Used<Name>,
  notation?: Notation,
): UnarySignature & WithOp {
  const partial = (d: Tensor, [x]: readonly Tensor[], y: Tensor): Tensor => {
    // A rule only passes its scalars on to the set, so it takes tensors where the set takes them.
    const slope = functions[name].slope as unknown as (s: object, y: Tensor, x: LiftedTensor) => Tensor
    return slope({ ...arithmetic, ...used() }, y, { value: x, tangent: d })
  }
  return defineElementwise<UnarySignature>({
    name,
    inputs: 1,
    formula: (s, x) => s[name](x),
    domain: [interval],
    partials: [partial],
    ...(notation && { notation }),
  })
}

/** A `Lifted` of tensors. */
type LiftedTensor = { readonly [Key in keyof Lifted]: Tensor }
