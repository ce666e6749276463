import type { Agree, Bounded, BroadcastTuple, IsAny, Mismatch, Shape, Show, TuplesBroadcast } from '../../types/shapes'
import type { Tensor } from '../../values/tensor'

// Subscripts are read letter by letter into a record from letters to sizes.
//
// NOTE: conditions about sizes stand inside the values of the record, never in its structure: in generic code a size is
// a type parameter, and a condition that decides the structure would leave all of it undecided.

/** What is known of a letter: its size (for `...`: its sizes), and `true` or what does not fit. */
export interface AxisEntry<Size, Fits> {
  readonly size: Size
  readonly fits: Fits
}

/** Letters with their entries. The key `!` has what is wrong with the subscripts themselves. */
export interface AxisEntries {
  readonly [letter: string]: AxisEntry<any, any>
}

/** A record without letters. */
export type NoAxes = Readonly<Record<never, never>>

export type Wrong<Message extends string> = Readonly<Record<'!', AxisEntry<never, Mismatch<Message>>>>

type Lower = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'k' | 'l' | 'm' | 'n' | 'o' | 'p' | 'q' | 'r' | 's' | 't' | 'u' | 'v' | 'w' | 'x' | 'y' | 'z' // prettier-ignore
type Letter = Lower | Uppercase<Lower>
type Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Subscripts without spaces. */
type Compact<S extends string> = S extends `${infer Head} ${infer Rest}` ? Compact<`${Head}${Rest}`> : S

/** Of two sizes that agree, the one that says more. */
export type Known<X, Y> = readonly [X] extends readonly [Y] ? X : Y

type ShowAny<X> = number extends X ? 'number' : X extends number ? `${X}` : 'number'

type Merged<E extends AxisEntry<any, any>, N, L extends string, Term extends string> = AxisEntry<
  Known<E['size'], N>,
  Agree<E['size'], N> extends true
    ? E['fits']
    : Mismatch<`axis ${L} has size ${ShowAny<E['size']>} before and size ${ShowAny<N>} in '${Term}'`>
>

/** The record with one more occurrence of a letter. */
type Put<E extends AxisEntries, L extends string, N, Term extends string> = L extends keyof E
  ? { readonly [K in keyof E]: K extends L ? Merged<E[K], N, L, Term> : E[K] }
  : E & Readonly<Record<L, AxisEntry<N, true>>>

type MergedLead<E extends AxisEntry<any, any>, S extends Shape, Term extends string> =
  IsAny<E['size']> extends true
    ? E
    : AxisEntry<
        BroadcastTuple<E['size'], S>,
        TuplesBroadcast<E['size'], S> extends true
          ? E['fits']
          : Mismatch<`the axes ... are ${Show<E['size']>} before and ${Show<S>} in '${Term}'`>
      >

/** The record with the axes of one more `...`. */
type PutLead<E extends AxisEntries, S extends Shape, Term extends string> =
  IsAny<S> extends true
    ? Omit<E, '...'> & Readonly<Record<'...', AxisEntry<any, true>>>
    : '...' extends keyof E
      ? { readonly [K in keyof E]: K extends '...' ? MergedLead<E[K], S, Term> : E[K] }
      : E & Readonly<Record<'...', AxisEntry<S, true>>>

/** As many axes as a string has letters. */
type Axes<S extends string> = S extends `${string}${infer Rest}` ? [any, ...Axes<Rest>] : []

type BindUnknown<
  Term extends string,
  E extends AxisEntries,
  Lead extends Shape,
  Of extends string,
> = Term extends `...${infer Rest}`
  ? BindUnknown<Rest, PutLead<E, Lead, Of>, Lead, Of>
  : Term extends `${infer L}${infer Rest}`
    ? L extends Letter
      ? BindUnknown<Rest, Put<E, L, number, Of>, Lead, Of>
      : E & Wrong<`'${L}' is no letter`>
    : E

type BindKnown<
  Term extends string,
  S extends Shape,
  E extends AxisEntries,
  Of extends string,
  All extends Shape,
> = Term extends `...${infer Rest}`
  ? S extends readonly [...infer Lead extends Shape, ...Axes<Rest>]
    ? S extends readonly [...Lead, ...infer Tail extends Shape]
      ? BindKnown<Rest, Tail, PutLead<E, Lead, Of>, Of, All>
      : never
    : E & Wrong<`'${Of}' names more axes than ${Show<All>} has`>
  : Term extends `${infer L}${infer Rest}`
    ? L extends Letter
      ? S extends readonly [infer N, ...infer More extends Shape]
        ? BindKnown<Rest, More, Put<E, L, N, Of>, Of, All>
        : E & Wrong<`'${Of}' names more axes than ${Show<All>} has`>
      : E & Wrong<`'${L}' is no letter`>
    : S extends readonly []
      ? E
      : E & Wrong<`'${Of}' names fewer axes than ${Show<All>} has`>

/** The record with the letters of one operand. */
type BindTerm<Term extends string, S extends Shape, E extends AxisEntries> =
  IsAny<S> extends true
    ? BindUnknown<Term, E, any, Term>
    : number extends S['length']
      ? BindUnknown<Term, E, number[], Term>
      : BindKnown<Term, S, E, Term, S>

