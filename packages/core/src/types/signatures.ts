import type {
  AxesFit,
  FirstShape,
  Inserted,
  Joinable,
  JoinedAlong,
  OrderFits,
  ReducedShape,
  SqueezeFits,
  Taken,
  Transposed,
} from './axes'
import type { DType, TypedArray } from '../values/dtype'
import type {
  Agree,
  Broadcast,
  Broadcastable,
  Expandable,
  IsAny,
  MatMul,
  Mismatch,
  Multipliable,
  NestedShape,
  Shape,
  Show,
  Asked,
  ShapeArgument,
} from './shapes'
import type { At, PositionsByRank, Range, RangesByRank, Sliced } from './slices'
import type { Tensor } from '../values/tensor'

// If an op relates two shapes, overloads that only compare type parameters come first, because they hold in generic
// code. The last overload computes the shape and carries the message for shapes that cannot fit. With more than
// three overloads, the compiler prints the message of the last one only.

/** `f(x)` with the shape of x. `Scalar` is `never` if a number is not accepted. */
export type UnarySignature<Scalar = number> = <S extends Shape = []>(x: Tensor<S> | Scalar) => Tensor<S>

/**
 * `f(a, b)` with broadcasting. A number takes the dtype of the other operand. `Scalar` is `never` if a number is not
 * accepted.
 */
export interface BinarySignature<Scalar = number> {
  <S extends Shape = []>(a: Tensor<S> | Scalar, b: Tensor<S> | Scalar): Tensor<S>
  <S extends Shape>(a: Tensor<S>, b: Tensor<[]> | Scalar): Tensor<S>
  <S extends Shape>(a: Tensor<[]> | Scalar, b: Tensor<S>): Tensor<S>
  <M extends number, N extends number>(a: Tensor<[M, N]>, b: Tensor<[NoInfer<M>, 1]>): Tensor<[M, N]>
  <M extends number, N extends number>(a: Tensor<[M, 1]>, b: Tensor<[NoInfer<M>, N]>): Tensor<[M, N]>
  <A extends Shape = [], B extends Shape = []>(
    a: Tensor<A> | Scalar,
    b: (Tensor<B> & Broadcastable<A, B>) | Scalar,
  ): Tensor<Broadcast<A, B>>
}

/** `f(condition, a, b)` with broadcasting. */
export interface WhereSignature {
  <S extends Shape>(condition: Tensor<S>, a: Tensor<S> | number, b: Tensor<S> | number): Tensor<S>
  <S extends Shape>(condition: Tensor<S>, a: Tensor<S>, b: Tensor<[]> | number): Tensor<S>
  <S extends Shape>(condition: Tensor<S>, a: Tensor<[]> | number, b: Tensor<S> | number): Tensor<S>
  <C extends Shape, A extends Shape = [], B extends Shape = []>(
    condition: Tensor<C>,
    a: (Tensor<A> & Broadcastable<C, A>) | number,
    b: (Tensor<B> & Broadcastable<Broadcast<C, A>, B>) | number,
  ): Tensor<Broadcast<Broadcast<C, A>, B>>
}

/** `f(x, low, high)` with bounds that do not change the shape of x. */
export type ClipSignature = <S extends Shape>(x: Tensor<S>, low: Tensor | number, high: Tensor | number) => Tensor<S>

/** `f(x)` over all axes, or `f(x, { axis, keepDims })` over the given axes; negative axes count from the end. */
export type ReduceSignature<Extra = unknown> = <
  S extends Shape,
  const Axes extends number | readonly number[] | undefined = undefined,
  KeepDims extends boolean = false,
>(
  x: Tensor<S>,
  options?: { readonly axis?: Axes & AxesFit<S, Axes>; readonly keepDims?: KeepDims } & Extra,
) => Tensor<ReducedShape<S, Axes, KeepDims>>

/** A reduction along one axis; by default over all elements in row-major order. */
export type ArgReduceSignature = <
  S extends Shape,
  const Axis extends number | undefined = undefined,
  KeepDims extends boolean = false,
>(
  x: Tensor<S>,
  options?: { readonly axis?: Axis & AxesFit<S, Axis>; readonly keepDims?: KeepDims },
) => Tensor<ReducedShape<S, Axis, KeepDims>>

