import { MultiHeadAttention } from './layers/attention'
import { BatchNorm, RunningStatistics } from './layers/batch-norm'
import { Conv1d, Conv2d } from './layers/convolution'
import { Dense } from './layers/dense'
import { Embedding } from './layers/embedding'
import { GroupNorm } from './layers/group-norm'
import { Gru, GruCell } from './layers/gru'
import { LayerNorm, RmsNorm } from './layers/layer-norm'
import { Lstm, LstmCell } from './layers/lstm'
import { Rnn, RnnCell } from './layers/rnn'
import { Sequential } from './layers/sequential'
import { TransformerBlock, TransformerDecoderBlock } from './layers/transformer'
import { ConvTranspose1d, ConvTranspose2d } from './layers/transposed-convolution'

const weights = { weight: 'weight', bias: 'bias' } as const
const cell = { weightIh: 'weight_ih', weightHh: 'weight_hh', biasIh: 'bias_ih', biasHh: 'bias_hh' }

/** PyTorch numbers the weights of recurrent layers in their names: `weight_ih_l0_reverse`. */
const recurrent = {
  layers: ([layer, direction, property]: readonly (string | number)[]) =>
    `${cell[property as keyof typeof cell]}_l${layer}${Number(direction) === 1 ? '_reverse' : ''}`,
}

/**
 * What PyTorch calls the parts of each layer: the table for `pytorchNames` of @cotangent/io. `nn.Linear` stores a
 * `Dense` as it is, and so do the other layers; `nn.BatchNorm1d` and `2d` keep the statistics beside the weights. An
 * `nn.Sequential` numbers its layers without a name between, and counts those without parameters. `DenseTheta` and
 * `Residual` have no counterpart.
 */
export const pytorchLayers = [
  { layer: Dense, names: weights },
  { layer: Conv1d, names: weights },
  { layer: Conv2d, names: weights },
  { layer: ConvTranspose1d, names: weights },
  { layer: ConvTranspose2d, names: weights },
  { layer: LayerNorm, names: weights },
  { layer: RmsNorm, names: { weight: 'weight' } },
  { layer: GroupNorm, names: weights },
  { layer: BatchNorm, names: { ...weights, statistics: '' } },
  {
    layer: RunningStatistics,
    names: { mean: 'running_mean', variance: 'running_var', count: 'num_batches_tracked' },
  },
  { layer: Embedding, names: { weight: 'weight' } },
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
