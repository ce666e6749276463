import { DTypeError, ShapeError } from '../errors'
import { type Kind, options } from '../arguments/arguments'
import { anyNumber, flag, integerFrom, numberFrom } from '../arguments/kinds'
import { map } from '../control/scan'
import { softmax } from '../ops/activation'
import { add, mul } from '../ops/arithmetic'
import { lessEqual, notEqual, where } from '../ops/comparison'
import { moveAxis } from '../ops/axes'
import { matmul, swapLast } from '../ops/contraction'
import { arange, full, zeros } from '../ops/creation'
import { pad } from '../ops/indexing'
import { expandDims, reshape } from '../ops/movement'
import { bernoulli } from '../ops/random/basic'
import { type Key, splitKey } from '../ops/random/keys'
import { max } from '../ops/reduction'
import { slice, stack } from '../ops/slicing'
import { onTensor, operand } from '../recording/operands'
import type { Agree, IsAny, Mismatch, Shape, Show } from '../types/shapes'
import { isFloat } from '../values/dtype'
import { formatShape } from '../values/shape'
import { Tensor } from '../values/tensor'

/** Options of `scaledDotProductAttention`. */
export interface AttentionOptions {
  /**
   * What each query may attend to, of a shape that broadcasts to `[...batch, queries, keys]`: a bool tensor, true where
   * it may, or a float tensor that is added to the scaled products (-Infinity where it may not).
   */
  readonly mask?: Tensor<any> | undefined
  /** Whether query i attends to the keys j <= i alone. Default: false. */
  readonly causal?: boolean | undefined
  /** The factor of the products. Default: 1 / √(features of a query). */
  readonly scale?: number | undefined
  /**
   * Sets each weight to 0 with probability `rate`, and divides the others by `1 - rate`. One key gives the same weights
   * again, as long as `block` stays the same.
   */
  readonly dropout?: { readonly rate: number; readonly key: Key } | undefined
  /** The number of queries that are taken at a time. Default: 128. */
  readonly block?: number | undefined
}

type Last<S extends Shape> = S extends readonly [...Shape, infer N extends number] ? N : number

/** The queries, with the features of the values. */
type Attended<Q extends Shape, V extends Shape> =
  IsAny<Q> extends true
    ? any
    : number extends Q['length']
      ? number[]
      : Q extends readonly [...infer Lead extends Shape, any]
        ? [...Lead, Last<V>]
        : number[]

/** `unknown` if the features of queries and keys agree as far as they are known; otherwise a message. */
type Matching<Q extends Shape, K extends Shape> =
  IsAny<Q> extends true
    ? unknown
    : Agree<Last<Q>, Last<K>> extends true
      ? unknown
      : Mismatch<`the last axes of the queries ${Show<Q>} and the keys ${Show<K>} must be equal`>

/** `scaledDotProductAttention(queries, keys, values, options)`. */
export type AttentionSignature = <Q extends Shape, K extends Shape, V extends Shape>(
  queries: Tensor<Q>,
  keys: Tensor<K> & Matching<Q, K>,
  values: Tensor<V>,
  options?: AttentionOptions,
) => Tensor<Attended<Q, V>>

const aTensor: Kind = { expected: 'a tensor', accepts: (value) => value instanceof Tensor }
const fields = {
  mask: aTensor,
  causal: flag,
  scale: anyNumber,
  dropout: /* @__PURE__ */ options({ rate: /* @__PURE__ */ numberFrom(0, 1), key: aTensor }, ['rate', 'key']),
  block: /* @__PURE__ */ integerFrom(1),
} satisfies Record<keyof AttentionOptions, Kind>

/**
 * Attention (A. Vaswani et al., Attention is all you need, 2017, eq. 1):
 *
 *     yᵢ = Σⱼ wᵢⱼ vⱼ,   wᵢⱼ = exp(sᵢⱼ) / Σₗ exp(sᵢₗ),   sᵢⱼ = scale · qᵢ · kⱼ + maskᵢⱼ
 *
 * for queries `[...batch, queries, features]`, keys `[...batch, keys, features]` and values `[...batch, keys, outputs]`
 * of one floating-point dtype; the result is `[...batch, queries, outputs]`. The batch axes of keys and values
 * broadcast to those of the queries. A query that may attend to nothing gives 0.
 *
 * More queries than `block` are taken in blocks, one after another (M. Rabe, C. Staats, Self-attention does not need
 * O(n²) memory, 2021). Reverse mode computes the weights of a block once more. So the memory grows with the number of
 * queries plus `block` times the number of keys, not with the product of queries and keys. The result does not depend
 * on the blocks, apart from `dropout`.
 *
 * @throws ShapeError if the shapes do not fit; DTypeError if the dtypes differ or are not floating point.
 */
export const scaledDotProductAttention: AttentionSignature = /* @__PURE__ */ onTensor<AttentionSignature>(
  'scaledDotProductAttention',
  [operand, operand, operand, /* @__PURE__ */ options(fields)],
  attention,
)

