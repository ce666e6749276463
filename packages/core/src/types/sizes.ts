// Products and quotients of sizes, by the schoolbook methods on decimal digits: strings with the last digit first.

export interface DigitUnits {
  0: []
  1: [0]
  2: [0, 0]
  3: [0, 0, 0]
  4: [0, 0, 0, 0]
  5: [0, 0, 0, 0, 0]
  6: [0, 0, 0, 0, 0, 0]
  7: [0, 0, 0, 0, 0, 0, 0]
  8: [0, 0, 0, 0, 0, 0, 0, 0]
  9: [0, 0, 0, 0, 0, 0, 0, 0, 0]
}

export interface DigitBefore {
  1: '0'
  2: '1'
  3: '2'
  4: '3'
  5: '4'
  6: '5'
  7: '6'
  8: '7'
  9: '8'
}

type Digit = keyof DigitUnits
type Ten = [...DigitUnits[9], 0]

type Count<D extends string> = D extends `${infer N extends Digit}` ? DigitUnits[N] : []

type Reversed<S extends string, Done extends string = ''> = S extends `${infer D}${infer Rest}`
  ? Reversed<Rest, `${D}${Done}`>
  : Done

/** The first digit, or 0 where there is none. */
type Head<S extends string> = S extends `${infer D}${string}` ? D : '0'
type Rest<S extends string> = S extends `${string}${infer More}` ? More : ''

type Sum<A extends string, B extends string, Carry extends 0[] = []> = `${A}${B}` extends ''
  ? Carry extends []
    ? ''
    : '1'
  : `${[...Count<Head<A>>, ...Count<Head<B>>, ...Carry]['length'] & number}` extends `${infer X}${infer Y}`
    ? Y extends ''
      ? `${X}${Sum<Rest<A>, Rest<B>>}`
      : `${Y}${Sum<Rest<A>, Rest<B>, [0]>}`
    : never

type TimesDigit<A extends string, D extends string> = D extends '0'
  ? ''
  : D extends '1'
    ? A
    : D extends `${infer N extends keyof DigitBefore}`
      ? Sum<TimesDigit<A, DigitBefore[N]>, A>
      : never

type Times<A extends string, B extends string> = B extends `${infer D}${infer More}`
  ? Sum<TimesDigit<A, D>, `0${Times<A, More>}`>
  : ''

/** A - B, or `less` if A is less than B. */
type Difference<
  A extends string,
  B extends string,
  Borrow extends 0[] = [],
  Done extends string = '',
> = `${A}${B}` extends ''
  ? Borrow extends []
    ? Done
    : 'less'
  : Count<Head<A>> extends [...Count<Head<B>>, ...Borrow, ...infer R]
    ? Difference<Rest<A>, Rest<B>, [], `${Done}${R['length'] & number}`>
    : [...Ten, ...Count<Head<A>>] extends [...Count<Head<B>>, ...Borrow, ...infer R]
      ? Difference<Rest<A>, Rest<B>, [0], `${Done}${R['length'] & number}`>
      : never

/** How often `D` can be subtracted from `A`, at most nine times, and what remains. */
type Fit<A extends string, D extends string, Q extends 0[] = []> =
  Difference<A, D> extends infer R extends string ? (R extends 'less' ? [Q['length'], A] : Fit<R, D, [...Q, 0]>) : never

/** Long division: the digits of the quotient, or `rest` if there is a remainder. `N` has its first digit first. */
type Divide<
  N extends string,
  D extends string,
  R extends string = '',
  Q extends string = '',
> = N extends `${infer X}${infer More}`
  ? Fit<`${X}${R}`, D> extends [infer Times extends number, infer Left extends string]
    ? Divide<More, D, Left, `${Q}${Times}`>
    : never
  : R extends `${string}${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}${string}`
    ? 'rest'
    : Q

type WithoutZeros<S extends string> = S extends `0${infer More}` ? (More extends '' ? S : WithoutZeros<More>) : S

type AsNumber<S extends string> = WithoutZeros<S> extends `${infer N extends number}` ? N : number

/** The product of two sizes; `number` if one is unknown. */
export type Product<A extends number, B extends number> = A extends 1
  ? B
  : B extends 1
    ? A
    : number extends A | B
      ? number
      : AsNumber<Reversed<Times<Reversed<`${A}`>, Reversed<`${B}`>>>>

/** The quotient of two sizes; `number` if one is unknown, `never` if there is a remainder. */
export type Quotient<N extends number, D extends number> = D extends 1
  ? N
  : number extends N | D
    ? number
    : D extends 0
      ? number
      : Divide<`${N}`, Reversed<`${D}`>> extends infer Q extends string
        ? Q extends 'rest'
          ? never
          : AsNumber<Q>
        : never
