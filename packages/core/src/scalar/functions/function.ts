import type { CallingSet, FunctionOf, InstructionSet, Scalar, With } from '../set'
import type { TangentRule } from '../tangents'

/** What a named function states. Its slope may call the functions `Uses`. */
interface Statement<Program, Uses extends string> {
  /** Computes the value from instructions. */
  readonly program: Program
  /** The derivative times the incoming tangent. */
  readonly slope: TangentRule<With<Uses>>
}

type UnaryProgram = (s: InstructionSet, x: Scalar) => Scalar
type BinaryProgram = (s: InstructionSet, a: Scalar, b: Scalar) => Scalar

/** A named function of one float argument. */
export interface UnaryFunction<Name extends string = string, Uses extends string = never>
  extends FunctionOf<Name>, Statement<UnaryProgram, Uses> {
  readonly inputs: 1
}

/** A named function of two float arguments. */
export interface BinaryFunction<Name extends string = string, Uses extends string = never>
  extends FunctionOf<Name>, Statement<BinaryProgram, Uses> {
  readonly inputs: 2
}

/** Any named function. */
export interface NamedFunction extends FunctionOf<string> {
  readonly program: (s: InstructionSet, ...x: Scalar[]) => Scalar
  readonly slope: TangentRule<CallingSet>
}

/** Defines a function of one argument. */
/* @__NO_SIDE_EFFECTS__ */
export function unary<Name extends string, Uses extends string = never>(
  name: Name,
  statement: Statement<UnaryProgram, NoInfer<Uses>>,
): UnaryFunction<Name, Uses> {
  return { name, inputs: 1, ...statement }
}

/** Defines a function of two arguments. */
/* @__NO_SIDE_EFFECTS__ */
export function binary<Name extends string, Uses extends string = never>(
  name: Name,
  statement: Statement<BinaryProgram, NoInfer<Uses>>,
): BinaryFunction<Name, Uses> {
  return { name, inputs: 2, ...statement }
}
