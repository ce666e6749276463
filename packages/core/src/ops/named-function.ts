import { defineElementwise, type WithOp } from '../recording/define'
import type { Interval } from '../recording/domain'
import type { Notation } from '../recording/op'
import type { UnaryFunction } from '../scalar/functions/function'
import type { Lifted } from '../scalar/tangents'
import type { UnarySignature } from '../types/signatures'
import type { Tensor } from '../values/tensor'
import { add, div, mul, neg } from './arithmetic'

/** The ops of the functions that a slope calls. */
type Used<Uses extends string> = Readonly<Record<Uses, UnarySignature>>

const arithmetic = { add, div, mul, neg }

/**
 * The op of a named scalar function. Value and derivative are those of the function: the partial is its slope,
 * calculated with ops instead of scalars. `used` is a function because slopes refer to each other in circles.
 */
/* @__NO_SIDE_EFFECTS__ */
export function namedFunction<Uses extends string>(
  f: UnaryFunction<string, Uses>,
  interval: Interval,
  used: () => Used<Uses>,
  notation?: Notation,
): UnarySignature & WithOp {
  const call = ({ name }: { name: Uses }, x: Tensor) => used()[name](x)
  // A rule only passes its scalars on to the set, so it takes tensors where the set takes them.
  const slope = f.slope as unknown as (s: object, y: Tensor, x: LiftedTensor) => Tensor
  return defineElementwise<UnarySignature>({
    name: f.name,
    inputs: 1,
    formula: (s, x) => s.call(f, x),
    domain: [interval],
    partials: [(d, [x], y) => slope({ ...arithmetic, call }, y, { value: x, tangent: d })],
    ...(notation && { notation }),
  })
}

/** A `Lifted` of tensors. */
type LiftedTensor = { readonly [Key in keyof Lifted]: Tensor }
