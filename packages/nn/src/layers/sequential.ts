import { checkArguments, kinds, type Shape, type Tensor } from '@cotangent/core'
import { aLayer, applied, checkOneState, forwardWithState, withFields } from '../layer'
import { layerArguments, type Mode, modeArguments } from '../mode'
import type { Accepted, Chain, Layer, ModeFor, ShapeFunction, shapes, TensorOf, ThroughAll } from '../shapes'

// Not optional, because an undefined layer is a mistake.
const layerParameters = [{ .../* @__PURE__ */ kinds.rest(aLayer), isOptional: false }]
const listOfLayers = [/* @__PURE__ */ kinds.listOf(aLayer)]

/** The shapes of layers one after another. */
export interface SequentialShapes<L extends readonly unknown[]> extends ShapeFunction {
  readonly result: ThroughAll<L, this['given']>
}

/** Layers applied one after another. */
export class Sequential<L extends readonly unknown[] = readonly Layer[]> {
  declare readonly [shapes]?: SequentialShapes<L>

  constructor(readonly layers: L) {
    checkArguments('Sequential', listOfLayers, arguments)
  }

  /** The result of the last layer. Layer i gets the mode `mode.fold(i)`. */
  forward<S extends Shape>(
    x: Tensor<S> & Accepted<ThroughAll<L, S>>,
    ...[mode]: ModeFor<L>
  ): TensorOf<ThroughAll<L, S>> {
    checkArguments('sequential', layerArguments, arguments)
    const apply = (a: Tensor, layer: Layer, i: number) => applied('sequential', layer, a, mode?.fold(i), `layer ${i}`)
    return (this.layers as readonly Layer[]).reduce(apply, x) as TensorOf<ThroughAll<L, S>>
  }

  /** The result of the last layer, and the layers with their state after this call. */
  forwardWithState<S extends Shape>(
    x: Tensor<S> & Accepted<ThroughAll<L, S>>,
    mode: Mode,
  ): [result: TensorOf<ThroughAll<L, S>>, layer: Sequential<L>] {
    checkArguments('sequential', modeArguments, arguments)
    // A layer that stands at two places has one state.
    const latest = new Map<unknown, unknown>()
    let result: Tensor = x
    this.layers.forEach((layer, i) => {
      const [y, next] = forwardWithState(latest.get(layer) ?? layer, result, mode.fold(i))
      latest.set(layer, next)
      result = y
    })
    const layers = this.layers.map((layer) => latest.get(layer))
    const after = checkOneState<Sequential<L>>('sequential', this, withFields<Sequential<L>>(this, { layers }))
    return [result as TensorOf<ThroughAll<L, S>>, after]
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
