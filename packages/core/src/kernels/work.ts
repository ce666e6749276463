import type { DType, TypedArray } from '../values/dtype'
import type { Shape } from '../types/shapes'
import type { Program } from '../scalar/builder'

/** Shape and dtype of a tensor: all that is known of one without its values. */
export interface TensorType {
  readonly shape: Shape
  readonly dtype: DType
}

/** Elements together with their type, as kernels receive them. */
export interface Buffer extends TensorType {
  /** Row-major elements. */
  readonly data: TypedArray
}

/** One regular region of a move: output element `start + index · step` reads `input` at `offset + Σ index · strides`. */
export interface MovePart {
  readonly input: number
  readonly start: Shape
  readonly size: Shape
  readonly step: readonly number[]
  readonly offset: number
  readonly strides: readonly number[]
}

/** A move by index arithmetic: the output is zero wherever no part writes. */
export type Move = readonly MovePart[]

/** Reductions to the position of the first extreme, in row-major order of the reduced axes; a NaN is more extreme than any number. */
export type Position = 'argmaximum' | 'argminimum'

/** How the elements along the reduced axes are combined. */
export type Combine = 'sum' | 'product' | 'maximum' | 'minimum' | Position

/** A kernel over typed arrays: reads `inputs`, writes every element of the zero-filled `output`, keeps neither. */
export type Kernel<A> = (inputs: readonly Buffer[], output: Buffer, attributes: A) => void

/**
 * What an op computes, in the closed set of kinds that backends know:
 *
 * - `map`: one scalar program for every element; inputs are broadcast.
 * - `reduce`: the axes `attributes.axes` are combined and dropped.
 * - `scan`: running sums along `attributes.axis`, kept in float64 and rounded once an element; of int32 modulo 2^32.
 * - `order`: the int32 positions that sort along `attributes.axis`: ascending, stable, NaN last, -0 equal to 0.
 * - `contract`: `[...batch, m, k] x [...batch, k, n] -> [...batch, m, n]`.
 * - `move`: elements change their place.
 * - `gather`: picks `attributes.axis` of the first input by the int32 indices of the second.
 * - `scatter`: adds the first input into zeros at the indices of the second; the transpose of `gather`.
 * - `opaque`: any code over typed arrays.
 *
 * The structural kind `region` owns a subgraph and is run by the graph layer.
 */
export type Body<A = any> =
  | { readonly kind: 'map'; program(inputs: readonly DType[]): Program }
  | { readonly kind: 'reduce'; readonly combine: Combine }
  | { readonly kind: 'scan' }
  | { readonly kind: 'order' }
  | { readonly kind: 'contract' }
  | { readonly kind: 'move'; move(inputs: readonly TensorType[], output: TensorType, attributes: A): Move }
  | { readonly kind: 'gather' }
  | { readonly kind: 'scatter' }
  | { readonly kind: 'opaque'; readonly kernel: Kernel<A> }

/** The kinds that a backend executes. */
export type Kind = Body['kind']
