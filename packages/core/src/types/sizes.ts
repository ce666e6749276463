import type { Shape } from './shapes'

// Sizes are computed in decimal, digit by digit: the cost grows with the number of digits, not with the size. Inside, a
// number is its text; the digits of a `FromLast` text come in reverse order.

/** A tuple for each digit, as long as the digit. */
export interface Units {
  '0': []
  '1': [0]
  '2': [0, 0]
  '3': [0, 0, 0]
  '4': [0, 0, 0, 0]
  '5': [0, 0, 0, 0, 0]
  '6': [0, 0, 0, 0, 0, 0]
  '7': [0, 0, 0, 0, 0, 0, 0]
  '8': [0, 0, 0, 0, 0, 0, 0, 0]
  '9': [0, 0, 0, 0, 0, 0, 0, 0, 0]
}

type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'

type Reversed<S extends string, Done extends string = ''> = S extends `${infer D}${infer Rest}`
  ? Reversed<Rest, `${D}${Done}`>
  : Done

type WithoutZeros<S extends string> = S extends `0${infer Rest}` ? (Rest extends '' ? S : WithoutZeros<Rest>) : S

/** The number that a text writes. */
type Value<S extends string> = S extends `${infer N extends number}` ? N : number

type OnlyDigits<S extends string> = S extends `${Digit}${infer Rest}`
  ? Rest extends ''
    ? true
    : OnlyDigits<Rest>
  : false

/** Whether a type is one known size: not `number`, a union, a fraction or negative. */
type IsSize<N, Alternatives = N> = N extends number ? ([Alternatives] extends [N] ? OnlyDigits<`${N}`> : false) : false

type SumFromLast<A extends string, B extends string, Carry extends 0[] = []> = A extends `${infer X extends
  Digit}${infer RestA}`
  ? B extends `${infer Y extends Digit}${infer RestB}`
    ? SumNext<RestA, RestB, [...Units[X], ...Units[Y], ...Carry]['length']>
    : SumNext<RestA, '', [...Units[X], ...Carry]['length']>
  : B extends ''
    ? Carry extends []
      ? ''
      : '1'
    : SumFromLast<B, '', Carry>

type SumNext<A extends string, B extends string, N> = `${N & number}` extends `1${infer D extends Digit}`
  ? `${D}${SumFromLast<A, B, [0]>}`
  : `${N & number}${SumFromLast<A, B>}`

type SumText<A extends string, B extends string> = Reversed<SumFromLast<Reversed<A>, Reversed<B>>>

/** Ten units and X, without Y: 10 + X - Y. */
type TenMore<X extends 0[], Y extends 0[]> = [...Units[9], 0, ...X] extends [...Y, ...infer Left]
  ? Left['length']
  : never

/** A - B; never if that is negative. */
type DifferenceFromLast<A extends string, B extends string, Borrow extends 0[] = []> = A extends `${infer X extends
  Digit}${infer RestA}`
  ? B extends `${infer Y extends Digit}${infer RestB}`
    ? DifferenceNext<RestA, RestB, TenMore<Units[X], [...Units[Y], ...Borrow]>>
    : DifferenceNext<RestA, '', TenMore<Units[X], Borrow>>
  : [B, Borrow] extends ['', []]
    ? ''
    : never

type DifferenceNext<A extends string, B extends string, N> = `${N & number}` extends `1${infer D extends Digit}`
  ? `${D}${DifferenceFromLast<A, B>}`
  : `${N & number}${DifferenceFromLast<A, B, [0]>}`

/** A - B as a text; never if that is negative. */
type DifferenceText<A extends string, B extends string> =
  DifferenceFromLast<Reversed<A>, Reversed<B>> extends infer D extends string ? WithoutZeros<Reversed<D>> : never

type IsNever<T> = [T] extends [never] ? true : false

type ProductText<A extends string, B extends string, Done extends string = '0'> = B extends `${infer D extends
  Digit}${infer Rest}`
  ? ProductText<A, Rest, Times<A, Units[D], WithoutZeros<`${Done}0`>>>
  : Done

