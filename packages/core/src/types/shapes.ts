/**
 * Sizes of the axes. As a type parameter it states what is known at compile time: `[2, 3]`; `[number, 3]` with an
 * unknown size; `number[]` with an unknown rank; `any` if nothing is known, which is assignable to every shape.
 */
export type Shape = readonly number[]

/** Whether a shape is `any`, so that nothing is known about it. */
export type IsAny<T> = 0 extends 1 & T ? true : false

/** The sizes of a tensor's axes, read-only. */
export type FrozenShape<S extends Shape> = IsAny<S> extends true ? any : { readonly [K in keyof S]: S[K] }

/** `F`, or `any` if `A` or `B` is `any`. */
export type Unless<A, B, F> = IsAny<A> extends true ? any : IsAny<B> extends true ? any : F

type ShowSize<N extends number> = number extends N ? 'number' : `${N}`

type Join<S extends Shape> = S extends readonly []
  ? ''
  : S extends readonly [infer N extends number]
    ? ShowSize<N>
    : S extends readonly [infer N extends number, ...infer Rest extends Shape]
      ? `${ShowSize<N>}, ${Join<Rest>}`
      : '...'

/** `[2, 3]`, as messages show it. */
export type Show<S extends Shape> = `[${Join<S>}]`

declare const mismatch: unique symbol

/** The type of a parameter if the shapes cannot fit. No value has this type, so the compiler prints the message. */
export interface Mismatch<Message extends string> {
  readonly [mismatch]: Message
}

/** Exact up to rank 6; with more axes, both rank and sizes are unknown. */
export type Bounded<S extends Shape> = S['length'] extends 0 | 1 | 2 | 3 | 4 | 5 | 6 ? S : number[]

/** The shape of a literal: its sizes, in a mutable tuple. */
export type Asked<S extends Shape> = IsAny<S> extends true ? any : { -readonly [K in keyof S]: S[K] }

/**
 * A parameter for a shape: sizes, or the shape of another tensor. In code that is generic in S, the compiler finds S in
 * `x.shape` by the second alternative; otherwise S would be inferred as a type of which nothing is known.
 */
export type ShapeArgument<S extends Shape> = S | FrozenShape<S>

/** The shape that `expectShape` ensures: negative and undefined sizes become `number`. */
export type Expected<T extends readonly (number | undefined)[]> = {
  -readonly [K in keyof T]: T[K] extends number ? (`${T[K]}` extends `-${string}` ? number : T[K]) : number
}

// NOTE: the compiler defers `X extends Y`, and `[X] extends [Y]` too, if X or Y is a type parameter. It then rejects
// the call in generic code. Between read-only tuples, or a tuple and a union of tuples, it decides at once if the
// answer is yes for every value of the parameters. So "equal, or one of them unknown" is a single test: one
// alternative that holds decides it, and the others may stay open. For the same reason, patterns say `any` for a
// size that they ignore: `number` would ask whether the type parameter is a number.

/** Whether two sizes are equal as far as they are known. */
export type Agree<X, Y> = [X, Y, number] extends [Y, any, any] | [any, X, any] | [any, any, X] | [any, any, Y]
  ? true
  : false

/** Whether two sizes broadcast: they agree, or one of them is 1. */
type AxisBroadcasts<X, Y> = [X, Y, 1] extends [Y, any, any] | [any, X, any] | [any, any, X] | [any, any, Y]
  ? true
  : false

/** The size that two compatible sizes broadcast to; an unknown one could be 1. */
type BroadcastAxis<X extends number, Y extends number> = readonly [X] extends readonly [Y]
  ? readonly [Y] extends readonly [X]
    ? X
    : X extends 1
      ? Y
      : X
  : Y extends 1
    ? X
    : Y

