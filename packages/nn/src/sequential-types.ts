import type { IsAny, Mismatch, Shape, Tensor } from '@cotangent/core'

/** A layer of a sequence: an object with `forward`, or a function of a tensor. */
export type Layer = { forward(x: any): Tensor } | ((x: any) => Tensor)

/** The function of a layer. */
type Map<L> = L extends { forward: infer F } ? F : L

// Rows are tuples, `[784]`, so that the compiler can decide about a size that is a type parameter: see
// types/shapes.ts in core. `any` is an unknown row.

/** The row of a tensor: how many numbers it has. */
type Row<T> =
  T extends Tensor<infer S> ? (IsAny<S> extends true ? any : S extends readonly [any, infer N] ? [N] : any) : any

// Type parameters of a layer, such as the batch size, become their constraints here.
type Takes<L> = Map<L> extends (x: infer X) => any ? Row<Exclude<X, number>> : any
type Returns<L> = Map<L> extends (x: any) => infer Y ? Y : any

/** A function that accepts every shape and returns it, such as an activation. */
type KeepsShape = <S extends Shape>(x: Tensor<S>) => Tensor<S>

type Gives<L, Before> =
  Returns<L> extends Tensor<infer S>
    ? IsAny<S> extends true
      ? any
      : Map<L> extends KeepsShape
        ? Before
        : Row<Returns<L>>
    : any

/** Whether two rows have the same length, as far as it is known. */
type RowsFit<A, B> = [A, B, [number]] extends [B, any, any] | [any, any, A] | [any, any, B] ? true : false

type Size<R> = R extends readonly [infer N extends number] ? N : number

/** An additional type for each layer: `unknown` if it fits the layer before it, otherwise a message. */
export type Chain<L extends readonly unknown[], Before = any> = L extends readonly [infer First, ...infer Rest]
  ? [
      RowsFit<Before, Takes<First>> extends true
        ? unknown
        : Mismatch<`the layer before gives ${Size<Before>} numbers a row, this one takes ${Size<Takes<First>>}`>,
      ...Chain<Rest, Gives<First, Before>>,
    ]
  : { [K in keyof L]: unknown }

/** The row that a list of layers accepts. */
type Input<L extends readonly unknown[]> = L extends readonly [infer First, ...infer Rest]
  ? Map<First> extends KeepsShape
    ? IsAny<Takes<First>> extends true
      ? Input<Rest>
      : Takes<First>
    : Takes<First>
  : any

/** The row that a list of layers returns. */
type Output<L extends readonly unknown[], Before> = L extends readonly [infer First, ...infer Rest]
  ? Output<Rest, Gives<First, Before>>
  : Before

type Rows<Batch extends number, R> =
  IsAny<R> extends true ? Tensor : R extends readonly [infer N extends number] ? Tensor<[Batch, N]> : Tensor

/** A batch for a list of layers: `[batch, in]`. */
export type InputOf<L extends readonly unknown[], Batch extends number> = Rows<Batch, Input<L>>

/** The result of a list of layers: `[batch, out]`. */
export type OutputOf<L extends readonly unknown[], Batch extends number> = Rows<Batch, Output<L, Input<L>>>
