import type { Program } from '../../scalar/instructions'
import { broadcastStrides, sizeOf, stridesOf } from '../../values/shape'
import { allocate, type DType, type TypedArray, viewOf } from '../../values/dtype'
import { Numbering } from '../../values/identity-numbers'
import type { Body, Buffer, TensorType } from '../../kernels/work'
import { alignment, bufferBytes, type LineWork, type PlanKernel } from '../../kernels/schedule'
import { givesDType } from '../../kernels/result-dtype'
import { isLoopReduction, isPosition, type Lines, linesAlong, reducedSpace } from '../../kernels/space'
import { emitPlan } from './emit-plan'
import { isVectorizable } from './lanes/lanes'
import { type LinearMemory, load, newMemory, pageBytes } from './format/webassembly'

/** Elements, products of a contraction or instructions of a map, below which a call costs more than it saves. */
const worthwhile = { map: 8192, reduce: 2048, contract: 8192, scan: 2048, order: 256, argmaximum: 512, argminimum: 512 }

/** Elements from which on sorting by the reference takes longer than to compile the kernel and run it. */
const longOrder = 2 ** 14

/** Kernels that are kept; beyond, the one that was used longest ago goes. */
const keptKernels = 256

/** Bytes of memory that stay between calls, at most; what needs more runs elsewhere. */
const keptBytes = 2 ** 28

/** Elements that an elementwise kernel takes at a time, so that what is copied in and out is still in the cache. */
const blockLength = 2 ** 14

/** A kernel, where its operands and, last, its result are in memory, and how much of that it needs. */
interface Compiled {
  readonly run: () => void
  readonly places: readonly Place[]
  readonly room: number
  /** What is at the places: new ones when the memory has grown. */
  views: readonly TypedArray[]
}

interface Place {
  readonly dtype: DType
  readonly size: number
  readonly address: number
}

let memory: LinearMemory | undefined
const kernels = /* @__PURE__ */ new Map<string, Compiled | null>()
const seen = /* @__PURE__ */ new Set<string>()
const numbers = /* @__PURE__ */ new Numbering()

/**
 * Computes one op on a kernel such as compiled programs have, or returns null where that does not pay: operands are copied in
 * and the result out. A kernel is compiled when it is asked for the second time, as it is made for its shapes. An elementwise
 * op takes a block at a time if its operands are scalars or have the shape of the result.
 */
