import { broadcastStrides, sizeOf, stridesOf } from '../../values/shape'
import { allocate, type TypedArray } from '../../values/dtype'
import { Numbering } from '../../values/numbering'
import type { Body, Buffer, TensorType } from '../kinds'
import { bufferBytes, type PlanKernel } from '../plan'
import { isLoopReduction, reducedSpace } from '../space'
import { emitPlan } from './emitter'
import { viewOf } from './instance'
import { isVectorizable } from './lanes'
import { type LinearMemory, load, newMemory, pageBytes } from './webassembly'

/** Elements, or products of a contraction, below which a call costs more than it saves. */
const worthwhile = { loop: 2048, contract: 8192 }

/** Kernels that are kept; beyond, the one that was used longest ago goes. */
const keptKernels = 256

/** Bytes of scratch memory, which lies behind the cells; kernels that need more run elsewhere. */
const scratchBytes = 2 ** 21
const scratch = 1024

/** Bytes of memory that stay between calls, at most; what needs more runs elsewhere. */
const keptBytes = 2 ** 28

type Run = () => void

let memory: LinearMemory | undefined
const kernels = /* @__PURE__ */ new Map<string, Run | null>()
const seen = /* @__PURE__ */ new Set<string>()
const numbers = /* @__PURE__ */ new Numbering()

/**
 * Computes one op on a kernel such as compiled programs have, or returns null where that does not pay: operands are copied in
 * and the result out. A loop is compiled when it is asked for the second time, as it is made for its shapes.
 */
export function executeEagerly(
  body: Body,
  inputs: readonly Buffer[],
  output: TensorType,
  attributes: any,
): TypedArray | null {
  const make = kernelFor(body, inputs, output, attributes)
  if (make === null) return null
  const { key, kernel, furthest } = make
  const room = [...inputs, output].reduce((sum, type) => sum + bufferBytes(type), scratch + scratchBytes) + furthest
  if (room > keptBytes) return null
  let run = kernels.get(key)
  if (run === undefined) {
    if (!seen.has(key)) {
      seen.add(key)
      if (seen.size > 4 * keptKernels) seen.clear()
      return null
    }
    run = compileKernel(kernel(), inputs, output)
  }
  kernels.delete(key)
  kernels.set(key, run)
  if (kernels.size > keptKernels) kernels.delete(kernels.keys().next().value!)
  return run === null ? null : call(run, inputs, output, room)
}

interface Made {
  readonly key: string
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

function furthestOf(strides: readonly (readonly number[])[]): number {
  return 32 * Math.max(1, ...strides.flat())
}

/** A module of one kernel, whose buffers are where the cells at the beginning of memory say; null where there is none. */
function compileKernel(kernel: PlanKernel, inputs: readonly Buffer[], output: TensorType): Run | null {
  if (kernel.kind === 'loop' && !isVectorizable(kernel.instructions)) return null
  const buffers = [...inputs, output].map(({ shape, dtype }, i) => ({ shape, dtype, place: { cell: 4 * i } }))
  const emitted = emitPlan({ buffers, kernels: [kernel], constants: [], scratch, guard: 0 })
  if (emitted.scratchBytes > scratchBytes || 4 * buffers.length > scratch) return null
  memory ??= newMemory(Math.ceil((scratch + scratchBytes) / pageBytes), 65_536)
  return load(emitted.bytes, memory, () => undefined)
}

function call(run: Run, inputs: readonly Buffer[], output: TensorType, room: number): TypedArray | null {
  const missing = Math.ceil((room - memory!.buffer.byteLength) / pageBytes)
  if (missing > 0) {
    try {
      memory!.grow(missing)
    } catch {
      return null
    }
  }
  const { buffer } = memory!
  const cells = new Int32Array(buffer, 0, inputs.length + 1)
  let address = scratch + scratchBytes
  inputs.forEach((input, i) => {
    cells[i] = address
    viewOf(buffer, input.dtype, input.data.length, address).set(input.data)
    address += bufferBytes(input)
  })
  cells[inputs.length] = address
  run()
  const result = allocate(output.dtype, sizeOf(output.shape))
  result.set(viewOf(buffer, output.dtype, result.length, address))
  return result
}
