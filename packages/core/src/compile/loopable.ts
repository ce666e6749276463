import { isVectorizable } from '../backends/wasm/lanes'
import { isLoopReduction, mergeAxes, reducedSpace } from '../backends/space'
import { stridesOf } from '../values/shape'
import type { Shape } from '../values/shape-types'
import type { Ir, ValueId } from './ir'
import { broadcastReading, type Reading, type Readings, viewPart } from './views'

/** Axes of a loop that are longer than 1, and which of them are reduced. */
export interface LoopSpace {
  readonly shape: Shape
  readonly reduced: readonly [from: number, to: number]
}

/** The shape without axes of size 1. */
function squeezed(shape: Shape): number[] {
  return shape.filter((size) => size !== 1)
}

/** The space over which a value is computed in a loop; null where it is not. */
export function spaceOf({ values }: Ir, id: ValueId): LoopSpace | null {
  const { definition, shape } = values[id]
  switch (definition.kind) {
    case 'map':
      return isVectorizable(definition.program.instructions) ? { shape: squeezed(shape), reduced: [0, 0] } : null
    case 'move':
      return viewPart(values[id]) === null ? null : { shape: squeezed(shape), reduced: [0, 0] }
    case 'reduce': {
      const operand = values[definition.inputs[0]]
      return isLoopReduction(definition.combine, operand.dtype) ? reducedSpace(operand.shape, definition.axes) : null
    }
    default:
      return null
  }
}

/** What a member of a loop reads: its operands, or what it copies. */
export function sourcesOf({ values }: Ir, readings: Readings, id: ValueId): { reading: Reading; from: Shape }[] {
  const { definition, shape } = values[id]
  if (readings.isCopied(id)) return [{ reading: readings.contentOf(id), from: shape }]
  return definition.inputs.map((operand) => ({ reading: readings.of(operand), from: values[operand].shape }))
}

/** The shape over which a member of a loop runs, axes of size 1 included. */
function runsOver({ values }: Ir, id: ValueId): Shape {
  const { definition, shape } = values[id]
  return definition.kind === 'reduce' ? values[definition.inputs[0]].shape : shape
}

/** Strides with which a member of a loop over the space `shape` (without axes of size 1) reads a source. */
export function stridesInSpace(ir: Ir, id: ValueId, from: Shape, { strides }: Reading, shape: Shape): number[] {
  const over = runsOver(ir, id)
  const kept = broadcastReading(from, strides, over).filter((_, axis) => over[axis] !== 1)
  return [...kept, ...shape.slice(kept.length).map(() => 0)]
}

/** Whether a member of a loop reads a source at the very element that the loop is at. */
export function readsInPlace(ir: Ir, id: ValueId, from: Shape, reading: Reading): boolean {
  const base = ir.values[reading.base]
  if (base.definition.kind === 'reduce' || reading.offset !== 0) return false
  const over = squeezed(runsOver(ir, id))
  const strides = stridesInSpace(ir, id, from, reading, over)
  return squeezed(base.shape).join() === over.join() && strides.join() === stridesOf(over).join()
}

/** Whether one loop can reduce the axes: they join to one axis in everything that is read, with at most one axis below. */
export function canLoop(ir: Ir, readings: Readings, members: readonly ValueId[], space: LoopSpace): boolean {
  const own = new Set(members)
  const strides = members.flatMap((id) =>
    sourcesOf(ir, readings, id)
      .filter(({ reading }) => !own.has(reading.base))
      .map(({ reading, from }) => stridesInSpace(ir, id, from, reading, space.shape)),
  )
  const merged = mergeAxes(space.shape, strides, space.reduced)
  return merged !== null && merged.reducedAxis >= merged.shape.length - 2
}
