import type { Limits } from '../../kernels/limits'
import {
  type Block,
  type BufferId,
  type ChooseKernel,
  type Lifetime,
  type RepeatKernel,
  type ScheduledKernel,
  type Schedule,
  touched,
} from '../../kernels/schedule'
import type { TensorType } from '../../kernels/work'
import type { TypedArray } from '../../values/dtype'
import type { Tensor } from '../../values/tensor'
import type { Fused } from './fuse'
import type { Group } from './group'
import { type Choose, isControl, type Repeat, type ValueId } from './ir'
import { Composer, kernelOfGroup } from './kernels'

/**
 * Makes a kernel of each group and computes lifetimes. The buffer of a value has the value's number. What is inside of
 * loops and branches has the numbers after these.
 */
export function scheduleOf(fused: Fused, limits: Limits): Schedule {
  const { values, outputs } = fused.ir
  const scheduling = new Scheduling(limits)
  const buffers = values.map((value) => scheduling.add(value))
  const { kernels, lifetimes } = scheduling.blockOf(fused, buffers, outputs)
  const inputs = values.flatMap(({ definition }, id) => (definition.kind === 'input' ? [id] : []))
  const constants = [...scheduling.constants]
    .filter(([, buffer]) => scheduling.read.has(buffer))
    .map(([tensor, buffer]): { buffer: BufferId; data: TypedArray } => ({ buffer, data: tensor.values! }))
  return { buffers: scheduling.buffers, kernels, constants, inputs, outputs, lifetimes }
}

/** The buffers of all bodies, and the kernels that use them. */
class Scheduling {
  readonly buffers: TensorType[] = []
  readonly constants = new Map<Tensor, BufferId>()
  /** The buffers that kernels read. */
  readonly read = new Set<BufferId>()
  readonly #composer = new Composer()

  constructor(private readonly limits: Limits) {}

  add({ shape, dtype }: TensorType): BufferId {
    return this.buffers.push({ shape, dtype }) - 1
  }

  /** The kernels of a body, given the buffer of each value. */
  blockOf(fused: Fused, buffers: readonly BufferId[], outputs: readonly BufferId[]): Block {
    const { ir, groups } = fused
    const given = new Set(outputs)
    ir.values.forEach(({ definition }, id) => {
      if (definition.kind === 'constant' && !this.constants.has(definition.tensor))
        this.constants.set(definition.tensor, buffers[id])
      if (definition.kind === 'constant' || definition.kind === 'input') given.add(buffers[id])
    })
    const context = { stored: storedValues(fused), buffers, composer: this.#composer, limits: this.limits }
    const kernels = groups.map((group) => {
      const { definition } = ir.values[group.members[0]]
      if (!isControl(definition)) return kernelOfGroup(fused, group, context)
      return definition.kind === 'repeat'
        ? this.#repeat(fused, group, definition, buffers)
        : this.#choose(fused, group, definition, buffers)
    })
    for (const kernel of kernels) for (const buffer of touched(kernel).reads) this.read.add(buffer)
    return { kernels, lifetimes: lifetimesOf(kernels, given) }
  }

  /** The kernels of the body of a loop or branch, whose inputs and outputs have the given buffers. */
  #bodyOf(fused: Fused, inputs: readonly BufferId[], outputs: readonly BufferId[]): Block {
    const { ir } = fused
    const buffers = ir.values.map((value, id) => {
      const { definition } = value
      if (definition.kind === 'input') return inputs[definition.index]
      const known = definition.kind === 'constant' ? this.constants.get(definition.tensor) : undefined
      const output = ir.outputs.indexOf(id)
      return known ?? (output >= 0 ? outputs[output] : this.add(value))
    })
    return this.blockOf(fused, buffers, outputs)
  }

