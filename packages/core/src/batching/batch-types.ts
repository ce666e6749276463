import type { Bounded, IsAny, Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'

/** The shape of a batch whose examples lie along the first axis. */
type BatchShape<S extends Shape> =
  IsAny<S> extends true ? any : number extends S['length'] ? number[] : Bounded<[number, ...S]>

/** A tree whose tensors hold a batch along the first axis. */
type First<T> =
  IsAny<T> extends true
    ? any
    : T extends Tensor<infer S>
      ? Tensor<BatchShape<S>>
      : T extends (...args: any) => unknown
        ? T
        : T extends object
          ? { [K in keyof T]: First<T[K]> }
          : T

/** The same tree with tensors of unknown shapes. */
type Loose<T> =
  IsAny<T> extends true
    ? any
    : T extends Tensor
      ? Tensor
      : T extends (...args: any) => unknown
        ? T
        : T extends object
          ? { [K in keyof T]: Loose<T[K]> }
          : T

/**
 * A tree in a batch, given the axes of its tensors: null leaves it as it is, 0 puts the number of examples before the
 * sizes of each tensor, another axis leaves the shapes open, and a tree does so place by place.
 */
export type InBatch<T, Axes> =
  IsAny<T> extends true
    ? any
    : [Axes] extends [null]
      ? T
      : [Axes] extends [0 | undefined]
        ? First<T>
        : [Axes] extends [object]
          ? { [K in keyof T]: K extends keyof Axes ? InBatch<T[K], Axes[K]> : T[K] }
          : Loose<T>

/** The arguments in a batch. One axis, or null, is that of all arguments; a list has one entry for each. */
export type ArgumentsInBatch<Args extends readonly unknown[], In> = {
  [K in keyof Args]: InBatch<Args[K], In extends readonly unknown[] ? (K extends keyof In ? In[K] : undefined) : In>
}

/** The axes of the option `Name`, or 0. */
export type GivenAxes<O, Name extends 'in' | 'out'> = Name extends keyof O ? O[Name] : 0
