import { type DType, full, type Key, normal, ShapeError, type Tensor, uniform, ValueError } from '@cotangent/core'

/** Draws the initial value of a parameter of `shape`. */
export type Initializer = (key: Key, shape: readonly number[], dtype: DType) => Tensor

/** Number of inputs and outputs of one unit. */
export interface Fans {
  readonly fanIn: number
  readonly fanOut: number
}

/**
 * Fan-in and fan-out of a weight `[out, in, ...receptive field]`: `in` and `out`, each times the size of the field.
 *
 * @throws ShapeError for fewer than two axes.
 */
export function fans(shape: readonly number[]): Fans {
  if (shape.length < 2)
    throw new ShapeError(
      'fans-rank',
      `[fans] fan-in and fan-out need a weight of shape [out, in, ...], got [${shape.join(', ')}]; use zeros or constant for a bias`,
    )
  const field = shape.slice(2).reduce((product, size) => product * size, 1)
  return { fanIn: shape[1] * field, fanOut: shape[0] * field }
}

/** Every entry is 0. */
export const zerosInitializer: Initializer = (_, shape, dtype) => full(shape, 0, { dtype })

/** Every entry is `value`. */
export function constantInitializer(value: number): Initializer {
  return (_, shape, dtype) => full(shape, value, { dtype })
}

/** Uniform in `[-limit, limit)`. @throws ValueError unless `limit` is positive and finite. */
export function uniformInitializer(limit: number): Initializer {
  needPositive('uniformInitializer', limit)
  return (key, shape, dtype) => uniform(key, shape, { min: -limit, max: limit, dtype })
}

/** Normal with mean 0. @throws ValueError unless `deviation` is positive and finite. */
export function normalInitializer(deviation: number): Initializer {
  needPositive('normalInitializer', deviation)
  return (key, shape, dtype) => normal(key, shape, { deviation, dtype })
}

function needPositive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value)))
    throw new ValueError('initializer-scale', `[${name}] needs a positive finite scale, got ${value}`)
}

// A uniform distribution on [-a, a] has the variance a²/3.
function uniformWith(variance: (fans: Fans) => number): Initializer {
  return (key, shape, dtype) => {
    const limit = Math.sqrt(3 * variance(fans(shape)))
    return uniform(key, shape, { min: -limit, max: limit, dtype })
  }
}

function normalWith(variance: (fans: Fans) => number): Initializer {
  return (key, shape, dtype) => normal(key, shape, { deviation: Math.sqrt(variance(fans(shape))), dtype })
}

const glorot = ({ fanIn, fanOut }: Fans) => 2 / (fanIn + fanOut)
const he = ({ fanIn }: Fans) => 2 / fanIn
const lecun = ({ fanIn }: Fans) => 1 / fanIn

/** Uniform with variance `2 / (fan-in + fan-out)`: keeps the scale through sigmoid-like layers in both directions (Glorot & Bengio 2010, eq. 16). */
export const glorotUniform: Initializer = uniformWith(glorot)

/** Normal with variance `2 / (fan-in + fan-out)` (Glorot & Bengio 2010, eq. 12). */
export const glorotNormal: Initializer = normalWith(glorot)

/** Uniform with variance `2 / fan-in`: keeps the scale through ReLU layers (He et al. 2015, eq. 10). */
export const heUniform: Initializer = uniformWith(he)

/** Normal with variance `2 / fan-in` (He et al. 2015, eq. 10). */
export const heNormal: Initializer = normalWith(he)

/** Uniform with variance `1 / fan-in` (LeCun et al. 1998, eq. 16). */
export const lecunUniform: Initializer = uniformWith(lecun)

/** Normal with variance `1 / fan-in` (LeCun et al. 1998, eq. 16). */
export const lecunNormal: Initializer = normalWith(lecun)
