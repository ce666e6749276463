import { Dense } from './layers/dense'
import { Sequential } from './layers/sequential'

/**
 * What PyTorch calls the parts of each layer: the table for `pytorchNames` of @cotangent/io. `nn.Linear` stores a
 * `Dense` as it is, and an `nn.Sequential` numbers its layers without a name between. `DenseTheta` has no
 * counterpart.
 */
export const pytorchLayers = [
  { layer: Dense, names: { weight: 'weight', bias: 'bias' } },
  { layer: Sequential, names: { layers: '' } },
] as const
