import type { LoopKernel, PlanKernel, View } from '../backends/plan'
import { Recorder, type Value as ScalarValue } from '../scalar/recorder'
import type { Instruction } from '../scalar/instructions'
import type { Shape } from '../values/shape-types'
import type { Fused, Group } from './fuse'
import type { ValueId } from './ir'
import { readsInPlace, sourcesOf, stridesInSpace } from './loopable'
import type { Reading } from './views'

/** The kernel of a group. Buffers have the numbers of the values that they hold. */
export function kernelOf(fused: Fused, group: Group, stored: ReadonlySet<ValueId>): PlanKernel {
  return group.space === null ? singleKernel(fused, group.members[0]) : loopKernel(fused, group, stored)
}

function viewOf({ base, offset, strides }: Reading): View {
  return { buffer: base, offset, strides }
}

function singleKernel({ ir, readings }: Fused, id: ValueId): PlanKernel {
  const { definition, shape, dtype, name } = ir.values[id]
  const inputs = definition.inputs.map((operand) => {
    const { shape, dtype } = ir.values[operand]
    return { buffer: readings.of(operand).base, type: { shape, dtype } }
  })
  const host = { kind: 'host', name, inputs, output: id, type: { shape, dtype } } as const
  switch (definition.kind) {
    case 'contract': {
      const [a, b] = definition.inputs
      const rank = shape.length
      return {
        kind: 'contract',
        dtype,
        batch: shape.slice(0, -2),
        m: shape[rank - 2],
        n: shape[rank - 1],
        k: ir.values[a].shape[rank - 1],
        a: viewOf(readings.of(a)),
        b: viewOf(readings.of(b)),
        output: id,
      }
    }
    case 'move':
      return { kind: 'move', parts: definition.parts, inputs: inputs.map(({ buffer }) => buffer), shape, output: id }
    case 'map':
      return { ...host, body: { kind: 'map', program: () => definition.program }, attributes: undefined }
    case 'reduce':
      return { ...host, body: definition, attributes: { axes: definition.axes } }
    case 'host':
      return { ...host, body: definition.body, attributes: definition.attributes }
    default:
      throw new Error(`[compile] no kernel computes a ${definition.kind}`)
  }
}

/** Puts the programs of the members together; what one member computes is what another takes, without a detour by memory. */
function loopKernel(fused: Fused, { members, space }: Group, stored: ReadonlySet<ValueId>): LoopKernel {
  const { ir, readings } = fused
  const { shape, reduced } = space!
  const recorder = new Recorder()
  const computed = new Map<ValueId, ScalarValue>()
  const reads: View[] = []
  const positions = new Map<string, number>()

  const read = (id: ValueId, reading: Reading, from: Shape): ScalarValue => {
    const inside = computed.get(reading.base)
    if (inside !== undefined && readsInPlace(ir, id, from, reading)) return inside
    const { dtype, definition } = ir.values[reading.base]
    const uniform = definition.kind === 'constant' ? uniformValue(definition.tensor.values!) : undefined
    if (uniform !== undefined) return recorder.record({ name: 'const', dtype, operands: [], value: uniform })
    const view = { buffer: reading.base, offset: reading.offset, strides: stridesInSpace(ir, id, from, reading, shape) }
    const key = `${view.buffer} ${view.offset} ${view.strides.join()}`
    let index = positions.get(key)
    if (index === undefined) positions.set(key, (index = reads.push(view) - 1))
    return recorder.record({ name: 'input', dtype, operands: [], index })
  }

  const stores: { value: ScalarValue; buffer: ValueId }[] = []
  const reductions: { value: ScalarValue; combine: LoopKernel['reductions'][number]['combine']; buffer: ValueId }[] = []
  for (const id of members) {
    const { definition } = ir.values[id]
    const operands = sourcesOf(ir, readings, id).map(({ reading, from }) => read(id, reading, from))
    if (definition.kind === 'reduce') {
      reductions.push({ value: operands[0], combine: definition.combine, buffer: id })
      continue
    }
    const value = definition.kind === 'map' ? inlined(recorder, definition.program, operands) : operands[0]
    computed.set(id, value)
    if (stored.has(id)) stores.push({ value, buffer: id })
  }
  const results = [...stores, ...reductions]
  const { instructions, positions: at } = recorder.needed(results.map(({ value }) => value))
  return {
    kind: 'loop',
    shape,
    ...onlyUsed(reads, instructions),
    stores: stores.map(({ buffer }, i) => ({ buffer, value: at[i] })),
    reductions: reductions.map(({ combine, buffer }, i) => ({ combine, buffer, value: at[stores.length + i] })),
    reduced,
  }
}

/** A program with operands in place of its inputs. */
function inlined(
  recorder: Recorder,
  { instructions, result }: { instructions: readonly Instruction[]; result: number },
  operands: readonly ScalarValue[],
): ScalarValue {
  const values: ScalarValue[] = []
  for (const instruction of instructions)
    values.push(
      instruction.name === 'input'
        ? operands[instruction.index]
        : recorder.record({
            ...instruction,
            operands: instruction.operands.map((at) => values[at].at),
          } as unknown as Instruction),
    )
  return values[result]
}

/** Reads that a rewritten program no longer makes are left out. */
function onlyUsed(
  reads: readonly View[],
  instructions: readonly Instruction[],
): { reads: readonly View[]; instructions: readonly Instruction[] } {
  const used = instructions.flatMap((instruction) => (instruction.name === 'input' ? [instruction.index] : []))
  return {
    reads: used.map((index) => reads[index]),
    instructions: instructions.map((instruction) =>
      instruction.name === 'input' ? { ...instruction, index: used.indexOf(instruction.index) } : instruction,
    ),
  }
}

/** The one number that fills a constant. */
export function uniformValue(values: ArrayLike<number>): number | undefined {
  const first = values[0]
  for (let i = 1; i < values.length; i++) if (!Object.is(values[i], first)) return undefined
  return first
}
