import type { BareFormula, Formula, Functions, ScalarSet } from './formula'
import { type FunctionName, functions } from './functions'
import { methodsOf } from './recording-set'
import type { CallingSet } from './set'

/** A formula whose set has a method for each named function, as one that calls them. It brings all of them. */
/* @__NO_SIDE_EFFECTS__ */
export function bare(formula: Formula): BareFormula {
  return (s, ...inputs) => formula(withFunctions(s), ...inputs)
}

function withFunctions({ call, ...basic }: CallingSet): ScalarSet {
  const methods: Functions = methodsOf(
    Object.keys(functions) as FunctionName[],
    (name) => functions[name].inputs,
    (name, operands) => call(functions[name], ...operands),
  )
  return { ...basic, ...methods }
}