type Times<A extends string, Count extends 0[], Done extends string> = Count extends [0, ...infer Rest extends 0[]]
  ? Times<A, Rest, SumText<Done, A>>
  : Done

/** Long division: the quotient, and whether a remainder is left. */
type QuotientText<
  A extends string,
  D extends string,
  Left extends string = '',
  Done extends string = '',
> = A extends `${infer X extends Digit}${infer Rest}`
  ? HowOften<WithoutZeros<`${Left}${X}`>, D> extends [infer Often extends number, infer Remains extends string]
    ? QuotientText<Rest, D, Remains, `${Done}${Often}`>
    : never
  : { quotient: WithoutZeros<Done>; isExact: Left extends '0' ? true : false }

type HowOften<A extends string, D extends string, Count extends 0[] = []> =
  DifferenceText<A, D> extends infer Less
    ? IsNever<Less> extends true
      ? [Count['length'], A]
      : HowOften<Less & string, D, [...Count, 0]>
    : never

/** `A + B`; `number` if one of them is not known. */
export type Plus<A extends number, B extends number> = [IsSize<A>, IsSize<B>] extends [true, true]
  ? Value<SumText<`${A}`, `${B}`>>
  : number

/** `max(A - B, 0)`; `number` if one of them is not known. */
export type Minus<A extends number, B extends number> = [IsSize<A>, IsSize<B>] extends [true, true]
  ? DifferenceText<`${A}`, `${B}`> extends infer D
    ? IsNever<D> extends true
      ? 0
      : Value<D & string>
    : never
  : number

/** `A · B`; `number` if one of them is not known. */
export type Product<A extends number, B extends number> = A extends 1
  ? B
  : B extends 1
    ? A
    : [IsSize<A>, IsSize<B>] extends [true, true]
      ? Value<ProductText<`${A}`, `${B}`>>
      : number

/** `A / B`; `number` if one of them is not known, or if B is 0; never if a remainder is left. */
export type ExactQuotient<A extends number, B extends number> = B extends 1
  ? A
  : [IsSize<A>, IsSize<B>] extends [true, true]
    ? B extends 0
      ? number
      : QuotientText<`${A}`, `${B}`> extends { quotient: infer Q extends string; isExact: true }
        ? Value<Q>
        : never
    : number

/** `A / B`, rounded up; `number` if one of them is not known, or if B is 0. */
export type Quotient<A extends number, B extends number> = [IsSize<A>, IsSize<B>] extends [true, true]
  ? B extends 0
    ? number
    : QuotientText<`${A}`, `${B}`> extends { quotient: infer Q extends string; isExact: infer IsExact }
      ? IsExact extends true
        ? Value<Q>
        : Value<SumText<Q, '1'>>
      : never
  : number

/** The smaller of two sizes; `number` if one of them is not known. */
export type Least<A extends number, B extends number> =
  Minus<A, B> extends infer D ? (D extends 0 ? A : number extends D ? number : B) : never

// NOTE: a conditional type over a size that is a type parameter is deferred, and code that is generic in sizes cannot
// use a deferred size where a plain `number` would do. So sizes are computed only if none of them is a type parameter,
// and the test for that has to be decided at once. Before the compiler defers a conditional type, it asks whether the
// answer is "no" even if each type parameter is `any`. For a type parameter, `Unit` is then an array of unknown length,
// which is no `[]`: "no" is certain. The test takes the whole shape, because the shape is deferred where this type is
// declared, and its sizes are not.

/** Empty for a size; of unknown length if a size is a type parameter or `any`. */
type Unit<N> = 0 extends 1 & N ? [0] : []

type UnitsOf<S extends Shape> = { [K in keyof S]: readonly [...Unit<S[K]>] }

/** Whether no size of a shape is a type parameter. A size may be `number`. */
export type IsConcrete<S extends Shape> = UnitsOf<S> extends readonly (readonly [])[] ? true : false

/** Whether no size of several shapes is a type parameter. */
export type AreConcrete<Ss extends readonly unknown[]> = {
  [K in keyof Ss]: Ss[K] extends Shape ? UnitsOf<Ss[K]> : never
} extends readonly (readonly (readonly [])[])[]
  ? true
  : false
