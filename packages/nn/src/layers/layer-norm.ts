import { checkArguments, ones, runAs, type Shape, type Tensor, zeros } from '@cotangent/core'
import type { FloatDType } from '../initializers'
import { normalized } from './normalization'

/** Normalizes each example by its mean and variance along the last axis. */
export class LayerNorm<Sizes extends Shape = number[]> {
  constructor(
    readonly weight: Tensor<Sizes>,
    readonly bias: Tensor<Sizes> | null,
    readonly epsilon = 1e-5,
  ) {}

  forward(x: Tensor): Tensor {
    return runAs('layerNorm', () => normalized(x, [x.rank - 1], this.epsilon).mul(this.weight as Tensor).add(this.bias as Tensor), [x]) // prettier-ignore
  }
}

export function layerNorm<const N extends number>(features: N, options: { epsilon?: number; dtype?: FloatDType } = {}): LayerNorm<[N]> {
  checkArguments('layerNorm', [{ expected: 'x', accepts: () => true }, { expected: 'x', accepts: () => true, isOptional: true }], arguments)
  const { epsilon, dtype = 'float32' } = options
  return new LayerNorm<[N]>(ones([features], { dtype }) as any, zeros([features], { dtype }) as any, epsilon)
}
