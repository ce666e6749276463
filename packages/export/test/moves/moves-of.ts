import { type Move, type Tensor, trace } from '@cotangent/core'
import { lower, type NestedIr } from '@cotangent/core/internal'

/** A move that a graph makes, and the shapes that it goes from and to. */
export interface FoundMove {
  readonly name: string
  readonly parts: Move
  readonly from: readonly (readonly number[])[]
  readonly to: readonly number[]
}

/** The moves of a function of tensors, those in its loops, branches and regions too. */
export function movesOf(f: (...inputs: readonly Tensor[]) => unknown, inputs: readonly Tensor[]): readonly FoundMove[] {
  return movesIn(lower(trace(f, ...inputs)))
}

function movesIn({ values }: NestedIr): readonly FoundMove[] {
  return values.flatMap(({ definition, name, shape: to }) => {
    if ('bodies' in definition) return definition.bodies.flatMap(movesIn)
    if (definition.kind !== 'move') return []
    return [{ name, parts: definition.parts, from: definition.inputs.map((at) => values[at].shape), to }]
  })
}
