import type { Body, TensorType, Work } from '../kernels/work'
import { type BareFormula, buildProgram } from '../scalar/builder'
import { dtypes } from '../values/dtype'

/** The body of an elementwise op. The program of `formula` is built once for each combination of input dtypes. */
/* @__NO_SIDE_EFFECTS__ */
export function mapOf(formula: BareFormula): Body<undefined, 'map'> {
  const built = new Map<number, Work<'map'>>()
  const work = (inputs: readonly TensorType[]): Work<'map'> => {
    // The key is a number rather than a joined string because this runs at every elementwise call.
    let key = 0
    for (let i = 0; i < inputs.length; i++) key = key * (dtypes.length + 1) + dtypes.indexOf(inputs[i].dtype) + 1
    let found = built.get(key)
    if (found === undefined) {
      const program = buildProgram(
        formula,
        inputs.map(({ dtype }) => dtype),
      )
      built.set(key, (found = { kind: 'map', program }))
    }
    return found
  }
  return { kind: 'map', work }
}
