import { dtypes, type DType } from '../values/dtype'
import type { Formula, ScalarSet } from './formula'
import { type FunctionName, functions } from './functions'
import type { Identity } from './identities'
import type { Program, Step } from './instructions'
import { Recorder } from './recorder'
import { methodsOf, Operands, recordingSet } from './recording-set'

export type { Formula, ScalarSet } from './formula'
export type { Program } from './instructions'
export type { Scalar } from './set'

/**
 * Runs `formula` once on symbolic elements of the given dtypes, and returns the program that it recorded. The program
 * is simplified by `rules` (default: all identities). Named functions stay calls.
 *
 * @throws DTypeError where dtypes do not fit (a formula promotes nothing: use `s.convert`), ValueError where a scalar
 * of another formula is used.
 */
export function buildProgram(formula: Formula, inputDTypes: readonly DType[], rules?: readonly Identity[]): Program {
  const recorder = new Recorder<Step>(rules)
  const strongest = Math.max(...inputDTypes.map((dtype) => dtypes.indexOf(dtype)))
  const operands = new Operands(recorder, strongest > 0 ? dtypes[strongest] : 'float32')
  const inputs = inputDTypes.map((dtype, index) => recorder.record({ name: 'input', dtype, operands: [], index }))
  const result = formula(formulaSet(operands), ...inputs)
  return recorder.program(inputDTypes, operands.unify('result', [result])[0])
}

const functionNames = /* @__PURE__ */ Object.keys(functions) as readonly FunctionName[]

/** The set that records what a formula does: instructions, and calls of named functions. */
function formulaSet(given: Operands): ScalarSet {
  const calls = methodsOf(
    functionNames,
    (name) => functions[name].inputs,
    (name, operands) => {
      const values = given.within('float', name, operands)
      const [{ dtype }] = values
      return given.recorder.record({ name: 'call', function: name, dtype, operands: values.map(({ at }) => at) })
    },
  )
  return Object.assign(recordingSet(given), calls)
}
