import type { AxisEntries, AxisEntry, Known, NoAxes, Wrong } from '../einsum/types'
import type { Agree, Bounded, IsAny, Mismatch, Shape, Show } from '../../types/shapes'
import type { ExactQuotient, Product } from '../../types/sizes'
import type { Tensor } from '../../values/tensor'

// A pattern is read word by word: each side becomes a list with the names of the axes that each axis consists of. Then
// a record from names to sizes is built, as for `einsum`.

/** The sizes of axes by name. */
export type AxisSizes = Readonly<Record<string, number>>

/** For each axis, the names of the axes that it consists of. */
export type AxisGroups = readonly (readonly string[])[]

/** Reads one side. `Open` has the names in the parentheses that are open. */
type Side<
  S extends string,
  Done extends AxisGroups = [],
  Open extends readonly string[] | null = null,
> = S extends ` ${infer R}`
  ? Side<R, Done, Open>
  : S extends ''
    ? Done
    : S extends `(${infer R}`
      ? Side<R, Done, []>
      : S extends `)${infer R}`
        ? Side<R, [...Done, Open extends readonly string[] ? Open : []], null>
        : S extends `${infer W} ${infer R}`
          ? W extends `${infer V})${infer T}`
            ? Word<V, `)${T} ${R}`, Done, Open>
            : Word<W, R, Done, Open>
          : S extends `${infer V})${infer T}`
            ? Word<V, `)${T}`, Done, Open>
            : Word<S, '', Done, Open>

type Word<
  W extends string,
  R extends string,
  Done extends AxisGroups,
  Open extends readonly string[] | null,
> = Open extends readonly string[]
  ? Side<R, Done, [...Open, W extends '...' ? '(...)' : W]>
  : Side<R, [...Done, W extends '1' ? [] : [W]], null>

/** The axes on both sides of a pattern. */
export interface PatternSides {
  readonly left: AxisGroups
  readonly right: AxisGroups
}

type Parse<P extends string> = P extends `${infer L}->${infer R}` ? { left: Side<L>; right: Side<R> } : never

type Words<G extends readonly string[]> = G extends readonly [infer W extends string]
  ? W
  : G extends readonly [infer W extends string, ...infer More extends readonly string[]]
    ? `${W} ${Words<More>}`
    : ''

/** `(h w)`, as messages write it. */
type Written<G extends readonly string[]> = G extends readonly []
  ? '1'
  : G extends readonly [infer W extends string]
    ? W
    : `(${Words<G>})`

type Size<W extends string, Z> = W extends keyof Z
  ? Z[W] extends number
    ? Z[W]
    : number
  : W extends `${infer N extends number}`
    ? N
    : never

/** The names whose sizes are not given. */
type Unknowns<G extends readonly string[], Z> = G extends readonly [
  infer W extends string,
  ...infer More extends readonly string[],
]
  ? [...(W extends keyof Z | `${number}` ? [] : [W]), ...Unknowns<More, Z>]
  : []

type GivenProduct<G extends readonly string[], Z> = G extends readonly [
  infer W extends string,
  ...infer More extends readonly string[],
]
  ? W extends keyof Z | `${number}`
    ? Product<Size<W, Z>, GivenProduct<More, Z>>
    : GivenProduct<More, Z>
  : 1

type GivenEntries<G extends readonly string[], Z> = {
  readonly [W in Extract<G[number], keyof Z> & string]: AxisEntry<Size<W, Z>, true>
}

type ShowSize<N> = N extends number ? (number extends N ? 'number' : `${N}`) : 'number'

type Inferred<N extends number, D extends number, G extends readonly string[]> = [ExactQuotient<N, D>] extends [never]
  ? AxisEntry<number, Mismatch<`${Written<G>}: ${N} is not a multiple of ${D}`>>
  : AxisEntry<ExactQuotient<N, D>, true>

type Fixed<N, D, G extends readonly string[]> =
  Agree<N, D> extends true ? true : Mismatch<`${Written<G>}: ${ShowSize<N>} is not ${ShowSize<D>}`>

