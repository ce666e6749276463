import { type Kind, kinds, readable, Tensor } from '@cotangent/core'

/** Data: a tree of tensors. */
export const someData: Kind = {
  expected: 'the data, a tensor or a tree of tensors,',
  accepts: (value) => typeof value === 'object' && value !== null,
}

/** A concrete key: the order of examples must be known. */
export const aSeed: Kind = {
  expected: 'a random key',
  accepts: (value) => kinds.aKey.accepts(value) && readable(value as Tensor) !== null,
  remedy: 'make one outside of traced functions: key(seed)',
}

/** The class of each example. */
export const classLabels: Kind = {
  expected: 'the class of each example, an int32 or bool tensor of one axis',
  accepts: (value) =>
    value instanceof Tensor &&
    value.rank === 1 &&
    (value.dtype === 'int32' || value.dtype === 'bool') &&
    readable(value) !== null,
  remedy: 'pass labels as integers: tensor(labels, { dtype: "int32" }), or argmax(oneHot, { axis: 1 })',
}

/** A count of examples or batches. */
export const aCount: Kind = /* @__PURE__ */ kinds.integerFrom(1)
