import { broadcastStrides, sizeOf, stridesOf } from '../../values/shape'
import { allocate, type DType, type TypedArray } from '../../values/dtype'
import { Numbering } from '../../values/numbering'
import type { Body, Buffer, TensorType } from '../kinds'
import { alignment, bufferBytes, type LineWork, type PlanKernel } from '../plan'
import { givesDType } from '../result-dtype'
import { isLoopReduction, isPosition, type Lines, linesAlong, reducedSpace } from '../space'
import { emitPlan } from './emitter'
import { viewOf } from './instance'
import { isVectorizable } from './lanes'
import { type LinearMemory, load, newMemory, pageBytes } from './webassembly'

/** Elements, or products of a contraction, below which a call costs more than it saves. */
const worthwhile = { loop: 2048, contract: 8192, scan: 2048, order: 256, argmaximum: 512, argminimum: 512 }

/** Elements from which on sorting by the reference takes longer than to compile the kernel and run it. */
const longOrder = 2 ** 14

/** Kernels that are kept; beyond, the one that was used longest ago goes. */
const keptKernels = 256

/** Bytes of memory that stay between calls, at most; what needs more runs elsewhere. */
const keptBytes = 2 ** 28

/** A kernel, where its operands are copied to and its result is found, and the memory that it needs. */
interface Compiled {
  readonly run: () => void
  readonly addresses: readonly number[]
  readonly room: number
}

let memory: LinearMemory | undefined
const kernels = /* @__PURE__ */ new Map<string, Compiled | null>()
const seen = /* @__PURE__ */ new Set<string>()
const numbers = /* @__PURE__ */ new Numbering()

/**
 * Computes one op on a kernel such as compiled programs have, or returns null where that does not pay: operands are copied in
 * and the result out. A kernel is compiled when it is asked for the second time, as it is made for its shapes.
 */
export function executeEagerly(
  body: Body,
  inputs: readonly Buffer[],
  output: TensorType,
  attributes: any,
): TypedArray | null {
  const make = kernelFor(body, inputs, output, attributes)
  if (make === null || !givesDType(body, inputs, output.dtype)) return null
  const { key, kernel, furthest, isUrgent } = make
  let compiled = kernels.get(key)
  if (compiled === undefined) {
    if (!isUrgent && !seen.has(key)) {
      seen.add(key)
      if (seen.size > 4 * keptKernels) seen.clear()
      return null
    }
    compiled = compileKernel(kernel(), [...inputs, output], furthest)
  }
  kernels.delete(key)
  kernels.set(key, compiled)
  if (kernels.size > keptKernels) kernels.delete(kernels.keys().next().value!)
  return compiled === null ? null : call(compiled, inputs, output)
}

interface Made {
  readonly key: string
  /** Whether it pays the first time. */
  readonly isUrgent?: boolean
  readonly kernel: () => PlanKernel
  /** Bytes that a read past the end may lead away. */
  readonly furthest: number
}

