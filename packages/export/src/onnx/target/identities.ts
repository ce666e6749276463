import type { Accumulation, DType } from '@cotangent/core'
import { isFloating } from './operations'

const identities: Readonly<Record<Accumulation, { readonly floats: number; readonly integers: number }>> = {
  sum: { floats: 0, integers: 0 },
  product: { floats: 1, integers: 1 },
  maximum: { floats: -Infinity, integers: -(2 ** 31) },
  minimum: { floats: Infinity, integers: 2 ** 31 - 1 },
}

/** The number that a combination leaves out. */
export function identityOf(combine: Accumulation, dtype: DType): number {
  return identities[combine][isFloating(dtype) ? 'floats' : 'integers']
}
