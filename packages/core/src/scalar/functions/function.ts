import type { InstructionSet, Scalar, With } from '../set'
import type { TangentRule } from '../tangents'

/** The definition of a named function. Its slope may use the named functions `Uses`. */
interface Definition<Program, Uses extends string> {
  /** Computes the value from instructions. */
  readonly program: Program
  /** The derivative times the incoming tangent. */
  readonly slope: TangentRule<With<Uses>>
}

/** A named function of one float argument. */
export interface UnaryFunction<Uses extends string = never> extends Definition<
  (s: InstructionSet, x: Scalar) => Scalar,
  Uses
> {
  readonly inputs: 1
}

/** A named function of two float arguments. */
export interface BinaryFunction<Uses extends string = never> extends Definition<
  (s: InstructionSet, a: Scalar, b: Scalar) => Scalar,
  Uses
> {
  readonly inputs: 2
}

/** Defines a function of one argument. */
/* @__NO_SIDE_EFFECTS__ */
export function unary<Uses extends string = never>(
  definition: Omit<UnaryFunction<NoInfer<Uses>>, 'inputs'>,
): UnaryFunction<Uses> {
  return { inputs: 1, ...definition }
}

/** Defines a function of two arguments. */
/* @__NO_SIDE_EFFECTS__ */
export function binary<Uses extends string = never>(
  definition: Omit<BinaryFunction<NoInfer<Uses>>, 'inputs'>,
): BinaryFunction<Uses> {
  return { inputs: 2, ...definition }
}