function attention(
  queries: Tensor,
  keys: Tensor,
  values: Tensor,
  { mask, causal = false, scale, dropout, block = 128 }: AttentionOptions = {},
): Tensor {
  checkOperands(queries, keys, values, mask)
  const [count, features] = [...queries.shape].slice(-2)
  const length = keys.shape[keys.rank - 2] as number
  // Without features every product is 0, whatever the factor is.
  const factor = scale ?? (features === 0 ? 1 : 1 / Math.sqrt(features))
  if (length === 0)
    return zeros([...queries.shape.slice(0, -1), values.shape[values.rank - 1]], { dtype: values.dtype })
  const transposed = swapLast(keys)
  const columns = arange(length)

  /** Attends with some of the queries, the first of which has the number `start`. */
  const attend = ({ rows, allowed, start, key }: Block): Tensor => {
    const products = mul(matmul(rows, transposed), factor)
    const size = rows.shape[rows.rank - 2] as number
    let masked = allowed === null ? products : masks(products, allowed)
    if (causal) masked = masks(masked, lessEqual(columns, expandDims(add(arange(size), start), 1)))
    const weights = allowed === null ? softmax(masked) : softmaxWhereReached(masked)
    return matmul(dropout && key ? mul(weights, keepers(key, dropout.rate, weights)) : weights, values)
  }
  if (count <= block)
    return attend({ rows: queries, allowed: mask ?? null, start: 0, key: dropout === undefined ? null : dropout.key })

  const blocks = Math.ceil(count / block)
  const isRowwise = mask !== undefined && mask.rank > 1 && mask.shape[mask.rank - 2] !== 1
  const results = map(
    ({ rows, allowed, start, key }: Block) => attend({ rows, allowed: allowed ?? mask ?? null, start, key }),
    {
      rows: inBlocks(queries, blocks, block),
      allowed: isRowwise ? inBlocks(mask, blocks, block) : null,
      start: mul(arange(blocks), block),
      key: dropout === undefined ? null : stack(splitKey(dropout.key, blocks)),
    } as any,
    { residuals: 1 },
  ) as Tensor
  // [blocks, ...batch, block, outputs] becomes [...batch, blocks · block, outputs].
  const batch = queries.rank - 2
  const outputs = values.shape[values.rank - 1] as number
  const joined = reshape(moveAxis(results, 0, batch), [...results.shape.slice(1, -2), blocks * block, outputs])
  return slice(joined, ...Array.from({ length: batch }, () => null), [0, count])
}

/** What a step attends with: some queries, the rows of the mask that are theirs, and the number of the first. */
interface Block {
  readonly rows: Tensor
  readonly allowed: Tensor | null
  readonly start: Tensor | number
  readonly key: Key | null
}

function masks(products: Tensor, mask: Tensor): Tensor {
  return mask.dtype === 'bool' ? where(mask, products, -Infinity) : add(products, mask)
}

/** The softmax along the last axis, and 0 where that is -Infinity throughout. NaN stays. */
function softmaxWhereReached(x: Tensor): Tensor {
  const isReached = notEqual(max(x, { axis: -1, keepDims: true }), -Infinity)
  return where(isReached, softmax(where(isReached, x, 0)), 0)
}

/** 0 with probability `rate`, else `1 / (1 - rate)`; 0 if that is infinite. */
function keepers(key: Key, rate: number, { shape, dtype }: Tensor): Tensor {
  if (rate === 1) return full([], 0, { dtype })
  return mul(bernoulli(key, [...shape], { probability: 1 - rate }).astype(dtype), 1 / (1 - rate))
}

/** `[...batch, rows, n]` as `[blocks, ...batch, block, n]`; the last block ends in zeros. */
function inBlocks(x: Tensor, blocks: number, block: number): Tensor {
  const batch = [...x.shape].slice(0, -2)
  const [rows, n] = [...x.shape].slice(-2)
  const widths = [...batch.map(() => [0, 0]), [0, blocks * block - rows], [0, 0]] as [number, number][]
  const whole = x.dtype === 'bool' ? pad(x.astype('int32'), widths).astype('bool') : pad(x, widths)
  return moveAxis(reshape(whole, [...batch, blocks, block, n]) as Tensor, batch.length, 0)
}

function checkOperands(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | undefined): void {
  const shapes = [queries, keys, values].map(({ shape }) => formatShape(shape)).join(', ')
  const wrong = (problem: string) =>
    new ShapeError(
      'attention-shapes',
      `[scaledDotProductAttention] ${problem}, got ${shapes}; ` +
        'it takes [...batch, queries, features], [...batch, keys, features] and [...batch, keys, outputs]',
    )
  const all = [queries, keys, values, ...(mask === undefined || mask.dtype === 'bool' ? [] : [mask])]
  if (all.some(({ dtype }) => !isFloat(dtype) || dtype !== queries.dtype))
    throw new DTypeError(
      'attention-dtypes',
      `[scaledDotProductAttention] queries, keys, values and a mask that is added have one floating-point dtype, got ` +
        `${all.map(({ dtype }) => dtype).join(', ')}; convert with astype, or pass a bool mask`,
    )
  if ([queries, keys, values].some(({ rank }) => rank < 2)) throw wrong('needs at least two axes of each')
  const [q, k, v] = [queries, keys, values].map(({ shape }) => [...shape])
  if (q.at(-1) !== k.at(-1)) throw wrong('queries and keys have the same features')
  if (k.at(-2) !== v.at(-2)) throw wrong('there is a value for each key')
  const batch = q.slice(0, -2)
  if (![k, v].every((each) => expands(each.slice(0, -2), batch)))
    throw wrong('the leading axes of keys and values broadcast to those of the queries')
  const weights = [...batch, q.at(-2)!, k.at(-2)!]
  if (mask !== undefined && !expands(mask.shape, weights))
    throw new ShapeError(
      'attention-mask',
      `[scaledDotProductAttention] the mask broadcasts to ${formatShape(weights)} ([...batch, queries, keys]), ` +
        `got ${formatShape(mask.shape)}`,
    )
}

/** Whether one shape broadcasts to exactly the other. */
function expands(from: Shape, to: Shape): boolean {
  const lead = to.length - from.length
  return lead >= 0 && from.every((size, axis) => size === 1 || size === to[lead + axis])
}
