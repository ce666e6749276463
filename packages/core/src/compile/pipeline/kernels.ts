import { kernelOf } from '../../kernels/kernel-of'
import type { Limits } from '../../kernels/limits'
import type { BufferId, LoopKernel, ScheduledKernel, View } from '../../kernels/schedule'
import { expanded, recordProgram } from '../../scalar/expand'
import type { Instruction, Program } from '../../scalar/instructions'
import { Recorder, type RecordedValue as ScalarValue } from '../../scalar/recorder'
import type { DType } from '../../values/dtype'
import { IdentityNumbers } from '../../values/identity-numbers'
import { exactText } from '../../values/printing'
import type { Tensor } from '../../values/tensor'
import { uniformValue } from '../../values/uniform'
import type { Fused } from './fuse'
import type { Group } from './group'
import { isWork, type ValueId } from './ir'
import { type Access, stridesInSpace } from './loopable'

/** What the kernels of a body need to know besides their groups. */
export interface KernelContext {
  /** The values that need a buffer. */
  readonly stored: ReadonlySet<ValueId>
  /** The buffer of each value. */
  readonly buffers: readonly BufferId[]
  readonly composer: Composer
  readonly limits: Limits
}

/** The kernel of a group that is neither a loop over a body nor a branch. */
export function kernelOfGroup(fused: Fused, group: Group, context: KernelContext): ScheduledKernel {
  if (group.space !== null) return loopKernel(fused, group, context)
  const kernel = singleKernel(fused, group.members[0], context)
  if (kernel.kind !== 'contract' || group.epilogue === null) return kernel
  return { ...kernel, epilogue: loopKernel(fused, group.epilogue, context) }
}

function singleKernel({ ir, views }: Fused, id: ValueId, { buffers, limits }: KernelContext): ScheduledKernel {
  const { definition, shape, dtype, name, operation } = ir.values[id]
  if (!isWork(definition)) throw new Error(`[compile] no kernel computes a ${definition.kind}`)
  const inputs = definition.inputs.map((operand) => {
    const { shape, dtype } = ir.values[operand]
    const { base, offset, strides } = views.of(operand)
    const digits = views.digitsOf(operand)
    return { type: { shape, dtype }, view: { buffer: buffers[base], offset, strides, ...(digits && { digits }) } }
  })
  const { inputs: _, ...work } = definition
  return kernelOf(operation ?? name, work, inputs, { type: { shape, dtype }, buffer: buffers[id] }, limits)
}

/** What a member of a loop takes: what an earlier member computes, a read of the loop, or a constant. */
type MemberOperand =
  | { readonly member: number }
  | { readonly read: number; readonly dtype: DType }
  | { readonly value: number; readonly dtype: DType }

/** What a member of a loop does with its operands; a copy has neither program nor reduction. */
interface MemberStep {
  readonly program: Program | null
  readonly operands: readonly MemberOperand[]
  readonly isResult: boolean
}

/** The program of a loop: its instructions, what it reads of the reads it was given, and where the results are. */
interface Composed {
  readonly instructions: readonly Instruction[]
  readonly used: readonly number[]
  readonly results: readonly number[]
}

/** Puts programs together. Equal layers have equal loops, which are put together once. */
export class Composer {
  readonly #composed = new Map<string, Composed>()
  readonly #numbers = new IdentityNumbers()

  compose(steps: readonly MemberStep[]): Composed {
    const key = steps.map((step) => this.#keyOf(step)).join('|')
    let composed = this.#composed.get(key)
    if (composed === undefined) this.#composed.set(key, (composed = put(steps)))
    return composed
  }

  #keyOf({ program, operands, isResult }: MemberStep): string {
    const parts = operands.map((operand) => {
      if ('member' in operand) return `m${operand.member}`
      if ('read' in operand) return `r${operand.read} ${operand.dtype}`
      return `c${exactText(operand.value)} ${operand.dtype}`
    })
    return `${program === null ? 'copy' : this.#numbers.of(program)} ${parts.join()} ${isResult}`
  }
}

function put(steps: readonly MemberStep[]): Composed {
  const recorder = new Recorder()
  const computed: ScalarValue[] = []
  const results: ScalarValue[] = []
  for (const { program, operands, isResult } of steps) {
    const values = operands.map((operand) => {
      if ('member' in operand) return computed[operand.member]
      const { dtype } = operand
      return 'read' in operand
        ? recorder.record({ name: 'input', dtype, operands: [], index: operand.read })
        : recorder.record({ name: 'const', dtype, operands: [], value: operand.value })
    })
    const value = program === null ? values[0] : recordProgram(recorder, expanded(program), values)
    computed.push(value)
    if (isResult) results.push(value)
  }
  const { instructions, positions } = recorder.needed(results)
  // Reads that a rewritten program no longer makes are left out.
  const used = instructions.flatMap((instruction) => (instruction.name === 'input' ? [instruction.index] : []))
  return {
    used,
    results: positions,
    instructions: instructions.map((instruction) =>
      instruction.name === 'input' ? { ...instruction, index: used.indexOf(instruction.index) } : instruction,
    ),
  }
}

/**
 * Puts the programs of the members together; what one member computes is what another takes, without a detour by
 * memory.
 */
function loopKernel(fused: Fused, { members, space }: Group, { stored, buffers, composer }: KernelContext): LoopKernel {
  const { ir, accesses } = fused
  const { shape, reduced } = space!
  const reads: View[] = []
  const positions = new Map<string, number>()
  const places = new Map(members.map((id, place) => [id, place]))

  const operandOf = (access: Access): MemberOperand => {
    const { view, isPointwise } = access
    const member = places.get(view.base)
    if (member !== undefined && isPointwise) return { member }
    const { dtype, definition } = ir.values[view.base]
    const value = definition.kind === 'constant' ? valueOf(definition.tensor) : undefined
    if (value !== undefined) return { value, dtype }
    const found = { buffer: buffers[view.base], offset: view.offset, strides: stridesInSpace(access, shape) }
    const key = `${found.buffer} ${found.offset} ${found.strides.join()}`
    let read = positions.get(key)
    if (read === undefined) positions.set(key, (read = reads.push(found) - 1))
    return { read, dtype }
  }

  const isReduction = (id: ValueId) => ir.values[id].definition.kind === 'reduce'
  const steps = members.map((id): MemberStep => {
    const { definition } = ir.values[id]
    return {
      program: definition.kind === 'map' ? definition.program : null,
      operands: accesses[id].map(operandOf),
      isResult: stored.has(id) || isReduction(id),
    }
  })
  const { instructions, used, results } = composer.compose(steps)
  const written = members.filter((_, i) => steps[i].isResult).map((id, i) => ({ id, value: results[i] }))
  return {
    kind: 'loop',
    shape,
    reads: used.map((read) => reads[read]),
    instructions,
    stores: written.filter(({ id }) => !isReduction(id)).map(({ id, value }) => ({ value, buffer: buffers[id] })),
    reductions: written.flatMap(({ id, value }) => {
      const { definition } = ir.values[id]
      return definition.kind === 'reduce' ? [{ value, combine: definition.combine, buffer: buffers[id] }] : []
    }),
    reduced,
  }
}

/** The one number that fills a constant. */
function valueOf(tensor: Tensor): number | undefined {
  const known = uniformValue(tensor)
  if (known !== undefined) return known
  const values = tensor.values!
  const first = values[0]
  for (let i = 1; i < values.length; i++) if (!Object.is(values[i], first)) return undefined
  return first
}
