import type { Agree, IsAny, Mismatch, Shape, Tensor } from '@cotangent/core'
import type { Mode } from './mode'

/** A layer: an object with `forward`, or a function of a tensor. */
export type Layer = { forward(x: any, mode: any): Tensor } | ((x: any) => Tensor)

/** A function of shapes, which types compute: `result` is what it makes of `given`. */
export interface ShapeFunction {
  readonly given: unknown
  /** A shape, or a `Mismatch` with the reason why the input does not fit. */
  readonly result: unknown
}

/** What a function of shapes makes of a shape. */
export type Applied<F, S> = F extends ShapeFunction ? (F & { readonly given: S })['result'] : never

/**
 * Key of a property that exists in types only: the function of shapes of a layer. A layer whose `forward` has generic
 * shapes needs it to take part in `sequential` with its sizes. Other layers need nothing.
 */
export declare const shapes: unique symbol

/** A layer that states what it makes of a shape. */
export interface StatesShapes<F extends ShapeFunction> {
  readonly [shapes]?: F
}

/** The function of a layer. */
type Map<L> = L extends { forward: infer F } ? F : L

/** A function that accepts every shape and returns it, such as an activation. */
type KeepsShape = <S extends Shape>(x: Tensor<S>, mode: any) => Tensor<S>

// A size that is a type parameter of `forward`, such as the batch size, becomes its constraint here.
type Takes<L> = Map<L> extends (x: infer X, mode: any) => any ? ShapeOf<Exclude<X, number>> : any
type Gives<L> = Map<L> extends (x: any, mode: any) => infer Y ? ShapeOf<Y> : any
type ShapeOf<T> = T extends Tensor<infer S> ? S : any

/** The last size of a shape, in a tuple; `any` if it is not known. */
type Row<S> = IsAny<S> extends true ? any : S extends readonly [...any, infer N] ? [N] : any

type RowsAgree<A, B> = [A, B, [number]] extends [B, any, any] | [any, any, A] | [any, any, B] ? true : false

/** Whether two shapes agree as far as they are known. Of a shape of unknown rank, the last size is compared. */
type Fits<S, T> =
  IsAny<S> extends true
    ? true
    : IsAny<T> extends true
      ? true
      : S extends Shape
        ? T extends Shape
          ? number extends S['length'] | T['length']
            ? RowsAgree<Row<S>, Row<T>>
            : S['length'] extends T['length']
              ? AllAgree<S, T>
              : false
          : false
        : false

/** Whether the sizes of two shapes of one rank agree, as far as they are known. */
export type AllAgree<S, T> = S extends readonly [infer X, ...infer RestS]
  ? T extends readonly [infer Y, ...infer RestT]
    ? Agree<X, Y> extends true
      ? AllAgree<RestS, RestT>
      : false
    : true
  : true

/** A result with the batch size of the input, if the layer leaves the batch size open. */
type WithBatch<S, Y> =
  IsAny<Y> extends true
    ? any
    : IsAny<S> extends true
      ? Y
      : Y extends readonly [infer B, ...infer Rest]
        ? number extends B
          ? S extends readonly [infer Own, ...any]
            ? [Own, ...Rest]
            : Y
          : Y
        : Y

/** What a layer makes of a shape: a shape, or a mismatch. */
export type Through<L, S> = L extends { readonly [shapes]?: infer F }
  ? unknown extends F
    ? ThroughForward<L, S>
    : Applied<NonNullable<F>, S>
  : ThroughForward<L, S>

type ThroughForward<L, S> =
  IsAny<Gives<L>> extends true
    ? any
    : Map<L> extends KeepsShape
      ? S
      : Fits<S, Takes<L>> extends true
        ? WithBatch<S, Gives<L>>
        : Mismatch<`this layer takes ${Text<Takes<L>>}, the one before gives ${Text<S>}`>

/** What a list of layers makes of a shape. */
export type ThroughAll<L extends readonly unknown[], S> = L extends readonly [infer First, ...infer Rest]
  ? Through<First, S> extends infer Y
    ? Y extends Mismatch<string>
      ? Y
      : ThroughAll<Rest, Y>
    : never
  : number extends L['length']
    ? any
    : S

/** An additional type for each layer: `unknown` if it fits the layer before it, otherwise a message. */
export type Chain<L extends readonly unknown[], S = Shape> = L extends readonly [infer First, ...infer Rest]
  ? Through<First, S> extends infer Y
    ? Y extends Mismatch<string>
      ? [Y, ...{ [K in keyof Rest]: unknown }]
      : [unknown, ...Chain<Rest, Y>]
    : never
  : { [K in keyof L]: unknown }

