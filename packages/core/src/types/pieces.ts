import type { AtAxis, FromFront, Inserted, Negative, OnAxes, Resized } from './axes'
import type { IsAny, Shape } from './shapes'
import type { IsConcrete, Least, Minus, Plus, Product, Quotient } from './sizes'
import type { Tensor } from '../values/tensor'

// The shapes of what is cut, repeated or rearranged along an axis.

/** A tuple of `N` times `T`; an array if N is not known, a union or above 32. */
export type Repeated<T, N extends number, Done extends T[] = []> = number extends N
  ? T[]
  : [N] extends [Done['length']]
    ? Done
    : Done['length'] extends 32
      ? T[]
      : Repeated<T, N, [...Done, T]>

/** The shape with a new size along `Axis`. */
type WithSize<S extends Shape, Axis extends number, N extends number> =
  IsAny<S> extends true ? any : number extends S['length'] | Axis ? Resized<S, Axis> : OnAxes<S, Axis, [N]>

/** The pieces of `split`: for a number, that many equal ones; for positions, one more than there are positions. */
export type Split<S extends Shape, Sections, Axis extends number> = Sections extends number
  ? Repeated<Tensor<Section<S, Sections, Axis>>, Sections>
  : Sections extends readonly number[]
    ? number extends Sections['length']
      ? Tensor<Resized<S, Axis>>[]
      : Parts<S, Sections, Axis>
    : never

type Section<S extends Shape, N extends number, Axis extends number> =
  IsAny<S> extends true
    ? any
    : IsConcrete<S> extends true
      ? WithSize<S, Axis, Quotient<AtAxis<S, Axis>, N>>
      : Resized<S, Axis>

type Parts<
  S extends Shape,
  Positions extends readonly number[],
  Axis extends number,
  From extends number = 0,
> = Positions extends readonly [infer To extends number, ...infer Rest extends readonly number[]]
  ? [Tensor<Part<S, Axis, From, To>>, ...Parts<S, Rest, Axis, To>]
  : [
      Tensor<
        Part<S, Axis, From, IsAny<S> extends true ? number : IsConcrete<S> extends true ? AtAxis<S, Axis> : number>
      >,
    ]

type Part<S extends Shape, Axis extends number, From extends number, To extends number> = WithSize<
  S,
  Axis,
  Minus<To, From>
>

/** The pieces of `chunk`: all of one size, except for the last. */
export type Chunks<S extends Shape, N extends number, Axis extends number> =
  IsAny<S> extends true
    ? Tensor[]
    : [N] extends [1]
      ? [Tensor<S>]
      : IsConcrete<S> extends true
        ? InChunks<S, Axis, AtAxis<S, Axis>, Quotient<AtAxis<S, Axis>, N>>
        : Tensor<Resized<S, Axis>>[]

type InChunks<
  S extends Shape,
  Axis extends number,
  X extends number,
  Each extends number,
  Whole extends Tensor = Tensor<WithSize<S, Axis, Each>>,
  Done extends Tensor[] = [],
> = number extends Each
  ? Tensor<Resized<S, Axis>>[]
  : Minus<X, Each> extends 0
    ? [...Done, X extends Each ? Whole : Tensor<WithSize<S, Axis, X>>]
    : Done['length'] extends 31
      ? Tensor<Resized<S, Axis>>[]
      : InChunks<S, Axis, Minus<X, Each>, Each, Whole, [...Done, Whole]>

/** The slices of `unstack`: as many as the axis is long. */
export type Unstacked<S extends Shape, Axis extends number> =
  IsAny<S> extends true
    ? Tensor[]
    : number extends S['length'] | Axis
      ? Tensor<number[]>[]
      : IsConcrete<S> extends true
        ? Repeated<Tensor<OnAxes<S, Axis, []>>, AtAxis<S, Axis>>
        : Tensor<OnAxes<S, Axis, []>>[]

/** The shape after `tile`: sizes times repetitions, aligned at the last axis. */
export type Tiled<S extends Shape, R extends Shape> =
  IsAny<S> extends true
    ? any
    : number extends S['length'] | R['length']
      ? number[]
      : IsConcrete<S> extends true
        ? TiledTuple<S, R>
        : number[]