  #repeat(fused: Fused, { members }: Group, loop: Repeat, buffers: readonly BufferId[]): RepeatKernel {
    const { length, isCounted, carries: own, xs: rows, reverse } = loop
    const [step, condition] = fused.bodies.get(members[0])! as readonly (Fused | undefined)[]
    const given = this.#operands(fused, loop, buffers)
    const [count, operands] = isCounted ? [given[0], given.slice(1)] : [null, given]
    const resultOf = resultsOf(fused, members, buffers)
    const outputs = step!.ir.outputs.map((output) => step!.ir.values[output])
    const carries = outputs.slice(0, own).map((type, i) => ({
      first: operands[i],
      last: resultOf(i) ?? this.add(type),
      current: this.add(type),
      next: this.add(type),
    }))
    const xs = operands.slice(own, own + rows).map((stack, i) => {
      // The buffer may have another shape, as a reshaped tensor is not copied.
      const { shape, dtype } = fused.ir.values[loop.inputs[Number(isCounted) + own + i]]
      return { stack, row: this.add({ shape: shape.slice(1), dtype }) }
    })
    const stacks = outputs.slice(own).map((type, i) => ({ stack: resultOf(own + i)!, row: this.add(type) }))
    const captured = operands.slice(own + rows)
    const inputs = [...carries.map(({ current }) => current), ...xs.map(({ row }) => row), ...captured]
    const written = [...carries.map(({ next }) => next), ...stacks.map(({ row }) => row)]
    const result = condition && this.add({ shape: [], dtype: 'bool' })
    return {
      ...{ kind: 'repeat', length, count, reverse, carries, xs, stacks, captured },
      step: this.#bodyOf(step!, inputs, written),
      condition: condition === undefined ? null : { ...this.#bodyOf(condition, inputs, [result!]), result: result! },
      steps: resultOf(outputs.length) ?? null,
    }
  }

  #choose(fused: Fused, { members }: Group, branch: Choose, buffers: readonly BufferId[]): ChooseKernel {
    const bodies = fused.bodies.get(members[0])!
    const [index, ...captured] = this.#operands(fused, branch, buffers)
    const resultOf = resultsOf(fused, members, buffers)
    const results = bodies[0].ir.outputs.map((_, i) => resultOf(i)!)
    return {
      kind: 'choose',
      index,
      captured,
      results,
      branches: bodies.map((body) => this.#bodyOf(body, captured, results)),
    }
  }

  /** The buffers of operands, which are whole and in row-major order. */
  #operands({ views }: Fused, { inputs }: Repeat | Choose, buffers: readonly BufferId[]): BufferId[] {
    return inputs.map((operand) => buffers[views.of(operand).base])
  }
}

/** The buffers of the results of a loop or branch, by number; undefined for one that nothing uses. */
function resultsOf(
  { ir }: Fused,
  members: readonly ValueId[],
  buffers: readonly BufferId[],
): (index: number) => BufferId | undefined {
  const found = new Map<number, BufferId>()
  for (const member of members) {
    const { definition } = ir.values[member]
    if (definition.kind === 'result') found.set(definition.index, buffers[member])
  }
  return (index) => found.get(index)
}

/** The values that need a buffer: outputs, and those that are read outside the loop that computes them. */
function storedValues({ ir, views, groups }: Fused): Set<ValueId> {
  const stored = new Set(ir.outputs)
  const loops = groups.flatMap((group) => (group.epilogue === null ? [group] : [group, group.epilogue]))
  const groupOf = new Map(loops.flatMap((group) => group.members.map((member) => [member, group] as const)))
  for (const group of loops)
    for (const member of group.members)
      for (const operand of ir.values[member].definition.inputs) {
        const { base } = views.isMaterialized(member) ? views.sourceOf(member) : views.of(operand)
        if (groupOf.get(base) !== group) stored.add(base)
      }
  return stored
}

/** The lifetime of each buffer other than inputs, outputs and constants. */
function lifetimesOf(kernels: readonly ScheduledKernel[], given: ReadonlySet<BufferId>): Lifetime[] {
  const lastUse = new Map<BufferId, number>()
  kernels.forEach((kernel, time) => touched(kernel).reads.forEach((id) => lastUse.set(id, time)))
  const lifetimes = new Map<BufferId, Lifetime>()
  kernels.forEach((kernel, time) => {
    for (const buffer of touched(kernel).writes)
      if (!given.has(buffer) && !lifetimes.has(buffer))
        lifetimes.set(buffer, { buffer, from: time, to: lastUse.get(buffer) ?? time })
  })
  return [...lifetimes.values()]
}
