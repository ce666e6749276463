import { dtypes, type DType } from '../values/dtype'
import type { BareFormula } from './formula'
import type { Identity } from './identities'
import type { Program, Step } from './instructions'
import { Recorder } from './recorder'
import { Operands, recordingSet } from './recording-set'
import type { CallingSet, FunctionOf, ScalarOperand } from './set'

export type { BareFormula } from './formula'
export type { Program } from './instructions'
export type { BasicSet, CallingSet, Scalar } from './set'

/**
 * Runs `formula` once on symbolic elements of the given dtypes, and returns the program that it recorded. The program
 * is simplified by `rules` (default: all identities). Named functions stay calls.
 *
 * @throws DTypeError where dtypes do not fit (a formula promotes nothing: use `s.convert`), ValueError where a scalar
 * of another formula is used.
 */
export function buildProgram(
  formula: BareFormula,
  inputDTypes: readonly DType[],
  rules?: readonly Identity[],
): Program {
  const recorder = new Recorder<Step>(rules)
  const strongest = Math.max(...inputDTypes.map((dtype) => dtypes.indexOf(dtype)))
  const operands = new Operands(recorder, strongest > 0 ? dtypes[strongest] : 'float32')
  const inputs = inputDTypes.map((dtype, index) => recorder.record({ name: 'input', dtype, operands: [], index }))
  const result = formula(callingSet(operands), ...inputs)
  return recorder.program(inputDTypes, operands.unify('result', [result])[0])
}

/** The set that records what a formula does: instructions, and calls of named functions. */
function callingSet(given: Operands): CallingSet {
  return Object.assign(recordingSet(given), {
    call(f: FunctionOf<string>, ...operands: ScalarOperand[]) {
      const values = given.within('float', f.name, operands)
      const [{ dtype }] = values
      const at = values.map((value) => value.at)
      return given.recorder.record({ name: 'call', function: f.name, definition: f, dtype, operands: at })
    },
  })
}
