import type { AxesFit, Replaced, Resized } from '../../types/axes'
import type { IsAny, Shape } from '../../types/shapes'
import type { Tensor } from '../../values/tensor'

/** A complex tensor as a pair of real ones: a tree, which every transform takes. */
export interface Complex<S extends Shape = any> {
  readonly real: Tensor<S>
  readonly imaginary: Tensor<S>
}

/** Where the factor 1/n stands: at the inverse transform, at none but 1/√n at both, or at the forward transform. */
export type FourierNorm = 'backward' | 'ortho' | 'forward'

/** Options of a Fourier transform. */
export interface FourierOptions<S extends Shape, Axis, N> {
  /** The length of the transform (default: the size of the axis). Elements are cut off at the end, or zeros added. */
  readonly n?: N
  /** Default: the last axis. */
  readonly axis?: Axis & AxesFit<S, Axis>
  /** Default: `'backward'`. */
  readonly norm?: FourierNorm
}

/** The shape with `N` elements along `Axis`; the same shape if `N` is undefined. */
export type WithLength<S extends Shape, Axis extends number, N> =
  IsAny<S> extends true ? any : N extends number ? Replaced<S, Axis, [N]> : S

/** The shape with a length along `Axis` that is not known, unless it is `N`. */
export type WithOtherLength<S extends Shape, Axis extends number, N> = N extends number
  ? WithLength<S, Axis, N>
  : Resized<S, Axis>

/** A real or complex tensor to a complex one. */
export type FourierSignature = <
  S extends Shape,
  const Axis extends number = -1,
  const N extends number | undefined = undefined,
>(
  x: Tensor<S> | Complex<S>,
  options?: FourierOptions<S, Axis, N>,
) => Complex<WithLength<S, Axis, N>>

/** A real tensor to the first half of its spectrum. */
export type RealFourierSignature = <S extends Shape, const Axis extends number = -1>(
  x: Tensor<S>,
  options?: FourierOptions<S, Axis, number>,
) => Complex<Resized<S, Axis>>

/** The first half of a spectrum to a real tensor. */
export type InverseRealFourierSignature = <
  S extends Shape,
  const Axis extends number = -1,
  const N extends number | undefined = undefined,
>(
  x: Tensor<S> | Complex<S>,
  options?: FourierOptions<S, Axis, N>,
) => Tensor<WithOtherLength<S, Axis, N>>

/** Transforms along several axes. */
export type FourierAxesSignature = <
  S extends Shape,
  const Axes extends number | readonly number[] | undefined = undefined,
>(
  x: Tensor<S> | Complex<S>,
  options?: { readonly axis?: Axes & AxesFit<S, Axes>; readonly norm?: FourierNorm },
) => Complex<S>

/** Halves exchanged along some axes. */
export type ShiftSignature = <S extends Shape, const Axes extends number | readonly number[] | undefined = undefined>(
  x: Tensor<S>,
  options?: { readonly axis?: Axes & AxesFit<S, Axes> },
) => Tensor<S>

/** Two vectors to a vector. */
export type ConvolveSignature = (
  a: Tensor<[number]>,
  b: Tensor<[number]>,
  options?: { readonly mode?: 'full' | 'same' | 'valid' },
) => Tensor<[number]>

/** The frequencies of a transform of length `N`. */
export type FrequenciesSignature<Whole extends boolean = true> = <const N extends number>(
  n: N,
  spacing?: number,
  options?: { readonly dtype?: 'float32' | 'float64' },
) => Tensor<[Whole extends true ? N : number]>
