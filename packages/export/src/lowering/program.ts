import type { DType, Program, ProgramCall, ProgramStep } from '@cotangent/core'
import { expanded } from '@cotangent/core/internal'

/** An instruction that computes. */
export type Computing = Exclude<ProgramStep, { readonly name: 'const' | 'input' | 'call' }>

/** How a target writes the steps of a scalar program, each for all elements at once. */
export interface Elements<V> {
  constant(value: number, dtype: DType): V
  /** `program` is the one that holds the instruction. */
  instruction(instruction: Computing, operands: readonly V[], program: Program): V
  /** A named function such as `tanh`; null where the target has none: its instructions are written in its place. */
  call(name: string, operands: readonly V[], dtype: DType): V | null
}

/** Writes a scalar program for the given inputs, and returns its result. */
export function writeProgram<V>(program: Program, inputs: readonly V[], elements: Elements<V>): V {
  const values: V[] = []
  for (const step of program.instructions) {
    const operands = step.operands.map((at) => values[at])
    if (step.name === 'input') values.push(inputs[step.index])
    else if (step.name === 'const') values.push(elements.constant(step.value, step.dtype))
    else if (step.name === 'call')
      values.push(elements.call(step.function, operands, step.dtype) ?? writeProgram(bodyOf(step), operands, elements))
    else values.push(elements.instruction(step, operands, program))
  }
  return values[program.result]
}

/** The instructions of a call. */
function bodyOf(call: ProgramCall): Program {
  const inputs = call.operands.map(() => call.dtype)
  const given = inputs.map((dtype, index) => ({ name: 'input', dtype, operands: [], index }) as const)
  const operands = given.map((_, at) => at)
  return expanded({ inputs, instructions: [...given, { ...call, operands }], result: given.length, dtype: call.dtype })
}
