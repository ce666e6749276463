import { alignment } from './buffer-bytes'

/**
 * Addresses that the functions of a module agree on. Memory of a plan, from address 0 up:
 *
 * 1. The guard, where no buffer lies, as loops may read before and after their buffers. Its first `alignment` bytes
 *    hold the pointers of the epilogue that runs.
 * 2. Pointer slots, and the buffers of the plan.
 * 3. Scratch memory, from `plan.scratch` on. Each kernel may use all of it while it runs, and divides it up in one
 *    place: `product/tiles.ts`, `loops/reduction.ts`, `axis/radix.ts`, `axis/argsort.ts` and `axis/rows.ts`.
 */

/** The most pointers of an epilogue. */
export const mostEpiloguePointers = alignment / 4

/**
 * The address of an epilogue's pointer `i`. Pointers are passed in memory because their number differs from epilogue to
 * epilogue, while a product calls all of them with one signature. The driver stores them before it calls the product.
 */
export function epiloguePointer(i: number): number {
  return 4 * i
}