/** `[..., m, k] x [..., k, n] -> [..., m, n]`. */
export type MatmulSignature = <A extends Shape, B extends Shape>(
  a: Tensor<A>,
  b: Tensor<B> & Multipliable<A, B>,
) => Tensor<MatMul<A, B>>

type SameLength<A extends Shape, B extends Shape> =
  IsAny<A> extends true
    ? unknown
    : IsAny<B> extends true
      ? unknown
      : A extends readonly [infer M]
        ? B extends readonly [infer N]
          ? Agree<M, N> extends true
            ? unknown
            : Mismatch<`vectors ${Show<A>} and ${Show<B>} differ in length`>
          : unknown
        : unknown

/** `[n] x [n] -> []`. */
export type DotSignature = <A extends readonly [number], B extends readonly [number]>(
  a: Tensor<A>,
  b: Tensor<B> & SameLength<A, B>,
) => Tensor<[]>

/** `[m] x [n] -> [m, n]`. */
export type OuterSignature = <M extends number, N extends number>(a: Tensor<[M]>, b: Tensor<[N]>) => Tensor<[M, N]>

/** Axes reversed, or in the given order. */
export type TransposeSignature = <S extends Shape, const Axes extends Shape | undefined = undefined>(
  x: Tensor<S>,
  axes?: Axes & OrderFits<S, Axes>,
) => Tensor<Transposed<S, Axes>>

/** The requested shape. -1 becomes an unknown size, except for a vector and a column. */
export interface ReshapeSignature {
  <N extends number>(x: Tensor<[N]>, shape: readonly [-1, 1]): Tensor<[N, 1]>
  <N extends number>(x: Tensor<[N, 1]>, shape: readonly [-1]): Tensor<[N]>
  <const T extends Shape>(x: Tensor, shape: readonly [-1, ...T]): Tensor<[number, ...T]>
  <M extends number, const T extends Shape>(x: Tensor, shape: readonly [M, -1, ...T]): Tensor<[M, number, ...T]>
  <M extends number, N extends number, const T extends Shape>(
    x: Tensor,
    shape: readonly [M, N, -1, ...T],
  ): Tensor<[M, N, number, ...T]>
  <L extends number, M extends number, N extends number>(
    x: Tensor,
    shape: readonly [L, M, N, -1],
  ): Tensor<[L, M, N, number]>
  <const T extends Shape>(x: Tensor, shape: ShapeArgument<T>): Tensor<Asked<T>>
}

/** The requested shape. */
export type BroadcastToSignature = <S extends Shape, const T extends Shape>(
  x: Tensor<S>,
  shape: T & Expandable<S, T>,
) => Tensor<Asked<T>>

/** A new axis of size 1. */
export type ExpandDimsSignature = <S extends Shape, const Axis extends number>(
  x: Tensor<S>,
  axis: Axis & AxesFit<[1, ...S], Axis>,
) => Tensor<Inserted<S, Axis, 1>>

/** The given axes are dropped; without them, the rank is unknown. */
export interface SqueezeSignature {
  <S extends Shape>(x: Tensor<S>): Tensor<IsAny<S> extends true ? any : number[]>
  <S extends Shape, const Axes extends number | readonly number[]>(
    x: Tensor<S>,
    axis: Axes & SqueezeFits<S, Axes>,
  ): Tensor<ReducedShape<S, Axes, false>>
}

/** Keeps the shape. */
export type FlipSignature = <S extends Shape, const Axes extends number | readonly number[] | undefined = undefined>(
  x: Tensor<S>,
  axis?: Axes & AxesFit<S, Axes>,
) => Tensor<S>

/** Keeps the rank. */
export type PadSignature = <S extends Shape>(
  x: Tensor<S>,
  widths: readonly (readonly [before: number, after: number])[],
  value?: number,
) => Tensor<IsAny<S> extends true ? any : { -readonly [K in keyof S]: number }>

export type { Range }

/** One range for each leading axis. */
export type SliceSignature = <S extends Shape, const Ranges extends RangesByRank[S['length']]>(
  x: Tensor<S>,
  ...ranges: Ranges
) => Tensor<Sliced<S, Ranges>>

/** One position for each leading axis. */
export type AtSignature = <S extends Shape, const Positions extends PositionsByRank[S['length']]>(
  x: Tensor<S>,
  ...positions: Positions
) => Tensor<At<S, Positions>>

