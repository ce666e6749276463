import { type Definition, type Ir, isControl, type NestedIr, type Value, type ValueId } from './ir'

/**
 * Inlines every region that runs its one body exactly once, as checkpoints and compiled calls do. What a region
 * computes keeps the region's number, so that no later stage merges it with values from outside, unless the region
 * is a composite. Loops and branches keep their bodies, in which regions are inlined.
 */
export function inline(nested: NestedIr): Ir {
  return inlineBody(nested, { regions: 0 })
}

/** The number of regions so far, in all bodies. */
interface Counter {
  regions: number
}

function inlineBody(nested: NestedIr, counter: Counter): Ir {
  const inlining = new Inlining(counter)
  return { values: inlining.values, outputs: inlining.inline(nested, null, 0) }
}

class Inlining {
  readonly values: Value[] = []

  constructor(private readonly counter: Counter) {}

  /** Adds the values of a body, with `operands` for its inputs, and returns those of its outputs. */
  inline({ values, outputs }: NestedIr, operands: readonly ValueId[] | null, region: number): ValueId[] {
    const at: ValueId[] = []
    const results = new Map<ValueId, readonly ValueId[]>()
    values.forEach((value, id) => {
      const { definition, site: _, ...described } = value
      const inputs = definition.inputs.map((input) => at[input])
      if (definition.kind === 'region') {
        const own = definition.isComposite ? region : ++this.counter.regions
        results.set(id, this.inline(definition.bodies[0], inputs, own))
      } else if (definition.kind === 'result' && results.has(definition.inputs[0])) {
        at[id] = results.get(definition.inputs[0])![definition.index]
      } else if (definition.kind === 'input' && operands !== null) at[id] = operands[definition.index]
      else {
        const own = definition.kind === 'input' || definition.kind === 'constant' ? 0 : region
        const inlined = isControl(definition)
          ? { ...definition, bodies: definition.bodies.map((body) => inlineBody(body, this.counter)) }
          : definition
        at[id] = this.values.push({ ...described, definition: { ...inlined, inputs } as Definition, region: own }) - 1
      }
    })
    return outputs.map((output) => at[output])
  }
}
