import { reading, window } from '../../kernels/moves'
import { isLoopReduction } from '../../kernels/kernel-of'
import type { Limits } from '../../kernels/limits'
import { type Combine, isPosition, type Work } from '../../kernels/work'
import { expanded, recordProgram } from '../../scalar/expand'
import type { Program } from '../../scalar/instructions'
import { Recorder, type RecordedValue } from '../../scalar/recorder'
import type { Shape } from '../../types/shapes'
import { sizeOf } from '../../values/shape'
import type { Definition, Ir, Value, ValueId } from './ir'

/** The most elements that a reduction may combine to become a map, and the most reads of that map. */
const mostElements = 32
const mostReads = 64

/** The fewest results of such a map: it computes four at a time. */
const fewestResults = 8

type MapOf = Work<'map'> & { readonly inputs: readonly ValueId[] }

/**
 * Replaces reductions over few elements by maps that read each of these elements: the axes need not be adjacent then,
 * and there is no loop within a loop. A map that only the reduction uses joins it. The programs combine elements in
 * the order of the numerics specification, so every bit stays.
 */
export function unroll({ values, outputs }: Ir, limits: Limits): Ir {
  if (!limits.hasLoops) return { values, outputs }
  const users = values.map(() => 0)
  for (const { definition } of values) for (const input of definition.inputs) users[input]++
  for (const output of outputs) users[output]++
  const unrolling = new Unrolling(limits, users)
  const at: ValueId[] = []
  values.forEach((value, id) => {
    const inputs = value.definition.inputs.map((input) => at[input])
    at[id] = unrolling.add(value, id, { ...value.definition, inputs } as Definition)
  })
  return { values: unrolling.all, outputs: outputs.map((output) => at[output]) }
}

class Unrolling {
  readonly all: Value[] = []
  readonly #programs = new Map<string, Program>()
  /** For values of the new list: whether something else than the reduction uses it. */
  readonly #isShared: boolean[] = []

  constructor(
    private readonly limits: Limits,
    private readonly users: readonly number[],
  ) {}

  add(value: Value, id: ValueId, definition: Definition): ValueId {
    const unrolled = definition.kind === 'reduce' ? this.#unrolled(value, definition) : null
    const added = this.all.push(unrolled ?? { ...value, definition }) - 1
    this.#isShared[added] = this.users[id] > 1
    return added
  }

  #unrolled(value: Value, reduce: Work<'reduce'> & { readonly inputs: readonly ValueId[] }): Value | null {
    const { combine, axes } = reduce
    const [operand] = reduce.inputs
    const { shape, dtype, definition } = this.all[operand]
    const sizes = axes.map((axis) => shape[axis])
    const count = sizeOf(sizes)
    const isSmall = count > 1 && count <= mostElements && sizeOf(value.shape) >= fewestResults
    if (!isSmall || dtype === 'bool' || isPosition(combine) || !isLoopReduction(combine, dtype)) return null
    const joins = definition.kind === 'map'
    // A loop that computes the elements for others too combines them on the way.
    if (joins && this.#isShared[operand]) return null
    const inner = joins ? definition : null
    const sources = inner === null ? [operand] : inner.inputs
    if (count * sources.length > mostReads) return null
    const reads: ValueId[] = []
    const known = new Map<string, number>()
    const operands = indices(sizes).map((index) =>
      sources.map((source) => this.#read(value, source, shape, axes, index, reads, known)),
    )
    const program = this.#program(combine, inner, operands, reads)
    if (!this.limits.canLoop(expanded(program).instructions)) return null
    if (expanded(program).instructions.length > this.limits.longestProgram / 2) return null
    return { ...value, definition: { kind: 'map', program, inputs: reads } }
  }

  /** Which of `reads` has the elements of a source at an index of the reduced axes. */
  #read(
    { region }: Value,
    source: ValueId,
    shape: Shape,
    axes: readonly number[],
    index: readonly number[],
    reads: ValueId[],
    known: Map<string, number>,
  ): number {
    const given = this.all[source]
    const lead = shape.length - given.shape.length
    const full = shape.map((_, axis) => (axis < lead ? 1 : given.shape[axis - lead]))
    const start = full.map((size, axis) => (size === 1 || !axes.includes(axis) ? 0 : index[axes.indexOf(axis)]))
    const { offset, strides } = window(
      full,
      start,
      full.map(() => 1),
    )
    const key = `${source} ${offset}`
    let read = known.get(key)
    if (read === undefined) {
      const kept = [...full.keys()].filter((axis) => !axes.includes(axis))
      const size = kept.map((axis) => full[axis])
      const part = reading(size, { offset, strides: kept.map((axis) => strides[axis]) })
      const definition = { kind: 'move', parts: [part], inputs: [source] } as const
      read = reads.push(this.all.push({ ...given, name: 'slice', shape: size, definition, region }) - 1) - 1
      known.set(key, read)
    }
    return read
  }

  #program(
    combine: Combine,
    inner: MapOf | null,
    operands: readonly (readonly number[])[],
    reads: readonly ValueId[],
  ): Program {
    const dtypes = reads.map((read) => this.all[read].dtype)
    const recorder = new Recorder()
    const inputs = dtypes.map((dtype, index) => recorder.record({ name: 'input', dtype, operands: [], index }))
    const elements = operands.map((list) => {
      const given = list.map((read) => inputs[read])
      return inner === null ? given[0] : recordProgram(recorder, expanded(inner.program), given)
    })
    const program = recorder.program(dtypes, combined(recorder, combine, elements))
    // Equal loops have one program.
    const key = JSON.stringify(program, (_, each: unknown) =>
      Object.is(each, -0) ? '-0' : typeof each === 'number' && !Number.isFinite(each) ? String(each) : each,
    )
    const known = this.#programs.get(key)
    if (known === undefined) this.#programs.set(key, program)
    return known ?? program
  }
}

/** All indices below the given sizes, in row-major order. */
function indices(sizes: readonly number[]): (readonly number[])[] {
  return sizes.reduce<(readonly number[])[]>(
    (list, size) => list.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  )
}

const instructionOf = { sum: 'add', product: 'mul', maximum: 'max', minimum: 'min' } as const

/**
 * Elements go round eight lanes, which are combined as `((0·1)·(2·3))·((4·5)·(6·7))`. A lane that has no element holds
 * the identity element. To add 0 at the end has the effect of all the zeros in lanes: no sum is -0.
 */
function combined(recorder: Recorder, combine: Combine, elements: readonly RecordedValue[]): RecordedValue {
  const name = instructionOf[combine as keyof typeof instructionOf]
  const join = (a: RecordedValue, b: RecordedValue | undefined) =>
    b === undefined ? a : recorder.record({ name, dtype: a.dtype, operands: [a.at, b.at] })
  const lanes: RecordedValue[] = []
  elements.forEach((element, i) => (lanes[i & 7] = i < 8 ? element : join(lanes[i & 7], element)))
  let level = lanes
  while (level.length > 1)
    level = level
      .filter((_, i) => i % 2 === 0)
      .map((each, i) => join(each, level[2 * i + 1] as RecordedValue | undefined))
  const [total] = level
  if (combine !== 'sum' || total.dtype === 'int32') return total
  return join(total, recorder.record({ name: 'const', dtype: total.dtype, operands: [], value: 0 }))
}