/** The record with the axes of one group, which is an axis of size `N`. */
type PutGroup<G extends readonly string[], N, E extends AxisEntries, Z> =
  Unknowns<G, Z> extends readonly [infer W extends string, ...infer More]
    ? More extends readonly []
      ? E &
          GivenEntries<G, Z> &
          Readonly<
            Record<W, G extends readonly [string] ? AxisEntry<N, true> : Inferred<N & number, GivenProduct<G, Z>, G>>
          >
      : E & Wrong<`${Written<G>}: give the sizes of all axes but one`>
    : E &
        GivenEntries<G, Z> &
        Readonly<Record<Written<G>, AxisEntry<Known<GivenProduct<G, Z>, N>, Fixed<N, GivenProduct<G, Z>, G>>>>

type AxesOf<G extends AxisGroups> = G extends readonly [any, ...infer More extends AxisGroups]
  ? [any, ...AxesOf<More>]
  : []

type Left<
  G extends AxisGroups,
  S extends Shape,
  E extends AxisEntries,
  Z,
  All extends AxisGroups,
  Of extends Shape,
> = G extends readonly [infer First extends readonly string[], ...infer More extends AxisGroups]
  ? First extends readonly ['...']
    ? S extends readonly [...infer Lead extends Shape, ...AxesOf<More>]
      ? S extends readonly [...Lead, ...infer Tail extends Shape]
        ? Left<More, Tail, E & Readonly<Record<'...', AxisEntry<Lead, true>>>, Z, All, Of>
        : never
      : E & Wrong<`the left side names more axes than ${Show<Of>} has`>
    : S extends readonly [infer N, ...infer Rest extends Shape]
      ? Left<More, Rest, PutGroup<First, N, E, Z>, Z, All, Of>
      : E & Wrong<`the left side names more axes than ${Show<Of>} has`>
  : S extends readonly []
    ? E
    : E & Wrong<`the left side names fewer axes than ${Show<Of>} has`>

type LeftUnknown<G extends AxisGroups, E extends AxisEntries, Z, Lead extends Shape> = G extends readonly [
  infer First extends readonly string[],
  ...infer More extends AxisGroups,
]
  ? First extends readonly ['...']
    ? LeftUnknown<More, E & Readonly<Record<'...', AxisEntry<Lead, true>>>, Z, Lead>
    : LeftUnknown<More, PutGroup<First, number, E, Z>, Z, Lead>
  : E

type Bind<G extends AxisGroups, S extends Shape, Z> =
  IsAny<S> extends true
    ? LeftUnknown<G, NoAxes, Z, any>
    : number extends S['length']
      ? LeftUnknown<G, NoAxes, Z, number[]>
      : Left<G, S, NoAxes, Z, G, S>

type SizeIn<W extends string, E extends AxisEntries, Z> = W extends keyof E
  ? E[W]['size']
  : W extends '(...)'
    ? E extends { '...': AxisEntry<infer Lead extends Shape, any> }
      ? ProductOfLead<Lead>
      : 1
    : Size<W, Z>

type ProductOf<G extends readonly string[], E extends AxisEntries, Z> = G extends readonly [infer W extends string]
  ? SizeIn<W, E, Z>
  : G extends readonly [infer W extends string, ...infer More extends readonly string[]]
    ? Product<SizeIn<W, E, Z>, ProductOf<More, E, Z>>
    : 1

type ProductOfLead<S extends Shape> = number extends S['length']
  ? number
  : S extends readonly [infer N extends number, ...infer More extends Shape]
    ? Product<N, ProductOfLead<More>>
    : 1

type Right<G extends AxisGroups, E extends AxisEntries, Z> = G extends readonly [
  infer First extends readonly string[],
  ...infer More extends AxisGroups,
]
  ? First extends readonly ['...']
    ? E extends { '...': AxisEntry<infer Lead extends Shape, any> }
      ? [...Lead, ...Right<More, E, Z>]
      : Right<More, E, Z>
    : [ProductOf<First, E, Z>, ...Right<More, E, Z>]
  : []