/** The shape that `A` and `B` broadcast to, axis by axis from the last. */
export type BroadcastTuple<A extends Shape, B extends Shape> = A extends readonly [
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

/** Whether two tuples of sizes broadcast, axis by axis from the last. */
export type TuplesBroadcast<A extends Shape, B extends Shape> = A extends readonly [
  ...infer RestA extends Shape,
  infer X extends number,
]
  ? B extends readonly [...infer RestB extends Shape, infer Y extends number]
    ? AxisBroadcasts<X, Y> extends true
      ? TuplesBroadcast<RestA, RestB>
      : false
    : true
  : true

/** The shape that `A` and `B` broadcast to, if they do. */
export type Broadcast<A extends Shape, B extends Shape> = Unless<A, B, Bounded<BroadcastTuple<A, B>>>

/** `unknown` if `A` and `B` broadcast; otherwise a message with both shapes. */
export type Broadcastable<A extends Shape, B extends Shape> =
  IsAny<A> extends true
    ? unknown
    : IsAny<B> extends true
      ? unknown
      : TuplesBroadcast<A, B> extends true
        ? unknown
        : Mismatch<`shapes ${Show<A>} and ${Show<B>} do not broadcast`>

type TupleExpands<A extends Shape, B extends Shape> = A extends readonly [
  ...infer RestA extends Shape,
  infer X extends number,
]
  ? B extends readonly [...infer RestB extends Shape, infer Y extends number]
    ? [X, 1, number] extends [Y, any, any] | [any, X, any] | [any, any, Y]
      ? TupleExpands<RestA, RestB>
      : false
    : number extends B['length']
      ? true
      : false
  : true

/** `unknown` if `A` can be broadcast to exactly `B`; otherwise a message with both shapes. */
export type Expandable<A extends Shape, B extends Shape> =
  IsAny<A> extends true
    ? unknown
    : IsAny<B> extends true
      ? unknown
      : TupleExpands<A, B> extends true
        ? unknown
        : Mismatch<`shape ${Show<A>} does not broadcast to ${Show<B>}`>

/** All axes except the last. */
type Lead<S extends Shape> = S extends readonly [...infer Rest extends Shape, any] ? Rest : []

/** `[..., m, k] x [..., k, n]`. The result has one axis less for each operand with a single axis. */
type MatMulShape<A extends Shape, B extends Shape> = number extends A['length'] | B['length']
  ? number[]
  : B extends readonly [any]
    ? [...Lead<A>]
    : B extends readonly [...infer BatchB extends Shape, any, infer N extends number]
      ? A extends readonly [...infer BatchA extends Shape, infer M extends number, any]
        ? Bounded<[...BroadcastTuple<BatchA, BatchB>, M, N]>
        : [...BatchB, N]
      : number[]

/** The shape of a matrix product, if it is defined. */
export type MatMul<A extends Shape, B extends Shape> = Unless<A, B, MatMulShape<A, B>>

type MatMulMismatch<A extends Shape, B extends Shape> = number extends A['length'] | B['length']
  ? unknown
  : A extends readonly [...infer RestA extends Shape, infer K extends number]
    ? B extends readonly [infer L extends number]
      ? Agree<K, L> extends true
        ? unknown
        : Mismatch<`the last axis of ${Show<A>} must match the only axis of ${Show<B>}`>
      : B extends readonly [...infer BatchB extends Shape, infer L extends number, any]
        ? Agree<K, L> extends true
          ? TuplesBroadcast<Lead<RestA>, BatchB> extends true
            ? unknown
            : Mismatch<`the leading axes of ${Show<A>} and ${Show<B>} do not broadcast`>
          : Mismatch<`the last axis of ${Show<A>} must match the second to last of ${Show<B>}`>
        : Mismatch<`${Show<A>} x ${Show<B>} needs at least one axis on both sides`>
    : Mismatch<`${Show<A>} x ${Show<B>} needs at least one axis on both sides`>

/** `unknown` if `A` and `B` can be multiplied; otherwise a message with both shapes. */
export type Multipliable<A extends Shape, B extends Shape> =
  IsAny<A> extends true ? unknown : IsAny<B> extends true ? unknown : MatMulMismatch<A, B>

/** The shape of nested arrays of numbers or booleans; a typed array has one axis. */
export type NestedShape<T> =
  IsAny<T> extends true
    ? any
    : [T] extends [number | boolean]
      ? []
      : [T] extends [readonly unknown[]]
        ? NestedShape<T[number]> extends infer Inside extends Shape
          ? number extends Inside['length']
            ? number[]
            : Bounded<[T['length'], ...Inside]>
          : never
        : [T] extends [ArrayBufferView]
          ? [number]
          : number[]

/** Nested arrays of numbers or booleans, of any depth. */
export type NestedNumbers<Element extends number | boolean = number | boolean> = Element | NestedNumbers<Element>[]

// A table, so that a tensor of known rank fits one of unknown rank: the compiler cannot compare conditional types.
export interface ArraysByRank<Element extends number | boolean> {
  0: Element
  1: Element[]
  2: Element[][]
  3: Element[][][]
  4: Element[][][][]
  5: Element[][][][][]
  6: Element[][][][][][]
  [rank: number]: NestedNumbers<Element>
}

/** The nested arrays with the elements of a tensor. */
export type NestedArrays<S extends Shape, Element extends number | boolean> = ArraysByRank<Element>[S['length']]
