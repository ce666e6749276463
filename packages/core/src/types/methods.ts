import type { AxesFit, OrderFits, ReducedShape, Transposed } from './axes'
import type { DType } from '../values/dtype'
import type { Broadcast, Broadcastable, MatMul, Multipliable, Shape, Asked, ShapeArgument } from './shapes'
import type { At, PositionsByRank, RangesByRank, Sliced } from './slices'
import type { Tensor } from '../values/tensor'

// The type of `this` carries the shape, so that each method has the overloads of its function.

/** `this` op `b`: the method form of `BinarySignature`. */
export interface BinaryMethod {
  <S extends Shape>(this: Tensor<S>, b: Tensor<S> | number): Tensor<S>
  <S extends Shape>(this: Tensor<S>, b: Tensor<[]> | number): Tensor<S>
  <S extends Shape>(this: Tensor<[]>, b: Tensor<S>): Tensor<S>
  <M extends number, N extends number>(this: Tensor<[M, N]>, b: Tensor<[NoInfer<M>, 1]>): Tensor<[M, N]>
  <M extends number, N extends number>(this: Tensor<[M, 1]>, b: Tensor<[NoInfer<M>, N]>): Tensor<[M, N]>
  <A extends Shape, B extends Shape = []>(
    this: Tensor<A>,
    b: (Tensor<B> & Broadcastable<A, B>) | number,
  ): Tensor<Broadcast<A, B>>
}

export type UnaryMethod = <S extends Shape>(this: Tensor<S>) => Tensor<S>

export type ReduceMethod = <
  S extends Shape,
  const Axes extends number | readonly number[] | undefined = undefined,
  KeepDims extends boolean = false,
>(
  this: Tensor<S>,
  options?: { readonly axis?: Axes & AxesFit<S, Axes>; readonly keepDims?: KeepDims },
) => Tensor<ReducedShape<S, Axes, KeepDims>>

/** `this.reshape(shape)`: the method form of `ReshapeSignature`. */
export interface ReshapeMethod {
  <N extends number>(this: Tensor<[N]>, shape: readonly [-1, 1]): Tensor<[N, 1]>
  <N extends number>(this: Tensor<[N, 1]>, shape: readonly [-1]): Tensor<[N]>
  <const T extends Shape>(this: Tensor, shape: readonly [-1, ...T]): Tensor<[number, ...T]>
  <M extends number, const T extends Shape>(this: Tensor, shape: readonly [M, -1, ...T]): Tensor<[M, number, ...T]>
  <M extends number, N extends number, const T extends Shape>(
    this: Tensor,
    shape: readonly [M, N, -1, ...T],
  ): Tensor<[M, N, number, ...T]>
  <L extends number, M extends number, N extends number>(
    this: Tensor,
    shape: readonly [L, M, N, -1],
  ): Tensor<[L, M, N, number]>
  <const T extends Shape>(this: Tensor, shape: ShapeArgument<T>): Tensor<Asked<T>>
}

/**
 * The fluent methods. The list is closed, because prototype methods are in every bundle. Each method calls the
 * function of the same name with the tensor as its first argument. Use `x.pipe(f)` for any other function.
 */
export interface TensorMethods {
  /** `this + b`; see `add`. */
  readonly add: BinaryMethod
  /** `this - b`; see `sub`. */
  readonly sub: BinaryMethod
  /** `this * b`; see `mul`. */
  readonly mul: BinaryMethod
  /** `this / b`; see `div`. */
  readonly div: BinaryMethod
  /** `this ^ b`; see `pow`. */
  readonly pow: BinaryMethod
  /** `this > b`; see `greater`. */
  readonly greater: BinaryMethod
  /** `this >= b`; see `greaterEqual`. */
  readonly greaterEqual: BinaryMethod
  /** `this < b`; see `less`. */
  readonly less: BinaryMethod
  /** `this <= b`; see `lessEqual`. */
  readonly lessEqual: BinaryMethod
  /** `this == b`; see `equal`. */
  readonly equal: BinaryMethod
  /** `this != b`; see `notEqual`. */
  readonly notEqual: BinaryMethod
  /** `-this`; see `neg`. */
  readonly neg: UnaryMethod
  /** `|this|`; see `abs`. */
  readonly abs: UnaryMethod
  /** `e^this`; see `exp`. */
  readonly exp: UnaryMethod
  /** The natural logarithm; see `log`. */
  readonly log: UnaryMethod
  /** The square root; see `sqrt`. */
  readonly sqrt: UnaryMethod
  /** `this²`; see `square`. */
  readonly square: UnaryMethod
  /** The logistic function; see `sigmoid`. */
  readonly sigmoid: UnaryMethod
  /** The hyperbolic tangent; see `tanh`. */
  readonly tanh: UnaryMethod
  /** `max(this, 0)`; see `relu`. */
  readonly relu: UnaryMethod
  /** `min(max(this, low), high)`; see `clip`. */
  clip<S extends Shape>(this: Tensor<S>, low: Tensor | number, high: Tensor | number): Tensor<S>
  /** Converted to another dtype; see `astype`. */
  astype<S extends Shape>(this: Tensor<S>, dtype: DType): Tensor<S>
  /** Sum over axes; see `sum`. */
  readonly sum: ReduceMethod
  /** Mean over axes; see `mean`. */
  readonly mean: ReduceMethod
  /** Largest element along axes; see `max`. */
  readonly max: ReduceMethod
  /** Smallest element along axes; see `min`. */
  readonly min: ReduceMethod
  /** The matrix product; see `matmul`. */
  matmul<A extends Shape, B extends Shape>(this: Tensor<A>, b: Tensor<B> & Multipliable<A, B>): Tensor<MatMul<A, B>>
  /** Axes reversed or reordered; see `transpose`. */
  transpose<S extends Shape, const Axes extends Shape | undefined = undefined>(
    this: Tensor<S>,
    axes?: Axes & OrderFits<S, Axes>,
  ): Tensor<Transposed<S, Axes>>
  /** The same elements in another shape; see `reshape`. */
  readonly reshape: ReshapeMethod
  /** The elements at one position along some axes, which are dropped; see `at`. */
  at<S extends Shape, const Positions extends PositionsByRank[S['length']]>(
    this: Tensor<S>,
    ...positions: Positions
  ): Tensor<At<S, Positions>>
  /** A range along each axis; see `slice`. */
  slice<S extends Shape, const Ranges extends RangesByRank[S['length']]>(
    this: Tensor<S>,
    ...ranges: Ranges
  ): Tensor<Sliced<S, Ranges>>
}
