import type { Graph } from '@cotangent/core'
import { type Choose, lower, type NestedIr, type NestedValue, type Repeat } from '@cotangent/core/internal'
import { ExportError } from '../errors'
import { factorGraph } from './factor-graph'
import { sumsAfter, SumWriter } from './sums'
import type { Block, Place, Target, Type } from './target'

/** Writes a graph in the language of a target. `inputs` are its inputs, in order; returns its outputs, in order. */
export function writeGraph<V extends Type>(graph: Graph, target: Target<V>, inputs: readonly V[]): readonly V[] {
  return new Walk(target, 'keeps places').body(lower(graph), inputs)
}

/** Whether the values of a body have places of their own, or all come from where the region is applied. */
type Places = 'keeps places' | Place

class Walk<V extends Type> {
  constructor(
    private readonly target: Target<V>,
    private readonly places: Places,
  ) {}

  body({ values, outputs }: NestedIr, inputs: readonly V[]): readonly V[] {
    const isNeeded = neededFor(values, outputs)
    const written: (readonly V[])[] = []
    values.forEach((value, id) => {
      if (!isNeeded[id]) return
      written[id] = this.#value(value, (at) => written[at], inputs)
    })
    return outputs.map((output) => written[output][0])
  }

  /** What a value is: one handle, or one for each of its results. */
  #value(value: NestedValue, writtenAt: (id: number) => readonly V[], given: readonly V[]): readonly V[] {
    const { target } = this
    const { definition } = value
    const type: Type = { shape: value.shape, dtype: value.dtype }
    if (definition.kind === 'input') return [given[definition.index]]
    if (definition.kind === 'result') return [writtenAt(definition.inputs[0])[definition.index]]
    const place = this.#placeOf(value)
    target.from(place)
    const inputs = definition.inputs.map((input) => writtenAt(input)[0])
    switch (definition.kind) {
      case 'constant':
        return [target.constant(definition.tensor)]
      case 'map':
        return [target.map(definition.program, inputs, type)]
      case 'reduce':
        return [target.reduce(definition.combine, inputs[0], definition.axes, type)]
      case 'accumulate':
        return [target.accumulate(definition.combine, inputs[0], definition.axis, type)]
      case 'argsort':
        return [target.argsort(inputs[0], definition.axis, type)]
      case 'contract':
        return [target.contract(inputs[0], inputs[1], type)]
      case 'move':
        return [target.move(definition.parts, inputs, type)]
      case 'gather':
        return [target.gather(definition, inputs[0], inputs[1], type)]
      case 'scatter':
        return [target.scatter(definition, inputs[0], inputs[1], type)]
      case 'factor': {
        const written = target.factor(definition.factorization, inputs, type)
        if (written !== null) return [written]
        const graph = factorGraph(definition.factorization, inputs, type)
        return new Walk(target, place).body(lower(graph), inputs)
      }
      case 'region': {
        const [body] = definition.bodies
        const written = definition.convolution && target.convolve(definition.convolution, inputs[0], inputs[1], type)
        if (written) return [written]
        // The body of a composite was traced just now, so its values have no call sites of the user's.
        const walk = definition.isComposite ? new Walk(target, place) : this
        return walk.body(body, definition.isComposite ? inputs : target.fence(inputs))
      }
      case 'repeat':
        return this.#loop(definition, inputs)
      case 'choose':
        return this.#branch(definition, inputs)
      case 'opaque':
        throw new ExportError(
          'opaque-kernel',
          `[${place.op}]${place.line === undefined ? '' : ` at ${place.line}`} is computed by a kernel in JavaScript, ` +
            'which cannot leave; define the op by a formula (defineElementwise), by a body of another kind, or as a ' +
            'composition of ops',
        )
    }
  }

  #loop(repeat: Repeat<NestedIr>, inputs: readonly V[]): readonly V[] {
    const { bodies, length, isCounted, carries, xs, reverse } = repeat
    const [step, condition] = bodies
    const operands = inputs.slice(Number(isCounted))
    const rows = operands.slice(carries, carries + xs)
    const captured = operands.slice(carries + xs)
    const sums = sumsAfter(repeat)
    const carried = [...Array(carries).keys()].filter((at) => !sums.carries.some(({ carry }) => carry === at))
    const { stacked } = sums
    const body = { values: step.values, outputs: [...carried.map((at) => step.outputs[at]), ...stacked] }
    const result = this.target.loop({
      count: isCounted ? inputs[0] : null,
      ...{ length, reverse },
      carries: carried.map((at) => operands[at]),
      xs: rows,
      stacks: stacked.map((id) => ({ shape: [length!, ...step.values[id].shape], dtype: step.values[id].dtype })),
      step: (given) => {
        const own = Array<V>(carries + xs)
        carried.forEach((at, i) => (own[at] = given[i]))
        given.slice(carried.length).forEach((row, i) => (own[carries + i] = row))
        return this.body(body, [...own, ...captured])
      },
      condition:
        condition === undefined ? null : (given) => this.body(condition, [...given, ...operands.slice(carries)]),
    })
    const stacks = new Map(stacked.map((id, i) => [id, result.stacks[i]]))
    const final = [...operands.slice(0, carries)]
    carried.forEach((at, i) => (final[at] = result.carries[i]))
    if (sums.carries.length > 0) {
      step.values.forEach(({ definition }, id) => {
        if (definition.kind === 'input' && definition.index >= carries && definition.index < carries + xs)
          stacks.set(id, rows[definition.index - carries])
      })
      const writer = new SumWriter(this.target, step.values, length!, stacks)
      for (const { carry, terms, add } of sums.carries)
        for (const term of terms) {
          const { shape, dtype } = step.values[step.outputs[carry]]
          final[carry] = this.target.map(add, [final[carry], writer.sum(term)], { shape, dtype })
        }
    }
    const ys = step.outputs.slice(carries).map((id) => stacks.get(id)!)
    return [...final, ...ys, result.steps]
  }

  #branch({ bodies }: Choose<NestedIr>, [index, ...operands]: readonly V[]): readonly V[] {
    const branches = bodies.map(
      (body): Block<V> =>
        () =>
          this.body(body, operands),
    )
    const types = bodies[0].outputs.map((output) => bodies[0].values[output])
    return this.target.branch(
      index,
      branches,
      types.map(({ shape, dtype }) => ({ shape, dtype })),
    )
  }

  #placeOf({ name, operation, site }: NestedValue): Place {
    if (this.places !== 'keeps places') return this.places
    return { op: operation ?? name, line: site?.line }
  }
}

/** Whether each value is needed for the outputs. */
function neededFor(values: readonly NestedValue[], outputs: readonly number[]): readonly boolean[] {
  const isNeeded = values.map(() => false)
  for (const output of outputs) isNeeded[output] = true
  for (let id = values.length - 1; id >= 0; id--)
    if (isNeeded[id]) for (const input of values[id].definition.inputs) isNeeded[input] = true
  return isNeeded
}
