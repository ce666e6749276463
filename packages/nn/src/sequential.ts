import { type Tensor, ValueError } from '@cotangent/core'
import type { Chain, InputOf, Layer, OutputOf } from './sequential-types'

/** Layers applied one after another. */
export class Sequential<L extends readonly unknown[] = readonly Layer[]> {
  constructor(readonly layers: L) {}

  /** The last layer's result: `[batch, in] -> [batch, out]`. */
  forward<Batch extends number>(x: InputOf<L, Batch>): OutputOf<L, Batch> {
    const apply = (a: Tensor, layer: Layer) => (typeof layer === 'function' ? layer(a) : layer.forward(a))
    return (this.layers as readonly Layer[]).reduce(apply, x) as OutputOf<L, Batch>
  }
}

/**
 * Layers applied one after another: objects with a `forward` method, and functions such as activations. Sizes that do not
 * fit, `dense(784, 128)` before `dense(64, 10)`, do not compile.
 *
 * @throws ValueError where something is neither a function nor has a `forward` method.
 */
export function sequential<L extends readonly Layer[]>(
  ...layers: { [K in keyof L]: L[K] & Chain<L>[K & keyof Chain<L>] }
): Sequential<L> {
  const list = layers as unknown as readonly Partial<{ forward: unknown }>[]
  const odd = list.findIndex((layer) => typeof layer !== 'function' && typeof layer?.forward !== 'function')
  if (odd >= 0)
    throw new ValueError('not-a-layer', `[sequential] layer ${odd} is neither a function nor has a forward method`)
  return new Sequential(layers as unknown as L)
}
