import type { Definition, Ir, NestedIr, Value, ValueId } from './ir'

/**
 * Inlines every region that runs its one body exactly once, as checkpoints and compiled calls do. What a region
 * computes keeps the region's number, so that no later stage merges it with values from outside.
 */
export function inline(nested: NestedIr): Ir {
  const inlining = new Inlining()
  return { values: inlining.values, outputs: inlining.inline(nested, null, 0) }
}

class Inlining {
  readonly values: Value[] = []
  #regions = 0

  /** Adds the values of a body, with `operands` for its inputs, and returns those of its outputs. */
  inline({ values, outputs }: NestedIr, operands: readonly ValueId[] | null, region: number): ValueId[] {
    const at: ValueId[] = []
    const results = new Map<ValueId, readonly ValueId[]>()
    values.forEach((value, id) => {
      const { definition } = value
      const inputs = definition.inputs.map((input) => at[input])
      if (definition.kind === 'region') {
        if (definition.bodies.length !== 1)
          throw new Error(
            `[compile] ${value.name} has ${definition.bodies.length} bodies, and only regions of one are compiled`,
          )
        results.set(id, this.inline(definition.bodies[0], inputs, ++this.#regions))
      } else if (definition.kind === 'result') at[id] = results.get(definition.inputs[0])![definition.index]
      else if (definition.kind === 'input' && operands !== null) at[id] = operands[definition.index]
      else {
        const own = definition.kind === 'input' || definition.kind === 'constant' ? 0 : region
        at[id] = this.values.push({ ...value, definition: { ...definition, inputs } as Definition, region: own }) - 1
      }
    })
    return outputs.map((output) => at[output])
  }
}