function kernelFor(body: Body, inputs: readonly Buffer[], output: TensorType, attributes: any): Made | null {
  const size = sizeOf(output.shape)
  const shapes = inputs.map(({ shape, dtype }) => `${dtype} ${shape.join()}`).join(';')
  switch (body.kind) {
    case 'map': {
      if (size < worthwhile.loop) return null
      const program = body.program(inputs.map(({ dtype }) => dtype))
      const strides = inputs.map(({ shape }) => broadcastStrides(shape, output.shape))
      return {
        key: `${numbers.of(program)};${shapes}`,
        furthest: furthestOf(strides),
        kernel: () => ({
          kind: 'loop',
          shape: output.shape,
          reads: strides.map((list, buffer) => ({ buffer, offset: 0, strides: list })),
          instructions: program.instructions,
          stores: [{ value: program.result, buffer: inputs.length }],
          reductions: [],
          reduced: [0, 0],
        }),
      }
    }
    case 'reduce': {
      const [{ shape, dtype }] = inputs
      const space = reducedSpace(shape, attributes.axes)
      if (space !== null && isPosition(body.combine))
        return lineKernel(body.combine, dtype, linesAlong(space.shape, space.reduced))
      if (sizeOf(shape) < worthwhile.loop || size === 0 || space === null || !isLoopReduction(body.combine, dtype))
        return null
      const strides = stridesOf(space.shape)
      return {
        key: `${body.combine} ${(attributes.axes as readonly number[]).join()};${shapes}`,
        furthest: furthestOf([strides]),
        kernel: () => ({
          kind: 'loop',
          ...space,
          reads: [{ buffer: 0, offset: 0, strides }],
          instructions: [{ name: 'input', dtype, operands: [], index: 0 }],
          stores: [],
          reductions: [{ value: 0, combine: body.combine, buffer: 1 }],
        }),
      }
    }
    case 'scan':
    case 'order': {
      const [{ shape, dtype }] = inputs
      return lineKernel(body.kind, dtype, linesAlong(shape, [attributes.axis, attributes.axis + 1]))
    }
    case 'contract': {
      const [a, b] = inputs
      const rank = output.shape.length
      const [m, n] = output.shape.slice(-2)
      const k = a.shape[rank - 1]
      if (size * k < worthwhile.contract) return null
      return {
        key: `contract ${shapes}`,
        furthest: 0,
        kernel: () => ({
          kind: 'contract',
          dtype: output.dtype,
          batch: output.shape.slice(0, -2),
          m,
          n,
          k,
          a: { buffer: 0, offset: 0, strides: stridesOf(a.shape) },
          b: { buffer: 1, offset: 0, strides: stridesOf(b.shape) },
          output: 2,
          epilogue: null,
        }),
      }
    }
    default:
      return null
  }
}

function lineKernel(work: LineWork, dtype: DType, lines: Lines): Made | null {
  const { outer, length, inner } = lines
  const size = outer * length * inner
  if (size < worthwhile[work]) return null
  return {
    key: `${work} ${dtype} ${[outer, length, inner].join()}`,
    isUrgent: work === 'order' && size >= longOrder,
    furthest: 0,
    kernel: () => ({ kind: 'line', work, ...lines, input: 0, output: 1 }),
  }
}

function furthestOf(strides: readonly (readonly number[])[]): number {
  return 32 * Math.max(1, ...strides.flat())
}

/** A module of one kernel, whose scratch memory lies behind its buffers; null where there is none. */
function compileKernel(kernel: PlanKernel, types: readonly TensorType[], furthest: number): Compiled | null {
  if (kernel.kind === 'loop' && !isVectorizable(kernel.instructions)) return null
  let end = alignment
  const addresses = types.map((type) => {
    end += bufferBytes(type)
    return end - bufferBytes(type)
  })
  const buffers = types.map(({ shape, dtype }, i) => ({ shape, dtype, place: { address: addresses[i] } }))
  const emitted = emitPlan({ buffers, kernels: [kernel], constants: [], scratch: end, guard: 0 })
  const room = end + emitted.scratchBytes + furthest
  if (room > keptBytes) return null
  memory ??= newMemory(1, 65_536)
  return { run: load(emitted.bytes, memory, () => undefined), addresses, room }
}

function call(
  { run, addresses, room }: Compiled,
  inputs: readonly Buffer[],
  { shape, dtype }: TensorType,
): TypedArray | null {
  const missing = Math.ceil((room - memory!.buffer.byteLength) / pageBytes)
  if (missing > 0) {
    try {
      memory!.grow(missing)
    } catch {
      return null
    }
  }
  const { buffer } = memory!
  inputs.forEach(({ dtype, data }, i) => viewOf(buffer, dtype, data.length, addresses[i]).set(data))
  run()
  const result = allocate(dtype, sizeOf(shape))
  result.set(viewOf(buffer, dtype, result.length, addresses[inputs.length]))
  return result
}