type BindTerms<
  Terms extends string,
  Ss extends readonly Shape[],
  E extends AxisEntries,
> = Terms extends `${infer Term},${infer Rest}`
  ? Ss extends readonly [infer S extends Shape, ...infer More extends readonly Shape[]]
    ? BindTerms<Rest, More, BindTerm<Term, S, E>>
    : E & Wrong<`there is no operand for '${Terms}'`>
  : Ss extends readonly [infer S extends Shape]
    ? BindTerm<Terms, S, E>
    : E & Wrong<Ss extends readonly [] ? `there is no operand for '${Terms}'` : 'there are more operands than terms'>

/** The letters that occur once in the terms, in alphabetical order. */
type Implied<Terms extends string, Left extends string = Alphabet> = Left extends `${infer L}${infer Rest}`
  ? Terms extends `${string}${L}${infer After}`
    ? After extends `${string}${L}${string}`
      ? Implied<Terms, Rest>
      : `${L}${Implied<Terms, Rest>}`
    : Implied<Terms, Rest>
  : ''

/** The terms and the result of subscripts without spaces. */
type Sides<S extends string> = S extends `${infer Terms}->${infer Result}`
  ? { terms: Terms; result: Result }
  : { terms: S; result: S extends `${string}...${string}` ? `...${Implied<S>}` : Implied<S> }

type Bind<S extends string, Ss extends readonly Shape[]> = BindTerms<Sides<Compact<S>>['terms'], Ss, NoAxes>

type Sizes<Result extends string, E extends AxisEntries> = Result extends `...${infer Rest}`
  ? E extends { '...': AxisEntry<infer Lead extends Shape, any> }
    ? [...Lead, ...Sizes<Rest, E>]
    : Sizes<Rest, E>
  : Result extends `${infer L}${infer Rest}`
    ? [L extends keyof E ? E[L]['size'] : never, ...Sizes<Rest, E>]
    : []

type ResultFits<Result extends string, E extends AxisEntries> = Result extends `...${infer Rest}`
  ? ResultFits<Rest, E>
  : Result extends `${infer L}${infer Rest}`
    ? L extends keyof E
      ? Rest extends `${string}${L}${string}`
        ? Mismatch<`axis ${L} stands twice in the result`>
        : ResultFits<Rest, E>
      : Mismatch<L extends Letter ? `axis ${L} of the result is in no operand` : `'${L}' is no letter`>
    : true

type LeadFits<Result extends string, E extends AxisEntries> = Result extends `${string}...${string}`
  ? true
  : E extends { '...': AxisEntry<infer Lead extends Shape, any> }
    ? Lead extends readonly []
      ? true
      : Mismatch<'the result lacks the axes ...'>
    : true

type FitsOf<E extends AxisEntries, Result extends string> = E extends { '!': AxisEntry<any, infer W> }
  ? W
  : [E[keyof E]['fits'] | ResultFits<Result, E> | LeadFits<Result, E>] extends [infer All]
    ? [All] extends [true]
      ? unknown
      : Exclude<All, true>
    : never

/** `unknown` if the subscripts fit the shapes; otherwise a message. */
export type EinsumFits<S extends string, Ss extends readonly Shape[]> = string extends S
  ? unknown
  : number extends Ss['length']
    ? unknown
    : FitsOf<Bind<S, Ss>, Sides<Compact<S>>['result']>

/** The shape of a result. With unknown axes for `...`, all of it is unknown. */
type ShapeOf<Result extends string, E extends AxisEntries> = [IsAny<LeadOf<E>>, Result] extends [
  true,
  `${string}.${string}`,
]
  ? any
  : Sizes<Result, E> extends infer R extends Shape
    ? Bounded<R>
    : never

type LeadOf<E extends AxisEntries> = E extends { '...': AxisEntry<infer Lead, any> } ? Lead : []

/** The shape of the result. */
export type EinsumShape<S extends string, Ss extends readonly Shape[]> = string extends S
  ? number[]
  : number extends Ss['length']
    ? number[]
    : ShapeOf<Sides<Compact<S>>['result'], Bind<S, Ss>>

/** Subscripts, and an operand for each of their terms. */
export type EinsumSignature = <const S extends string, Ss extends readonly Shape[]>(
  subscripts: S & EinsumFits<S, Ss>,
  ...operands: { readonly [K in keyof Ss]: Tensor<Ss[K]> }
) => Tensor<EinsumShape<S, Ss>>

/** The order in which `einsum` contracts its operands. `String(path)` prints it. */
export interface EinsumPath {
  /** Each takes two of the remaining operands, by position, and appends their product. */
  readonly steps: readonly EinsumStep[]
  /** Multiplications and additions of all steps, and of one sum over all letters at once. */
  readonly flops: number
  readonly naiveFlops: number
  toString(): string
}

/** One step of an `EinsumPath`. The letters of axes that `...` stands for are Greek. */
export interface EinsumStep {
  readonly operands: readonly [left: number, right: number]
  readonly subscripts: string
  readonly flops: number
}

/** The operands of `einsum`. */
export type EinsumPathSignature = <const S extends string, Ss extends readonly Shape[]>(
  subscripts: S & EinsumFits<S, Ss>,
  ...operands: { readonly [K in keyof Ss]: Tensor<Ss[K]> }
) => EinsumPath
