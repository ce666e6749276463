import { type DType, type Kind, kinds, Tensor } from '@cotangent/core'

/** A tensor of a given rank; `form` describes its axes. */
/* @__NO_SIDE_EFFECTS__ */
export function tensorOfRank(rank: number, form: string): Kind {
  return { expected: `a tensor ${form}`, accepts: (value) => value instanceof Tensor && value.rank === rank }
}

/** A tensor of one shape and, if given, one dtype. */
/* @__NO_SIDE_EFFECTS__ */
export function tensorOf(shape: readonly number[], dtype?: DType, remedy?: string): Kind {
  return {
    expected: `a tensor ${dtype ?? ''}[${shape.join(', ')}]`,
    accepts: (value) =>
      value instanceof Tensor && (dtype === undefined || value.dtype === dtype) && value.shape.join() === shape.join(),
    ...(remedy !== undefined && { remedy }),
  }
}

/** Whether a tensor is in floating point. */
export const isFloat = ({ dtype }: Pick<Tensor, 'dtype'>): boolean => dtype === 'float32' || dtype === 'float64'

/** A function between layers, such as `sigmoid`. */
export const anActivation: Kind = {
  expected: 'an activation (a function such as sigmoid)',
  accepts: kinds.aFunction.accepts,
  remedy: 'import the function and pass it: { activation: sigmoid }',
}

/** A function that draws the initial value of a parameter. */
export const anInitializer: Kind = {
  expected: 'an initializer (a function of key, shape and dtype)',
  accepts: kinds.aFunction.accepts,
  remedy: 'pass the function itself, such as glorotUniform, or the result of uniformInitializer(limit)',
}

/** The size of one side of a layer. */
export const aLayerSize: Kind = /* @__PURE__ */ kinds.integerFrom(1)

/** A probability below 1. */
export const aRate: Kind = {
  expected: 'a probability from 0 to below 1',
  accepts: (value) => typeof value === 'number' && value >= 0 && value < 1,
}

/** A share of a whole. */
export const aShare: Kind = {
  expected: 'a number from 0 to 1',
  accepts: (value) => typeof value === 'number' && value >= 0 && value <= 1,
}

/** A value of a kind, or null for none. */
/* @__NO_SIDE_EFFECTS__ */
export function orNull(kind: Kind): Kind {
  return {
    expected: `${kind.expected.replace(/,$/, '')}, or null`,
    accepts: (value) => value === null || kind.accepts(value),
  }
}

/** A model: any tree. */
export const aModel: Kind = {
  expected: 'a model (a tensor, or an object or a list that holds tensors)',
  accepts: (value) =>
    value instanceof Tensor ||
    (Array.isArray(value)
      ? value.some((each) => typeof each === 'object' && each !== null)
      : typeof value === 'object' && value !== null && !isOpaque(value)),
}

/** Whether an object holds something else than fields. */
function isOpaque(value: object): boolean {
  const classes = [Map, Set, Date, RegExp, Promise, Error, Number, String, Boolean, WeakMap, WeakSet]
  return ArrayBuffer.isView(value) || classes.some((each) => value instanceof each)
}

/** A tensor of numbers with digits behind the point. */
export const aFloatTensor: Kind = {
  expected: 'a tensor of floating-point numbers',
  accepts: (value) => value instanceof Tensor && isFloat(value),
  remedy: "convert it with astype('float32')",
}

/** The axis of features: not that of the batch. */
export const aFeatureAxis: Kind = {
  expected: 'an axis (an integer) other than 0, the batch',
  accepts: (value) => Number.isInteger(value) && value !== 0,
}

/** Options with these fields, of which a key is required. */
/* @__NO_SIDE_EFFECTS__ */
export function withKey(fields: Readonly<Record<string, Kind>>): Kind {
  return { ...kinds.options(fields, ['key']), remedy: 'pass a random key: { key: key(seed) }' }
}
