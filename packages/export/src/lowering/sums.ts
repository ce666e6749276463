import type { Program, Strided } from '@cotangent/core'
import { type NestedIr, type Repeat, sizeOf, stridesOf } from '@cotangent/core/internal'
import type { Target, Type } from './target'

// A loop over time adds the derivative of a weight to a carry in each step. On devices that share the batch, each of
// these additions needs an all-reduce. Written as one product after the loop, over steps and examples, it needs one.

/** A carry to which each step only adds sums over axes of other values of the step. */
interface SummedCarry {
  readonly carry: number
  /** The values that are added, and the program that adds. */
  readonly terms: readonly number[]
  readonly add: Program
}

/** What a loop need not carry, and what it stacks in its place. */
export interface Sums {
  readonly carries: readonly SummedCarry[]
  /** Values of the step: those that the loop stacks for itself, then those that the sums need. */
  readonly stacked: readonly number[]
}

type Values = NestedIr['values']

/**
 * The carries that can be sums after the loop. The rows that this needs must not take more memory than those that the
 * loop reads: attention in blocks stays in blocks.
 */
export function sumsAfter({ bodies, length, isCounted, carries, xs }: Repeat<NestedIr>): Sums {
  const [step, condition] = bodies
  const own = [...new Set(step.outputs.slice(carries))]
  if (condition !== undefined || isCounted || length === null || length === 0) return { carries: [], stacked: own }
  const uses = usesIn(step)
  const summed = [...Array(carries).keys()].flatMap((carry): SummedCarry[] => {
    const terms = termsOf(step, carry, uses)
    const { definition } = step.values[step.outputs[carry]]
    return !terms?.length || definition.kind !== 'map' ? [] : [{ carry, terms, add: definition.program }]
  })
  const isCaptured = (id: number) => {
    const { definition } = step.values[id]
    return definition.kind === 'constant' || (definition.kind === 'input' && definition.index >= carries + xs)
  }
  const isRow = (id: number) => {
    const { definition } = step.values[id]
    return definition.kind === 'input' && definition.index >= carries && definition.index < carries + xs
  }
  const size = (ids: readonly number[]) => ids.reduce((sum, id) => sum + sizeOf(step.values[id].shape), 0)
  let room = size([...step.values.keys()].filter(isRow))
  const isStacked = new Set(own)
  const chosen = summed.filter(({ terms }) => {
    const rows = terms.map((term) => rowsFor(step.values, term))
    if (!rows.every((list) => list !== null) || rows.flat().some(isCaptured)) return false
    const further = [...new Set(rows.flat())].filter((id) => !isRow(id) && !isStacked.has(id))
    if (size(further) > room) return false
    room -= size(further)
    for (const id of further) isStacked.add(id)
    return true
  })
  return { carries: chosen, stacked: [...isStacked] }
}

/** How often each value of a step is used. */
function usesIn({ values, outputs }: NestedIr): readonly number[] {
  const uses = values.map(() => 0)
  for (const { definition } of values) for (const input of definition.inputs) uses[input]++
  for (const output of outputs) uses[output]++
  return uses
}

/** The values that a step adds to a carry, if it does nothing else with it; null otherwise. */
function termsOf({ values, outputs }: NestedIr, carry: number, uses: readonly number[]): number[] | null {
  const isCarry = (id: number) => {
    const { definition } = values[id]
    return definition.kind === 'input' && definition.index === carry
  }
  const walk = (id: number): number[] | null => {
    if (isCarry(id)) return uses[id] === 1 ? [] : null
    const { definition, shape } = values[id]
    if (uses[id] !== 1 || definition.kind !== 'map' || !isAddition(definition.program)) return null
    const { inputs } = definition
    if (inputs.some((input) => sizeOf(values[input].shape) !== sizeOf(shape))) return null
    const [left, right] = inputs
    const before = walk(left)
    if (before !== null) return [...before, right]
    const after = walk(right)
    return after && [...after, left]
  }
  return walk(outputs[carry])
}

