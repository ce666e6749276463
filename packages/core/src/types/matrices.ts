import type { Agree, IsAny, MatMul, Mismatch, Multipliable, Shape, Show } from './shapes'
import type { Tensor } from '../values/tensor'

// Shapes of linear algebra. Matrices stand in the last two axes.

/** `unknown` if the last two sizes can be equal; otherwise a message with the shape. */
export type Square<S extends Shape> =
  IsAny<S> extends true
    ? unknown
    : number extends S['length']
      ? unknown
      : S extends readonly [...any, infer M extends number, infer N extends number]
        ? Agree<M, N> extends true
          ? unknown
          : Mismatch<`expected square matrices, got ${Show<S>}`>
        : Mismatch<`expected matrices in the last two axes, got ${Show<S>}`>

/** `unknown` if there are two axes; otherwise a message with the shape. */
export type Matrices<S extends Shape> =
  IsAny<S> extends true
    ? unknown
    : number extends S['length']
      ? unknown
      : S extends readonly [...any, any, any]
        ? unknown
        : Mismatch<`expected matrices in the last two axes, got ${Show<S>}`>

/** The axes before the matrices, followed by `Rest`. */
export type BatchThen<S extends Shape, Rest extends Shape = []> =
  IsAny<S> extends true ? any : S extends readonly [...infer B extends Shape, any, any] ? [...B, ...Rest] : number[]

/** The number of rows, and of columns. */
export type RowsOf<S extends Shape> = S extends readonly [...any, infer M extends number, any] ? M : number
export type ColumnsOf<S extends Shape> = S extends readonly [...any, any, infer N extends number] ? N : number

/** The smaller of the last two sizes: known if they are equal. */
export type Lesser<S extends Shape> = [RowsOf<S>] extends [ColumnsOf<S>]
  ? [ColumnsOf<S>] extends [RowsOf<S>]
    ? RowsOf<S>
    : number
  : number

/** The last two axes exchanged. */
export type Exchanged<S extends Shape> = BatchThen<S, [ColumnsOf<S>, RowsOf<S>]>

/** Whether a matrix without a factorization is an error. */
export interface CheckOptions {
  /** Default: true. With false, the result for such a matrix is NaN. */
  readonly check?: boolean | undefined
}

/** How `triangularSolve` reads the matrices. */
export interface TriangularOptions extends CheckOptions {
  /** Whether the lower triangle is read. Default: true. */
  readonly lower?: boolean | undefined
  /** Whether to solve with the transposed triangle. Default: false. */
  readonly transposed?: boolean | undefined
  /** Whether the diagonal counts as 1. Default: false. */
  readonly unitDiagonal?: boolean | undefined
}

/** How many singular values count as zero. */
export interface RankOptions {
  /** Singular values up to this multiple of the largest count as 0. Default: max(m, n) times the dtype's epsilon. */
  readonly tolerance?: number | undefined
}

/** Square matrices to matrices of the same shape. */
export type SquareSignature<Options = never> = <S extends Shape>(
  a: Tensor<S> & Square<S>,
  options?: Options,
) => Tensor<S>

/** `[..., n, n] x [..., n, k] -> [..., n, k]`, or `[..., n, n] x [n] -> [..., n]`. */
export type SystemSignature<Options> = <A extends Shape, B extends Shape>(
  a: Tensor<A> & Square<A>,
  b: Tensor<B> & Multipliable<A, B>,
  options?: Options,
) => Tensor<MatMul<A, B>>

/** `[..., n, n] -> [...]`. */
export type DeterminantSignature = <S extends Shape>(a: Tensor<S> & Square<S>) => Tensor<BatchThen<S>>

/** `[..., n, n] -> [...]`, twice. */
export type LogDeterminantSignature = <S extends Shape>(a: Tensor<S> & Square<S>) => LogDeterminant<S>

/** `det(A) = sign · exp(logAbs)`. */
export interface LogDeterminant<S extends Shape> {
  readonly sign: Tensor<BatchThen<S>>
  readonly logAbs: Tensor<BatchThen<S>>
}

/** `[..., m, n] -> [..., m, k] and [..., k, n]`, with k = min(m, n). */
export type QRSignature = <S extends Shape>(a: Tensor<S> & Matrices<S>) => QR<S>

/** `A = Q R`. */
export interface QR<S extends Shape> {
  readonly q: Tensor<BatchThen<S, [RowsOf<S>, Lesser<S>]>>
  readonly r: Tensor<BatchThen<S, [Lesser<S>, ColumnsOf<S>]>>
}

/** `[..., n, n] -> [..., n] and [..., n, n]`. */
export type EighSignature = <S extends Shape>(a: Tensor<S> & Square<S>) => Eigh<S>

/** `A = V diag(w) Vᵀ`. */
export interface Eigh<S extends Shape> {
  readonly eigenvalues: Tensor<BatchThen<S, [RowsOf<S>]>>
  readonly eigenvectors: Tensor<S>
}

/** `[..., m, n] -> [..., m, k], [..., k] and [..., k, n]`, with k = min(m, n). */
export type SVDSignature = <S extends Shape>(a: Tensor<S> & Matrices<S>) => SVD<S>

/** `A = U diag(s) Vᵀ`. */
export interface SVD<S extends Shape> {
  readonly u: Tensor<BatchThen<S, [RowsOf<S>, Lesser<S>]>>
  readonly s: Tensor<BatchThen<S, [Lesser<S>]>>
  readonly vt: Tensor<BatchThen<S, [Lesser<S>, ColumnsOf<S>]>>
}

/** `[..., m, n] x [..., m, k] -> [..., n, k]`, or `[..., m, n] x [m] -> [..., n]`. */
export type LeastSquaresSignature = <A extends Shape, B extends Shape>(
  a: Tensor<A> & Matrices<A>,
  b: Tensor<B> & Multipliable<Exchanged<A>, B>,
) => Tensor<MatMul<Exchanged<A>, B>>

/** `[..., m, n] -> [..., n, m]`. */
export type PseudoInverseSignature = <S extends Shape>(
  a: Tensor<S> & Matrices<S>,
  options?: RankOptions,
) => Tensor<Exchanged<S>>

/** `[..., m, n] -> [...]`. */
export type OfMatricesSignature<Options = never> = <S extends Shape>(
  a: Tensor<S> & Matrices<S>,
  options?: Options,
) => Tensor<BatchThen<S>>

/** Powers of square matrices. */
export type MatrixPowerSignature = <S extends Shape>(a: Tensor<S> & Square<S>, exponent: number) => Tensor<S>
