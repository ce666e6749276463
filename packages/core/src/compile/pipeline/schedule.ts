import type { Limits } from '../../kernels/limits'
import { type BufferId, type Lifetime, type ScheduledKernel, type Schedule, touched } from '../../kernels/schedule'
import type { TypedArray } from '../../values/dtype'
import type { Fused } from './fuse'
import type { ValueId } from './ir'
import { Composer, kernelOfGroup } from './kernels'

/** Makes a kernel of each group and computes lifetimes. The buffer of a value has the value's number. */
export function scheduleOf(fused: Fused, limits: Limits): Schedule {
  const { ir, groups } = fused
  const stored = storedValues(fused)
  const composer = new Composer()
  const kernels = groups.map((group) => kernelOfGroup(fused, group, stored, composer, limits))
  const used = new Set(kernels.flatMap((kernel) => touched(kernel).reads))
  const constants: { buffer: BufferId; data: TypedArray }[] = []
  ir.values.forEach(({ definition }, id) => {
    if (definition.kind === 'constant' && used.has(id)) constants.push({ buffer: id, data: definition.tensor.values! })
  })
  const inputs = ir.values.flatMap(({ definition }, id) => (definition.kind === 'input' ? [id] : []))
  const given = new Set([...inputs, ...ir.outputs, ...constants.map(({ buffer }) => buffer)])
  return {
    buffers: ir.values.map(({ shape, dtype }) => ({ shape, dtype })),
    kernels,
    constants,
    inputs,
    outputs: ir.outputs,
    lifetimes: lifetimesOf(kernels, given),
  }
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
