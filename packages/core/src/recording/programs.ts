import { buildProgram, type Formula, type Program } from '../scalar/builder'
import { type DType, dtypes } from '../values/dtype'

/** Builds the program of a formula for given input dtypes, once for each combination. */
/* @__NO_SIDE_EFFECTS__ */
export function programsOf(formula: Formula): (inputs: readonly DType[]) => Program {
  const built = new Map<number, Program>()
  return (inputs) => {
    // A number rather than a joined string: this runs at every elementwise call.
    let key = 0
    for (const dtype of inputs) key = key * (dtypes.length + 1) + dtypes.indexOf(dtype) + 1
    let program = built.get(key)
    if (program === undefined) built.set(key, (program = buildProgram(formula, inputs)))
    return program
  }
}
