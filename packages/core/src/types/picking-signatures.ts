import type { AxesFit, OnAxes, Resized } from './axes'
import type { IsAny, Shape } from './shapes'
import type { Tensor } from '../values/tensor'

// The types of the functions that pick and scatter elements, search and count.

/** The shape of the indices, with the other axes of `x`. */
export type TakeAlongAxisSignature = <S extends Shape, I extends Shape, const Axis extends number = -1>(
  x: Tensor<S>,
  indices: Tensor<I>,
  options?: { readonly axis?: Axis & AxesFit<S, Axis> },
) => Tensor<IsAny<I> extends true ? any : IsAny<S> extends true ? any : { -readonly [K in keyof S]: number }>

/** Keeps the shape of `x`. */
export type ScatterSignature = <S extends Shape, I extends Shape, const Axis extends number = 0>(
  x: Tensor<S>,
  indices: Tensor<I>,
  updates: Tensor | number,
  options?: { readonly axis?: Axis & AxesFit<S, Axis> },
) => Tensor<S>

type Segmented<S extends Shape, N extends number> =
  IsAny<S> extends true ? any : S extends readonly [any, ...infer Rest extends Shape] ? [N, ...Rest] : number[]

/** `[n, ...], [n] -> [count, ...]`. */
export type SegmentSignature<Extra = never> = <S extends Shape, const N extends number>(
  x: Tensor<S>,
  segments: Tensor<readonly [number]> | Tensor<[number]>,
  count: N,
  options?: Extra,
) => Tensor<Segmented<S, N>>

/** The largest elements along an axis (default: the last), and where they are. */
export type TopKSignature = <S extends Shape, const K extends number, const Axis extends number = -1>(
  x: Tensor<S>,
  k: K,
  options?: { readonly axis?: Axis & AxesFit<S, Axis>; readonly largest?: boolean },
) => { readonly values: Tensor<Along<S, Axis, K>>; readonly indices: Tensor<Along<S, Axis, K>> }

type Along<S extends Shape, Axis extends number, N extends number> =
  IsAny<S> extends true ? any : number extends S['length'] | Axis ? Resized<S, Axis> : OnAxes<S, Axis, [N]>

/** The shape of the values. */
export type SearchSortedSignature = <V extends Shape = []>(
  sorted: Tensor,
  values: Tensor<V> | number,
  options?: { readonly side?: 'left' | 'right' },
) => Tensor<V>

/** `[n] -> [length]`. */
export type BincountSignature = <const N extends number = number>(
  x: Tensor<[number]>,
  options?: { readonly length?: N; readonly weights?: Tensor },
) => Tensor<[N]>

/** The distinct elements of a tensor, and where they are. */
export interface Unique<S extends Shape = [number]> {
  /** In ascending order, NaN last. */
  readonly values: Tensor<S>
  /** Where each value occurs first in `x`, in row-major order; with an axis, along that axis. */
  readonly indices: Tensor<[number]>
  /** For each element of `x`, in row-major order, its position in `values`; with an axis, for each slice along it. */
  readonly inverse: Tensor<[number]>
  /** How often each value occurs. */
  readonly counts: Tensor<[number]>
}

export interface UniqueSignature {
  <S extends Shape, const Axis extends number>(
    x: Tensor<S>,
    options: { readonly axis: Axis & AxesFit<S, Axis> },
  ): Unique<Resized<S, Axis>>
  (x: Tensor | number): Unique
}
