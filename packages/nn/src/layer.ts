import {
  checkArguments,
  checkValue,
  flattenFor,
  formatPath,
  type Kind,
  kinds,
  type Path,
  Tensor,
  ValueError,
} from '@cotangent/core'
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

/** A copy of a layer with other values of some fields. It keeps its class, and what a subclass adds. */
export function withFields<L extends object>(layer: L, fields: { readonly [K in keyof L]?: unknown }): L {
  return Object.assign(Object.create(Object.getPrototypeOf(layer) as object) as L, layer, fields)
}

const withNextState: Kind = {
  expected: 'a pair [result, layer]',
  accepts: (value) =>
    Array.isArray(value) && value.length === 2 && value[0] instanceof Tensor && value[1] !== undefined,
  remedy: 'return the result and the layer with its state after the call',
}

/**
 * Checks that a tensor at several places of layers is still one after a call that gave them a new state.
 *
 * @throws ValueError if a layer with state stands at several places, and each got a state of its own.
 */
export function checkOneState<L>(operation: string, before: L, after: L): L {
  const [old, next] = [before, after].map((layers) => flattenFor(operation, layers))
  const places = new Map<Tensor, Path>()
  old.select((leaf, path) => {
    const first = places.get(leaf)
    if (first === undefined) places.set(leaf, path)
    else if (next.at(first) !== next.at(path)) throw sharedState(operation, first, path)
    return true
  })
  return after
}

function sharedState(operation: string, first: Path, second: Path): ValueError {
  return new ValueError(
    'shared-state',
    `[${operation}] ${formatPath(first)} and ${formatPath(second)} are one tensor, but after this step there would be ` +
      'two, because a layer with state stands in two layers of layers; make a layer for each place, or put both places ' +
      'into one sequential(...)',
  )
}

/**
 * The result of a layer, and the layer with its state after this call: running statistics, for example. A layer without
 * state is returned as it is. For layers of layers; models are called with their own `forwardWithState`.
 */
export function forwardWithState<L>(layer: L, x: Tensor, mode: Mode): [result: Tensor, layer: L] {
  checkArguments('forwardWithState', [aLayer, ...modeArguments], arguments)
  if (isStateful(layer)) {
    const both = layer.forwardWithState(x, mode)
    checkValue('forwardWithState', withNextState, both, "the result of the layer's forwardWithState")
    return both as [Tensor, L]
  }
  return [applied('forwardWithState', layer as Layer, x, mode, 'the layer'), layer]
}
