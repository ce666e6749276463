/**
 * Sizes of the axes. As a type parameter it says what is known before running: `[2, 3]`, `[number, 3]` with an unknown
 * size, `number[]` with an unknown rank, and `any` for nothing at all, which fits everywhere.
 */
export type Shape = readonly number[]

/** Whether nothing is known of a shape. */
export type IsAny<T> = 0 extends 1 & T ? true : false

/** What `F` is where it is decided; nothing is known where an argument of it is `any`. */
type Unless<A, B, F> = IsAny<A> extends true ? any : IsAny<B> extends true ? any : F

type Join<S extends Shape> = S extends readonly []
  ? ''
  : S extends readonly [infer X extends number]
    ? `${X}`
    : S extends readonly [infer X extends number, ...infer Rest extends Shape]
      ? `${X}, ${Join<Rest>}`
      : '...'

/** `[2, 3]` as a message shows it. */
export type Show<S extends Shape> = `[${Join<S>}]`

declare const mismatch: unique symbol

/** What a parameter asks for where the shapes cannot fit; no value has it, so that the message is shown. */
export interface Mismatch<Message extends string> {
  readonly [mismatch]: Message
}

/** Exact up to rank 4; more axes are known by neither number nor size. */
type Bounded<S extends Shape> = S['length'] extends 0 | 1 | 2 | 3 | 4 ? S : number[]

type BroadcastAxis<X extends number, Y extends number> = number extends X
  ? Y extends 1
    ? number
    : Y
  : number extends Y
    ? X extends 1
      ? number
      : X
    : X extends Y
      ? X
      : X extends 1
        ? Y
        : Y extends 1
          ? X
          : never

type BroadcastTuple<A extends Shape, B extends Shape> = A extends readonly [
  ...infer RestA extends Shape,
  infer X extends number,
]
  ? B extends readonly [...infer RestB extends Shape, infer Y extends number]
    ? [...BroadcastTuple<RestA, RestB>, BroadcastAxis<X, Y>]
    : B extends readonly []
      ? [...A]
      : number[]
  : A extends readonly []
    ? number extends B['length']
      ? number[]
      : [...B]
    : number[]

/** The shape that `A` and `B` broadcast to; an axis that does not fit is `never`. */
export type Broadcast<A extends Shape, B extends Shape> = Unless<A, B, Bounded<BroadcastTuple<A, B>>>

/** Whether some axis is `never`. */
type HasNever<S extends Shape> = S extends readonly [infer X, ...infer Rest extends Shape]
  ? [X] extends [never]
    ? true
    : HasNever<Rest>
  : false

/** `unknown` where `A` and `B` broadcast, a message with both shapes where they cannot. */
export type Broadcastable<A extends Shape, B extends Shape> =
  IsAny<Broadcast<A, B>> extends true
    ? unknown
    : HasNever<Broadcast<A, B>> extends true
      ? Mismatch<`shapes ${Show<A>} and ${Show<B>} do not broadcast`>
      : unknown

/** The number from the end of the axis with number `I` from the front. */
type FromEnd<Rank, I> = Rank extends keyof Negative
  ? I extends keyof Negative[Rank]
    ? Negative[Rank][I]
    : never
  : never

interface Negative {
  1: { 0: -1 }
  2: { 0: -2; 1: -1 }
  3: { 0: -3; 1: -2; 2: -1 }
  4: { 0: -4; 1: -3; 2: -2; 3: -1 }
}

/** Replaces every axis that `Axis` names by the axes `By`. */
type OnAxes<
  S extends Shape,
  Axis,
  By extends Shape,
  All extends Shape = S,
  Seen extends 0[] = [],
> = S extends readonly [infer X extends number, ...infer Rest extends Shape]
  ? [
      ...([Extract<Axis, Seen['length'] | FromEnd<All['length'], Seen['length']>>] extends [never] ? [X] : By),
      ...OnAxes<Rest, Axis, By, All, [...Seen, 0]>,
    ]
  : []

/** Options of a reduction. */
export interface ReduceOptions {
  /** The axis to reduce, or several; all where absent. Negative ones count from the end. */
  readonly axis?: number | readonly number[] | undefined
  /** Keep reduced axes with size 1. */
  readonly keepDims?: boolean | undefined
}

type AxesOf<O> = O extends { readonly axis: infer A } ? (A extends readonly number[] ? A[number] : A) : undefined

type AllOnes<S extends Shape> = { -readonly [K in keyof S]: 1 }

/** What takes the place of a reduced axis: nothing, a 1, or `boolean` where that is not known. */
type KeptAs<O> = O extends { readonly keepDims: infer K }
  ? boolean extends K
    ? boolean
    : K extends true
      ? [1]
      : []
  : []

/** The shape after a reduction with options `O`. */
export type Reduced<S extends Shape, O extends ReduceOptions> =
  IsAny<S> extends true ? any : KeptAs<O> extends infer By extends Shape ? ReducedTo<S, AxesOf<O>, By> : number[]

type ReducedTo<S extends Shape, Axis, By extends Shape> = [Axis] extends [undefined]
  ? By extends [1]
    ? AllOnes<S>
    : []
  : number extends Axis | S['length']
    ? number[]
    : OnAxes<S, Axis, By>

