import {
  checkArguments,
  identity,
  matmul,
  relu,
  sigmoid,
  tanh,
  tensor,
  type Tensor,
  transpose,
  ValueError,
} from '@cotangent/core'
import { isFloat, sizeOf } from '@cotangent/core/internal'
import fc from 'fast-check'
import { aNetwork, networkOptions, shapeOptions, tensorOptions } from './kinds'

/** Options of `shapes`. */
export interface ShapeOptions {
  readonly minRank?: number
  readonly maxRank?: number
  readonly minSize?: number
  readonly maxSize?: number
}

/** Options of `tensors`. */
export interface TensorOptions extends ShapeOptions {
  /** One shape for all tensors. Default: drawn shapes. */
  readonly shape?: readonly number[]
  readonly dtype?: 'float32' | 'float64' | 'int32' | 'bool'
  readonly min?: number
  readonly max?: number
}

/** Shapes, by default of rank 0 to 3 with axes of size 0 to 4. They shrink to fewer and shorter axes. */
export function shapes(options: ShapeOptions = {}): fc.Arbitrary<number[]> {
  checkArguments('shapes', [shapeOptions], arguments)
  const { minRank = 0, maxRank = Math.max(minRank, 3), minSize = 0, maxSize = Math.max(minSize, 4) } = options
  checkRange('shapes', 'Rank', minRank, maxRank)
  checkRange('shapes', 'Size', minSize, maxSize)
  return fc.array(fc.integer({ min: minSize, max: maxSize }), { minLength: minRank, maxLength: maxRank })
}

/** Pairs of shapes that broadcast together. */
export function broadcastablePairs(options: ShapeOptions = {}): fc.Arbitrary<[number[], number[]]> {
  checkArguments('broadcastablePairs', [shapeOptions], arguments)
  const axis = fc.constantFrom('both', 'left', 'right')
  const part = (shape: readonly number[], kept: readonly string[], side: string, rank: number) =>
    shape.map((size, i) => (kept[i] === 'both' || kept[i] === side ? size : 1)).slice(shape.length - rank)
  return shapes(options).chain((shape) =>
    fc
      .tuple(
        fc.array(axis, { minLength: shape.length, maxLength: shape.length }),
        fc.integer({ min: options.minRank ?? 0, max: shape.length }),
        fc.boolean(),
      )
      .map(([kept, rank, isLeftFull]): [number[], number[]] => {
        const left = part(shape, kept, 'left', isLeftFull ? shape.length : rank)
        const right = part(shape, kept, 'right', isLeftFull ? rank : shape.length)
        return [left, right]
      }),
  )
}

/** Tensors of finite numbers, by default float64 in [-2, 2]. They shrink to smaller shapes and simpler numbers. */
export function tensors(options: TensorOptions = {}): fc.Arbitrary<Tensor> {
  checkArguments('tensors', [tensorOptions], arguments)
  const { shape, dtype = 'float64', min = -2, max = 2 } = options
  checkRange('tensors', '', min, max)
  const number = isFloat(dtype)
    ? fc.double({ min, max, noNaN: true })
    : fc.integer(dtype === 'bool' ? { min: 0, max: 1 } : { min: Math.ceil(min), max: Math.floor(max) })
  const filled = (drawn: readonly number[], data: readonly number[]) =>
    tensor(Float64Array.from(data.slice(0, sizeOf(drawn))), { shape: [...drawn] }).astype(dtype)
  const numbers = (size: number) => fc.array(number, { minLength: size, maxLength: size })
  if (shape !== undefined) return numbers(sizeOf(shape)).map((data) => filled(shape, data))
  // The numbers are drawn apart from the shape, so they stay the same while the shape shrinks.
  const { minRank = 0, maxRank = Math.max(minRank, 3), minSize = 0, maxSize = Math.max(minSize, 4) } = options
  return fc
    .tuple(shapes({ minRank, maxRank, minSize, maxSize }), numbers(maxSize ** maxRank))
    .map(([drawn, data]) => filled(drawn, data))
}

function checkRange(operation: string, what: string, min: number, max: number): void {
  if (min > max)
    throw new ValueError(
      'range',
      `[${operation}] expected min${what} below max${what}, got ${min} and ${max}; swap them`,
    )
}

/**
 * Trees with drawn tensors as leaves: a tensor, or objects and arrays of trees. The objects also hold a static string.
 */
export function trees(options: TensorOptions = {}): fc.Arbitrary<unknown> {
  checkArguments('trees', [tensorOptions], arguments)
  const leaf = tensors({ maxRank: 2, ...options })
  return fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
      fc.record({ kind: fc.constant('static'), first: leaf, rest: tie('tree') }),
    ),
  })).tree
}

/** Options of `networks`. */
export interface NetworkOptions {
  readonly maxLayers?: number
  readonly maxWidth?: number
  readonly maxBatch?: number
  readonly dtype?: 'float32' | 'float64'
}

/** An activation that networks are drawn with. */
export type ActivationName = 'identity' | 'sigmoid' | 'tanh' | 'relu'

const activations: Record<ActivationName, (x: Tensor) => Tensor> = { identity, sigmoid, tanh, relu }

/** A fully connected layer: `activation(x Wᵀ + b)`, with `weight: [out, in]` and `bias: [out]`. */
export interface DrawnLayer {
  readonly weight: Tensor
  readonly bias: Tensor
  readonly activation: ActivationName
}

/** A feed-forward network with an input for it. It is a tree, like any model. */
export interface DrawnNetwork {
  readonly layers: readonly DrawnLayer[]
  /** A batch of rows, `[batch, in]`. */
  readonly x: Tensor
}

/** Feed-forward networks with a batch of inputs, by default of 1 to 3 layers with widths 1 to 5; see `forward`. */
export function networks(options: NetworkOptions = {}): fc.Arbitrary<DrawnNetwork> {
  checkArguments('networks', [networkOptions], arguments)
  const { maxLayers = 3, maxWidth = 5, maxBatch = 4, dtype = 'float64' } = options
  const width = fc.integer({ min: 1, max: maxWidth })
  return fc
    .tuple(fc.array(width, { minLength: 2, maxLength: maxLayers + 1 }), fc.integer({ min: 1, max: maxBatch }))
    .chain(([widths, batch]) =>
      fc.record({
        layers: fc.tuple(
          ...widths.slice(1).map((out, i) =>
            fc.record({
              weight: tensors({ shape: [out, widths[i]], dtype }),
              bias: tensors({ shape: [out], dtype }),
              activation: fc.constantFrom(...(Object.keys(activations) as ActivationName[])),
            }),
          ),
        ),
        x: tensors({ shape: [batch, widths[0]], dtype }),
      }),
    )
}

const forwardParameters = [aNetwork(Object.keys(activations))]

/** The output of a drawn network, `[batch, out]`. */
export function forward(network: DrawnNetwork): Tensor {
  checkArguments('forward', forwardParameters, arguments)
  const { layers, x } = network
  return layers.reduce<Tensor>(
    (a, { weight, bias, activation }) => activations[activation](matmul(a, transpose(weight)).add(bias)),
    x,
  )
}
