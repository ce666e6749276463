import { checkValue, concat, type Key, type Kind, kinds, splitKey, type Tensor } from '@cotangent/core'
import { type FloatDType, type Initializer, uniformInitializer } from '../initializers'
import { anInitializer, aRate } from '../kinds'
import { drawn } from './fresh'
import type { CellKind, CellWeights } from './recurrence'

/** Options of the recurrent cells: `rnnCell`, `gruCell`, `lstmCell`. */
export interface CellOptions {
  /** Source of the initial parameters. */
  readonly key: Key
  /** Whether there are biases. Default: true. */
  readonly bias?: boolean
  /** Draws the weights of the input, `[hidden, in]` for each gate. Default: uniform in ±1/√hidden, as in PyTorch. */
  readonly initializer?: Initializer
  /** Draws the weights of the hidden state, `[hidden, hidden]` for each gate. Default: uniform in ±1/√hidden. */
  readonly recurrentInitializer?: Initializer
  /** Draws the biases, `[hidden]` for each gate. Default: uniform in ±1/√hidden. */
  readonly biasInitializer?: Initializer
  /** Dtype of the parameters. Default: float32. */
  readonly dtype?: FloatDType
}

/** Options of the recurrent layers: `rnn`, `gru`, `lstm`. */
export interface RecurrentOptions<Both extends boolean = boolean, Rate extends number = number> extends CellOptions {
  /** How many layers, each of which takes the results of the one before. Default: 1. */
  readonly layers?: number
  /** Whether each layer also runs backwards; the results of both directions stand side by side. Default: false. */
  readonly bidirectional?: Both
  /** The rate of dropout between layers, not behind the last. Default: 0. */
  readonly dropout?: Rate
}

export const cellFields = {
  key: kinds.aKey,
  bias: kinds.flag,
  initializer: anInitializer,
  recurrentInitializer: anInitializer,
  biasInitializer: anInitializer,
  dtype: kinds.aFloatDType,
} satisfies Record<keyof CellOptions, Kind>

export const recurrentFields = {
  ...cellFields,
  layers: /* @__PURE__ */ kinds.integerFrom(1, 1000),
  bidirectional: kinds.flag,
  dropout: aRate,
} satisfies Record<keyof RecurrentOptions, Kind>

/** Fresh weights of one cell. Each gate is drawn by itself, because initializers look at the shape. */
export function freshCell(
  operation: string,
  { gates }: CellKind,
  inputs: number,
  hidden: number,
  options: CellOptions,
): CellWeights {
  const uniform = uniformInitializer(1 / Math.sqrt(hidden))
  const { key, bias = true, dtype = 'float32' } = options
  const { initializer = uniform, recurrentInitializer = uniform, biasInitializer = uniform } = options
  const [forInput, forState, forBias, forSecond] = splitKey(key, 4)
  for (const size of [inputs, hidden])
    checkValue(operation, kinds.aShape, [gates * hidden, size], 'the shape of its weights')
  const draw = (what: string, from: Initializer, own: Key, shape: readonly number[]): Tensor =>
    concat(splitKey(own, gates).map((each) => drawn(operation, what, from, each, shape, dtype)))
  return {
    weightIh: draw('initializer', initializer, forInput, [hidden, inputs]),
    weightHh: draw('recurrentInitializer', recurrentInitializer, forState, [hidden, hidden]),
    biasIh: bias ? draw('biasInitializer', biasInitializer, forBias, [hidden]) : null,
    biasHh: bias ? draw('biasInitializer', biasInitializer, forSecond, [hidden]) : null,
  }
}

/** Fresh weights of all layers and directions. */
export function freshLayers<Cell>(
  operation: string,
  kind: CellKind,
  inputs: number,
  hidden: number,
  options: RecurrentOptions,
  make: (weights: CellWeights) => Cell,
): Cell[][] {
  const { layers = 1, bidirectional = false, key } = options
  const directions = bidirectional ? 2 : 1
  return splitKey(key, layers).map((ofLayer, i) =>
    splitKey(ofLayer, directions).map((own) =>
      make(freshCell(operation, kind, i === 0 ? inputs : directions * hidden, hidden, { ...options, key: own })),
    ),
  )
}
