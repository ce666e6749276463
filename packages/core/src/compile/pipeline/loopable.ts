import type { Limits } from '../../kernels/limits'
import { isLoopReduction, mergeAxes, reducedSpace } from '../../kernels/space'
import { sameShape, stridesOf } from '../../values/shape'
import type { Shape } from '../../types/shapes'
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
export function spaceOf({ values }: Ir, id: ValueId, limits: Limits): LoopSpace | null {
  const { definition, shape } = values[id]
  if (!limits.canRun('loop')) return null
  switch (definition.kind) {
    case 'map':
      return limits.canLoop(definition.program.instructions) ? { shape: squeezed(shape), reduced: [0, 0] } : null
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

/** Something that a member of a loop reads. */
export interface Source {
  readonly reading: Reading
  /** Strides along those axes of what the member runs over that are longer than 1. */
  readonly strides: readonly number[]
  /** Whether what is read is, element by element, what the loop is at. */
  readonly isInPlace: boolean
}

/** What a member of a loop reads: its operands, or what it copies. */
export function sourcesOf({ values }: Ir, readings: Readings, id: ValueId): Source[] {
  const { definition, shape } = values[id]
  const over = definition.kind === 'reduce' ? values[definition.inputs[0]].shape : shape
  const space = squeezed(over)
  const source = (reading: Reading, from: Shape): Source => {
    const base = values[reading.base]
    const strides = broadcastReading(from, reading.strides, over).filter((_, axis) => over[axis] !== 1)
    const isInOrder = reading.offset === 0 && sameShape(strides, stridesOf(space))
    const isInPlace = isInOrder && base.definition.kind !== 'reduce' && sameShape(squeezed(base.shape), space)
    return { reading, strides, isInPlace }
  }
  if (readings.isCopied(id)) return [source(readings.contentOf(id), shape)]
  return definition.inputs.map((operand) => source(readings.of(operand), values[operand].shape))
}

/** Strides with which a member reads a source in a loop of this shape, which may have an axis of size 1 more. */
export function stridesInSpace({ strides }: Source, shape: Shape): number[] {
  return [...strides, ...shape.slice(strides.length).map(() => 0)]
}

/** Whether one loop can reduce the axes: they join to one axis in everything that is read, with at most one axis below. */
export function canLoop(
  sources: Readonly<Record<ValueId, readonly Source[]>>,
  members: readonly ValueId[],
  { shape, reduced }: LoopSpace,
): boolean {
  const strides = members.flatMap((id) =>
    sources[id].filter(({ reading }) => !members.includes(reading.base)).map((source) => stridesInSpace(source, shape)),
  )
  const merged = mergeAxes(shape, strides, reduced)
  return merged !== null && merged.reducedAxis >= merged.shape.length - 2
}
