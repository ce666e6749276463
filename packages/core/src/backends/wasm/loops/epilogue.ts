import type { LoopKernel } from '../../../kernels/schedule'
import type { Emitter } from '../emitter'
import { functionOf, type FunctionType } from '../format/code'
import { epiloguePointer } from '../layout'
import { keyOf } from './loop'
import { innerLoopOf, storeResults } from './loop-nest'

/** The type of every epilogue, for indirect calls: the first row and column of a block of a product, and its size. */
export const epilogueType: FunctionType = { parameters: ['i32', 'i32', 'i32', 'i32'], results: [] }

/**
 * Adds the function that runs a loop on one block of a product. The rows of the product have `width` elements. The
 * function finds its pointers in memory, at the addresses of `epiloguePointer`.
 */
export function emitEpilogue(emitter: Emitter, kernel: LoopKernel, width: number): number {
  return emitter.once(`epilogue ${keyOf(kernel)}`, (module) => {
    const { code, row, rows, column, columns } = functionOf('row', 'rows', 'column', 'columns')
    const strides = [...kernel.reads.map((read) => read.strides), ...kernel.stores.map(() => [width, 1])]
    const bytes = [...kernel.reads, ...kernel.stores].map(({ buffer }) => emitter.bytesOf(buffer))
    const starts = strides.map(([rowStride, columnStride], i) => {
      const pointer = code.local()
      code.i32(epiloguePointer(i)).memory('i32.load')
      code.offset(row, rowStride * bytes[i]).offset(column, columnStride * bytes[i])
      code.set(pointer)
      return pointer
    })
    const along = kernel.reads.map((read) => read.strides[1])
    const { program, targets, enter } = innerLoopOf(emitter, code, kernel, along)
    code.times(rows, 1, () => {
      enter(starts)
      code.times(columns, 4, () => {
        program.step()
        storeResults(code, kernel, program, targets)
      })
      starts.forEach((start, i) => code.advance(start, strides[i][0] * bytes[i]))
    })
    return module.add(code)
  })
}
