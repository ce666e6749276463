import type { ContractKernel } from '../../../kernels/schedule'
import type { KernelCall, Emitter } from '../emitter'
import { functionOf } from '../format/code'
import type { emitEpilogue } from '../loops/epilogue'
import { pointersOf } from '../loops/loop'
import { loopNest, rowMajorSteps } from '../loops/loop-nest'
import { emitMultiply, functionsOf } from './multiply'
import type { emitPackByTables } from './pack-tables'
import { elementTypes, scratchAreas } from './tiles'

/** The emitters of what only products of programs have. */
export interface OfPrograms {
  readonly emitEpilogue: typeof emitEpilogue
  readonly emitPackByTables: typeof emitPackByTables
}

/**
 * Adds the function of a contraction kernel. Without batch axes this is the function that all products of a dtype
 * share.
 */
export function emitContract(emitter: Emitter, kernel: ContractKernel, ofPrograms?: OfPrograms): KernelCall {
  const { dtype, batch, m, n, k, a, b, output, epilogue } = kernel
  const elements = elementTypes[dtype as keyof typeof elementTypes]
  const { bytes } = elements
  const scratch = emitter.scratch(scratchAreas(bytes).size)
  const tables = emitter.plan.tables.get(kernel)
  const multiply = emitter.once(`contract ${dtype} ${tables !== undefined}`, (module) =>
    emitMultiply(module, elements, functionsOf(module, elements), tables && ofPrograms!.emitPackByTables),
  )
  const [pointerA, pointerB, pointerC] = [
    { buffer: a.buffer, offset: a.offset * bytes },
    { buffer: b.buffer, offset: b.offset * bytes },
    { buffer: output, offset: 0 },
  ]
  const rank = batch.length
  const inBytes = (strides: readonly number[]) => strides.map((stride) => stride * bytes)
  const stepsB = inBytes(b.strides.slice(rank))
  // Tables take the place of the strides.
  const stepsA = tables ?? inBytes(a.strides.slice(rank))
  const noEpilogue = -1
  const tableIndex =
    epilogue === null ? noEpilogue : emitter.module.tableIndexOf(ofPrograms!.emitEpilogue(emitter, epilogue, n))
  const sizes = [m, n, k, scratch, tableIndex]
  if (rank === 0) {
    const given = [pointerA, ...stepsA, pointerB, ...stepsB, pointerC, ...sizes]
    return { index: multiply, arguments: given, ...(epilogue && { epiloguePointers: pointersOf(emitter, epilogue) }) }
  }
  const batchSteps = [
    inBytes(a.strides.slice(0, rank)),
    inBytes(b.strides.slice(0, rank)),
    rowMajorSteps(batch, m * n, bytes),
  ]
  const key = `batched ${multiply};${batch.join()};${[...batchSteps, stepsA, stepsB, sizes].join(';')}`
  const index = emitter.once(key, (module) => {
    const { code, matrixA, matrixB, matrixC } = functionOf('matrixA', 'matrixB', 'matrixC')
    const cursors = [matrixA, matrixB, matrixC].map((pointer, i) => ({ pointer, steps: batchSteps[i] }))
    loopNest(code, batch, cursors, () =>
      code.push(matrixA, ...stepsA, matrixB, ...stepsB, matrixC, ...sizes).call(multiply),
    )
    return module.add(code)
  })
  return { index, arguments: [pointerA, pointerB, pointerC] }
}
