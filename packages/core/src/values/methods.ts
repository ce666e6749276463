import type { DType } from './dtype'
import type {
  Broadcast,
  Broadcastable,
  MatMul,
  Multipliable,
  Reduced,
  ReduceOptions,
  Reshaped,
  Shape,
  Transposed,
} from './shape-types'
import type { Range, Sliced, Unknown } from './signatures'
import type { Tensor } from './tensor'

/** `this` op `b`, as `BinarySignature` types the function. */
interface BinaryMethod {
  <B extends Shape>(this: Tensor, b: Tensor<B> & Unknown<B>): Tensor
  <S extends Shape>(this: Tensor<S>, b: Tensor<NoInfer<S>> | number): Tensor<S>
  <M extends number, N extends number>(this: Tensor<[M, N]>, b: Tensor<[NoInfer<N>]>): Tensor<[M, N]>
  <A extends Shape, B extends Shape>(this: Tensor<A>, b: Tensor<B> & Broadcastable<A, B>): Tensor<Broadcast<A, B>>
}

type UnaryMethod = <S extends Shape>(this: Tensor<S>) => Tensor<S>

interface ReduceMethod {
  (this: Tensor): Tensor<[]>
  <S extends Shape, const O extends ReduceOptions>(this: Tensor<S>, options: O): Tensor<Reduced<S, O>>
}

/**
 * The fluent methods: a closed list, because prototype methods are in every bundle. Each is the function of the same name
 * with the tensor as its first argument; everything else is reached with `x.pipe(f)`.
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
  /** `this < b`; see `less`. */
  readonly less: BinaryMethod
  /** `this == b`; see `equal`. */
  readonly equal: BinaryMethod
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
  readonly matmul: MatmulMethod
  /** Axes reversed or reordered; see `transpose`. */
  readonly transpose: TransposeMethod
  /** The same elements in another shape; see `reshape`. */
  reshape<const T extends Shape>(this: Tensor, shape: T): Tensor<Reshaped<T>>
  /** A part along each axis; see `slice`. */
  slice<S extends Shape, const Ranges extends readonly Range[]>(
    this: Tensor<S>,
    ...ranges: Ranges
  ): Tensor<Sliced<S, Ranges>>
}

interface MatmulMethod {
  <A extends Shape>(this: Tensor<A> & Unknown<A>, b: Tensor): Tensor
  <B extends Shape>(this: Tensor, b: Tensor<B> & Unknown<B>): Tensor
  <M extends number, K extends number, N extends number>(
    this: Tensor<[M, K]>,
    b: Tensor<[NoInfer<K>, N]>,
  ): Tensor<[M, N]>
  <A extends Shape, B extends Shape>(this: Tensor<A>, b: Tensor<B> & Multipliable<A, B>): Tensor<MatMul<A, B>>
}

interface TransposeMethod {
  <A extends Shape>(this: Tensor<A> & Unknown<A>, axes?: readonly number[]): Tensor
  <M extends number, N extends number>(this: Tensor<[M, N]>): Tensor<[N, M]>
  <S extends Shape>(this: Tensor<S>): Tensor<Transposed<S>>
  <S extends Shape, const Axes extends Shape>(this: Tensor<S>, axes: Axes): Tensor<Transposed<S, Axes>>
}
