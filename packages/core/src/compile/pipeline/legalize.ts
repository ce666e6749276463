import type { Limits } from '../../kernels/limits'
import { reducedSpace } from '../../kernels/space'
import { sizeOf, stridesOf } from '../../values/shape'
import type { Definition, Ir, Value, ValueId } from './ir'
import { canLoop, type LoopSpace, type Source, sourcesOf, spaceOf } from './loopable'
import { moved, Readings, viewPart } from './views'

/** A computation in which every value can be made by a kernel that there is. */
export interface Legal {
  readonly ir: Ir
  readonly readings: Readings
  /** For each value: the space of the loop that computes it, if one does, and what that reads. */
  readonly spaces: readonly (LoopSpace | null)[]
  readonly sources: readonly (readonly Source[])[]
}

/**
 * Gives every output memory of its own, every kernel that needs elements in order operands that have them, and every reduction
 * axes that one loop can walk.
 */
export function legalize(ir: Ir, limits: Limits): Legal {
  const withOutputs = ownOutputs(withReducible(ir))
  const readings = new Readings(withOutputs.values, limits.canRun('loop'))
  for (const output of withOutputs.outputs) readings.materialize(output)
  const spaces = withOutputs.values.map((_, id) => spaceOf(withOutputs, id, limits))
  withOutputs.values.forEach((value, id) => {
    if (needsOrder(value, spaces[id], limits))
      for (const operand of value.definition.inputs)
        if (!isOrdered(withOutputs, readings, operand)) readings.materialize(operand)
    if (value.definition.kind !== 'reduce') return
    const space = spaces[id]
    const sources = { [id]: sourcesOf(withOutputs, readings, id) }
    if (space !== null && !canLoop(sources, [id], space)) readings.materialize(value.definition.inputs[0])
  })
  const sources = withOutputs.values.map((_, id) => sourcesOf(withOutputs, readings, id))
  return { ir: withOutputs, readings, spaces, sources }
}

/** Outputs that are inputs, constants or other outputs become copies. */
function ownOutputs({ values, outputs }: Ir): Ir {
  const all = [...values]
  const taken = new Set<ValueId>()
  const own = outputs.map((output) => {
    const value = values[output]
    const { kind } = value.definition
    if (kind !== 'input' && kind !== 'constant' && !taken.has(output)) {
      taken.add(output)
      return output
    }
    return all.push(moved(value, output, 'copy', value.shape, stridesOf(value.shape))) - 1
  })
  return { values: all, outputs: own }
}

/**
 * Reductions over axes that are no neighbours reduce a copy of their operand with the reduced axes last. The order of the elements along
 * these is kept, and with it every bit.
 */
function withReducible({ values, outputs }: Ir): Ir {
  const all: Value[] = []
  const at: ValueId[] = []
  values.forEach((value, id) => {
    const inputs = value.definition.inputs.map((input) => at[input])
    const definition = { ...value.definition, inputs } as Definition
    if (definition.kind === 'reduce' && !isReducible(values, id)) {
      const operand = all[definition.inputs[0]]
      const { axes } = definition
      const kept = operand.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]))
      const order = [...kept, ...axes]
      const rows = stridesOf(operand.shape)
      const size = order.map((axis) => operand.shape[axis])
      const strides = order.map((axis) => rows[axis])
      const copy = all.push(moved(operand, definition.inputs[0], 'transpose', size, strides)) - 1
      const last = axes.map((_, i) => kept.length + i)
      at[id] = all.push({ ...value, definition: { ...definition, axes: last, inputs: [copy] } }) - 1
    } else at[id] = all.push({ ...value, definition }) - 1
  })
  return { values: all, outputs: outputs.map((output) => at[output]) }
}

function isReducible(values: readonly Value[], id: ValueId): boolean {
  const { definition } = values[id]
  if (definition.kind !== 'reduce') return true
  return reducedSpace(values[definition.inputs[0]].shape, definition.axes) !== null
}

/** Whether the kernel of a value takes its operands in row-major order only. */
function needsOrder(value: Value, space: LoopSpace | null, limits: Limits): boolean {
  const { kind } = value.definition
  if (kind === 'input' || kind === 'constant') return false
  if (kind === 'contract') return !limits.canRun('contract')
  return kind === 'move' ? viewPart(value) === null : space === null
}

/** Whether a value's elements lie in memory in order, where it is read. */
function isOrdered({ values }: Ir, readings: Readings, id: ValueId): boolean {
  const { base, offset, strides } = readings.of(id)
  const { shape } = values[id]
  const rows = stridesOf(shape)
  return (
    offset === 0 &&
    sizeOf(values[base].shape) === sizeOf(shape) &&
    shape.every((size, axis) => size === 1 || strides[axis] === rows[axis])
  )
}