type Name<W> = W extends '(...)' ? '...' : W extends `${number}` ? never : W

type Names<G extends AxisGroups> = Name<G[number][number]>

/** What is wrong with the names of a pattern; `true` if nothing is. */
type NamesFit<P extends PatternSides, Z, Drops, Adds> =
  | ([Drops] extends [true]
      ? true
      : Exclude<Names<P['left']>, Names<P['right']>> extends infer Lost extends string
        ? [Lost] extends [never]
          ? true
          : Mismatch<`axis ${Lost} of the left is not in the result; use reduce`>
        : never)
  | (Exclude<Names<P['right']>, Names<P['left']>> extends infer New extends string
      ? [New] extends [never]
        ? true
        : [Adds] extends [true]
          ? [Exclude<New, keyof Z>] extends [never]
            ? true
            : Mismatch<`the size of the new axis ${Exclude<New, keyof Z>} is not given`>
          : Mismatch<`axis ${New} of the result is not on the left; use repeat`>
      : never)
  | (string extends keyof Z
      ? true
      : [Exclude<keyof Z, Names<P['left']> | Names<P['right']>>] extends [never]
        ? true
        : Mismatch<`the pattern has no axis ${Exclude<keyof Z, Names<P['left']> | Names<P['right']>> & string}`>)

type FitsOf<E extends AxisEntries, N> = E extends { '!': AxisEntry<any, infer W> }
  ? W
  : [E[keyof E]['fits'] | N] extends [infer All]
    ? [All] extends [true]
      ? unknown
      : Exclude<All, true>
    : never

type Fits<P extends string, S extends Shape, Z, Drops, Adds> = string extends P
  ? unknown
  : P extends `${string}->${string}`
    ? FitsOf<Bind<Parse<P>['left'], S, Z>, NamesFit<Parse<P>, Z, Drops, Adds>>
    : Mismatch<"a pattern has '->' between the axes before and after">

/** The shape after a pattern. */
export type PatternShape<P extends string, S extends Shape, Z> = string extends P
  ? number[]
  : P extends `${string}->${string}`
    ? ShapeOf<Parse<P>, S, Z>
    : number[]

type ShapeOf<P extends PatternSides, S extends Shape, Z> = [IsAny<S>, '...'] extends [true, P['right'][number][number]]
  ? any
  : Right<P['right'], Bind<P['left'], S, Z>, Z> extends infer R extends Shape
    ? Bounded<R>
    : never

/** `unknown` if a pattern fits a shape and given sizes; otherwise a message. */
export type RearrangeFits<P extends string, S extends Shape, Z> = Fits<P, S, Z, false, false>

/** As `RearrangeFits`, for a pattern that may drop axes. */
export type ReduceFits<P extends string, S extends Shape, Z> = Fits<P, S, Z, true, false>

/** As `RearrangeFits`, for a pattern that may add axes. */
export type RepeatFits<P extends string, S extends Shape, Z> = Fits<P, S, Z, false, true>

/** A pattern, and the sizes of axes that it does not determine. */
export type RearrangeSignature = <S extends Shape, const P extends string, const Z extends AxisSizes = NoAxes>(
  x: Tensor<S>,
  pattern: P & RearrangeFits<P, S, Z>,
  sizes?: Z,
) => Tensor<PatternShape<P, S, Z>>

/** The axes that the right side lacks are combined. */
export type ReduceAxesSignature = <S extends Shape, const P extends string, const Z extends AxisSizes = NoAxes>(
  x: Tensor<S>,
  pattern: P & ReduceFits<P, S, Z>,
  reduction: 'sum' | 'mean' | 'max' | 'min' | 'prod',
  sizes?: Z,
) => Tensor<PatternShape<P, S, Z>>

/** Elements are repeated along the axes that only the right side has. */
export type RepeatSignature = <S extends Shape, const P extends string, const Z extends AxisSizes = NoAxes>(
  x: Tensor<S>,
  pattern: P & RepeatFits<P, S, Z>,
  sizes?: Z,
) => Tensor<PatternShape<P, S, Z>>
