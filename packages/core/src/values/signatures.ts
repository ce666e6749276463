import type { DType, TypedArray } from './dtype'
import type {
  Asked,
  Broadcast,
  Broadcastable,
  Inserted,
  IsAny,
  MatMul,
  Mismatch,
  Multipliable,
  NestedShape,
  Reduced,
  ReduceOptions,
  Replaced,
  Reshaped,
  Resized,
  Shape,
  Show,
  Transposed,
} from './shape-types'
import type { Tensor } from './tensor'

// Where an op relates two shapes, its first overloads are structural: they hold for the type parameters of generic code.
// The last one computes the shape, and carries the message where the shapes cannot fit.

/** `f(x)` with the shape of x. */
export type UnarySignature = <S extends Shape>(x: Tensor<S> | number) => Tensor<S>

/** `f(a, b)` with broadcasting; a number takes the dtype of the tensor beside it. */
export interface BinarySignature {
  <S extends Shape>(a: Tensor<S> | number, b: Tensor<S> | number): Tensor<S>
  <M extends number, N extends number>(a: Tensor<[M, N]>, b: Tensor<[NoInfer<N>]>): Tensor<[M, N]>
  <A extends Shape, B extends Shape>(a: Tensor<A>, b: Tensor<B> & Broadcastable<A, B>): Tensor<Broadcast<A, B>>
}

/** `f(condition, a, b)` with broadcasting. */
export interface WhereSignature {
  <S extends Shape>(condition: Tensor<S>, a: Tensor<S> | number, b: Tensor<S> | number): Tensor<S>
  <C extends Shape, A extends Shape>(
    condition: Tensor<C>,
    a: Tensor<A> & Broadcastable<C, A>,
    b: number,
  ): Tensor<Broadcast<C, A>>
  <C extends Shape, B extends Shape>(
    condition: Tensor<C>,
    a: number,
    b: Tensor<B> & Broadcastable<C, B>,
  ): Tensor<Broadcast<C, B>>
  <C extends Shape, A extends Shape, B extends Shape>(
    condition: Tensor<C>,
    a: Tensor<A> & Broadcastable<C, A>,
    b: Tensor<B> & Broadcastable<Broadcast<C, A>, B>,
  ): Tensor<Broadcast<Broadcast<C, A>, B>>
}

/** `f(x, low, high)` with bounds that do not change the shape of x. */
export type ClipSignature = <S extends Shape>(x: Tensor<S>, low: Tensor | number, high: Tensor | number) => Tensor<S>

/** `f(x)` over all axes, or `f(x, { axis, keepDims })`. */
export interface ReduceSignature<Extra = unknown> {
  (x: Tensor): Tensor<[]>
  <S extends Shape, const O extends ReduceOptions & Extra>(x: Tensor<S>, options: O): Tensor<Reduced<S, O>>
}

/** A reduction along one axis, or over all in row-major order. */
export interface ArgReduceSignature {
  (x: Tensor): Tensor<[]>
  <S extends Shape, const O extends { readonly axis?: number; readonly keepDims?: boolean }>(
    x: Tensor<S>,
    options: O,
  ): Tensor<Reduced<S, O>>
}

/** Nothing where nothing is known of `S`: an overload that asks for it is passed over for every known shape. */
export type Unknown<S> = IsAny<S> extends true ? unknown : never

/** `[..., m, k] x [..., k, n] -> [..., m, n]`. */
export interface MatmulSignature {
  <A extends Shape>(a: Tensor<A> & Unknown<A>, b: Tensor): Tensor
  <B extends Shape>(a: Tensor, b: Tensor<B> & Unknown<B>): Tensor
  <M extends number, K extends number, N extends number>(a: Tensor<[M, K]>, b: Tensor<[NoInfer<K>, N]>): Tensor<[M, N]>
  <A extends Shape, B extends Shape>(a: Tensor<A>, b: Tensor<B> & Multipliable<A, B>): Tensor<MatMul<A, B>>
}

