import { checkArguments, type Kind, kinds, type Plus, runAs, type Shape, tanh, type Tensor } from '@cotangent/core'
import { aLayerSize, anActivation, tensorOfRank, withKey } from '../kinds'
import { layerArguments, modeArguments, type ModeIf } from '../mode'
import type { Accepted, shapes, TensorOf } from '../shapes'
import { type Activation, activated } from './dense'
import {
  cellFields,
  type CellOptions,
  freshCell,
  freshLayers,
  recurrentFields,
  type RecurrentOptions,
} from './fresh-cells'
import {
  biasKind,
  type CellKind,
  type CellWeights,
  checkStacked,
  checkWeights,
  layersKind,
  runArguments,
  type RunOptionsFor,
  runStacked,
  type SequenceShapes,
  type SequenceThrough,
  stateKind,
  type StateThrough,
  stepOf,
} from './recurrence'

/** Options of `rnnCell`. */
export interface RnnCellOptions extends CellOptions {
  /** Applied to each new state: `tanh` or `relu`, for example. Default: `tanh`. */
  readonly activation?: Activation
}

/** Options of `rnn`. */
export interface RnnOptions<Both extends boolean = boolean, Rate extends number = number> extends RecurrentOptions<
  Both,
  Rate
> {
  /** Applied to each new state: `tanh` or `relu`, for example. Default: `tanh`. */
  readonly activation?: Activation
}

const kind: CellKind<RnnCell> = {
  name: 'rnn',
  gates: 1,
  parts: ['h'],
  addsBiases: true,
  advance: (_, input, recurrent, { activation }) => [activated('rnn', input.add(recurrent), activation)],
}
const cellKind = { ...kind, name: 'rnnCell' }

const constructorParameters = [
  /* @__PURE__ */ tensorOfRank(2, '[hidden, in], the weights of the input,'),
  /* @__PURE__ */ tensorOfRank(2, '[hidden, hidden], the weights of the hidden state,'),
  biasKind,
  biasKind,
  /* @__PURE__ */ kinds.optional(anActivation),
]
const stepArguments = [/* @__PURE__ */ stateKind(kind.parts), kinds.aTensor]
const aCell: Kind = { expected: 'an RnnCell', accepts: (value) => value instanceof RnnCell }

/** One step of an Elman network (Elman 1990). */
export class RnnCell<In extends number = number, Hidden extends number = number> {
  constructor(
    /** `[hidden, in]`. */
    readonly weightIh: Tensor<[number, In]>,
    /** `[hidden, hidden]`. */
    readonly weightHh: Tensor<[number, Hidden]>,
    /** `[hidden]`. */
    readonly biasIh: Tensor<[number]> | null,
    /** `[hidden]`. */
    readonly biasHh: Tensor<[number]> | null,
    readonly activation: Activation = tanh,
  ) {
    checkArguments('RnnCell', constructorParameters, arguments)
    checkWeights('RnnCell', kind, this)
  }

  /**
   * The hidden state after one step, `activation(x Wᵢₕᵀ + bᵢₕ + h Wₕₕᵀ + bₕₕ)`, for `x: [...batch, in]` and `h:
   * [...batch, hidden]`.
   */
  step<S extends Shape>(h: Tensor<S>, x: Tensor): Tensor<S> {
    checkArguments('rnnCell', stepArguments, arguments)
    return runAs('rnnCell', () => stepOf(cellKind, this, [h], x)[0], [h, x]) as Tensor<S>
  }
}

/** RNN layers along sequences. */
export class Rnn<
  In extends number = number,
  Hidden extends number = number,
  Out extends number = Hidden,
  Rate extends number = 0,
> {
  declare readonly [shapes]?: SequenceShapes<In, Out>

  constructor(
    /** For each layer, a cell, or two for both directions. */
    readonly layers: readonly (readonly RnnCell<number, Hidden>[])[],
    /** The rate of dropout between layers. */
    readonly dropout: Rate = 0 as Rate,
  ) {
    checkArguments('Rnn', layersKind, arguments)
    checkStacked('Rnn', kind, layers, aCell)
  }

  /**
   * The hidden states of the last layer for each step, from a state of zeros: `[...batch, length, in] -> [...batch,
   * length, out]`.
   */
  forward<S extends Shape>(
    x: Tensor<S> & Accepted<SequenceThrough<S, In, Out>>,
    ...[mode]: ModeIf<Rate>
  ): TensorOf<SequenceThrough<S, In, Out>> {
    checkArguments('rnn', this.dropout > 0 ? modeArguments : layerArguments, arguments)
    return runAs('rnn', () => runStacked(kind, this, x, { mode })[0], [x, this]) as TensorOf<
      SequenceThrough<S, In, Out>
    >
  }

  /**
   * What `forward` gives, and the hidden state after the last step of each layer and direction, `[layers · directions,
   * ...batch, hidden]`, as in PyTorch. It may be the option `state` of the next call.
   */
  run<S extends Shape>(
    x: Tensor<S> & Accepted<SequenceThrough<S, In, Out>>,
    ...[options = {}]: RunOptionsFor<Tensor<StateThrough<S, Hidden>>, Rate>
  ): [results: TensorOf<SequenceThrough<S, In, Out>>, state: Tensor<StateThrough<S, Hidden>>] {
    checkArguments('rnn', runArguments(kind.parts, this.dropout > 0), arguments)
    const { state, ...others } = options
    const run = () => {
      const [results, [h]] = runStacked(kind, this, x, { ...others, ...(state !== undefined && { state: [state] }) })
      return [results, h]
    }
    return runAs('rnn', run, [x, options, this]) as any
  }
}

/**
 * RNN layers along sequences `[...batch, length, in]`, with fresh parameters: see `RnnCell` for the equations, and
 * PyTorch's `RNN` with `batch_first=True`.
 *
 * @throws ValueError unless the sizes are positive integers, a key is given, and the initializers return tensors of the
 * requested shape and dtype.
 */
export function rnn<
  const In extends number,
  const Hidden extends number,
  const Both extends boolean = false,
  const Rate extends number = 0,
>(
  inputs: In,
  hidden: Hidden,
  options: RnnOptions<Both, Rate>,
): Rnn<In, Hidden, Both extends true ? Plus<Hidden, Hidden> : Hidden, Rate> {
  checkArguments('rnn', [aLayerSize, aLayerSize, withKey({ ...recurrentFields, activation: anActivation })], arguments)
  const { dropout = 0, activation } = options
  return new Rnn(freshLayers('rnn', kind, inputs, hidden, options, cellOf(activation)), dropout) as any
}

/**
 * An RNN cell with fresh parameters, for a loop of one's own: see `RnnCell`.
 *
 * @throws ValueError as `rnn` does.
 */
export function rnnCell<const In extends number, const Hidden extends number>(
  inputs: In,
  hidden: Hidden,
  options: RnnCellOptions,
): RnnCell<In, Hidden> {
  checkArguments('rnnCell', [aLayerSize, aLayerSize, withKey({ ...cellFields, activation: anActivation })], arguments)
  return cellOf(options.activation)(freshCell('rnnCell', kind, inputs, hidden, options))
}

function cellOf(activation: Activation | undefined) {
  return ({ weightIh, weightHh, biasIh, biasHh }: CellWeights): RnnCell<any, any> =>
    new RnnCell(weightIh, weightHh, biasIh, biasHh, activation)
}
