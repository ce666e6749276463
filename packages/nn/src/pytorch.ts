import { BatchNorm, RunningStatistics } from './layers/batch-norm'
import { Conv1d, Conv2d } from './layers/convolution'
import { Dense } from './layers/dense'
import { Embedding } from './layers/embedding'
import { GroupNorm } from './layers/group-norm'
import { LayerNorm, RmsNorm } from './layers/layer-norm'
import { Sequential } from './layers/sequential'
import { ConvTranspose1d, ConvTranspose2d } from './layers/transposed-convolution'

const weights = { weight: 'weight', bias: 'bias' } as const

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
  { layer: Sequential, names: { layers: '' } },
] as const