/** An additional type for the input of layers: `unknown` if it fits, otherwise a message. */
export type Accepted<Result> = Result extends Mismatch<string> ? Result : unknown

/** The shape with `Out` in place of its last size, which must be `In`. */
export type WithLast<S, In extends number, Out extends number> =
  IsAny<S> extends true
    ? any
    : S extends readonly [...infer Lead extends Shape, infer N]
      ? Agree<N, In> extends true
        ? [...Lead, Out]
        : Mismatch<`this layer takes ${In} numbers along the last axis, the one before gives ${Text<S>}`>
      : S extends readonly []
        ? Mismatch<`this layer takes ${In} numbers along the last axis, the one before gives a scalar`>
        : [...number[], Out]

/** The shapes of a layer that maps the last axis from `In` to `Out` numbers. */
export interface LastAxisShapes<In extends number, Out extends number> extends ShapeFunction {
  readonly result: WithLast<this['given'], In, Out>
}

/** The size of an axis of a shape of known rank; never if it has no such axis. */
type SizeAlong<S extends Shape, Axis> = Axis extends -1
  ? S extends readonly [...any, infer N]
    ? N
    : never
  : Axis extends -2
    ? S extends readonly [...any, infer N, any]
      ? N
      : never
    : Axis extends -3
      ? S extends readonly [...any, infer N, any, any]
        ? N
        : never
      : Axis extends 1
        ? S extends readonly [any, infer N, ...any]
          ? N
          : never
        : number

/** The shape itself, which must have `N` numbers along `Axis`. */
export type WithSizeAlong<S, N extends number, Axis extends number> = [Axis] extends [-1]
  ? WithLast<S, N, N>
  : IsAny<S> extends true
    ? any
    : S extends readonly any[]
      ? number extends S['length']
        ? number[]
        : Agree<SizeAlong<S, Axis>, N> extends true
          ? [...S]
          : Mismatch<`this layer takes ${N} numbers along axis ${Axis}, the one before gives ${Text<S>}`>
      : number[]

/** The shapes of a layer that keeps the shape, and has `N` numbers along `Axis`. */
export interface AlongAxisShapes<N extends number, Axis extends number> extends ShapeFunction {
  readonly result: WithSizeAlong<this['given'], N, Axis>
}

/** Whether the last sizes of a shape are `Sizes`, as far as they are known. */
type EndsWith<S, Sizes extends Shape> = Sizes extends readonly [...infer Before extends Shape, infer N]
  ? S extends readonly [...infer Rest, infer M]
    ? Agree<M, N> extends true
      ? EndsWith<Rest, Before>
      : false
    : S extends readonly []
      ? false
      : true
  : true

/** The shape itself, whose last sizes must be `Sizes`. */
export type WithLastSizes<S, Sizes extends Shape> =
  IsAny<S> extends true
    ? any
    : S extends readonly any[]
      ? EndsWith<S, Sizes> extends true
        ? number extends S['length']
          ? number extends Sizes['length']
            ? number[]
            : [...number[], ...Sizes]
          : [...S]
        : Mismatch<`this layer takes [..., ${Join<Sizes>}], the one before gives ${Text<S>}`>
      : number[]

/** The shapes of a layer that keeps the shape, and has `Sizes` along the last axes. */
export interface LastSizesShapes<Sizes extends Shape> extends ShapeFunction {
  readonly result: WithLastSizes<this['given'], Sizes>
}

/** The tensor with a computed shape. */
export type TensorOf<S> = IsAny<S> extends true ? Tensor : S extends Shape ? Tensor<S> : Tensor

/** Whether a layer requires a mode. */
type NeedsMode<L> = Map<L> extends (x: any) => any ? false : true

/** The argument behind the input: required if a layer requires it. */
export type ModeFor<L extends readonly unknown[]> = L extends readonly [infer First, ...infer Rest]
  ? NeedsMode<First> extends true
    ? [mode: Mode]
    : ModeFor<Rest>
  : [mode?: Mode]

/** A shape in a message. Axes of unknown number are dots. */
export type Text<S> = IsAny<S> extends true ? 'any shape' : S extends Shape ? `[${Join<S>}]` : 'any shape'

type Join<S extends Shape> = S extends readonly []
  ? ''
  : S extends readonly [infer N extends number]
    ? Size<N>
    : S extends readonly [infer N extends number, ...infer Rest extends Shape]
      ? `${Size<N>}, ${Join<Rest>}`
      : S extends readonly [...any, infer N extends number]
        ? `..., ${Size<N>}`
        : '...'

type Size<N extends number> = number extends N ? 'number' : `${N}`
