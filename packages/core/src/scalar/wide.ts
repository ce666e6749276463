import type { Formula } from './set'

/** A formula of float inputs that is evaluated in float64, whatever their dtype, and rounded once. */
/* @__NO_SIDE_EFFECTS__ */
export function wide(formula: Formula): Formula {
  return (s, ...inputs) => s.convert(formula(s, ...inputs.map((input) => s.convert(input, 'float64'))), inputs[0].dtype)
}
