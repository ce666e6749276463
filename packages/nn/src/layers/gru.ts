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

const kind: CellKind<GruCell> = {
  name: 'gru',
  gates: 3,
  parts: ['h'],
  // The reset gate multiplies the bias of the hidden state too.
  addsBiases: false,
  advance([h], input, recurrent) {
    const [ofReset, ofUpdate, ofNew] = split(input, 3, { axis: -1 })
    const [byReset, byUpdate, byNew] = split(recurrent, 3, { axis: -1 })
    const r = sigmoid(ofReset.add(byReset))
    const z = sigmoid(ofUpdate.add(byUpdate))
    const n = tanh(ofNew.add(r.mul(byNew)))
    return [n.add(z.mul(h.sub(n)))]
  },
}
const cellKind = { ...kind, name: 'gruCell' }

const constructorParameters = [
  /* @__PURE__ */ tensorOfRank(2, '[3 hidden, in], the weights of the input,'),
  /* @__PURE__ */ tensorOfRank(2, '[3 hidden, hidden], the weights of the hidden state,'),
  biasKind,
  biasKind,
]
const stepArguments = [/* @__PURE__ */ stateKind(kind.parts), kinds.aTensor]
const aCell: Kind = { expected: 'a GruCell', accepts: (value) => value instanceof GruCell }

/** One step of a gated recurrent unit (Cho et al. 2014, with the reset behind the product, as in PyTorch and cuDNN). */
export class GruCell<In extends number = number, Hidden extends number = number> {
  constructor(
    /** `[3 hidden, in]`: the reset gate, the update gate and the candidates, as in PyTorch. */
    readonly weightIh: Tensor<[number, In]>,
    /** `[3 hidden, hidden]`. */
    readonly weightHh: Tensor<[number, Hidden]>,
    /** `[3 hidden]`. */
    readonly biasIh: Tensor<[number]> | null,
    /** `[3 hidden]`. */
    readonly biasHh: Tensor<[number]> | null,
  ) {
    checkArguments('GruCell', constructorParameters, arguments)
    checkWeights('GruCell', kind, this)
  }

  /**
   * The hidden state after one step:
   *
   *     r = σ(a₀ + u₀),  z = σ(a₁ + u₁),  n = tanh(a₂ + r u₂),   a = x Wᵢₕᵀ + bᵢₕ,   u = h Wₕₕᵀ + bₕₕ
   *     h' = (1 - z) n + z h
   *
   * for `x: [...batch, in]` and `h: [...batch, hidden]`.
   */
  step<S extends Shape>(h: Tensor<S>, x: Tensor): Tensor<S> {
    checkArguments('gruCell', stepArguments, arguments)
    return runAs('gruCell', () => stepOf(cellKind, this, [h], x)[0], [h, x]) as Tensor<S>
  }
}

/** GRU layers along sequences. */
export class Gru<
  In extends number = number,
  Hidden extends number = number,
  Out extends number = Hidden,
  Rate extends number = 0,
> {
  declare readonly [shapes]?: SequenceShapes<In, Out>

  constructor(
    /** For each layer, a cell, or two for both directions. */
    readonly layers: readonly (readonly GruCell<number, Hidden>[])[],
    /** The rate of dropout between layers. */
    readonly dropout: Rate = 0 as Rate,
  ) {
    checkArguments('Gru', layersKind, arguments)
    checkStacked('Gru', kind, layers, aCell)
  }

  /**
   * The hidden states of the last layer for each step, from a state of zeros: `[...batch, length, in] -> [...batch,
   * length, out]`.
   */
  forward<S extends Shape>(
    x: Tensor<S> & Accepted<SequenceThrough<S, In, Out>>,
    ...[mode]: ModeIf<Rate>
  ): TensorOf<SequenceThrough<S, In, Out>> {
    checkArguments('gru', this.dropout > 0 ? modeArguments : layerArguments, arguments)
    return runAs('gru', () => runStacked(kind, this, x, { mode })[0], [x, this]) as TensorOf<
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
    checkArguments('gru', runArguments(kind.parts, this.dropout > 0), arguments)
    const { state, ...others } = options
    const run = () => {
      const [results, [h]] = runStacked(kind, this, x, { ...others, ...(state !== undefined && { state: [state] }) })
      return [results, h]
    }
    return runAs('gru', run, [x, options, this]) as any
  }
}

/**
 * GRU layers along sequences `[...batch, length, in]`, with fresh parameters: see `GruCell` for the equations, and
 * PyTorch's `GRU` with `batch_first=True`.
 *
 * @throws ValueError unless the sizes are positive integers, a key is given, and the initializers return tensors of the
 * requested shape and dtype.
 */
export function gru<
  const In extends number,
  const Hidden extends number,
  const Both extends boolean = false,
  const Rate extends number = 0,
>(
  inputs: In,
  hidden: Hidden,
  options: RecurrentOptions<Both, Rate>,
): Gru<In, Hidden, Both extends true ? Plus<Hidden, Hidden> : Hidden, Rate> {
  checkArguments('gru', [aLayerSize, aLayerSize, withKey(recurrentFields)], arguments)
  const { dropout = 0 } = options
  return new Gru(freshLayers('gru', kind, inputs, hidden, options, cellOf), dropout) as any
}

/**
 * A GRU cell with fresh parameters, for a loop of one's own: see `GruCell`.
 *
 * @throws ValueError as `gru` does.
 */
export function gruCell<const In extends number, const Hidden extends number>(
  inputs: In,
  hidden: Hidden,
  options: CellOptions,
): GruCell<In, Hidden> {
  checkArguments('gruCell', [aLayerSize, aLayerSize, withKey(cellFields)], arguments)
  return cellOf(freshCell('gruCell', kind, inputs, hidden, options))
}

function cellOf({ weightIh, weightHh, biasIh, biasHh }: CellWeights): GruCell<any, any> {
  return new GruCell(weightIh, weightHh, biasIh, biasHh)
}