export function executeEagerly(
  body: Body,
  inputs: readonly Buffer[],
  output: TensorType,
  attributes: any,
): TypedArray | null {
  const make = kernelFor(body, inputs, output, attributes)
  if (make === null || !givesDType(body, inputs, output.dtype)) return null
  const { key, isUrgent } = make
  let compiled = kernels.get(key)
  if (compiled === undefined) {
    if (!isUrgent && !seen.has(key)) {
      seen.add(key)
      if (seen.size > 4 * keptKernels) seen.clear()
      return null
    }
    compiled = compileKernel(make.kernel(), make.types)
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
  /** Of its operands and, last, its result. */
  readonly types: readonly TensorType[]
  readonly kernel: () => PlanKernel
}

function kernelFor(body: Body, inputs: readonly Buffer[], output: TensorType, attributes: any): Made | null {
  const size = sizeOf(output.shape)
  const types = [...inputs, output]
  switch (body.kind) {
    case 'map': {
      const program = body.program(inputs.map(({ dtype }) => dtype))
      if (size * (program.instructions.length + 1) < worthwhile.map) return null
      const isInOrder = inputs.every(({ data }) => data.length === size || data.length === 1)
      return mapKernel(program, isInOrder ? types.map(blockOf) : types)
    }
    case 'reduce': {
      const [{ shape, dtype }] = inputs
      const space = reducedSpace(shape, attributes.axes)
      if (space !== null && isPosition(body.combine))
        return lineKernel(body.combine, types, linesAlong(space.shape, space.reduced))
      if (sizeOf(shape) < worthwhile.reduce || size === 0 || space === null || !isLoopReduction(body.combine, dtype))
        return null
      const strides = stridesOf(space.shape)
      return {
        key: `${body.combine} ${(attributes.axes as readonly number[]).join()};${textOf(inputs)}`,
        types,
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
      const [{ shape }] = inputs
      return lineKernel(body.kind, types, linesAlong(shape, [attributes.axis, attributes.axis + 1]))
    }
    case 'contract': {
      const [a, b] = inputs
      const rank = output.shape.length
      const [m, n] = output.shape.slice(-2)
      const k = a.shape[rank - 1]
      if (size * k < worthwhile.contract) return null
      return {
        key: `contract ${textOf(inputs)}`,
        types,
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

function textOf(types: readonly TensorType[]): string {
  return types.map(({ shape, dtype }) => `${dtype} ${shape.join()}`).join(';')
}

/** The part of a tensor that is taken at a time. */
function blockOf({ shape, dtype }: TensorType): TensorType {
  const size = sizeOf(shape)
  return { dtype, shape: size === 1 ? [] : [Math.min(size, blockLength)] }
}

function mapKernel(program: Program, types: readonly TensorType[]): Made {
  const operands = types.slice(0, -1)
  const { shape } = types[operands.length]
  const strides = operands.map((operand) => broadcastStrides(operand.shape, shape))
  return {
    key: `${numbers.of(program)};${textOf(types)}`,
    types,
    kernel: () => ({
      kind: 'loop',
      shape,
      reads: strides.map((list, buffer) => ({ buffer, offset: 0, strides: list })),
      instructions: program.instructions,
      stores: [{ value: program.result, buffer: operands.length }],
      reductions: [],
      reduced: [0, 0],
    }),
  }
}

function lineKernel(work: LineWork, types: readonly TensorType[], lines: Lines): Made | null {
  const { outer, length, inner } = lines
  const size = outer * length * inner
  if (size < worthwhile[work]) return null
  return {
    key: `${work} ${types[0].dtype} ${[outer, length, inner].join()}`,
    types,
    isUrgent: work === 'order' && size >= longOrder,
    kernel: () => ({ kind: 'line', work, ...lines, input: 0, output: 1 }),
  }
}

/** Bytes past their ends that a kernel may read: the rest of a vector, whose elements are apart. */
function bytesBeyond(kernel: PlanKernel): number {
  return kernel.kind === 'loop' ? 32 * Math.max(1, ...kernel.reads.flatMap(({ strides }) => strides)) : 0
}

/** A module of one kernel, whose scratch memory lies behind its buffers; null where there is none. */
function compileKernel(kernel: PlanKernel, types: readonly TensorType[]): Compiled | null {
  if (kernel.kind === 'loop' && !isVectorizable(kernel.instructions)) return null
  let end = alignment
  const places = types.map((type): Place => {
    const address = end
    end += bufferBytes(type)
    return { dtype: type.dtype, size: sizeOf(type.shape), address }
  })
  const buffers = types.map(({ shape, dtype }, i) => ({ shape, dtype, place: places[i] }))
  const emitted = emitPlan({ buffers, kernels: [kernel], constants: [], scratch: end, guard: 0 })
  const room = end + emitted.scratchBytes + bytesBeyond(kernel)
  if (room > keptBytes) return null
  memory ??= newMemory(1, 65_536)
  return { run: load(emitted.bytes, memory, () => undefined), places, room, views: [] }
}

/** Makes room, and sees to the views of it; null where there is not enough memory. */
function viewsOf(compiled: Compiled): readonly TypedArray[] | null {
  const missing = Math.ceil((compiled.room - memory!.buffer.byteLength) / pageBytes)
  if (missing > 0) {
    try {
      memory!.grow(missing)
    } catch {
      return null
    }
  }
  const { buffer } = memory!
  if (compiled.views[0]?.buffer !== buffer)
    compiled.views = compiled.places.map(({ dtype, size, address }) => viewOf(buffer, dtype, size, address))
  return compiled.views
}

function call(compiled: Compiled, inputs: readonly Buffer[], { shape, dtype }: TensorType): TypedArray | null {
  const views = viewsOf(compiled)
  if (views === null) return null
  const block = views[inputs.length]
  const result = allocate(dtype, sizeOf(shape))
  for (let next = 0; next < result.length; next += block.length) {
    // The last block begins where it is a whole one, so that some elements are computed twice.
    const start = Math.min(next, result.length - block.length)
    for (let i = 0; i < inputs.length; i++) {
      const { data } = inputs[i]
      const { length } = views[i]
      views[i].set(length === data.length ? data : data.subarray(start, start + length))
    }
    compiled.run()
    result.set(block, start)
  }
  return result
}
