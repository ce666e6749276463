import type { Agree, Bounded, IsAny, Mismatch, Shape, Show, Unless } from './shapes'

export type AxisNumber = -4 | -3 | -2 | -1 | 0 | 1 | 2 | 3

/** Accepts the axes that a tensor of a given rank has. */
export type AxesWithin<Has extends AxisNumber, Rank extends number> = {
  [P in AxisNumber | 'beyond']: P extends Has ? unknown : Mismatch<`a tensor of rank ${Rank} has no such axis`>
}

// A table, because a look-up by the rank of a type parameter accepts everything that an unknown rank accepts (the
// index signature). A conditional type would reject it.
export interface AxesByRank {
  0: AxesWithin<never, 0>
  1: AxesWithin<0 | -1, 1>
  2: AxesWithin<0 | 1 | -1 | -2, 2>
  3: AxesWithin<0 | 1 | 2 | -1 | -2 | -3, 3>
  4: AxesWithin<AxisNumber, 4>
  [rank: number]: Record<AxisNumber | 'beyond', unknown>
}

/** Accepts an axis that a tensor of shape `S` has or could have. */
type AxisFits<S extends Shape, Axis> = number extends Axis
  ? unknown
  : AxesByRank[S['length']][Axis extends AxisNumber ? Axis : 'beyond']

/** Accepts an axis or a list of axes that a tensor of shape `S` has or could have; a message for any other. */
export type AxesFit<S extends Shape, Axes> = Axes extends readonly unknown[]
  ? { readonly [K in keyof Axes]: AxisFits<S, Axes[K]> }
  : Axes extends number
    ? AxisFits<S, Axes>
    : unknown

/** The axis `I`, counted from the front, as a number counted from the end. */
type FromEnd<Rank, I> = Rank extends keyof Negative
  ? I extends keyof Negative[Rank]
    ? Negative[Rank][I]
    : never
  : never

export interface Negative {
  1: { 0: -1 }
  2: { 0: -2; 1: -1 }
  3: { 0: -3; 1: -2; 2: -1 }
  4: { 0: -4; 1: -3; 2: -2; 3: -1 }
}

/** Replaces every axis in `Axis` by the axes `By`. */
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

type Unsized<S extends Shape> = { -readonly [K in keyof S]: number }

type Ones<S extends Shape> = { -readonly [K in keyof S]: 1 }

/** The shape after a reduction over `Axes`: one axis, several, or all if undefined. */
export type ReducedShape<S extends Shape, Axes, KeepDims> =
  IsAny<Axes> extends true
    ? any
    : [Axes, KeepDims] extends [undefined, false]
      ? []
      : IsAny<S> extends true
        ? any
        : boolean extends KeepDims
          ? number[]
          : [Axes] extends [undefined]
            ? Ones<S>
            : [Axes] extends [readonly number[]]
              ? ReducedOver<S, Axes[number], KeepDims>
              : [Axes] extends [number]
                ? ReducedOver<S, Axes, KeepDims>
                : number[]

type ReducedOver<S extends Shape, Axis extends number, KeepDims> = number extends S['length']
  ? number[]
  : number extends Axis
    ? KeepDims extends true
      ? Unsized<S>
      : number[]
    : Bounded<S> extends infer T extends Shape
      ? number extends T['length']
        ? number[]
        : OnAxes<T, Axis, KeepDims extends true ? [1] : []>
      : never

type Reverse<S extends Shape> = S extends readonly [infer X extends number, ...infer Rest extends Shape]
  ? [...Reverse<Rest>, X]
  : S extends readonly []
    ? []
    : number[]

export interface FromFront {
  [-1]: 0
  [-2]: 1
  [-3]: 2
  [-4]: 3
}

/** The size of one axis, counted from either end; `number` if the axis is undecided. */
export type AtAxis<S extends Shape, Axis> = Axis extends keyof FromFront
  ? AtPlace<Reverse<S>, `${FromFront[Axis]}`>
  : Axis extends number
    ? AtPlace<S, `${Axis}`>
    : number

type AtPlace<S extends Shape, P> = P extends keyof S
  ? readonly [S[P]] extends readonly [infer N extends number]
    ? N
    : number
  : number

/** The shape with its axes in the order `Axes`; reversed if `Axes` is undefined. */
export type Transposed<S extends Shape, Axes = undefined> =
  IsAny<S> extends true
    ? any
    : Axes extends Shape
      ? number extends S['length']
        ? number[]
        : number extends Axes['length']
          ? Unsized<S>
          : { -readonly [K in keyof Axes]: AtAxis<S, Axes[K]> }
      : Reverse<S>

/** As `AxesFit`, for axes of size 1 or of unknown size. */
export type SqueezeFits<S extends Shape, Axes> = Axes extends readonly unknown[]
  ? { readonly [K in keyof Axes]: SqueezeFit<S, Axes[K]> }
  : SqueezeFit<S, Axes>

type SqueezeFit<S extends Shape, Axis> =
  IsAny<S> extends true
    ? unknown
    : 1 extends AtAxis<S, Axis>
      ? AxisFits<S, Axis>
      : Mismatch<`axis ${Axis & number} of ${Show<S>} does not have size 1`>

