import { checkArguments, checkValue, type Kind, kinds, type Tensor } from '@cotangent/core'
import type { Chain, InputOf, Layer, OutputOf } from './sequential-types'

const aLayer: Kind = {
  expected: 'a layer (a function of one tensor, or an object with a forward method)',
  // A function that needs more than one argument, such as `dense` itself, can only make a layer.
  accepts: (value) =>
    kinds.aFunction.accepts(value)
      ? (value as () => unknown).length <= 1
      : typeof (value as { forward?: unknown } | null | undefined)?.forward === 'function',
  remedy: 'pass layers one by one, and call the functions that make them: sequential(dense(2, 3, { key }), sigmoid)',
  code: 'not-a-layer',
}

// Not optional, because an undefined layer is a mistake.
const layerParameters = [{ .../* @__PURE__ */ kinds.rest(aLayer), isOptional: false }]
const listOfLayers = [/* @__PURE__ */ kinds.listOf(aLayer)]

/** Layers applied one after another. */
export class Sequential<L extends readonly unknown[] = readonly Layer[]> {
  constructor(readonly layers: L) {
    checkArguments('Sequential', listOfLayers, arguments)
  }

  /** The result of the last layer: `[batch, in] -> [batch, out]`. */
  forward<Batch extends number>(x: InputOf<L, Batch>): OutputOf<L, Batch> {
    checkArguments('sequential', [kinds.aTensor], arguments)
    const apply = (a: Tensor, layer: Layer, position: number) => {
      const result = typeof layer === 'function' ? layer(a) : layer.forward(a)
      checkValue('sequential', kinds.aTensor, result, `the result of layer ${position}`)
      return result
    }
    return (this.layers as readonly Layer[]).reduce(apply, x) as OutputOf<L, Batch>
  }
}

/**
 * Layers applied one after another: objects with a `forward` method, and functions such as activations. Sizes that
 * do not fit, such as `dense(784, 128)` before `dense(64, 10)`, do not compile.
 *
 * @throws ValueError if a layer is neither a function nor an object with a `forward` method.
 */
export function sequential<L extends readonly Layer[]>(
  ...layers: { [K in keyof L]: L[K] & Chain<L>[K & keyof Chain<L>] }
): Sequential<L> {
  checkArguments('sequential', layerParameters, arguments)
  return new Sequential(layers)
}
