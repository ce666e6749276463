import type { InstructionSet, Scalar } from './set'

/** A formula of float inputs that is evaluated in float64, whatever their dtype, and rounded once. */
/* @__NO_SIDE_EFFECTS__ */
export function wide<S extends InstructionSet>(
  formula: (s: S, ...inputs: Scalar[]) => Scalar,
): (s: S, ...inputs: Scalar[]) => Scalar {
  return (s, ...inputs) => s.convert(formula(s, ...inputs.map((input) => s.convert(input, 'float64'))), inputs[0].dtype)
}