/** Accepts a permutation of the axes of `S`. */
export type OrderFits<S extends Shape, Axes> = Axes extends { readonly length: infer Count }
  ? S extends { readonly length: infer Rank }
    ? Agree<Count, Rank> extends true
      ? AxesFit<S, Axes>
      : Mismatch<`axes ${Show<Extract<Axes, Shape>>} must name each axis of ${Show<S>} once`>
    : never
  : unknown

/** The shape with an axis of size `N` inserted at `Axis`. */
export type Inserted<S extends Shape, Axis extends number, N extends number> =
  IsAny<S> extends true
    ? any
    : number extends Axis | S['length']
      ? number[]
      : Axis extends keyof FromFront
        ? InsertedBefore<S, FromFront[Axis], N>
        : InsertedAfter<S, Axis, N>

type InsertedAfter<
  S extends Shape,
  Count extends number,
  N extends number,
  Head extends number[] = [],
> = Head['length'] extends Count
  ? Bounded<[...Head, N, ...S]>
  : S extends readonly [infer X extends number, ...infer Rest extends Shape]
    ? InsertedAfter<Rest, Count, N, [...Head, X]>
    : number[]

type InsertedBefore<
  S extends Shape,
  Count extends number,
  N extends number,
  Tail extends number[] = [],
> = Tail['length'] extends Count
  ? Bounded<[...S, N, ...Tail]>
  : S extends readonly [...infer Rest extends Shape, infer X extends number]
    ? InsertedBefore<Rest, Count, N, [X, ...Tail]>
    : number[]

/** The shape with the axes `Axis` replaced by an unknown size; `number[]` if the axis is undecided. */
export type Resized<S extends Shape, Axis extends number> =
  IsAny<S> extends true
    ? any
    : number extends S['length']
      ? number[]
      : number extends Axis
        ? Unsized<S>
        : OnAxes<S, Axis, [number]>

/** The shape with `Axis` replaced by the axes of `By`. */
export type Replaced<S extends Shape, Axis extends number, By extends Shape> = Unless<
  S,
  By,
  number extends Axis | S['length'] | By['length'] ? number[] : Bounded<OnAxes<S, Axis, By>>
>

/** The range that `slice` takes along one axis; null keeps the whole axis. */
export type Range = readonly [start: number | null, stop?: number | null, step?: number] | null

/** The position that `at` takes along one axis; null keeps the axis. */
export type Position = number | null

// Unions of tuples, because an optional element would also accept undefined, which is not a selection.

/** By rank: at least one selection, and at most one for each axis. */
export interface Selections<Each> {
  0: readonly [never]
  1: readonly [Each]
  2: readonly [Each] | readonly [Each, Each]
  3: readonly [Each] | readonly [Each, Each] | readonly [Each, Each, Each]
  4: readonly [Each] | readonly [Each, Each] | readonly [Each, Each, Each] | readonly [Each, Each, Each, Each]
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
      : S extends readonly [infer X extends number, ...infer Rest extends Shape]
        ? Ranges extends readonly [infer R, ...infer Others extends readonly Range[]]
          ? [R extends null ? X : number, ...Sliced<Rest, Others>]
          : [...S]
        : []

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

/** Accepts shapes that agree outside `Axis`; otherwise a message with the first two that differ. */
export type Joinable<S extends readonly unknown[], Axis extends number, Complaint extends string> =
  HasAny<S> extends true
    ? unknown
    : S extends readonly [infer First extends Shape, ...infer Rest]
      ? JoinsWith<First, Rest, Axis, Complaint>
      : unknown

type JoinsWith<
  First extends Shape,
  S extends readonly unknown[],
  Axis extends number,
  Complaint extends string,
> = S extends readonly [infer Next extends Shape, ...infer Rest]
  ? AllAgree<Resized<First, Axis>, Resized<Next, Axis>> extends true
    ? JoinsWith<First, Rest, Axis, Complaint>
    : Mismatch<`shapes ${Show<First>} and ${Show<Next>} ${Complaint}`>
  : unknown

type AllAgree<A extends Shape, B extends Shape> = A extends readonly [infer X, ...infer RestA extends Shape]
  ? B extends readonly [infer Y, ...infer RestB extends Shape]
    ? Agree<X, Y> extends true
      ? AllAgree<RestA, RestB>
      : false
    : SameRank<A, B>
  : SameRank<A, B>

type SameRank<A extends Shape, B extends Shape> = A extends { readonly length: infer Rank }
  ? B extends { readonly length: infer Other }
    ? Agree<Rank, Other>
    : never
  : never

type HasAny<S extends readonly unknown[]> = S extends readonly [infer First, ...infer Rest]
  ? IsAny<First> extends true
    ? true
    : HasAny<Rest>
  : false

/** The shape that represents a list of matching shapes: the first, or their common type if the length is unknown. */
export type FirstShape<S extends readonly unknown[]> =
  HasAny<S> extends true
    ? any
    : S extends readonly [infer First extends Shape, ...unknown[]]
      ? First
      : S extends readonly (infer Each extends Shape)[]
        ? Each
        : number[]
