import type { InstructionSet, Scalar, With } from '../set'
import type { Rule } from '../tangents'

/** What is stated of a named function; `Uses` are the named functions that its derivative is calculated with. */
interface Stated<Program, Uses extends string> {
  /** The value, from instructions alone. */
  readonly program: Program
  readonly slope: Rule<With<Uses>>
}

/** A named function of one float argument. */
export interface UnaryFunction<Uses extends string = never> extends Stated<
  (s: InstructionSet, x: Scalar) => Scalar,
  Uses
> {
  readonly inputs: 1
}

/** A named function of two float arguments. */
export interface BinaryFunction<Uses extends string = never> extends Stated<
  (s: InstructionSet, a: Scalar, b: Scalar) => Scalar,
  Uses
> {
  readonly inputs: 2
}

/** Defines a function of one argument. */
/* @__NO_SIDE_EFFECTS__ */
export function unary<Uses extends string = never>(
  stated: Omit<UnaryFunction<NoInfer<Uses>>, 'inputs'>,
): UnaryFunction<Uses> {
  return { inputs: 1, ...stated }
}

/** Defines a function of two arguments. */
/* @__NO_SIDE_EFFECTS__ */
export function binary<Uses extends string = never>(
  stated: Omit<BinaryFunction<NoInfer<Uses>>, 'inputs'>,
): BinaryFunction<Uses> {
  return { inputs: 2, ...stated }
}
