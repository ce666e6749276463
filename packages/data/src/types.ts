import type { IsAny, Shape, Static, Tensor } from '@cotangent/core'

/** A shape with N in place of its first size. */
type FirstSize<S extends Shape, N extends number> =
  IsAny<S> extends true
    ? any
    : S extends readonly [number, ...infer Rest extends readonly number[]]
      ? [N, ...Rest]
      : number[]

/** A shape with N in front. */
type InFront<S extends Shape, N extends number> =
  IsAny<S> extends true ? any : number extends S['length'] ? number[] : [N, ...S]

/** A tree of the same structure, with N in place of the first size of every tensor. Statics keep their types. */
export type Rows<T, N extends number> =
  IsAny<T> extends true
    ? any
    : T extends Tensor<infer S>
      ? Tensor<FirstSize<S, N>>
      : T extends Static
        ? T
        : { [K in keyof T]: Rows<T[K], N> }

/** A tree of the same structure, with an axis of size N in front of every tensor. Statics keep their types. */
export type Stacked<T, N extends number> =
  IsAny<T> extends true
    ? any
    : T extends Tensor<infer S>
      ? Tensor<InFront<S, N>>
      : T extends Static
        ? T
        : { [K in keyof T]: Stacked<T[K], N> }

/** The number of examples in a batch, as a type: known if incomplete batches are dropped. */
export type BatchSize<N extends number, DropLast extends boolean> = [DropLast] extends [true] ? N : number
