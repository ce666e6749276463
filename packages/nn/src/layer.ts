import { checkArguments, checkValue, type Kind, kinds, type Tensor } from '@cotangent/core'
import { type Mode, modeArguments } from './mode'
import type { Layer } from './shapes'

/** What can stand in a list of layers. */
export const aLayer: Kind = {
  expected: 'a layer (a function of one tensor, or an object with a forward method)',
  // A function that needs more than one argument, such as `dense` itself, can only make a layer.
  accepts: (value) =>
    kinds.aFunction.accepts(value)
      ? (value as () => unknown).length <= 1
      : typeof (value as { forward?: unknown } | null | undefined)?.forward === 'function',
  remedy: 'pass layers one by one, and call the functions that make them: sequential(dense(2, 3, { key }), sigmoid)',
  code: 'not-a-layer',
}

/** A layer with state, such as running statistics: its state after a step is part of a new layer. */
export interface StatefulLayer {
  forwardWithState(x: any, mode: any): [result: Tensor, layer: unknown]
}

const isStateful = (layer: unknown): layer is StatefulLayer =>
  typeof (layer as Partial<StatefulLayer> | null)?.forwardWithState === 'function'

/** The result of a layer. Errors name `operation`; `what` says which of its layers this is. */
export function applied(operation: string, layer: Layer, x: Tensor, mode: Mode | undefined, what: string): Tensor {
  const result = typeof layer === 'function' ? layer(x) : layer.forward(x, mode)
  checkValue(operation, kinds.aTensor, result, `the result of ${what}`)
  return result
}

/**
 * The result of a layer, and the layer with its state after this call: running statistics, for example. A layer without
 * state is returned as it is. For layers of layers; models are called with their own `forwardWithState`.
 */
export function forwardWithState<L>(layer: L, x: Tensor, mode: Mode): [result: Tensor, layer: L] {
  checkArguments('forwardWithState', [aLayer, ...modeArguments], arguments)
  if (isStateful(layer)) return layer.forwardWithState(x, mode) as [Tensor, L]
  return [applied('forwardWithState', layer as Layer, x, mode, 'the layer'), layer]
}
