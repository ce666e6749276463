import type { LoopKernel } from '../../../kernels/schedule'
import { Code } from '../format/code'
import type { Emitter } from '../emitter'
import { keyOf } from './loop'
import { rowOf, storeAll } from './loop-nest'

/** `(row, rows, column, columns)`: where the block of the product is on which an epilogue runs, and how large. */
export const epilogueType = /* @__PURE__ */ new Code(['i32', 'i32', 'i32', 'i32'])

/**
 * The function of a loop over the rows and columns of a product, on one block of them; its pointers are in memory from address 0
 * on. Rows have `width` elements.
 */
export function emitEpilogue(emitter: Emitter, kernel: LoopKernel, width: number): number {
  return emitter.once(`epilogue ${keyOf(kernel)}`, (module) => {
    const code = new Code(epilogueType.parameters)
    const [row, rows, column, columns] = [0, 1, 2, 3]
    const strides = [...kernel.reads.map((read) => read.strides), ...kernel.stores.map(() => [width, 1])]
    const bytes = [...kernel.reads, ...kernel.stores].map(({ buffer }) => emitter.bytesOf(buffer))
    const starts = strides.map(([rowStride, columnStride], i) => {
      const pointer = code.local('i32')
      code.i32(4 * i).memory('i32.load')
      code
        .get(row)
        .i32(rowStride * bytes[i])
        .op('i32.mul', 'i32.add')
      code
        .get(column)
        .i32(columnStride * bytes[i])
        .op('i32.mul', 'i32.add')
        .set(pointer)
      return pointer
    })
    const along = kernel.reads.map((read) => read.strides[1])
    const { elements, targets, enter } = rowOf(emitter, code, kernel, along)
    code.countTo(code.local('i32'), rows, 1, () => {
      enter(starts)
      code.countTo(code.local('i32'), columns, 4, () => {
        elements.step()
        storeAll(code, kernel, elements, targets)
      })
      starts.forEach((start, i) => code.advance(start, strides[i][0] * bytes[i]))
    })
    return module.add(code)
  })
}