/** `[..., m, k] x [..., k, n]`; an inner size that does not fit gives `never`. */
type MatMulShape<A extends Shape, B extends Shape> = number extends A['length'] | B['length']
  ? number[]
  : A extends readonly [infer K extends number]
    ? B extends readonly [infer L extends number]
      ? Inner<K, L, []>
      : B extends readonly [...infer Lead extends Shape, infer L extends number, infer N extends number]
        ? Inner<K, L, [...Lead, N]>
        : never
    : A extends readonly [...infer LeadA extends Shape, infer M extends number, infer K extends number]
      ? B extends readonly [infer L extends number]
        ? Inner<K, L, [...LeadA, M]>
        : B extends readonly [...infer LeadB extends Shape, infer L extends number, infer N extends number]
          ? Inner<K, L, Bounded<[...BroadcastTuple<LeadA, LeadB>, M, N]>>
          : never
      : never

type Inner<K extends number, L extends number, Result> = number extends K | L ? Result : K extends L ? Result : never

/** The shape of a matrix product, `never` where the sizes cannot fit. */
export type MatMul<A extends Shape, B extends Shape> = Unless<A, B, MatMulShape<A, B>>

/** `unknown` where `A` and `B` can be multiplied, a message with both shapes where they cannot. */
export type Multipliable<A extends Shape, B extends Shape> =
  IsAny<MatMul<A, B>> extends true
    ? unknown
    : [MatMul<A, B>] extends [never]
      ? Mismatch<`the last axis of ${Show<A>} must match the second to last of ${Show<B>}`>
      : HasNever<MatMul<A, B>> extends true
        ? Mismatch<`the leading axes of ${Show<A>} and ${Show<B>} do not broadcast`>
        : unknown

type Reverse<S extends Shape> = S extends readonly [infer X extends number, ...infer Rest extends Shape]
  ? [...Reverse<Rest>, X]
  : S extends readonly []
    ? []
    : number[]

/** The shape with its axes in the order `Axes`, or reversed. */
export type Transposed<S extends Shape, Axes = undefined> =
  IsAny<S> extends true
    ? any
    : Axes extends Shape
      ? number extends S['length'] | Axes['length']
        ? number[]
        : { -readonly [K in keyof Axes]: AtAxis<S, Axes[K]> }
      : Reverse<S>

type Places = { [-1]: '0'; [-2]: '1'; [-3]: '2'; [-4]: '3' }

/** The size of one axis, counted from either end; `number` where it is not decided. */
type AtAxis<S extends Shape, Axis> = Axis extends keyof Places
  ? AtPlace<Reverse<S>, Places[Axis]>
  : Axis extends number
    ? AtPlace<S, `${Axis}`>
    : number

type AtPlace<S extends Shape, Place> = Place extends keyof S ? Extract<S[Place], number> : number

/** The shape that a literal asks for. */
export type Asked<S extends Shape> = { -readonly [K in keyof S]: S[K] }

/** The shape asked of `reshape`: -1 becomes an unknown size. */
export type Reshaped<T extends Shape> = { -readonly [K in keyof T]: T[K] extends -1 ? number : T[K] }

/** The shape of nested arrays of numbers or booleans. */
export type NestedShape<T> =
  IsAny<T> extends true
    ? any
    : T extends number | boolean
      ? []
      : T extends readonly []
        ? [0]
        : T extends readonly (infer E)[]
          ? NestedShape<E> extends infer Inside extends Shape
            ? [T['length'], ...Inside]
            : number[]
          : number[]

/** The shape with an axis of size `N` inserted at `Axis`. */
export type Inserted<S extends Shape, Axis extends number, N extends number> =
  IsAny<S> extends true
    ? any
    : number extends Axis | S['length']
      ? number[]
      : `${Axis}` extends `-${string}`
        ? InsertedFromEnd<S, Axis, N>
        : InsertedAt<S, Axis, N>

type InsertedAt<
  S extends Shape,
  Axis extends number,
  N extends number,
  Head extends number[] = [],
> = Head['length'] extends Axis
  ? Bounded<[...Head, N, ...S]>
  : S extends readonly [infer X extends number, ...infer Rest extends Shape]
    ? InsertedAt<Rest, Axis, N, [...Head, X]>
    : number[]

type InsertedFromEnd<S extends Shape, Axis extends number, N extends number> = Axis extends -1
  ? Bounded<[...S, N]>
  : Axis extends -2
    ? S extends readonly [...infer Head extends Shape, infer X extends number]
      ? Bounded<[...Head, N, X]>
      : number[]
    : number[]

/** The shape with the axes `Axis` replaced by an unknown size; `number[]` where the axis is not decided. */
export type Resized<S extends Shape, Axis extends number> =
  IsAny<S> extends true ? any : number extends Axis | S['length'] ? number[] : OnAxes<S, Axis, [number]>

/** The shape with `Axis` replaced by the axes of `By`. */
export type Replaced<S extends Shape, Axis extends number, By extends Shape> = Unless<
  S,
  By,
  number extends Axis | S['length'] | By['length'] ? number[] : Bounded<OnAxes<S, Axis, By>>
>
