import { MultiHeadAttention } from './layers/attention'
import { Dense } from './layers/dense'
import { Gru, GruCell } from './layers/gru'
import { Lstm, LstmCell } from './layers/lstm'
import { Rnn, RnnCell } from './layers/rnn'
import { Sequential } from './layers/sequential'
import { TransformerBlock, TransformerDecoderBlock } from './layers/transformer'

const cell = { weightIh: 'weight_ih', weightHh: 'weight_hh', biasIh: 'bias_ih', biasHh: 'bias_hh' }

/** PyTorch numbers the weights of recurrent layers in their names: `weight_ih_l0_reverse`. */
const recurrent = {
  layers: ([layer, direction, property]: readonly (string | number)[]) =>
    `${cell[property as keyof typeof cell]}_l${layer}${Number(direction) === 1 ? '_reverse' : ''}`,
}

/**
 * What PyTorch calls the parts of each layer: the table for `pytorchNames` of @cotangent/io. `nn.Linear` stores a
 * `Dense` as it is, and an `nn.Sequential` numbers its layers without a name between. `DenseTheta` has no
 * counterpart.
 */
export const pytorchLayers = [
  { layer: Dense, names: { weight: 'weight', bias: 'bias' } },
  { layer: RnnCell, names: cell },
  { layer: GruCell, names: cell },
  { layer: LstmCell, names: cell },
  { layer: Rnn, names: recurrent },
  { layer: Gru, names: recurrent },
  { layer: Lstm, names: recurrent },
  {
    layer: MultiHeadAttention,
    names: {
      inWeight: 'in_proj_weight',
      inBias: 'in_proj_bias',
      outWeight: 'out_proj.weight',
      outBias: 'out_proj.bias',
    },
  },
  { layer: TransformerBlock, names: { attention: 'self_attn' } },
  { layer: TransformerDecoderBlock, names: { attention: 'self_attn', crossAttention: 'multihead_attn' } },
  { layer: Sequential, names: { layers: '' } },
] as const
