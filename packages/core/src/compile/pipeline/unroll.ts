import { reading, window } from '../../kernels/moves'
import type { Limits } from '../../kernels/limits'
import { type Combine, isPosition, type Work } from '../../kernels/work'
import { expanded, recordProgram } from '../../scalar/expand'
import type { ExpandedProgram } from '../../scalar/instructions'
import { Recorder, type RecordedValue } from '../../scalar/recorder'
import type { Shape } from '../../types/shapes'
import { exactText } from '../../values/printing'
import { sizeOf } from '../../values/shape'
import { withoutDead } from './dead'
import type { Definition, Ir, Value, ValueId } from './ir'

/** The most elements that a reduction may combine to become a map, and the most reads of that map. */
const mostElements = 32
const mostReads = 64

/** The fewest results of such a map: it computes four at a time. */
const fewestResults = 8

type Reduction = Work<'reduce'> & { readonly inputs: readonly ValueId[] }

/**
 * Replaces reductions over few elements by maps that read each of these elements: the axes need not be adjacent then,
 * and there is no loop within a loop. Maps that only the reduction uses join it. The programs combine elements in the
 * order of the numerics specification, so every bit stays.
 */
export function unroll({ values, outputs }: Ir, limits: Limits): Ir {
  if (!limits.hasLoops) return { values, outputs }
  const users = values.map(() => new Set<ValueId>())
  values.forEach(({ definition }, id) => definition.inputs.forEach((input) => users[input].add(id)))
  const unrolling = new Unrolling(limits)
  const at: ValueId[] = []
  values.forEach((value, id) => {
    const inputs = value.definition.inputs.map((input) => at[input])
    const isShared = users[id].size > 1 || outputs.includes(id)
    at[id] = unrolling.add(value, { ...value.definition, inputs } as Definition, isShared)
  })
  return withoutDead({ values: unrolling.all, outputs: outputs.map((output) => at[output]) })
}

class Unrolling {
  readonly all: Value[] = []
  readonly #isShared: boolean[] = []
  /** Equal loops have one program. */
  readonly #programs = new Map<string, ExpandedProgram>()

  constructor(private readonly limits: Limits) {}

  add(value: Value, definition: Definition, isShared: boolean): ValueId {
    const unrolled = definition.kind === 'reduce' ? this.#unrolled(value, definition) : null
    const added = this.all.push(unrolled ?? { ...value, definition }) - 1
    this.#isShared[added] = isShared
    return added
  }

  #unrolled(value: Value, { combine, axes, inputs }: Reduction): Value | null {
    const [operand] = inputs
    const { shape, dtype } = this.all[operand]
    const sizes = axes.map((axis) => shape[axis])
    const count = sizeOf(sizes)
    const isSmall = count > 1 && count <= mostElements && sizeOf(value.shape) >= fewestResults
    if (!isSmall || dtype === 'bool' || isPosition(combine)) return null
    const reads = this.#readsOf(operand)
    if (reads === null || reads.length * count > mostReads) return null
    const unrolled = new Element(this.all, shape, axes)
    const elements = indices(sizes).map((index) => unrolled.at(operand, index))
    const program = this.#known(unrolled.program(combined(unrolled.recorder, combine, elements)))
    const { length } = program.instructions
    if (length > this.limits.longestProgram / 2 || !this.limits.canLoop(expanded(program).instructions)) return null
    const slices = unrolled.slices.map((slice) => {
      this.#isShared[this.all.length] = true
      return this.all.push({ ...slice, region: value.region }) - 1
    })
    return { ...value, definition: { kind: 'map', program, inputs: slices } }
  }

  /** What the maps that end at a value read; null if one of them is used elsewhere too: then a loop does both. */
  #readsOf(id: ValueId): readonly ValueId[] | null {
    const { definition } = this.all[id]
    if (definition.kind !== 'map') return [id]
    if (this.#isShared[id]) return null
    const lists = definition.inputs.map((input) => this.#readsOf(input))
    return lists.includes(null) ? null : [...new Set(lists.flatMap((list) => list!))]
  }

  #known(program: ExpandedProgram): ExpandedProgram {
    const key = program.instructions.map((step) => {
      const { name, dtype, operands } = step
      return `${name} ${dtype} ${name === 'const' ? exactText(step.value) : name === 'input' ? step.index : operands.join()}`
    })
    const known = this.#programs.get(key.join(';')) ?? program
    this.#programs.set(key.join(';'), known)
    return known
  }
}

/** The program of one result: each element of a reduction as its maps compute it from slices of what they read. */
class Element {
  readonly recorder = new Recorder()
  readonly slices: Value[] = []
  readonly #inputs = new Map<string, RecordedValue>()

  constructor(
    private readonly values: readonly Value[],
    private readonly shape: Shape,
    private readonly axes: readonly number[],
  ) {}

  /** The element of a value at an index of the reduced axes. */
  at(id: ValueId, index: readonly number[]): RecordedValue {
    const { definition } = this.values[id]
    if (definition.kind !== 'map') return this.#read(id, index)
    const inputs = definition.inputs.map((input) => this.at(input, index))
    return recordProgram(this.recorder, expanded(definition.program), inputs)
  }

  program(result: RecordedValue): ExpandedProgram {
    return this.recorder.program(
      this.slices.map(({ dtype }) => dtype),
      result,
    )
  }

  #read(id: ValueId, index: readonly number[]): RecordedValue {
    const { axes } = this
    const given = this.values[id]
    const lead = this.shape.length - given.shape.length
    const full = this.shape.map((_, axis) => (axis < lead ? 1 : given.shape[axis - lead]))
    const start = full.map((size, axis) => (size === 1 || !axes.includes(axis) ? 0 : index[axes.indexOf(axis)]))
    const { offset, strides } = window(
      full,
      start,
      full.map(() => 1),
    )
    const key = `${id} ${offset}`
    const known = this.#inputs.get(key)
    if (known !== undefined) return known
    const kept = [...full.keys()].filter((axis) => !axes.includes(axis))
    const size = kept.map((axis) => full[axis])
    const part = reading(size, { offset, strides: kept.map((axis) => strides[axis]) })
    const slice = this.slices.push({
      ...given,
      name: 'slice',
      shape: size,
      definition: { kind: 'move', parts: [part], inputs: [id] },
    })
    const input = this.recorder.record({ name: 'input', dtype: given.dtype, operands: [], index: slice - 1 })
    this.#inputs.set(key, input)
    return input
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
