import type { Limits } from '../../kernels/limits'
import { canEmit } from './kernels'
import { isVectorizable } from './lanes/lanes'
import { mostEpiloguePointers } from './layout'

/** The smallest product that is worth an epilogue. Smaller ones are still in the cache for the next loop. */
const largeProduct = 65_536

/**
 * Columns up to which a contraction completes whole rows. An epilogue may then write past the end of a row, as the next
 * row overwrites what follows.
 */
const narrowProduct = 512

/** The limits of this backend's kernels. */
export const wasmLimits: Limits = {
  hasLoops: true,
  hasProducts: true,
  canRun: canEmit,
  canLoop: isVectorizable,
  // Engines compile longer functions slowly.
  longestProgram: 600,
  mostEpilogueBuffers: mostEpiloguePointers,
  hasEpilogue: (rows, columns) => rows * columns >= largeProduct && (columns <= narrowProduct || columns % 4 === 0),
}