/** `[n] x [n] -> []`. */
export type DotSignature = <N extends number>(a: Tensor<[N]>, b: Tensor<[NoInfer<N>]>) => Tensor<[]>

/** `[m] x [n] -> [m, n]`. */
export type OuterSignature = <M extends number, N extends number>(a: Tensor<[M]>, b: Tensor<[N]>) => Tensor<[M, N]>

/** Axes reversed, or in the order given. */
export interface TransposeSignature {
  <A extends Shape>(x: Tensor<A> & Unknown<A>, axes?: readonly number[]): Tensor
  <M extends number, N extends number>(x: Tensor<[M, N]>): Tensor<[N, M]>
  <S extends Shape>(x: Tensor<S>): Tensor<Transposed<S>>
  <S extends Shape, const Axes extends Shape>(x: Tensor<S>, axes: Axes): Tensor<Transposed<S, Axes>>
}

/** The shape that is asked for. */
export type ReshapeSignature = <const T extends Shape>(x: Tensor, shape: T) => Tensor<Reshaped<T>>

/** The shape that is asked for. */
export type BroadcastToSignature = <const T extends Shape>(x: Tensor, shape: T) => Tensor<Asked<T>>

/** A new axis of size 1. */
export type ExpandDimsSignature = <S extends Shape, const Axis extends number>(
  x: Tensor<S>,
  axis: Axis,
) => Tensor<Inserted<S, Axis, 1>>

/** Named axes dropped; without them the rank is not known. */
export interface SqueezeSignature {
  <S extends Shape>(x: Tensor<S>): Tensor<IsAny<S> extends true ? any : number[]>
  <S extends Shape, const Axis extends number | readonly number[]>(
    x: Tensor<S>,
    axis: Axis,
  ): Tensor<Reduced<S, { axis: Axis }>>
}

/** The shape stays. */
export type FlipSignature = <S extends Shape>(x: Tensor<S>, axis?: number | readonly number[]) => Tensor<S>

/** The rank stays. */
export type PadSignature = <S extends Shape>(
  x: Tensor<S>,
  widths: readonly (readonly [before: number, after: number])[],
  value?: number,
) => Tensor<IsAny<S> extends true ? any : { -readonly [K in keyof S]: number }>

/** What `slice` takes for one axis. */
export type Range = number | readonly [start: number | null, stop?: number | null, step?: number] | null | undefined

/** Axes with an index are dropped, with a range resized, without either kept. */
export type Sliced<S extends Shape, Ranges extends readonly Range[]> =
  IsAny<S> extends true
    ? any
    : number extends Ranges['length'] | S['length']
      ? number[]
      : S extends readonly [infer X extends number, ...infer Rest extends Shape]
        ? Ranges extends readonly [infer R, ...infer Others extends readonly Range[]]
          ? [...(R extends number ? [] : R extends null | undefined ? [X] : [number]), ...Sliced<Rest, Others>]
          : [...S]
        : []

/** One range for each leading axis. */
export type SliceSignature = <S extends Shape, const Ranges extends readonly Range[]>(
  x: Tensor<S>,
  ...ranges: Ranges
) => Tensor<Sliced<S, Ranges>>

/** The picked axis is replaced by those of the indices; axis 0 unless told. */
export type TakeSignature = <S extends Shape, I extends Shape, const Axis extends number = 0>(
  x: Tensor<S>,
  indices: Tensor<I>,
  options?: { readonly axis?: Axis },
) => Tensor<Replaced<S, Axis, I>>

/** The shape of the indices. */
export type GatherSignature = <I extends Shape>(
  x: Tensor,
  indices: Tensor<I>,
  options?: { readonly axis?: number },
) => Tensor<I>

type Shapes<L extends readonly Tensor[]> = { [K in keyof L]: L[K] extends Tensor<infer S> ? S : never }

type AnyOf<L extends readonly unknown[]> = L extends readonly [infer S, ...infer Rest]
  ? IsAny<S> extends true
    ? true
    : AnyOf<Rest>
  : false

