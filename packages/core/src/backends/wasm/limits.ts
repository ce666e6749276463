import type { Limits } from '../../kernels/limits'
import { canEmit } from './kernels'
import { isVectorizable } from './lanes/lanes'
import { mostEpiloguePointers } from './layout'
import { programKernels } from './program-kernels'

/** The smallest product that is worth an epilogue. Smaller ones are still in the cache for the next loop. */
const largeProduct = 65_536

/**
 * Columns up to which a contraction completes whole rows. An epilogue may then write past the end of a row, as the next
 * row overwrites what follows.
 */
const narrowProduct = 512

/** The limits of the kernels of programs. */
export const wasmLimits: Limits = {
  hasLoops: true,
  hasProducts: true,
  canRun: (kernel) => canEmit(programKernels, kernel),
  canLoop: isVectorizable,
  // Engines compile longer functions slowly.
  longestProgram: 600,
  mostEpilogueBuffers: mostEpiloguePointers,
  hasEpilogue: (rows, columns) => rows * columns >= largeProduct && (columns <= narrowProduct || columns % 4 === 0),
}
