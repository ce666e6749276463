import type { AxesFit, Inserted, ReducedShape, Resized } from './axes'
import type { Broadcast, Broadcastable, Shape } from './shapes'
import type { Tensor } from '../values/tensor'

/** `f(a, b, c)` with broadcasting. */
export interface TernarySignature {
  <S extends Shape = []>(a: Tensor<S> | number, b: Tensor<S> | number, c: Tensor<S> | number): Tensor<S>
  <S extends Shape>(a: Tensor<[]> | number, b: Tensor<[]> | number, c: Tensor<S>): Tensor<S>
  <A extends Shape = [], B extends Shape = [], C extends Shape = []>(
    a: Tensor<A> | number,
    b: (Tensor<B> & Broadcastable<A, B>) | number,
    c: (Tensor<C> & Broadcastable<Broadcast<A, B>, C>) | number,
  ): Tensor<Broadcast<Broadcast<A, B>, C>>
}

/** How `quantile` finds a position among sorted elements. */
export type QuantileMethod =
  'linear' | 'lower' | 'higher' | 'nearest' | 'midpoint' | 'hazen' | 'weibull' | 'medianUnbiased' | 'normalUnbiased'

/** `f(x, q, { axis, keepDims, method })`: a reduction for each q, along a new first axis if there are several. */
export type QuantileSignature = <
  S extends Shape,
  const Q extends number | readonly number[],
  const Axes extends number | readonly number[] | undefined = undefined,
  KeepDims extends boolean = false,
>(
  x: Tensor<S>,
  q: Q,
  options?: {
    readonly axis?: Axes & AxesFit<S, Axes>
    readonly keepDims?: KeepDims
    readonly method?: QuantileMethod
  },
) => Tensor<
  Q extends readonly number[]
    ? Inserted<ReducedShape<S, Axes, KeepDims>, 0, Q['length']>
    : ReducedShape<S, Axes, KeepDims>
>

/** Halves one axis (default: the last). */
export type HalvingSignature = <S extends Shape, const Axis extends number = -1>(
  x: Tensor<S>,
  options?: { readonly axis?: Axis & AxesFit<S, Axis> },
) => Tensor<Resized<S, Axis>>

/** `gelu`, in one of its two forms. */
export type GeluSignature = <S extends Shape = []>(
  x: Tensor<S> | number,
  options?: { readonly approximate?: 'none' | 'tanh' },
) => Tensor<S>