type TiledTuple<S extends Shape, R extends Shape> = S extends readonly [
  ...infer RestS extends Shape,
  infer X extends number,
]
  ? R extends readonly [...infer RestR extends Shape, infer N extends number]
    ? [...TiledTuple<RestS, RestR>, Product<X, N>]
    : [...S]
  : [...R]

/** The shape after `repeatElements`: flat without an axis; the counts of a list are not added. */
export type ElementsRepeated<S extends Shape, Count, Axis> =
  IsAny<S> extends true
    ? any
    : Axis extends number
      ? [IsConcrete<S>, Count] extends [true, number]
        ? WithSize<S, Axis, Product<AtAxis<S, Axis>, Count & number>>
        : Resized<S, Axis>
      : [number]

/** An axis, counted from the front. */
type Front<Rank, Axis> = Axis extends keyof FromFront
  ? Rank extends keyof Negative
    ? { [K in keyof Negative[Rank]]: Negative[Rank][K] extends Axis ? K : never }[keyof Negative[Rank]]
    : never
  : Axis

/** The shape with two axes exchanged. */
export type Swapped<S extends Shape, A extends number, B extends number> =
  IsAny<S> extends true
    ? any
    : number extends S['length']
      ? number[]
      : number extends A | B
        ? { -readonly [K in keyof S]: number }
        : {
            -readonly [K in keyof S]: K extends `${Front<S['length'], A> & number}`
              ? AtAxis<S, B>
              : K extends `${Front<S['length'], B> & number}`
                ? AtAxis<S, A>
                : S[K]
          }

/** The shape with one axis in another place. */
export type Moved<S extends Shape, Source, Destination> =
  IsAny<S> extends true
    ? any
    : number extends S['length']
      ? number[]
      : [Source, Destination] extends [number, number]
        ? number extends Source | Destination
          ? { -readonly [K in keyof S]: number }
          : Inserted<OnAxes<S, Source, []>, Destination & number, AtAxis<S, Source>>
        : { -readonly [K in keyof S]: number }

/** The length of a diagonal of an `m x n` matrix. */
export type DiagonalLength<
  M extends number,
  N extends number,
  Offset extends number,
> = `${Offset}` extends `-${infer Down extends number}` ? Least<Minus<M, Down>, N> : Least<M, Minus<N, Offset>>

/** The shape of the diagonals: the two axes are dropped, and the diagonal is last. */
export type Diagonal<S extends Shape, Offset extends number, Axes extends readonly [number, number]> =
  IsAny<S> extends true
    ? any
    : number extends S['length'] | Axes[0] | Axes[1]
      ? number[]
      : [
          ...OnAxes<S, Axes[0] | Axes[1], []>,
          IsConcrete<S> extends true ? DiagonalLength<AtAxis<S, Axes[0]>, AtAxis<S, Axes[1]>, Offset> : number,
        ]

/** The size of the square matrix on whose diagonal `N` elements stand. */
type Square<S extends Shape, N extends number, Offset extends number> =
  IsConcrete<S> extends true
    ? `${Offset}` extends `-${infer Down extends number}`
      ? Plus<N, Down>
      : Plus<N, Offset>
    : Offset extends 0
      ? N
      : number

/** The shape of square matrices with the last axis on a diagonal. */
export type DiagonalMatrix<S extends Shape, Offset extends number> =
  IsAny<S> extends true
    ? any
    : S extends readonly [...infer Rest extends Shape, infer N extends number]
      ? [...Rest, Square<S, N, Offset>, Square<S, N, Offset>]
      : number[]

/** The sizes of vectors, as the axes of a grid; 'xy' exchanges the first two. */
export type Grid<L extends readonly unknown[], Indexing> =
  Sizes<L> extends infer S extends Shape
    ? Indexing extends 'ij'
      ? S
      : S extends readonly [infer X extends number, infer Y extends number, ...infer Rest extends Shape]
        ? [Y, X, ...Rest]
        : S
    : never

type Sizes<L extends readonly unknown[]> = {
  -readonly [K in keyof L]: L[K] extends Tensor<infer S>
    ? S extends readonly [infer N extends number]
      ? N
      : number
    : number
}
