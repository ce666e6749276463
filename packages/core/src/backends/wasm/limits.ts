import type { Limits } from '../../kernels/limits'
import { isVectorizable } from './lanes/lanes'

/** Elements of the smallest product that is worth an epilogue: smaller ones are still in the cache for the next loop. */
const largeProduct = 65_536

/** Columns up to which a contraction finishes whole rows, so that what is written past their end is overwritten by the next. */
const narrowProduct = 512

/** What the kernels of this backend can do. */
export const wasmLimits: Limits = {
  canRun: () => true,
  canLoop: isVectorizable,
  // Engines compile longer functions slowly.
  longestProgram: 600,
  mostEpilogueBuffers: 16,
  hasEpilogue: (rows, columns) => rows * columns >= largeProduct && (columns <= narrowProduct || columns % 4 === 0),
}