/** The axes of the indices behind those of a batch replace the indexed axis (default: 0). */
export type TakeSignature = <
  S extends Shape,
  I extends Shape,
  const Axis extends number = 0,
  const Batch extends number = 0,
>(
  x: Tensor<S>,
  indices: Tensor<I>,
  options?: { readonly axis?: Axis & AxesFit<S, Axis>; readonly batchAxes?: Batch },
) => Tensor<Taken<S, I, Axis, Batch>>

/** The shape of the indices. */
export type GatherSignature = <S extends Shape, I extends Shape, const Axis extends number = 0>(
  x: Tensor<S>,
  indices: Tensor<I>,
  options?: { readonly axis?: Axis & AxesFit<S, Axis> },
) => Tensor<I>

type Shapes<L extends readonly Tensor[]> = { [K in keyof L]: L[K] extends Tensor<infer S> ? S : never }

/** Joined along an axis (default: 0), whose sizes are added. */
export type ConcatSignature = <const L extends readonly Tensor[], const Axis extends number = 0>(
  list: L & Joinable<Shapes<L>, Axis, 'differ in an axis along which they are not joined'>,
  options?: { readonly axis?: Axis & AxesFit<FirstShape<Shapes<L>>, Axis> },
) => Tensor<JoinedAlong<Shapes<L>, Axis>>

/** Joined along a new axis (default: 0), as long as the list. */
export type StackSignature = <const L extends readonly Tensor[], const Axis extends number = 0>(
  list: L & Joinable<Shapes<L>, 99, 'differ; stack joins equal shapes'>,
  options?: { readonly axis?: Axis & AxesFit<[1, ...FirstShape<Shapes<L>>], Axis> },
) => Tensor<Inserted<FirstShape<Shapes<L>>, Axis, L['length']>>

/** Keeps the shape; works along one axis (default: the last). */
export type CumulativeSignature = <S extends Shape, const Axis extends number = -1>(
  x: Tensor<S>,
  options?: { readonly axis?: Axis & AxesFit<S, Axis> },
) => Tensor<S>

/** Keeps the shape; works along one axis (default: the last). */
export type SortSignature = CumulativeSignature

/** Options of functions that make a tensor from numbers. */
export interface CreationOptions {
  /** Element type. Default: the dtype that the data imply, otherwise float32. */
  readonly dtype?: DType
}

/** From nested arrays, or from a typed array with a shape. */
export interface TensorSignature {
  <const T extends Shape>(
    data: TypedArray | ArrayLike<number> | readonly (number | boolean)[],
    options: CreationOptions & { readonly shape: ShapeArgument<T> },
  ): Tensor<Asked<T>>
  <const T extends NestedData | (ArrayLike<number> & ArrayBufferView)>(
    data: T,
    options?: CreationOptions,
  ): Tensor<NestedShape<T>>
}

/** Numbers or booleans, nested to any depth. */
export type NestedData = number | boolean | readonly NestedData[]

/** `start, start + step, ...`; `start` defaults to 0. */
export type ArangeSignature = (
  startOrStop: number,
  stop?: number,
  step?: number,
  options?: CreationOptions,
) => Tensor<[number]>

/** The shape and dtype of another tensor. */
export type LikeSignature = <S extends Shape>(x: Tensor<S>) => Tensor<S>

/** A tensor of the given shape, filled by the function's rule. */
export type ShapedSignature = <const S extends Shape>(
  shape: ShapeArgument<S>,
  options?: CreationOptions,
) => Tensor<Asked<S>>

/** A tensor of the given shape, filled with one value. */
export type FullSignature = <const S extends Shape>(
  shape: ShapeArgument<S>,
  value: number,
  options?: CreationOptions,
) => Tensor<Asked<S>>

/** `count -> [count]`. */
export type LinspaceSignature = <const N extends number>(
  start: number,
  stop: number,
  count: N,
  options?: CreationOptions,
) => Tensor<[N]>

/** `[...indices] -> [...indices, depth]`. */
export type OneHotSignature = <S extends Shape, const N extends number>(
  indices: Tensor<S>,
  depth: N,
  options?: CreationOptions,
) => Tensor<Inserted<S, -1, N>>
