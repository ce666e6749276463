import type { Tensor } from '@cotangent/core'

/** Anything that can stand in a sequence: an object with `forward`, or a function of a tensor. */
export type Layer = { forward(x: any): Tensor } | ((x: any) => Tensor)

/** Layers applied one after another. */
export class Sequential {
  constructor(readonly layers: readonly Layer[]) {}

  forward(x: Tensor): Tensor {
    return this.layers.reduce((a, layer) => (typeof layer === 'function' ? layer(a) : layer.forward(a)), x)
  }
}

export const sequential = (...layers: Layer[]) => new Sequential(layers)
