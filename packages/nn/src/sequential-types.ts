import type { Tensor } from '@cotangent/core'

/** Anything that can stand in a sequence: an object with `forward`, or a function of a tensor. */
export type Layer = { forward(x: any): Tensor } | ((x: any) => Tensor)

type Shape = readonly number[]

type IsAny<T> = 0 extends 1 & T ? true : false

/** What a layer does to a tensor. */
type Map<L> = L extends { forward: infer F } ? F : L

// Rows stand in a tuple, `[784]`, so that the compiler decides about a size that is a type parameter: see shape-types in
// core. `any` is a row of which nothing is known.

/** How many numbers a row of the tensor has. */
type Row<T> =
  T extends Tensor<infer S> ? (IsAny<S> extends true ? any : S extends readonly [any, infer N] ? [N] : any) : any

// Type parameters of a layer, such as the size of the batch, are gone here: they become what they extend.
type Takes<L> = Map<L> extends (x: infer X) => any ? Row<Exclude<X, number>> : any
type Returns<L> = Map<L> extends (x: any) => infer Y ? Y : any

/** A function that takes every shape and gives it back, such as an activation. */
type KeepsShape = <S extends Shape>(x: Tensor<S>) => Tensor<S>

type Gives<L, Before> =
  Returns<L> extends Tensor<infer S>
    ? IsAny<S> extends true
      ? any
      : Map<L> extends KeepsShape
        ? Before
        : Row<Returns<L>>
    : any

declare const mismatch: unique symbol

/** What a layer must be where it does not fit; no layer is, so that the message is shown. */
interface Mismatch<Message extends string> {
  readonly [mismatch]: Message
}

/** Whether two rows are equally long as far as is known. */
type RowsFit<A, B> = [A, B, [number]] extends [B, any, any] | [any, any, A] | [any, any, B] ? true : false

type Size<R> = R extends readonly [infer N extends number] ? N : number

/** What each layer must be in addition: nothing where it fits the one before it, a message where it does not. */
export type Chain<L extends readonly unknown[], Before = any> = L extends readonly [infer First, ...infer Rest]
  ? [
      RowsFit<Before, Takes<First>> extends true
        ? unknown
        : Mismatch<`the layer before gives ${Size<Before>} numbers a row, this one takes ${Size<Takes<First>>}`>,
      ...Chain<Rest, Gives<First, Before>>,
    ]
  : { [K in keyof L]: unknown }

/** The row that a list of layers takes. */
type Input<L extends readonly unknown[]> = L extends readonly [infer First, ...infer Rest]
  ? Map<First> extends KeepsShape
    ? IsAny<Takes<First>> extends true
      ? Input<Rest>
      : Takes<First>
    : Takes<First>
  : any

/** The row that a list of layers gives. */
type Output<L extends readonly unknown[], Before> = L extends readonly [infer First, ...infer Rest]
  ? Output<Rest, Gives<First, Before>>
  : Before

type Rows<Batch extends number, R> =
  IsAny<R> extends true ? Tensor : R extends readonly [infer N extends number] ? Tensor<[Batch, N]> : Tensor

/** A batch for a list of layers: `[batch, in]`. */
export type InputOf<L extends readonly unknown[], Batch extends number> = Rows<Batch, Input<L>>

/** What a list of layers makes of a batch: `[batch, out]`. */
export type OutputOf<L extends readonly unknown[], Batch extends number> = Rows<Batch, Output<L, Input<L>>>
