import {
  concat,
  type DType,
  identity,
  type Key,
  matmul,
  ones,
  ShapeError,
  split,
  Tensor,
  transpose,
  ValueError,
} from '@cotangent/core'
import { glorotUniform, type Initializer, zerosInitializer } from './initializers'

/** An elementwise function between layers, such as `sigmoid`; it keeps the shape. */
export type Activation = <S extends readonly number[]>(x: Tensor<S>) => Tensor<S>

/** Options of `dense` and `denseTheta`. */
export interface DenseOptions {
  /** Source of the initial parameters. */
  readonly key: Key
  /** Applied to the result; the identity where absent. */
  readonly activation?: Activation
  /** Draws the weights; Glorot's uniform distribution where absent. */
  readonly initializer?: Initializer
  /** Draws the bias; zeros where absent. */
  readonly biasInitializer?: Initializer
  /** Of the parameters; float32 where absent. */
  readonly dtype?: DType
}

/** A fully connected layer: `activation(x Wᵀ + b)` for a batch of rows `x: [batch, in]`. */
export class Dense<In extends number = number, Out extends number = number> {
  constructor(
    /** W, `[out, in]`. */
    readonly weight: Tensor<[Out, In]>,
    /** b, `[out]`. */
    readonly bias: Tensor<[Out]>,
    readonly activation: Activation = identity,
  ) {}

  /** `activation(x Wᵀ + b)`: `[batch, in] -> [batch, out]`. */
  forward<Batch extends number>(x: Tensor<[Batch, In]>): Tensor<[Batch, Out]> {
    checkRows('dense', x, this.weight.shape[1])
    return this.activation(matmul(x, transpose(this.weight)).add(this.bias))
  }
}

/** The same layer with the bias as an input fixed at 1: `activation([1, x] θᵀ)`. */
export class DenseTheta<In extends number = number, Out extends number = number> {
  /** Only in the type: θ has one column more than the layer has inputs, which a type cannot count. */
  declare readonly inputs?: In

  constructor(
    /** θ, `[out, in + 1]`; column 0 holds the bias. */
    readonly theta: Tensor<[Out, number]>,
    readonly activation: Activation = identity,
  ) {}

  /** `activation([1, x] θᵀ)`: `[batch, in] -> [batch, out]`. */
  forward<Batch extends number>(x: Tensor<[Batch, In]>): Tensor<[Batch, Out]> {
    checkRows('denseTheta', x, this.theta.shape[1] - 1)
    const bias: Tensor = ones([x.shape[0], 1], { dtype: x.dtype })
    return this.activation(matmul(concat([bias, x], { axis: 1 }), transpose(this.theta)))
  }
}

function checkRows(name: string, x: Tensor, inputs: number): void {
  if (!(x instanceof Tensor) || x.rank !== 2 || x.shape[1] !== inputs)
    throw new ShapeError(
      'layer-input',
      `[${name}] takes rows of ${inputs} numbers, x: [batch, ${inputs}], got ` +
        `${x instanceof Tensor ? `[${x.shape.join(', ')}]` : typeof x}; reshape the input, or change the layer's sizes`,
    )
}

function checkArguments(name: string, inputs: number, outputs: number, options: DenseOptions | undefined): void {
  if (options?.key === undefined)
    throw new ValueError(
      'missing-key',
      `[${name}] needs a random key: ${name}(${inputs}, ${outputs}, { key: key(seed) })`,
    )
  for (const size of [inputs, outputs])
    if (!Number.isInteger(size) || size < 1)
      throw new ValueError('layer-size', `[${name}] sizes are positive integers, got ${name}(${inputs}, ${outputs})`)
}

/**
 * A fully connected layer with fresh parameters: `[batch, in] -> [batch, out]`.
 *
 * @throws ValueError unless both sizes are positive integers.
 */
export function dense<const In extends number, const Out extends number>(
  inputs: In,
  outputs: Out,
  options: DenseOptions,
): Dense<In, Out> {
  checkArguments('dense', inputs, outputs, options)
  const {
    key,
    activation,
    initializer = glorotUniform,
    biasInitializer = zerosInitializer,
    dtype = 'float32',
  } = options
  const [weightKey, biasKey] = split(key)
  const weight = initializer(weightKey, [outputs, inputs], dtype) as Tensor<[Out, In]>
  return new Dense(weight, biasInitializer(biasKey, [outputs], dtype) as Tensor<[Out]>, activation)
}

/**
 * A fully connected layer with fresh parameters in the θ form: weights as `dense` draws them, beside a bias column.
 *
 * @throws ValueError unless both sizes are positive integers.
 */
export function denseTheta<const In extends number, const Out extends number>(
  inputs: In,
  outputs: Out,
  options: DenseOptions,
): DenseTheta<In, Out> {
  checkArguments('denseTheta', inputs, outputs, options)
  const { weight, bias } = dense<number, number>(inputs, outputs, options)
  const column: Tensor = bias.reshape([outputs, 1])
  return new DenseTheta<In, Out>(concat([column, weight], { axis: 1 }), options.activation)
}
