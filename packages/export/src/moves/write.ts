import type { DType, Move } from '@cotangent/core'
import { structured } from './structured'
import type { Action, Step } from './steps'

type Shape = readonly number[]

/** Shape and dtype of a value. */
interface Type {
  readonly shape: Shape
  readonly dtype: DType
}

/**
 * A language in which moves are written: a method for each kind of step. Each gets the parameters of the step with the
 * type of its result, and its operands.
 */
export type MoveWriter<V> = {
  readonly [K in Action['kind']]: (step: Extract<Step, { kind: K }>, ...operands: V[]) => V
}

/** Writes a move as steps. The inputs have one dtype, that of the result. */
export function writeMove<V extends Type>(writer: MoveWriter<V>, parts: Move, inputs: readonly V[], type: Type): V {
  const { steps, result } = structured(
    parts,
    inputs.map(({ shape }) => shape),
    type.shape,
    type.dtype,
  )
  const values = [...inputs]
  for (const step of steps) {
    const method = writer[step.kind] as (step: Step, ...operands: V[]) => V
    values.push(method.apply(writer, [step, ...step.operands.map((at) => values[at])]))
  }
  return values[result]
}
