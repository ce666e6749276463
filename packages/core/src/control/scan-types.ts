import type { InBatch } from '../batching/batch-types'
import type { IsAny, Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'

/** The shape of a row of a stack. */
type RowShape<S extends Shape> =
  IsAny<S> extends true ? any : S extends readonly [number, ...infer Rest extends number[]] ? Rest : number[]

/** A tree of rows of the tensors of a tree. */
export type RowOf<T> =
  IsAny<T> extends true
    ? any
    : T extends Tensor<infer S>
      ? Tensor<RowShape<S>>
      : T extends (...args: any) => unknown
        ? T
        : T extends object
          ? { [K in keyof T]: RowOf<T[K]> }
          : T

/** A tree of stacks of the tensors of a tree: each has one more axis, the first. */
export type StackOf<T> = InBatch<T, 0>

/** Any tree as a carry. The empty tuple lets TypeScript see `[h, c]` as a tuple. */
export type AnyCarry = object | [] | null
