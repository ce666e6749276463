import {
  checkArguments,
  type Kind,
  kinds,
  type Plus,
  runAs,
  type Shape,
  sigmoid,
  split,
  tanh,
  type Tensor,
} from '@cotangent/core'
import { aLayerSize, tensorOfRank, withKey } from '../kinds'
import { layerArguments, modeArguments, type ModeIf } from '../mode'
import type { Accepted, shapes, TensorOf } from '../shapes'
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

/** The state of an LSTM: the hidden state h, and the cell state c. */
export type LstmState<S extends Shape = any> = readonly [h: Tensor<S>, c: Tensor<S>]

const kind: CellKind<LstmCell> = {
  name: 'lstm',
  gates: 4,
  parts: ['h', 'c'],
  addsBiases: true,
  advance([, c], input, recurrent) {
    const [i, f, g, o] = split(input.add(recurrent), 4, { axis: -1 })
    const next: Tensor = sigmoid(f)
      .mul(c)
      .add(sigmoid(i).mul(tanh(g)))
    return [sigmoid(o).mul(tanh(next)), next]
  },
}
const cellKind = { ...kind, name: 'lstmCell' }

const constructorParameters = [
  /* @__PURE__ */ tensorOfRank(2, '[4 hidden, in], the weights of the input,'),
  /* @__PURE__ */ tensorOfRank(2, '[4 hidden, hidden], the weights of the hidden state,'),
  biasKind,
  biasKind,
]
const stepArguments = [/* @__PURE__ */ stateKind(kind.parts), kinds.aTensor]
const aCell: Kind = { expected: 'an LstmCell', accepts: (value) => value instanceof LstmCell }

/** One step of an LSTM (Hochreiter & Schmidhuber 1997), with a forget gate (Gers et al. 2000). */
export class LstmCell<In extends number = number, Hidden extends number = number> {
  constructor(
    /** `[4 hidden, in]`: the input gate, the forget gate, the candidates and the output gate, as in PyTorch. */
    readonly weightIh: Tensor<[number, In]>,
    /** `[4 hidden, hidden]`. */
    readonly weightHh: Tensor<[number, Hidden]>,
    /** `[4 hidden]`. */
    readonly biasIh: Tensor<[number]> | null,
    /** `[4 hidden]`. */
    readonly biasHh: Tensor<[number]> | null,
  ) {
    checkArguments('LstmCell', constructorParameters, arguments)
    checkWeights('LstmCell', kind, this)
  }

  /**
   * The state after one step:
   *
   *     i = σ(z₀),  f = σ(z₁),  g = tanh(z₂),  o = σ(z₃),   z = x Wᵢₕᵀ + bᵢₕ + h Wₕₕᵀ + bₕₕ
   *     c' = f c + i g,   h' = o tanh(c')
   *
   * for `x: [...batch, in]` and a state of two tensors `[...batch, hidden]`.
   */
  step<S extends Shape>(state: LstmState<S>, x: Tensor): LstmState<S> {
    checkArguments('lstmCell', stepArguments, arguments)
    return runAs('lstmCell', () => stepOf(cellKind, this, state, x), [state, x]) as unknown as LstmState<S>
  }
}

/** LSTM layers along sequences. */
export class Lstm<
  In extends number = number,
  Hidden extends number = number,
  Out extends number = Hidden,
  Rate extends number = 0,
> {
  declare readonly [shapes]?: SequenceShapes<In, Out>

  constructor(
    /** For each layer, a cell, or two for both directions. */
    readonly layers: readonly (readonly LstmCell<number, Hidden>[])[],
    /** The rate of dropout between layers. */
    readonly dropout: Rate = 0 as Rate,
  ) {
    checkArguments('Lstm', layersKind, arguments)
    checkStacked('Lstm', kind, layers, aCell)
  }

  /**
   * The hidden states h of the last layer for each step, from a state of zeros: `[...batch, length, in] -> [...batch,
   * length, out]`.
   */
  forward<S extends Shape>(
    x: Tensor<S> & Accepted<SequenceThrough<S, In, Out>>,
    ...[mode]: ModeIf<Rate>
  ): TensorOf<SequenceThrough<S, In, Out>> {
    checkArguments('lstm', this.dropout > 0 ? modeArguments : layerArguments, arguments)
    return runAs('lstm', () => runStacked(kind, this, x, { mode })[0], [x, this]) as TensorOf<
      SequenceThrough<S, In, Out>
    >
  }

  /**
   * What `forward` gives, and the state after the last step: h and c of each layer and direction, `[layers ·
   * directions, ...batch, hidden]`, as in PyTorch. It may be the option `state` of the next call.
   */
  run<S extends Shape>(
    x: Tensor<S> & Accepted<SequenceThrough<S, In, Out>>,
    ...[options = {}]: RunOptionsFor<LstmState<StateThrough<S, Hidden>>, Rate>
  ): [results: TensorOf<SequenceThrough<S, In, Out>>, state: LstmState<StateThrough<S, Hidden>>] {
    checkArguments('lstm', runArguments(kind.parts, this.dropout > 0), arguments)
    return runAs('lstm', () => runStacked(kind, this, x, options), [x, options, this]) as any
  }
}

/**
 * LSTM layers along sequences `[...batch, length, in]`, with fresh parameters: see `LstmCell` for the equations, and
 * PyTorch's `LSTM` with `batch_first=True`.
 *
 * @throws ValueError unless the sizes are positive integers, a key is given, and the initializers return tensors of the
 * requested shape and dtype.
 */
export function lstm<
  const In extends number,
  const Hidden extends number,
  const Both extends boolean = false,
  const Rate extends number = 0,
>(
  inputs: In,
  hidden: Hidden,
  options: RecurrentOptions<Both, Rate>,
): Lstm<In, Hidden, Both extends true ? Plus<Hidden, Hidden> : Hidden, Rate> {
  checkArguments('lstm', [aLayerSize, aLayerSize, withKey(recurrentFields)], arguments)
  const { dropout = 0 } = options
  return new Lstm(freshLayers('lstm', kind, inputs, hidden, options, cellOf), dropout) as any
}

/**
 * An LSTM cell with fresh parameters, for a loop of one's own: see `LstmCell`.
 *
 * @throws ValueError as `lstm` does.
 */
export function lstmCell<const In extends number, const Hidden extends number>(
  inputs: In,
  hidden: Hidden,
  options: CellOptions,
): LstmCell<In, Hidden> {
  checkArguments('lstmCell', [aLayerSize, aLayerSize, withKey(cellFields)], arguments)
  return cellOf(freshCell('lstmCell', kind, inputs, hidden, options))
}

function cellOf({ weightIh, weightHh, biasIh, biasHh }: CellWeights): LstmCell<any, any> {
  return new LstmCell(weightIh, weightHh, biasIh, biasHh)
}