/** Whether all shapes of a list could agree outside one axis. */
type Misfit<First extends Shape, L extends readonly unknown[], Axis extends number> = L extends readonly [
  infer S extends Shape,
  ...infer Rest,
]
  ? Resized<First, Axis> extends infer F extends Shape
    ? Resized<S, Axis> extends infer G extends Shape
      ? F extends G
        ? Misfit<First, Rest, Axis>
        : G extends F
          ? Misfit<First, Rest, Axis>
          : S
      : never
    : never
  : never

type Joinable<S extends readonly unknown[], Axis extends number, Verb extends string> =
  AnyOf<S> extends true
    ? unknown
    : S extends readonly [infer First extends Shape, ...infer Rest]
      ? [Misfit<First, Rest, Axis>] extends [infer Odd extends Shape]
        ? [Odd] extends [never]
          ? unknown
          : Mismatch<`shapes ${Show<First>} and ${Show<Odd>} ${Verb}`>
        : unknown
      : unknown

type FirstShape<S extends readonly unknown[]> =
  AnyOf<S> extends true
    ? any
    : S extends readonly [infer First extends Shape, ...unknown[]]
      ? First
      : S extends readonly (infer Each extends Shape)[]
        ? Each
        : number[]

/** Joined along an axis, whose size is not computed; axis 0 unless told. */
export type ConcatSignature = <const L extends readonly Tensor[], const Axis extends number = 0>(
  list: L & Joinable<Shapes<L>, Axis, 'differ in an axis along which they are not joined'>,
  options?: { readonly axis?: Axis },
) => Tensor<Resized<FirstShape<Shapes<L>>, Axis>>

/** Joined along a new axis as long as the list; axis 0 unless told. */
export type StackSignature = <const L extends readonly Tensor[], const Axis extends number = 0>(
  list: L & Joinable<Shapes<L>, 99, 'differ; stack joins equal shapes'>,
  options?: { readonly axis?: Axis },
) => Tensor<Inserted<FirstShape<Shapes<L>>, Axis, L['length']>>

/** The shape stays; along one axis, the last unless told. */
export type CumulativeSignature = <S extends Shape>(x: Tensor<S>, options?: { readonly axis?: number }) => Tensor<S>

/** The shape stays; along one axis, the last unless told. */
export type SortSignature = CumulativeSignature

type Options = { readonly dtype?: DType }

/** From nested arrays, or from a typed array with a shape. */
export interface TensorSignature {
  <const T extends Shape>(
    data: TypedArray | ArrayLike<number> | readonly (number | boolean)[],
    options: Options & { readonly shape: T },
  ): Tensor<Asked<T>>
  (data: ArrayLike<number> & ArrayBufferView, options?: Options): Tensor<[number]>
  <const T extends NestedData>(data: T, options?: Options): Tensor<NestedShape<T>>
}

/** Numbers or booleans, nested to any depth. */
export type NestedData = number | boolean | readonly NestedData[]

/** Filled by a rule. */
export type ShapedSignature = <const S extends Shape>(shape: S, options?: Options) => Tensor<Asked<S>>

/** Filled with one value. */
export type FullSignature = <const S extends Shape>(shape: S, value: number, options?: Options) => Tensor<Asked<S>>

/** `n -> [n, n]`. */
export type EyeSignature = <const N extends number>(n: N, options?: Options) => Tensor<[N, N]>

/** `count -> [count]`. */
export type LinspaceSignature = <const N extends number>(
  start: number,
  stop: number,
  count: N,
  options?: Options,
) => Tensor<[N]>

/** `[...indices] -> [...indices, depth]`. */
export type OneHotSignature = <S extends Shape, const N extends number>(
  indices: Tensor<S>,
  depth: N,
  options?: Options,
) => Tensor<Inserted<S, -1, N>>

/** Drawn at random. */
export type RandomSignature<Extra> = <const S extends Shape>(
  key: Tensor<[2]>,
  shape: S,
  options?: Options & Extra,
) => Tensor<Asked<S>>