function isAddition({ instructions, result }: Program): boolean {
  const { name, operands } = instructions[result]
  const given = operands.map((at) => instructions[at].name)
  return (
    name === 'add' &&
    instructions.length === 3 &&
    given.every((each) => each === 'input') &&
    operands[0] !== operands[1]
  )
}

/** The values of a step of which the sum of a value over all steps needs the rows; null if it is no sum itself. */
function rowsFor(values: Values, id: number): number[] | null {
  const { definition } = values[id]
  if (definition.kind === 'move' || (definition.kind === 'map' && isAddition(definition.program))) {
    const rows = definition.inputs.map((input) => rowsFor(values, input))
    return rows.every((list) => list !== null) ? rows.flat() : null
  }
  const isSum = definition.kind === 'contract' || (definition.kind === 'reduce' && definition.combine === 'sum')
  return isSum ? definition.inputs.map((input) => beforeMoves(values, input)) : null
}

/** The value that a value is a rearrangement of. */
function beforeMoves(values: Values, id: number): number {
  const { definition } = values[id]
  return definition.kind === 'move' && definition.inputs.length === 1 ? beforeMoves(values, definition.inputs[0]) : id
}

/** Writes sums over all steps, after the loop. */
export class SumWriter<V extends Type> {
  /** `stacks` has the rows of the values of the step that `sumsAfter` wants stacked, and of what the loop reads. */
  constructor(
    private readonly target: Target<V>,
    private readonly values: Values,
    private readonly length: number,
    private readonly stacks: ReadonlyMap<number, V>,
  ) {}

  /** The sum of a value over all steps. */
  sum(id: number): V {
    const { target } = this
    const { definition, shape, dtype } = this.values[id]
    const type = { shape, dtype }
    if (definition.kind === 'move')
      return target.move(
        definition.parts,
        definition.inputs.map((input) => this.sum(input)),
        type,
      )
    if (definition.kind === 'map')
      return target.map(
        definition.program,
        definition.inputs.map((input) => this.sum(input)),
        type,
      )
    const [a, b] = definition.inputs
    if (definition.kind === 'reduce')
      return target.reduce('sum', this.#rows(a), [0, ...definition.axes.map((axis) => axis + 1)], type)
    const rank = shape.length
    return target.contract(this.#merged(a, rank - 1), this.#merged(b, rank - 2), type)
  }

  /** `[steps, ...shape]`. */
  #rows(id: number): V {
    const stack = this.stacks.get(id)
    if (stack !== undefined) return stack
    const { definition, shape, dtype } = this.values[id]
    const parts = definition.kind === 'move' ? definition.parts : []
    const [input] = definition.inputs as readonly number[]
    const along = ({ offset, strides }: Strided, of: number) => ({
      offset,
      strides: [sizeOf(this.values[of].shape), ...strides],
    })
    const moved = parts.map((part) => ({
      ...part,
      size: [this.length, ...part.size],
      from: along(part.from, input),
      to: along(part.to, id),
    }))
    return this.target.move(moved, [this.#rows(input)], { shape: [this.length, ...shape], dtype })
  }

  /** The rows of a matrix, side by side along one of its axes. */
  #merged(id: number, axis: number): V {
    const { shape, dtype } = this.values[id]
    const merged = shape.map((size, at) => (at === axis ? this.length * size : size))
    const insert = (list: readonly number[], value: number) => [...list.slice(0, axis), value, ...list.slice(axis)]
    const strides = stridesOf(merged)
    const part = {
      ...{ input: 0, adds: false },
      size: insert(shape, this.length),
      from: { offset: 0, strides: insert(stridesOf(shape), sizeOf(shape)) },
      to: { offset: 0, strides: insert(strides, strides[axis] * shape[axis]) },
    }
    return this.target.move([part], [this.#rows(id)], { shape: merged, dtype })
  }
}
