import type { IsAny, Shape } from './shapes'
import type { Tensor } from '../values/tensor'
import type { IsConcrete, Least, Minus, Plus, Quotient } from './sizes'

/** The range that `slice` takes along one axis; null keeps the whole axis. */
export type Range = readonly [start: number | null, stop?: number | null, step?: number] | null

/** The position that `at` takes along one axis; null keeps the axis. */
export type Position = number | null

export type UpToThree<Each> = readonly [Each] | readonly [Each, Each] | readonly [Each, Each, Each]

// Unions of tuples, because an optional element would also accept undefined, which is not a selection.

/** By rank: at least one selection, and at most one for each axis. */
export interface Selections<Each> {
  0: readonly [never]
  1: readonly [Each]
  2: readonly [Each] | readonly [Each, Each]
  3: UpToThree<Each>
  4: UpToThree<Each> | readonly [Each, Each, Each, Each]
  5: UpToThree<Each> | readonly [Each, Each, Each, Each] | readonly [Each, Each, Each, Each, Each]
  6:
    | UpToThree<Each>
    | readonly [Each, Each, Each, Each]
    | readonly [Each, Each, Each, Each, Each]
    | readonly [Each, Each, Each, Each, Each, Each]
  [rank: number]: readonly Each[]
}

/** By rank: at least one position, and at most one for each axis. */
export type PositionsByRank = Selections<Position>

/** By rank: at most one range for each axis. */
export type RangesByRank = { readonly [Rank in keyof Selections<Range>]: Selections<Range>[Rank] | readonly [] }

/** The shape after `slice`: axes with a range are resized, the others kept. */
export type Sliced<S extends Shape, Ranges extends readonly Range[]> =
  IsAny<S> extends true
    ? any
    : number extends Ranges['length'] | S['length']
      ? number[]
      : IsConcrete<S> extends true
        ? SlicedExactly<S, Ranges>
        : SlicedRoughly<S, Ranges>

type SlicedRoughly<S extends Shape, Ranges extends readonly Range[]> = S extends readonly [
  infer X extends number,
  ...infer Rest extends Shape,
]
  ? Ranges extends readonly [infer R, ...infer Others extends readonly Range[]]
    ? [R extends null ? X : number, ...SlicedRoughly<Rest, Others>]
    : [...S]
  : []

type SlicedExactly<S extends Shape, Ranges extends readonly Range[]> = S extends readonly [
  infer X extends number,
  ...infer Rest extends Shape,
]
  ? Ranges extends readonly [infer R, ...infer Others extends readonly Range[]]
    ? [RangeSize<X, R>, ...SlicedExactly<Rest, Others>]
    : [...S]
  : []

/** The number of positions that a range selects from an axis of size `X`. */
export type RangeSize<X extends number, R> = R extends null
  ? X
  : R extends readonly [infer From]
    ? Between<X, From, null, 1>
    : R extends readonly [infer From, infer To]
      ? Between<X, From, To, 1>
      : R extends readonly [infer From, infer To, infer Step]
        ? Between<X, From, To, Step>
        : number

type Between<X extends number, From, To, Step> = Step extends undefined
  ? Between<X, From, To, 1>
  : Step extends number
    ? `${Step}` extends `-${infer Back extends number}`
      ? InSteps<Minus<PlaceAfter<X, From, X>, PlaceAfter<X, To, 0>>, Back>
      : InSteps<Minus<Place<X, To, X>, Place<X, From, 0>>, Step>
    : number

type InSteps<Length extends number, Step extends number> = Step extends 1 ? Length : Quotient<Length, Step>

/** A bound of a range, from 0 to `X`. */
type Place<X extends number, Bound, Default extends number> = Bound extends number
  ? `${Bound}` extends `-${infer Back extends number}`
    ? Minus<X, Back>
    : Least<Bound, X>
  : Default

/** One more than a bound of a range that counts down. The bound is from -1 to `X` - 1. */
type PlaceAfter<X extends number, Bound, Default extends number> = Bound extends number
  ? `${Bound}` extends `-${infer Back extends number}`
    ? Minus<Plus<X, 1>, Back>
    : Least<Plus<Bound, 1>, X>
  : Default

/** The shape after `at`: axes with a position are dropped, the others kept. */
export type At<S extends Shape, Positions extends readonly Position[]> =
  IsAny<S> extends true
    ? any
    : number extends Positions['length'] | S['length']
      ? number[]
      : S extends readonly [infer X extends number, ...infer Rest extends Shape]
        ? Positions extends readonly [infer P, ...infer Others extends readonly Position[]]
          ? [...(P extends null ? [X] : []), ...At<Rest, Others>]
          : [...S]
        : []

/** What `atIndex` takes along one axis: a position, a range, int32 indices, or null for the whole axis. */
export type Index = Position | Range | Tensor

/** By rank: at least one index, and at most one for each axis. */
export type IndicesByRank = Selections<Index>

/** The shape of the elements at an index; known if at most one axis has a tensor of indices. */
export type Indexed<S extends Shape, Indices extends readonly Index[]> =
  IsAny<S> extends true
    ? any
    : number extends Indices['length'] | S['length']
      ? number[]
      : TensorsIn<Indices>['length'] extends 0 | 1
        ? IndexedAxes<S, Indices, IsConcrete<S>>
        : number[]

type TensorsIn<Indices extends readonly unknown[]> = Indices extends readonly [infer I, ...infer Others]
  ? [...(I extends Tensor ? [0] : []), ...TensorsIn<Others>]
  : []

type IndexedAxes<S extends Shape, Indices extends readonly Index[], IsExact> = S extends readonly [
  infer X extends number,
  ...infer Rest extends Shape,
]
  ? Indices extends readonly [infer I, ...infer Others extends readonly Index[]]
    ? I extends Tensor<infer P>
      ? IsAny<P> extends true
        ? any
        : [...P, ...IndexedAxes<Rest, Others, IsExact>]
      : I extends number
        ? IndexedAxes<Rest, Others, IsExact>
        : [IsExact extends true ? RangeSize<X, I> : I extends null ? X : number, ...IndexedAxes<Rest, Others, IsExact>]
    : [...S]
  : []
