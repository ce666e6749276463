/**
 * Addresses that the functions of a module agree on. Memory of a plan, from address 0 up:
 *
 * 1. The guard. No buffer lies here, because loops may read a little before their buffers. It takes at least 64 bytes,
 *    which hold the 16 pointers of the epilogue that runs.
 * 2. Pointer cells, and the buffers of the plan.
 * 3. Scratch memory, from `plan.scratch` on. Each kernel may use all of it while it runs, and divides it up in one
 *    place: `product/tiles.ts`, `loops/reduction.ts`, `axis/radix.ts`, `axis/argsort.ts` and `axis/rows.ts`.
 */

/**
 * The address of an epilogue's pointer `i`. The driver stores the pointers there before it calls the product, as the
 * number of pointers differs from epilogue to epilogue while all are called with one signature.
 */
export function epiloguePointer(i: number): number {
  return 4 * i
}
