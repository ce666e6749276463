import {
  checkArguments,
  checked,
  full,
  type Key,
  type Kind,
  kinds,
  normal,
  orthogonal,
  ShapeError,
  type Tensor,
  truncatedNormal,
  uniform,
} from '@cotangent/core'

/** The dtypes of parameters. */
export type FloatDType = 'float32' | 'float64'

/** Draws the initial value of a parameter of `shape`. */
export type Initializer = (key: Key, shape: readonly number[], dtype: FloatDType) => Tensor

/**
 * An initializer that checks its arguments. Errors call it `name`; `written` is how users write it where they pass
 * it.
 */
/* @__NO_SIDE_EFFECTS__ */
function initializer(name: string, draw: Initializer, written = name): Initializer {
  const key: Kind = {
    ...kinds.aKey,
    remedy: `pass ${written} itself, { initializer: ${written} }; to call it make a key with key(seed)`,
  }
  return checked<Initializer>(name, [key, kinds.aShape, kinds.aFloatDType], draw)
}

/** Number of inputs and outputs of one unit. */
export interface Fans {
  readonly fanIn: number
  readonly fanOut: number
}

/**
 * Fan-in and fan-out of a weight `[out, in, ...receptive field]`: `in` and `out`, each times the size of the
 * receptive field.
 *
 * @throws ShapeError for fewer than two axes.
 */
export function fans(shape: readonly number[]): Fans {
  checkArguments('fans', [kinds.aShape], arguments)
  return fansOf('fans', shape)
}

function fansOf(operation: string, shape: readonly number[]): Fans {
  if (shape.length < 2)
    throw new ShapeError(
      'fans-rank',
      `[${operation}] fan-in and fan-out need a weight of shape [out, in, ...], got [${shape.join(', ')}]; for a bias use zerosInitializer or constantInitializer(value)`,
    )
  const field = shape.slice(2).reduce((product, size) => product * size, 1)
  return { fanIn: shape[1] * field, fanOut: shape[0] * field }
}

/** Every entry is 0. */
export const zerosInitializer: Initializer = /* @__PURE__ */ initializer('zerosInitializer', (_, shape, dtype) =>
  full(shape, 0, { dtype }),
)

/** Every entry is `value`. @throws ValueError unless it is finite. */
export function constantInitializer(value: number): Initializer {
  checkArguments('constantInitializer', [kinds.finiteNumber], arguments)
  return initializer(
    'constantInitializer',
    (_, shape, dtype) => full(shape, value, { dtype }),
    `constantInitializer(${value})`,
  )
}

/** Uniform in `[-limit, limit)`. @throws ValueError unless `limit` is positive and finite. */
export function uniformInitializer(limit: number): Initializer {
  checkArguments('uniformInitializer', [scale], arguments)
  return initializer(
    'uniformInitializer',
    (key, shape, dtype) => uniform(key, shape, { min: -limit, max: limit, dtype }),
    `uniformInitializer(${limit})`,
  )
}

/** Normal with mean 0. @throws ValueError unless `deviation` is positive and finite. */
export function normalInitializer(deviation: number): Initializer {
  checkArguments('normalInitializer', [scale], arguments)
  return initializer(
    'normalInitializer',
    (key, shape, dtype) => normal(key, shape, { deviation, dtype }),
    `normalInitializer(${deviation})`,
  )
}

/**
 * Normal with mean 0, without the numbers in the tails: none is further from 0 than 2.27 times `deviation`, which is
 * the standard deviation of the numbers that are drawn. The normal distribution that is cut at two of its own
 * deviations has `deviation / 0.8796` as its deviation before the cut, as in the `variance_scaling` of JAX and
 * TensorFlow. (PyTorch's `trunc_normal_` cuts elsewhere, and takes the deviation before the cut.)
 *
 * @throws ValueError unless `deviation` is positive and finite.
 */
export function truncatedNormalInitializer(deviation: number): Initializer {
  checkArguments('truncatedNormalInitializer', [scale], arguments)
  return initializer(
    'truncatedNormalInitializer',
    (key, shape, dtype) => drawTruncated(key, shape, deviation, dtype),
    `truncatedNormalInitializer(${deviation})`,
  )
}

/**
 * Orthonormal columns, or rows if there are more columns than rows, of the weight `[out, in, ...]` as a matrix `[out,
 * in · ...]`, times `gain` (default: 1): keeps lengths through linear layers (A. Saxe et al., Exact solutions to the
 * nonlinear dynamics of learning in deep linear neural networks, 2014; PyTorch's `orthogonal_`). √2 is the gain for
 * ReLU.
 *
 * @throws ValueError unless `gain` is positive and finite; the initializer throws ShapeError for fewer than two axes.
 */
export function orthogonalInitializer(gain = 1): Initializer {
  checkArguments('orthogonalInitializer', [kinds.optional(scale)], arguments)
  return initializer(
    'orthogonalInitializer',
    (key, shape, dtype) => {
      fansOf('orthogonalInitializer', shape)
      if (shape.includes(0)) return full(shape, 0, { dtype })
      const columns = shape.slice(1).reduce((product, size) => product * size, 1)
      const drawn: Tensor = orthogonal(key, [shape[0], columns], { dtype })
      return drawn.reshape(shape).mul(gain)
    },
    `orthogonalInitializer(${gain})`,
  )
}

