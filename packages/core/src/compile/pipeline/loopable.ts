import type { Limits } from '../../kernels/limits'
import { isLoopReduction } from '../../kernels/kernel-of'
import { reducedSpace, reductionSpace } from '../../kernels/space'
import { expanded } from '../../scalar/expand'
import { sameShape, stridesOf } from '../../values/shape'
import type { Shape } from '../../types/shapes'
import type { Ir, ValueId } from './ir'
import { broadcastView, type ValueView, type Views, viewPart } from './views'

/** The iteration space of a loop: its axes longer than 1, and which of them are reduced. */
export interface LoopSpace {
  readonly shape: Shape
  readonly reduced: readonly [from: number, to: number]
}

/** Whether a loop reduces an axis. */
export const isReduction = ({ reduced: [from, to] }: LoopSpace): boolean => from < to

/** The shape without axes of size 1. */
function squeezed(shape: Shape): number[] {
  return shape.filter((size) => size !== 1)
}

/** The iteration space of a value; null if no loop computes it. */
export function spaceOf({ values }: Ir, id: ValueId, limits: Limits): LoopSpace | null {
  const { definition, shape } = values[id]
  if (!limits.hasLoops) return null
  switch (definition.kind) {
    case 'map':
      return limits.canLoop(expanded(definition.program).instructions)
        ? { shape: squeezed(shape), reduced: [0, 0] }
        : null
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

/** One read of a loop member. */
export interface Access {
  readonly view: ValueView
  /** Strides along the axes of the iteration space, axes of size 1 left out. */
  readonly strides: readonly number[]
  /** Whether the read is pointwise: element i of the loop reads element i. */
  readonly isPointwise: boolean
}

/** The reads of a loop member: its operands, or the source of a copy. */
export function accessesOf({ values }: Ir, views: Views, id: ValueId): Access[] {
  const { definition, shape } = values[id]
  const over = definition.kind === 'reduce' ? values[definition.inputs[0]].shape : shape
  const space = squeezed(over)
  const access = (view: ValueView, from: Shape): Access => {
    const base = values[view.base]
    const strides = broadcastView(from, view.strides, over).filter((_, axis) => over[axis] !== 1)
    const isInOrder = view.offset === 0 && sameShape(strides, stridesOf(space))
    const isPointwise = isInOrder && base.definition.kind !== 'reduce' && sameShape(squeezed(base.shape), space)
    return { view, strides, isPointwise }
  }
  if (views.isMaterialized(id)) return [access(views.sourceOf(id), shape)]
  return definition.inputs.map((operand) => access(views.of(operand), values[operand].shape))
}

/** The strides of a read in a loop of this shape, which may have one more axis, of size 1. */
export function stridesInSpace({ strides }: Access, shape: Shape): number[] {
  return [...strides, ...shape.slice(strides.length).map(() => 0)]
}

/** Whether one loop can reduce these axes in all reads of its members. */
export function canLoop(
  accesses: Readonly<Record<ValueId, readonly Access[]>>,
  members: readonly ValueId[],
  { shape, reduced }: LoopSpace,
): boolean {
  const strides = members.flatMap((id) =>
    accesses[id].filter(({ view }) => !members.includes(view.base)).map((access) => stridesInSpace(access, shape)),
  )
  return reductionSpace(shape, strides, reduced) !== null
}
