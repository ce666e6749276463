import type { AtAxis, AxesFit, ReducedShape } from '../../types/axes'
import type { Agree, Bounded, IsAny, Mismatch, Shape, Show, Unless } from '../../types/shapes'
import type { Product } from '../../types/sizes'
import type { Tensor } from '../../values/tensor'

/** How many axes are contracted, or which: those of the left operand, and those of the right one. */
export type AxisPairs = number | readonly [left: readonly number[], right: readonly number[]]

// A table, so that a number that is a type parameter can be looked up.
export interface SomeAxes {
  0: []
  1: [any]
  2: [any, any]
  3: [any, any, any]
  4: [any, any, any, any]
  5: [any, any, any, any, any]
  6: [any, any, any, any, any, any]
}

type AllAgree<A, B> = A extends readonly [infer X, ...infer RestA]
  ? B extends readonly [infer Y, ...infer RestB]
    ? Agree<X, Y> extends true
      ? AllAgree<RestA, RestB>
      : false
    : true
  : true

type SizesAt<S extends Shape, Axes> = { readonly [K in keyof Axes]: AtAxis<S, Axes[K]> }

type Joined<A, B> = A extends Shape ? (B extends Shape ? Bounded<[...A, ...B]> : number[]) : number[]

/** The last N axes of `A` with the first N of `B`: what is left of both, and whether the sizes agree. */
type Counted<A extends Shape, B extends Shape, N extends keyof SomeAxes> = A extends readonly [
  ...infer Free extends Shape,
  ...SomeAxes[N],
]
  ? A extends readonly [...Free, ...infer Last]
    ? B extends readonly [...SomeAxes[N], ...infer Other extends Shape]
      ? B extends readonly [...infer First, ...Other]
        ? { shape: Joined<Free, Other>; fits: AllAgree<Last, First> }
        : never
      : { shape: number[]; fits: false }
    : never
  : { shape: number[]; fits: false }

type Unranked<A extends Shape, B extends Shape> = number extends A['length'] | B['length'] ? true : false

/** The shape of `tensordot`: the free axes of the left operand, then those of the right one. */
export type TensordotShape<A extends Shape, B extends Shape, Axes> = Unless<
  A,
  B,
  Unranked<A, B> extends true
    ? number[]
    : Axes extends keyof SomeAxes
      ? Counted<A, B, Axes>['shape']
      : Axes extends readonly [infer X, infer Y]
        ? Joined<ReducedShape<A, X, false>, ReducedShape<B, Y, false>>
        : number[]
>

/** `unknown` if the contracted axes agree; otherwise a message. */
export type TensordotFits<A extends Shape, B extends Shape, Axes> =
  IsAny<A> extends true
    ? unknown
    : IsAny<B> extends true
      ? unknown
      : Unranked<A, B> extends true
        ? unknown
        : Axes extends keyof SomeAxes
          ? Counted<A, B, Axes>['fits'] extends true
            ? unknown
            : Mismatch<`the last ${Axes} axes of ${Show<A>} and the first ${Axes} of ${Show<B>} do not agree`>
          : Axes extends readonly [infer X extends Shape, infer Y extends Shape]
            ? Agree<X['length'], Y['length']> extends true
              ? AllAgree<SizesAt<A, X>, SizesAt<B, Y>> extends true
                ? readonly [AxesFit<A, X>, AxesFit<B, Y>]
                : Mismatch<`axes ${Show<X>} of ${Show<A>} and ${Show<Y>} of ${Show<B>} do not agree`>
              : Mismatch<`${Show<X>} and ${Show<Y>} differ in length`>
            : unknown

/** Contracts two tensors over pairs of axes (default: the last two of the left with the first two of the right). */
export type TensordotSignature = <A extends Shape, B extends Shape, const Axes extends AxisPairs = 2>(
  a: Tensor<A>,
  b: Tensor<B>,
  axes?: Axes & TensordotFits<A, B, Axes>,
) => Tensor<TensordotShape<A, B, Axes>>

type KronTuple<A extends Shape, B extends Shape> = A extends readonly [
  ...infer RestA extends Shape,
  infer M extends number,
]
  ? B extends readonly [...infer RestB extends Shape, infer N extends number]
    ? [...KronTuple<RestA, RestB>, Product<M, N>]
    : [...A]
  : [...B]

/** Sizes are multiplied, aligned at the last axis. */
export type KronShape<A extends Shape, B extends Shape> = Unless<
  A,
  B,
  Unranked<A, B> extends true ? number[] : Bounded<KronTuple<A, B>>
>

/** `[..., m] x [..., n] -> [..., m n]`. */
export type KronSignature = <A extends Shape, B extends Shape>(a: Tensor<A>, b: Tensor<B>) => Tensor<KronShape<A, B>>
