import { checkArguments, foldKey, type Key, type Kind, kinds, type Tensor } from '@cotangent/core'

/**
 * What a layer needs to know besides its input: whether the model is being trained, and a random key if it is. Layers
 * that behave differently in training, such as dropout, require it as the second argument of `forward`; layers of
 * layers hand it on. A mode holds no state: the same mode gives the same numbers.
 */
export type Mode = Training | Evaluating

/** The mode of a model that is being trained. Made by `training`. */
export class Training {
  readonly isTraining = true

  constructor(
    /** The key that was given to `training`. */
    readonly root: Key,
    /** The numbers that were folded into it, in order. */
    readonly path: readonly (number | Tensor)[] = [],
  ) {}

  /** The random key of the layer that gets this mode. */
  get key(): Key {
    return this.path.reduce<Key>((key, number) => foldKey(key, number), this.root)
  }

  /**
   * The same mode with another key: for layer number `number` of a layer, because layers that get one mode draw the
   * same numbers. It may be the counter of a loop.
   */
  fold(number: number | Tensor): Training {
    return new Training(this.root, [...this.path, number])
  }
}

/** The mode of a model that is used. Its only value is `evaluating`. */
export class Evaluating {
  readonly isTraining = false

  /** The mode itself. */
  fold(_number: number | Tensor): Evaluating {
    return this
  }
}

/** The mode of a model that is used: nothing is random, and running statistics are read. */
export const evaluating: Mode = /* @__PURE__ */ new Evaluating()

/**
 * The mode of a model that is being trained, with the random key of this step. Use a new key for each step, as in
 * `training(foldKey(k, step))`.
 */
export function training(key: Key): Training {
  checkArguments('training', [kinds.aKey], arguments)
  return new Training(key)
}

/** A mode. */
export const aMode: Kind = {
  expected: 'a mode, training(key) or evaluating,',
  accepts: (value) => value instanceof Training || value instanceof Evaluating,
  remedy: 'pass it behind the input: forward(x, training(key)) or forward(x, evaluating)',
  code: 'missing-mode',
}

/** Options of a call that hold the mode, which dropout requires. */
/* @__NO_SIDE_EFFECTS__ */
export function optionsWithMode(fields: Readonly<Record<string, Kind>>, needsMode: boolean): Kind {
  const all = { ...fields, mode: aMode }
  if (!needsMode) return kinds.options(all)
  const remedy = 'pass the mode, because there is dropout: { mode: training(key) } or { mode: evaluating }'
  return { ...kinds.options(all, ['mode']), remedy, code: 'missing-mode' }
}

/** The arguments of the `forward` of a layer: an input and, from layers of layers, a mode. */
export const layerArguments = [kinds.aTensor, /* @__PURE__ */ kinds.optional(aMode)]

/** The arguments of the `forward` of a layer that requires a mode. */
export const modeArguments = [kinds.aTensor, aMode]

/** The argument behind the input: required unless the dropout rate is 0. */
export type ModeIf<Rate extends number> = [Rate] extends [0] ? [mode?: Mode] : [mode: Mode]
