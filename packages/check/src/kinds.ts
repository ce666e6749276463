import { type Kind, kinds } from '@cotangent/core'

const { aFunction, either, flag, integerFrom, numberFrom, oneOf, options, positiveNumber, text } = kinds

// The kinds of arguments of this package's public functions.

export const anInteger: Kind = { expected: 'an integer', accepts: Number.isInteger }

/** The arguments of a function, as an array. */
export const argumentList: Kind = {
  expected: 'an array with the arguments of the function',
  accepts: Array.isArray,
  remedy: 'put them in brackets: f, [x, y]',
}

const anArray: Kind = { expected: 'an array', accepts: Array.isArray }

const aRecord: Kind = {
  expected: 'a record',
  accepts: (value) => typeof value === 'object' && value !== null && 'fingerprint' in value && 'order' in value,
  remedy: 'pass the result of coverageRecords(reports)',
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** A network and its input, as `networks` draws them. */
export function aNetwork(activations: readonly string[]): Kind {
  const isLayer = (layer: unknown) =>
    isObject(layer) &&
    kinds.aTensor.accepts(layer.weight) &&
    kinds.aTensor.accepts(layer.bias) &&
    activations.includes(layer.activation as string)
  return {
    expected: 'a drawn network, { layers, x }',
    accepts: (value) =>
      isObject(value) && Array.isArray(value.layers) && value.layers.every(isLayer) && kinds.aTensor.accepts(value.x),
    remedy: 'pass a value that networks() draws',
  }
}

const exampleFields = {
  inputs: kinds.listOf(kinds.aTensor),
  attributes: { expected: 'attributes', accepts: () => true },
  structures: anArray,
  seed: anInteger,
}

/** Options of `checkGradients`. */
export const checkOptions: Kind = options({
  order: integerFrom(1, 10),
  tolerance: numberFrom(0, 1),
  seed: anInteger,
  everyEntryUpTo: integerFrom(0),
  budgetMs: positiveNumber,
  onProgress: aFunction,
  unused: oneOf('note', 'fail'),
  closures: oneOf('note', 'fail'),
})

/** Whether `checkGradients` has an option of this name. */
export function isCheckOption(name: string): boolean {
  return Object.hasOwn(checkOptions.fields ?? {}, name)
}

/** Options of `checkOp`, given the names of all laws. */
export function opOptions(laws: readonly string[]): Kind {
  const law = oneOf(...laws)
  return options({
    domain: aFunction,
    name: text,
    runs: integerFrom(1),
    laws: {
      expected: 'an array of names of laws, one or more',
      accepts: (value) => Array.isArray(value) && value.length > 0 && value.every((each) => law.accepts(each)),
      remedy: `the laws are ${laws.map((each) => `'${each}'`).join(', ')}`,
    },
    fixedDType: flag,
    seed: anInteger,
    budgetMs: positiveNumber,
    onProgress: aFunction,
    example: options(exampleFields, ['inputs']),
  })
}

/** Options of `gradientCoverage`. */
export const coverageOptions: Kind = options({ records: kinds.listOf(aRecord), order: integerFrom(1, 10) })

const shapeFields = {
  minRank: integerFrom(0, 8),
  maxRank: integerFrom(0, 8),
  minSize: integerFrom(0),
  maxSize: integerFrom(0),
}

/** Options of `shapes` and `broadcastablePairs`. */
export const shapeOptions: Kind = options(shapeFields)

/** Options of `tensors` and `trees`. */
export const tensorOptions: Kind = options({
  ...shapeFields,
  shape: kinds.aShape,
  dtype: oneOf('float32', 'float64', 'int32', 'bool'),
  min: kinds.finiteNumber,
  max: kinds.finiteNumber,
})

/** Options of `networks`. */
export const networkOptions: Kind = options({
  ...{ maxLayers: integerFrom(1), maxWidth: integerFrom(1), maxBatch: integerFrom(1) },
  dtype: oneOf('float32', 'float64'),
})

/** An op, which functions made by `defineOp` carry. */
export const anOp: Kind = {
  expected: 'an op',
  accepts: (value) => typeof value === 'object' && value !== null && 'infer' in value && 'body' in value,
  remedy: 'pass the op of a function: f.op',
}

/** A function, or an op. */
export const checkable: Kind = {
  ...either(aFunction, anOp),
  remedy: 'pass the result of defineOp, or the function itself',
}
