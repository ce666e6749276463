import { and, expandDims, type Kind, kinds, type Shape, ShapeError, Tensor, where } from '@cotangent/core'
import type { Mode } from '../mode'

/** What attention may attend to in one call. */
export interface AttendOptions {
  /**
   * A bool tensor, true where a query may attend to a key, or a float tensor that is added to the scaled products: it
   * broadcasts to `[...batch, queries, keys]`, or to `[...batch, heads, queries, keys]` with one axis more than the
   * queries have.
   */
  readonly mask?: Tensor<any> | undefined
  /** A bool tensor `[...batch, keys]`, true where there is a key, false where there is padding. */
  readonly keyMask?: Tensor<any> | undefined
  /** Whether query i attends to the keys j <= i alone. Default: what the layer was made with. */
  readonly causal?: boolean | undefined
  /** `training(key)` or `evaluating`; required if there is dropout. */
  readonly mode?: Mode | undefined
}

/** The options of a call, which hold a mode if there is dropout. */
export type AttendOptionsFor<Rate extends number> = [Rate] extends [0]
  ? [options?: AttendOptions]
  : [options: AttendOptions & { readonly mode: Mode }]

/** What attention is computed from. */
export type Triple = readonly [queries: Tensor, keys: Tensor, values: Tensor]

const isBool: Kind = {
  expected: 'a bool tensor [...batch, keys]',
  accepts: (value) => value instanceof Tensor && value.dtype === 'bool',
  remedy: 'compare to make one: notEqual(tokens, padding)',
}
export const attendFields = { mask: kinds.aTensor, keyMask: isBool, causal: kinds.flag } satisfies Record<
  Exclude<keyof AttendOptions, 'mode'>,
  Kind
>

/** The masks of a call as one, with an axis for the heads. */
export function maskOf(
  operation: string,
  { mask, keyMask }: AttendOptions,
  [queries, keys]: Triple,
  heads: number,
): Tensor | undefined {
  const batch = [...(queries.shape as Shape)].slice(0, -2)
  const pairs = [queries, keys].map((each) => each.shape[each.rank - 2] as number)
  let own: Tensor | undefined = mask
  if (own !== undefined) {
    const isForHeads = own.rank > queries.rank
    checkMask(operation, 'mask', own, [...batch, ...(isForHeads ? [heads] : []), ...pairs], queries)
    const withHeads: Tensor = own.rank > 2 && !isForHeads ? expandDims(own, -3) : own
    own = withHeads
  }
  if (keyMask === undefined) return own
  checkMask(operation, 'keyMask', keyMask, [...batch, pairs[1]], queries)
  const rows: Tensor = expandDims(keyMask, -2)
  const ofKeys: Tensor = expandDims(rows, -3)
  if (own === undefined) return ofKeys
  return own.dtype === 'bool' ? and(own, ofKeys) : where(ofKeys, own, -Infinity)
}

function checkMask(
  operation: string,
  option: string,
  { shape, dtype }: Tensor<any>,
  expected: readonly number[],
  queries: Tensor,
): void {
  const sizes = shape as readonly number[]
  const before = expected.length - sizes.length
  const fits = before >= 0 && sizes.every((size, axis) => size === 1 || size === expected[before + axis])
  if (!fits || (dtype !== 'bool' && dtype !== queries.dtype))
    throw new ShapeError(
      'attention-mask',
      `[${operation}] expected option '${option}' to be bool${option === 'mask' ? ` or ${queries.dtype}` : ''} and to broadcast ` +
        `to [${expected.join(', ')}], got ${dtype}[${sizes.join(', ')}]; reshape it, or convert it with astype`,
    )
}
