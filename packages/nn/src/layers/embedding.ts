import {
  atIndex,
  checkArguments,
  checkValue,
  DTypeError,
  equal,
  type IsAny,
  type Key,
  type Kind,
  kinds,
  runAs,
  type Shape,
  stopGradient,
  take,
  type Tensor,
  ValueError,
  where,
} from '@cotangent/core'
import { type FloatDType, type Initializer, normalInitializer } from '../initializers'
import { aLayerSize, anInitializer, orNull, tensorOfRank, withKey } from '../kinds'
import { layerArguments } from '../mode'
import type { ShapeFunction, shapes, TensorOf } from '../shapes'
import { drawn } from './fresh'

/** The shape of indices, with the features of each behind it. */
export type WithFeatures<S, Features extends number> =
  IsAny<S> extends true
    ? any
    : S extends readonly any[]
      ? number extends S['length']
        ? [...number[], Features]
        : [...S, Features]
      : [...number[], Features]

/** The shapes of an embedding. */
export interface EmbeddingShapes<Features extends number> extends ShapeFunction {
  readonly result: WithFeatures<this['given'], Features>
}

/** Options of `embedding`. */
export interface EmbeddingOptions {
  /** Source of the initial rows. */
  readonly key: Key
  /** The index of a row that is not trained, and starts at 0: the row of padding. */
  readonly padding?: number
  /** Draws the rows `[count, features]`. Default: normal with deviation 1. */
  readonly initializer?: Initializer
  /** Dtype of the rows. Default: float32. */
  readonly dtype?: FloatDType
}

const anIndex = /* @__PURE__ */ kinds.integerFrom(0)
const parameters = [
  aLayerSize,
  aLayerSize,
  /* @__PURE__ */ withKey({
    key: kinds.aKey,
    padding: anIndex,
    initializer: anInitializer,
    dtype: kinds.aFloatDType,
  } satisfies Record<keyof EmbeddingOptions, Kind>),
]
const constructorParameters = [
  tensorOfRank(2, '[count, features], the rows,'),
  /* @__PURE__ */ kinds.optional(/* @__PURE__ */ orNull(anIndex)),
]

/** A table of rows, which are looked up by their indices. */
export class Embedding<Features extends number = number> {
  declare readonly [shapes]?: EmbeddingShapes<Features>

  constructor(
    /** `[count, features]`. */
    readonly weight: Tensor<[number, Features]>,
    /** The index of a row that is not trained, or null. */
    readonly padding: number | null = null,
  ) {
    checkArguments('Embedding', constructorParameters, arguments)
    checkPadding('Embedding', padding, weight.shape[0])
  }

  /**
   * The rows at int32 indices: `[...n] -> [...n, features]`. No gradient goes into the row of padding.
   *
   * @throws DTypeError unless the indices are int32; ValueError if an index is not from 0 to count - 1, in a compiled
   * function when the program runs.
   */
  forward<const S extends Shape>(x: Tensor<S>): TensorOf<WithFeatures<S, Features>> {
    checkArguments('embedding', layerArguments, arguments)
    if (x.dtype !== 'int32')
      throw new DTypeError(
        'needs-int32',
        `[embedding] expected int32 indices of rows, got ${x.dtype}[${(x.shape as readonly number[]).join(', ')}]; convert them with ` +
          "astype('int32')",
      )
    const rows = (): Tensor => {
      const found: Tensor = take(this.weight as Tensor, x as Tensor)
      if (this.padding === null) return found
      const isPadding = equal(x as Tensor, this.padding).reshape([...(x.shape as readonly number[]), 1])
      return where(isPadding as Tensor, stopGradient(found), found)
    }
    return runAs('embedding', rows, [x]) as TensorOf<WithFeatures<S, Features>>
  }
}

function checkPadding(operation: string, padding: number | null, count: number): void {
  if (padding !== null && padding >= count)
    throw new ValueError(
      'padding-index',
      `[${operation}] expected a padding index from 0 to ${count - 1}, got ${padding}; use the index of one of the ${count} rows`,
    )
}

/**
 * A table of `count` rows with fresh numbers, which are looked up by int32 indices: `[...n] -> [...n, features]`. The
 * row of index `padding`, if there is one, is 0 and stays as it is, because no gradient goes into it.
 *
 * @throws ValueError unless both sizes are positive integers, a key is given, `padding` is an index of a row, and the
 * initializer returns a tensor of the requested shape and dtype.
 */
export function embedding<const Features extends number>(
  count: number,
  features: Features,
  options: EmbeddingOptions,
): Embedding<Features> {
  checkArguments('embedding', parameters, arguments)
  const { key, padding = null, initializer = normalInitializer(1), dtype = 'float32' } = options
  checkPadding('embedding', padding, count)
  const shape = [count, features]
  checkValue('embedding', kinds.aShape, shape, 'the shape of its rows')
  const rows = drawn('embedding', 'initializer', initializer, key, shape, dtype)
  const weight = padding === null ? rows : atIndex(rows, padding).set(0)
  return new Embedding(weight as Tensor<[number, Features]>, padding)
}
