import { apply } from '../recording/apply'
import { castTo } from '../recording/cast'
import { constant, type Window } from '../recording/law'
import type { Contribution, Masked } from '../recording/mask'
import type { Node } from '../recording/node'
import type { Op, TensorType } from '../recording/op'
import { type Box, type Mask, Places } from '../recording/mask'
import { add } from '../ops/arithmetic'
import { broadcastTo, sumAxes, summedAxes } from '../ops/broadcasting'
import { and, notEqual, or, where } from '../ops/comparison'
import { ones, zeros } from '../ops/creation'
import { reshapeTo } from '../ops/movement'
import { sameShape, sizeOf } from '../values/shape'
import type { Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'
import { along, cut, intersection, isFull, maskOfBox, placed, union } from './boxes'

// null, in place of places or of a mask, means everywhere. A mask that is too large loses a structural zero, which can
// show up as NaN. A mask that is too small loses a derivative silently.

/** A derivative that can be nonzero everywhere. */
export function whole(value: Tensor): Masked {
  return { value, mask: null, clean: true }
}

/** Cleaned values, shared by all users of a derivative. */
const cleanedBefore = new WeakMap<Tensor, { readonly places: Places; readonly value: Tensor }>()

/** The result of a rule as a contribution. null stands for zero. */
export function given(value: Tensor | null): Contribution {
  return value === null ? null : whole(value)
}

/** The same derivative, with zeros where its mask is false. */
export function cleaned(given: Masked): Masked {
  if (given.clean || given.mask === null) return given
  const { places } = given.mask
  let found = cleanedBefore.get(given.value)
  if (found?.places !== places) {
    const { mask } = places
    found = { places, value: mask === null ? given.value : where(mask, given.value, 0) }
    cleanedBefore.set(given.value, found)
  }
  return { ...given, value: found.value, clean: true }
}

/** The sum of the derivatives that reach one tensor on two paths. */
export function sum(a: Masked, b: Masked): Masked {
  if (a.mask === b.mask) return { value: add(a.value, b.value), mask: a.mask, clean: a.clean && b.clean }
  return { value: add(cleaned(a).value, cleaned(b).value), mask: united(a.mask, b.mask), clean: true }
}

/** A mask without a soft part. */
export function hardMask(places: Places | null): Mask | null {
  return places && { places, hard: places }
}

/** A mask that applies up to the next contraction or sum over broadcast axes. */
export function softMask(places: Places): Mask {
  return { places, hard: null }
}

/** The union of two masks: the mask of a sum. */
export function united(a: Mask | null, b: Mask | null): Mask | null {
  if (a === null || b === null) return null
  const hard = a.hard && b.hard && either(a.hard, b.hard)
  if (a.places === a.hard && b.places === b.hard) return hardMask(hard)
  const places = either(a.places, b.places)
  return places && { places, hard }
}

/** The intersection of a mask and `places`. */
export function restricted(mask: Mask | null, places: Places): Mask {
  const hard = both(mask?.hard ?? null, places)
  return mask === null || mask.places === mask.hard
    ? { places: hard, hard }
    : { places: both(mask.places, places), hard }
}

/** `restricted`, with `places` as a soft part of the mask. */
export function restrictedSoftly(mask: Mask | null, places: Places): Mask {
  return { places: both(mask?.places ?? null, places), hard: mask?.hard ?? null }
}

/** The mask with `change` applied to its places. */
export function moved(mask: Mask | null, change: (places: Places) => Places | null): Mask | null {
  if (mask === null) return null
  const hard = mask.hard && change(mask.hard)
  if (mask.places === mask.hard) return hardMask(hard)
  const places = change(mask.places)
  return places && { places, hard }
}

/** `moved`, for an op that ends soft parts. */
export function movedHard(mask: Mask | null, change: (places: Places) => Places | null): Mask | null {
  const hard = mask?.hard ?? null
  return hard && hardMask(change(hard))
}

function both(a: Places | null, b: Places): Places {
  if (a === null || a === b) return b
  if (a.box && b.box) return placesOfBox(a.shape, () => intersection(a.box!, b.box!))
  return new Places(a.shape, () => {
    const [left, right] = [a.mask, b.mask]
    return left === null || right === null ? (left ?? right) : and(left, right)
  })
}

function either(a: Places, b: Places): Places | null {
  if (a === b) return a
  const box = a.box && b.box && union(a.box, b.box)
  if (box) return isFull(box) ? null : placesOfBox(a.shape, () => box)
  return new Places(a.shape, () => {
    const [left, right] = [a.mask, b.mask]
    return left === null || right === null ? null : or(left, right)
  })
}

/** The places where a boolean tensor is true, after broadcasting it to `shape`. */
export function placesOf(shape: Shape, make: () => Tensor): Places {
  return new Places(shape, () => broadcastTo(make(), shape))
}

/** The places of a box, which is computed lazily. */
export function placesOfBox(shape: Shape, box: () => Box): Places {
  const places: Places = new Places(shape, () => maskOfBox(shape, places.box!), { box })
  return places
}

/** The places after an operation on their mask. */
export function through(places: Places, shape: Shape, operation: (mask: Tensor) => Tensor): Places {
  return new Places(shape, () => places.mask && operation(places.mask))
}

/**
 * The places that a linear operation with non-negative coefficients reaches from `places` of a tensor of type `like`.
 */
export function reached(
  places: Places | null,
  like: Tensor,
  shape: Shape,
  operation: (counts: Tensor) => Tensor,
  crossing?: number,
): Places {
  const make = () => {
    const counts = places?.mask ? castTo(places.mask, like.dtype) : ones(like.shape, { dtype: like.dtype })
    return notEqual(operation(counts), 0)
  }
  return new Places(shape, make, crossing === undefined ? {} : { crossing })
}

/** The places, broadcast to `shape`. */
export function expanded(places: Places, shape: Shape): Places {
  return sameShape(places.shape, shape) ? places : through(places, shape, (mask) => broadcastTo(mask, shape))
}

/** The mask, broadcast to `shape`. */
export function spread(mask: Mask | null, shape: Shape): Mask | null {
  return moved(mask, (places) => expanded(places, shape))
}

/** The mask on one side of a window, given the mask on the other side. `change` moves places that are not a box. */
export function inWindow(
  window: Window,
  to: 'input' | 'output',
  mask: Mask | null,
  from: Shape,
  shape: Shape,
  change: (places: Places) => Places,
): Mask | null {
  if (sameShape(from, shape)) return mask
  const isPlaced = window.of === to
  if (mask === null) return isPlaced ? hardMask(placesOfBox(shape, () => placed(null, from, window, shape))) : null
  return moved(mask, (places) => {
    const { box } = places
    if (box === null) return change(places)
    return placesOfBox(shape, () => (isPlaced ? placed(box, from, window, shape) : cut(box, window, shape)))
  })
}

/**
 * The places of the output that a move fills from given places of the inputs. `given` has an element for each input in
 * which the op is linear: some places, all of them, or null for an input without a derivative.
 */
export function joined(
  { op, inputs, outputs, attributes }: Node,
  positions: readonly number[],
  given: readonly (Places | 'all' | null)[],
): Places {
  const { shape } = outputs[0]
  const dtypes = inputs.map(({ dtype }) => dtype)
  const infer: Op['infer'] = (masks, given) => {
    const types = masks.map(({ shape }, i) => ({ shape, dtype: dtypes[i] }))
    return { ...(op.infer(types, given) as TensorType), dtype: 'bool' }
  }
  const moving: Op = { ...op, infer, law: constant }
  const maskOf = (places: Places | 'all' | null | undefined, like: Shape) =>
    (places instanceof Places ? places.mask : null) ?? (places ? ones : zeros)(like, { dtype: 'bool' })
  const masks = () =>
    inputs.map((input, i) => (positions.includes(i) ? maskOf(given[positions.indexOf(i)], input.shape) : input))
  return new Places(shape, () => apply(moving, masks(), attributes))
}

/** The disjunction of places along `axes`, which are dropped; null if it is true everywhere. */
export function summed(places: Places, axes: readonly number[]): Places | null {
  if (places.crossing !== null && axes.includes(places.crossing)) return null
  const isLeft = (_: unknown, axis: number) => !axes.includes(axis)
  const shape = places.shape.filter(isLeft)
  const box = places.box && along(places.box, axes)?.filter(isLeft)
  if (box) return isFull(box) ? null : placesOfBox(shape, () => box)
  return through(places, shape, (mask) => notEqual(sumAxes(castTo(mask, 'int32'), { axes }), 0))
}

/** The disjunction of places along the axes along which `shape` was broadcast; null if it is true everywhere. */
export function any(places: Places, shape: Shape): Places | null {
  if (sameShape(places.shape, shape)) return places
  const axes = summedAxes(places.shape, shape)
  const total = summed(places, axes)
  return total && (sameShape(total.shape, shape) ? total : through(total, shape, (mask) => reshapeTo(mask, { shape })))
}

/**
 * All places of `shape` if any of the given places is true, none otherwise. This bounds the mask of any linear
 * operation.
 */
export function allOrNothing(places: Places, shape: Shape): Places | null {
  const one = any(places, [])
  return one && (sizeOf(shape) === 0 ? null : through(one, shape, (mask) => broadcastTo(mask, shape)))
}

/** The rows and columns of a matrix, or of a batch of matrices, that contain a true entry. */
export function linesOf(places: Places): { rows: Places | null; columns: Places | null } {
  const batch = places.shape.slice(0, -2)
  const [m, n] = places.shape.slice(-2)
  return { rows: any(places, [...batch, m, 1]), columns: any(places, [...batch, 1, n]) }
}

/** A column of places as a row, or a row of places as a column. */
export function turned(places: Places): Places {
  const [m, n] = places.shape.slice(-2)
  const shape = [...places.shape.slice(0, -2), n, m]
  return through(places, shape, (mask) => reshapeTo(mask, { shape }))
}

/** `x` with zeros outside the given rows or columns. */
export function kept(lines: Places | null, x: Tensor): Tensor {
  return lines?.mask ? where(lines.mask, x, 0) : x
}

/** The mask of the given rows or columns of a matrix of `shape`. */
export function inLines(lines: Places | null, shape: Shape): Mask | null {
  return lines?.mask ? hardMask(expanded(lines, shape)) : null
}
