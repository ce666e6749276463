import { where } from '../ops/comparison'
import { stopGradient } from '../ops/identity'
import { gatherAt } from '../ops/indexing'
import { permuteAxes, reshapeTo } from '../ops/movement'
import { argmaxAxes } from '../ops/reduction'
import { castTo } from '../recording/cast'
import type { Batched } from '../recording/op'
import type { Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'

/** `where` for whole examples: `active` has one entry for each. */
export function select(active: Tensor, whereTrue: Tensor, whereFalse: Tensor): Tensor {
  const [size, ...shape] = whereTrue.shape as Shape
  const mask = reshapeTo(active, { shape: [size, ...shape.map(() => 1)] })
  return where(mask, whereTrue, whereFalse)
}

/**
 * A batch in which the first active example replaces those that are not active. What is computed from it stays within
 * the domain, and the cotangents of the replaced examples are zero. A mask would not do: it ends at sums and products,
 * where an infinite derivative of an example would become NaN for the tensors that all examples share.
 */
export function onlyActive(active: Tensor, x: Batched): Batched {
  const [size] = x.tensor.shape as Shape
  if (!x.isBatched || size === 0) return x
  const first = argmaxAxes(castTo(active, 'int32'), { axes: [0] })
  const replacement = stopGradient(gatherAt(x.tensor, first, { axis: 0, along: false, size }))
  return { tensor: select(active, x.tensor, replacement), isBatched: true }
}

/** Exchanges the first two axes, which are those of the examples and of the steps. */
export function exchangeFirst(x: Tensor): Tensor {
  const others = Array.from({ length: x.rank - 2 }, (_, i) => i + 2)
  return permuteAxes(x, { axes: [1, 0, ...others] })
}
