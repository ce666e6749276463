import type { TypedArray } from '@cotangent/core'

/** Whether two arrays hold the same bits, counting every NaN as one value. */
export function sameBits(a: Readonly<TypedArray>, b: Readonly<TypedArray>): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]))
}
