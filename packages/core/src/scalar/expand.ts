import type { NamedFunction } from './functions/function'
import type { Call, ExpandedProgram, Program, Step } from './instructions'
import { Recorder, type RecordedValue } from './recorder'
import { Operands, recordingSet } from './recording-set'

const expansions = /* @__PURE__ */ new WeakMap<Program, ExpandedProgram>()

/** The program with its calls expanded into instructions, made once. A program without calls is returned itself. */
export function expanded(program: Program): ExpandedProgram {
  let known = expansions.get(program)
  if (known === undefined) {
    known = hasNoCalls(program) ? program : expand(program)
    expansions.set(program, known)
  }
  return known
}

function hasNoCalls(program: Program): program is ExpandedProgram {
  return program.instructions.every(({ name }) => name !== 'call')
}

function expand(program: Program): ExpandedProgram {
  const recorder = new Recorder()
  const inputs = program.inputs.map((dtype, index) => recorder.record({ name: 'input', dtype, operands: [], index }))
  return recorder.program(program.inputs, recordProgram(recorder, program, inputs))
}

/** Records the instructions of a program, with `inputs` in place of its inputs. */
export function recordProgram(
  recorder: Recorder,
  { instructions, result }: Program,
  inputs: readonly RecordedValue[],
): RecordedValue {
  const values: RecordedValue[] = []
  for (const step of instructions) values.push(inlined(recorder, step, values, inputs))
  return values[result]
}

function inlined(
  recorder: Recorder,
  step: Step,
  values: readonly RecordedValue[],
  inputs: readonly RecordedValue[],
): RecordedValue {
  if (step.name === 'input') return inputs[step.index]
  const operands = step.operands.map((at) => values[at])
  if (step.name === 'call') return expandCall(recorder, step, operands)
  return recorder.record({ ...step, operands: operands.map(({ at }) => at) } as unknown as typeof step)
}

/** Records the instructions of the called function. */
export function expandCall(recorder: Recorder<Step>, call: Call, operands: readonly RecordedValue[]): RecordedValue {
  const { program } = call.definition as NamedFunction
  return program(recordingSet(new Operands(recorder, call.dtype)), ...operands) as RecordedValue
}
