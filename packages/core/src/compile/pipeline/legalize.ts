import type { Limits } from '../../kernels/limits'
import { reducedSpace } from '../../kernels/space'
import { mapOf } from '../../recording/programs'
import { sizeOf, stridesOf } from '../../values/shape'
import { type Definition, type Ir, isControl, type Value, type ValueId } from './ir'
import { canLoop, type LoopSpace, type Access, accessesOf, spaceOf } from './loopable'
import { withoutReshapes } from './reshapes'
import { unroll } from './unroll'
import { moved, Views, viewPart } from './views'

/** A computation for whose every value there is a kernel. */
export interface Legal {
  readonly ir: Ir
  readonly views: Views
  /** For each value: the iteration space of the loop that computes it, null if none does, and what that loop reads. */
  readonly spaces: readonly (LoopSpace | null)[]
  readonly accesses: readonly (readonly Access[])[]
  /** The bodies of each loop or branch. */
  readonly bodies: ReadonlyMap<ValueId, readonly Legal[]>
}

/**
 * Ensures four conditions: (1) each output owns its buffer; (2) kernels that need contiguous operands get them; (3)
 * the reduced axes of each reduction are adjacent, so that one loop can iterate over them; (4) a contraction sums more
 * than one product.
 */
export function legalize(ir: Ir, limits: Limits): Legal {
  const withOutputs = ownOutputs(withReducible(unroll(withoutReshapes(withoutOuter(ir)), limits)))
  const views = new Views(withOutputs.values, limits.hasLoops, matricesOf(withOutputs, limits))
  for (const output of withOutputs.outputs) views.materialize(output)
  const spaces = withOutputs.values.map((_, id) => spaceOf(withOutputs, id, limits))
  withOutputs.values.forEach((value, id) => {
    if (needsOrder(value, spaces[id], limits))
      for (const operand of value.definition.inputs)
        if (!isOrdered(withOutputs, views, operand)) views.materialize(operand)
    if (value.definition.kind !== 'reduce') return
    const space = spaces[id]
    const accesses = { [id]: accessesOf(withOutputs, views, id) }
    if (space !== null && !canLoop(accesses, [id], space)) views.materialize(value.definition.inputs[0])
  })
  const accesses = withOutputs.values.map((_, id) => accessesOf(withOutputs, views, id))
  const bodies = new Map<ValueId, readonly Legal[]>()
  withOutputs.values.forEach(({ definition }, id) => {
    if (isControl(definition))
      bodies.set(
        id,
        definition.bodies.map((body) => legalize(body, limits)),
      )
  })
  return { ir: withOutputs, views, spaces, accesses, bodies }
}

/** The moves that nothing reads but contractions, as their left operands. These find elements by any strides. */
function matricesOf({ values, outputs }: Ir, limits: Limits): ReadonlySet<ValueId> {
  const others = new Set<ValueId>(outputs)
  const moves = new Set<ValueId>()
  for (let id = values.length - 1; id >= 0; id--) {
    const { definition } = values[id]
    if (viewPart(values[id]) !== null && !others.has(id)) moves.add(id)
    const isProduct = definition.kind === 'contract' && limits.hasProducts
    definition.inputs.forEach((input, i) => {
      if (!(isProduct && i === 0) && !moves.has(id)) others.add(input)
    })
  }
  return moves
}

/** Copies outputs that are inputs, constants or repeated outputs. */
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

/** The canon sums from +0, so a product of -0 becomes +0. */
const outer = /* @__PURE__ */ mapOf((s, a, b) => s.add(s.mul(a, b), 0))

/**
 * Outer products as maps: a contraction over an axis of size 1 sums nothing, and loops fuse with what uses them. The
 * gradients of a matrix for each example are such products.
 */
function withoutOuter({ values, outputs }: Ir): Ir {
  const all = values.map((value): Value => {
    const { definition } = value
    if (definition.kind !== 'contract') return value
    const operands = definition.inputs.map((input) => values[input])
    if (operands[0].shape[operands[0].shape.length - 1] !== 1) return value
    return { ...value, definition: { ...outer.work(operands, value, undefined), inputs: definition.inputs } }
  })
  return { values: all, outputs }
}

/**
 * Makes reduced axes adjacent: a reduction over other axes reduces a transposed copy, whose last axes are the reduced
 * ones. The order of the elements along these axes stays, and with it every bit of the result.
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

/** Whether the kernel of a value needs contiguous operands, in row-major order. */
function needsOrder(value: Value, space: LoopSpace | null, limits: Limits): boolean {
  const { kind } = value.definition
  if (kind === 'input' || kind === 'constant') return false
  if (kind === 'contract') return !limits.hasProducts
  return kind === 'move' ? viewPart(value) === null : space === null
}

/** Whether a value is contiguous where it is read: in row-major order, without gaps. */
function isOrdered({ values }: Ir, views: Views, id: ValueId): boolean {
  const { base, offset, strides } = views.of(id)
  const { shape } = values[id]
  const rows = stridesOf(shape)
  return (
    offset === 0 &&
    sizeOf(values[base].shape) === sizeOf(shape) &&
    shape.every((size, axis) => size === 1 || strides[axis] === rows[axis])
  )
}