// The surplus arguments of `dense` reveal that the user passed the function that makes an initializer in place of
// one.
const scale = {
  ...kinds.positiveNumber,
  surplus: 'it makes an initializer: pass what it returns, as in { initializer: uniformInitializer(0.1) }',
}

// A uniform distribution on [-a, a] has the variance a²/3.
/* @__NO_SIDE_EFFECTS__ */
function uniformWith(name: string, variance: (fans: Fans) => number): Initializer {
  return initializer(name, (key, shape, dtype) => {
    const limit = Math.sqrt(3 * variance(fansOf(name, shape)))
    return shape.includes(0) ? full(shape, 0, { dtype }) : uniform(key, shape, { min: -limit, max: limit, dtype })
  })
}

/* @__NO_SIDE_EFFECTS__ */
function normalWith(name: string, variance: (fans: Fans) => number): Initializer {
  return initializer(name, (key, shape, dtype) => {
    const deviation = Math.sqrt(variance(fansOf(name, shape)))
    return shape.includes(0) ? full(shape, 0, { dtype }) : normal(key, shape, { deviation, dtype })
  })
}

/**
 * The standard deviation of standard normal numbers in [-2, 2]: `√(1 - 4 φ(2) / (Φ(2) - Φ(-2)))`, by integration of
 * `x² φ(x)` by parts.
 */
const truncatedDeviation = 0.8796256610342398

function drawTruncated(key: Key, shape: readonly number[], deviation: number, dtype: FloatDType): Tensor {
  return truncatedNormal(key, shape, { deviation: deviation / truncatedDeviation, dtype })
}

/* @__NO_SIDE_EFFECTS__ */
function truncatedWith(name: string, variance: (fans: Fans) => number): Initializer {
  return initializer(name, (key, shape, dtype) => {
    const deviation = Math.sqrt(variance(fansOf(name, shape)))
    return shape.includes(0) ? full(shape, 0, { dtype }) : drawTruncated(key, shape, deviation, dtype)
  })
}

const glorot = ({ fanIn, fanOut }: Fans) => 2 / (fanIn + fanOut)
const he = ({ fanIn }: Fans) => 2 / fanIn
const lecun = ({ fanIn }: Fans) => 1 / fanIn

/**
 * Uniform with variance `2 / (fan-in + fan-out)`: keeps the scale through sigmoid-like layers in both directions
 * (Glorot & Bengio 2010, eq. 16).
 */
export const glorotUniform: Initializer = /* @__PURE__ */ uniformWith('glorotUniform', glorot)

/** Normal with variance `2 / (fan-in + fan-out)` (Glorot & Bengio 2010, eq. 12). */
export const glorotNormal: Initializer = /* @__PURE__ */ normalWith('glorotNormal', glorot)

/** Uniform with variance `2 / fan-in`: keeps the scale through ReLU layers (He et al. 2015, eq. 10). */
export const heUniform: Initializer = /* @__PURE__ */ uniformWith('heUniform', he)

/** Normal with variance `2 / fan-in` (He et al. 2015, eq. 10). */
export const heNormal: Initializer = /* @__PURE__ */ normalWith('heNormal', he)

/** Uniform with variance `1 / fan-in` (LeCun et al. 1998, eq. 16). */
export const lecunUniform: Initializer = /* @__PURE__ */ uniformWith('lecunUniform', lecun)

/** Normal with variance `1 / fan-in` (LeCun et al. 1998, eq. 16). */
export const lecunNormal: Initializer = /* @__PURE__ */ normalWith('lecunNormal', lecun)

/** Truncated normal with variance `2 / (fan-in + fan-out)` after the cut: JAX's and Keras's `glorot_normal`. */
export const glorotTruncatedNormal: Initializer = /* @__PURE__ */ truncatedWith('glorotTruncatedNormal', glorot)

/** Truncated normal with variance `2 / fan-in` after the cut: JAX's and Keras's `he_normal`. */
export const heTruncatedNormal: Initializer = /* @__PURE__ */ truncatedWith('heTruncatedNormal', he)

/** Truncated normal with variance `1 / fan-in` after the cut: JAX's and Keras's `lecun_normal`. */
export const lecunTruncatedNormal: Initializer = /* @__PURE__ */ truncatedWith('lecunTruncatedNormal', lecun)

/**
 * Uniform in `[-1/√fan-in, 1/√fan-in)`, which has the variance `1 / (3 fan-in)`: what PyTorch draws the weights of
 * `Linear` and of convolutions from (`kaiming_uniform_` with a = √5). It draws their biases from the same interval: for
 * these, pass `uniformInitializer(1 / Math.sqrt(fanIn))`.
 */
export const pytorchUniform: Initializer = /* @__PURE__ */ uniformWith('pytorchUniform', ({ fanIn }) => 1 / (3 * fanIn))
