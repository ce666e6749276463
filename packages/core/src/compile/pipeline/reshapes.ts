import { sameShape, sizeOf, stridesOf } from '../../values/shape'
import type { Shape } from '../../types/shapes'
import { withoutDead } from './dead'
import type { Definition, Ir, Value, ValueId } from './ir'
import { moved, viewPart } from './views'

/**
 * Reduces what is reshaped, and then computed on, in its shape before: `sum(square(reshape(x, [64, -1])), axis 1)`
 * sums the other axes of x. So the loop that computes x reduces it too. The order of the elements is row-major in both
 * shapes.
 */
export function withoutReshapes(ir: Ir): Ir {
  const { values, outputs } = ir
  const before = values.map((value) => beforeReshape(values, value))
  if (before.every((each) => each === null)) return ir
  const all: Value[] = []
  const at: ValueId[] = []
  const add = (value: Value) => all.push(value) - 1
  /** A value computed in another shape. */
  const computedIn = (shape: Shape, id: ValueId): ValueId => {
    const { definition } = values[id]
    if (definition.kind === 'move') return at[definition.inputs[0]]
    if (definition.kind !== 'map' || sizeOf(values[id].shape) === 1) return at[id]
    const inputs = definition.inputs.map((input) => computedIn(shape, input))
    return add({ ...values[id], shape, definition: { ...definition, inputs } })
  }
  values.forEach((value, id) => {
    const { definition } = value
    const found = before[id]
    if (definition.kind === 'reduce' && found !== null) {
      const { shape, axes } = found
      const kept = shape.filter((_, axis) => !axes.includes(axis))
      const inputs = [computedIn(shape, definition.inputs[0])]
      const reduced = add({ ...value, shape: kept, definition: { ...definition, axes, inputs } })
      at[id] = sameShape(kept, value.shape)
        ? reduced
        : add(moved(value, reduced, 'reshape', value.shape, stridesOf(value.shape)))
    } else {
      const inputs = definition.inputs.map((input) => at[input])
      at[id] = add({ ...value, definition: { ...definition, inputs } as Definition })
    }
  })
  return withoutDead({ values: all, outputs: outputs.map((output) => at[output]) })
}

/** The shape in which a reduction can be done instead, and its axes there; null if there is none. */
function beforeReshape(
  values: readonly Value[],
  { definition }: Value,
): { readonly shape: Shape; readonly axes: number[] } | null {
  if (definition.kind !== 'reduce') return null
  const [operand] = definition.inputs
  const shape = shapeBefore(values, operand)
  const axes = shape && axesBefore(shape, values[operand].shape, definition.axes)
  return axes && { shape, axes }
}

/**
 * The one shape in which a map, and maps before it, can be computed instead, because all that they read was reshaped
 * from values of that shape; null if there is none. Only reshapes of computed values count: what is there already costs
 * no loop.
 */
function shapeBefore(values: readonly Value[], id: ValueId): Shape | null {
  const { definition, shape } = values[id]
  if (definition.kind === 'move') {
    const [source] = definition.inputs
    return isReshape(values[source], values[id]) && values[source].definition.kind === 'map'
      ? values[source].shape
      : null
  }
  if (definition.kind !== 'map') return null
  const operands = definition.inputs.filter((input) => sizeOf(values[input].shape) !== 1)
  const shapes = operands.map((input) => (sameShape(values[input].shape, shape) ? shapeBefore(values, input) : null))
  const first = shapes[0]
  return first && shapes.every((each) => each !== null && sameShape(each, first)) ? first : null
}

/** Whether a move has the elements of its operand, in order. */
function isReshape(source: Value, value: Value): boolean {
  const part = viewPart(value)
  return (
    part !== null &&
    part.from.offset === 0 &&
    sizeOf(source.shape) === sizeOf(value.shape) &&
    sameShape(part.from.strides, stridesOf(value.shape))
  )
}

/** The axes of `from` that the axes of its reshaped form `to` stand for; null if an axis stands for a part of one. */
function axesBefore(from: Shape, to: Shape, axes: readonly number[]): number[] | null {
  const found: number[] = []
  let at = 0
  for (let axis = 0; axis < to.length; axis++) {
    if (to[axis] === 1) continue
    let size = 1
    for (; at < from.length && size < to[axis]; at++) {
      size *= from[at]
      if (axes.includes(axis)) found.push(at)
    }
    if (size !== to[axis]) return null
  }
  return found.length > 0 ? found : null
}
