import type { Shape, Tensor } from '@cotangent/core'
import type { Accepted, LastAxisShapes, shapes, TensorOf, WithLast } from '../shapes'
import {
  checkArguments,
  checkValue,
  concat,
  identity,
  type Key,
  type Kind,
  kinds,
  matmul,
  ones,
  runAs,
  ShapeError,
  transpose,
} from '@cotangent/core'
import type { FloatDType, Initializer } from '../initializers'
import { aLayerSize, anActivation, anInitializer, orNull, tensorOf, tensorOfRank, withKey } from '../kinds'
import { layerArguments } from '../mode'
import { affine } from './affine'
import { freshParameters } from './fresh'

/** An elementwise function between layers, such as `sigmoid`; it keeps the shape. */
export type Activation = <S extends readonly number[]>(x: Tensor<S>) => Tensor<S>

/** Options of `denseTheta`. */
export interface DenseThetaOptions {
  /** Source of the initial parameters. */
  readonly key: Key
  /** Applied to the result. Default: the identity. */
  readonly activation?: Activation
  /** Draws the weights. Default: `glorotUniform`. */
  readonly initializer?: Initializer
  /** Draws the bias. Default: zeros. */
  readonly biasInitializer?: Initializer
  /** Dtype of the parameters. Default: float32. */
  readonly dtype?: FloatDType
}

/** Options of `dense`. */
export interface DenseOptions<Biased extends boolean = boolean> extends DenseThetaOptions {
  /** Whether a bias is added. Default: true. */
  readonly bias?: Biased
}

const fields = {
  key: kinds.aKey,
  activation: anActivation,
  initializer: anInitializer,
  biasInitializer: anInitializer,
  dtype: kinds.aFloatDType,
} satisfies Record<keyof DenseThetaOptions, Kind>
const denseParameters = [aLayerSize, aLayerSize, /* @__PURE__ */ withKey({ ...fields, bias: kinds.flag })]
const denseThetaParameters = [aLayerSize, aLayerSize, /* @__PURE__ */ withKey(fields)]
const layerParameters = [
  tensorOfRank(2, '[out, in], the weights,'),
  orNull(tensorOfRank(1, '[out], the bias,')),
  kinds.optional(anActivation),
]
const thetaParameters = [tensorOfRank(2, '[out, in + 1]'), kinds.optional(anActivation)]

/** A fully connected layer: `activation(x Wᵀ + b)` for rows `x: [..., in]`. */
export class Dense<
  In extends number = number,
  Out extends number = number,
  Bias extends Tensor<[Out]> | null = Tensor<[Out]>,
> {
  declare readonly [shapes]?: LastAxisShapes<In, Out>

  constructor(
    /** W, `[out, in]`. */
    readonly weight: Tensor<[Out, In]>,
    /** b, `[out]`, or null. */
    readonly bias: Bias,
    readonly activation: Activation = identity,
  ) {
    checkArguments('Dense', layerParameters, arguments)
    if (bias !== null)
      checkValue('Dense', tensorOf([weight.shape[0]]), bias, `the bias of a weight [${weight.shape.join(', ')}]`)
  }

  /** `activation(x Wᵀ + b)`: `[...n, in] -> [...n, out]`. */
  forward<const S extends Shape>(x: Tensor<S> & Accepted<WithLast<S, In, Out>>): TensorOf<WithLast<S, In, Out>> {
    checkRows('dense', arguments, this.weight.shape[1])
    const product = () => affine(x, this.weight, this.bias)
    return activated('dense', runAs('dense', product, [x]), this.activation) as TensorOf<WithLast<S, In, Out>>
  }
}

/** The same layer in the θ form, whose bias is the weight of an extra input fixed at 1: `activation([1, x] θᵀ)`. */
export class DenseTheta<In extends number = number, Out extends number = number> {
  declare readonly [shapes]?: LastAxisShapes<In, Out>

  /** Exists in the type only: θ has one column more than the layer has inputs, and a type cannot subtract. */
  declare readonly inputs?: In

  constructor(
    /** θ, `[out, in + 1]`; column 0 holds the bias. */
    readonly theta: Tensor<[Out, number]>,
    readonly activation: Activation = identity,
  ) {
    checkArguments('DenseTheta', thetaParameters, arguments)
  }

  /** `activation([1, x] θᵀ)`: `[...n, in] -> [...n, out]`. */
  forward<const S extends Shape>(x: Tensor<S> & Accepted<WithLast<S, In, Out>>): TensorOf<WithLast<S, In, Out>> {
    checkRows('denseTheta', arguments, this.theta.shape[1] - 1)
    const biased = () => {
      const rows: Tensor = x
      const bias: Tensor = ones([...(rows.shape as number[]).slice(0, -1), 1], { dtype: rows.dtype })
      return matmul(concat([bias, rows], { axis: -1 }), transpose(this.theta as Tensor))
    }
    return activated('denseTheta', runAs('denseTheta', biased, [x]), this.activation) as TensorOf<WithLast<S, In, Out>>
  }
}

function checkRows(operation: string, given: ArrayLike<unknown>, inputs: number): void {
  checkArguments(operation, layerArguments, given)
  const { shape, dtype } = given[0] as Tensor<number[]>
  if (shape.at(-1) !== inputs || dtype === 'int32')
    throw new ShapeError(
      'layer-input',
      `[${operation}] expected rows of ${inputs} numbers, x: float [..., ${inputs}], got ${dtype}[${shape.join(', ')}]; ` +
        (dtype === 'int32' ? "convert them with astype('float32')" : "reshape the input, or change the layer's sizes"),
    )
}

/** The result of an activation, which must keep the shape. */
export function activated<S extends readonly number[]>(
  operation: string,
  z: Tensor<S>,
  activation: Activation,
): Tensor<S> {
  checkValue(operation, anActivation, activation, 'its activation')
  const result = activation(z)
  checkValue(operation, tensorOf(z.shape), result, 'the result of its activation')
  return result
}

/**
 * A fully connected layer with fresh parameters: `[batch, in] -> [batch, out]`.
 *
 * @throws ValueError unless both sizes are positive integers, a key is given, and the initializers return tensors of
 * the requested shape and dtype.
 */
export function dense<const In extends number, const Out extends number, Biased extends boolean = true>(
  inputs: In,
  outputs: Out,
  options: DenseOptions<Biased>,
): Dense<In, Out, Biased extends false ? null : Tensor<[Out]>> {
  checkArguments('dense', denseParameters, arguments)
  const { weight, bias } = freshParameters('dense', [outputs, inputs], options)
  return new Dense(weight as Tensor<[Out, In]>, (options.bias === false ? null : bias) as never, options.activation)
}

/**
 * A fully connected layer with fresh parameters in the θ form: weights drawn as by `dense`, beside a bias column.
 *
 * @throws ValueError as `dense` does.
 */
export function denseTheta<const In extends number, const Out extends number>(
  inputs: In,
  outputs: Out,
  options: DenseThetaOptions,
): DenseTheta<In, Out> {
  checkArguments('denseTheta', denseThetaParameters, arguments)
  const { weight, bias } = freshParameters('denseTheta', [outputs, inputs], options)
  const column: Tensor = bias.reshape([outputs, 1])
  return new DenseTheta<In, Out>(concat([column, weight], { axis: 1 }), options.activation)
}
