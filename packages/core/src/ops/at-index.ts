import { ShapeError } from '../errors'
import { checkArguments, type Kind, named } from '../arguments/arguments'
import { runAs } from '../arguments/checked'
import { onTensor, operand, unify } from '../recording/operands'
import { formatShape, sameShape, sizeOf, stridesOf } from '../values/shape'
import type { Index, Indexed, IndicesByRank } from '../types/slices'
import type { Shape } from '../types/shapes'
import { Tensor } from '../values/tensor'
import { add, maximum, minimum } from './arithmetic'
import { broadcastTo } from './broadcasting'
import { where } from './comparison'
import { arange, ones } from './creation'
import { gatherAt, needIndices } from './indexing'
import { flipAxes, reshapeTo } from './movement'
import { type AxisWindow, checkCount, isRange, resolvePosition, resolveRange, wholeAxis } from './ranges'
import { addedAt, largestAt, needNumbers, type Places, reachedAt, replacedAt, smallestAt } from './scattering'
import { embed, windowed } from './slicing'

const anIndex = 'a position, a range [start, stop], int32 indices, or null for all of an axis'
const remedy = 'for a condition on elements use where(condition, value, x)'

function isIndex(value: unknown): boolean {
  return Number.isInteger(value) || isRange(value) || (value instanceof Tensor && value.dtype !== 'bool')
}

const indexKind: Kind = { expected: anIndex, accepts: isIndex, remedy }

const furtherIndices: Kind = { expected: anIndex, accepts: isIndex, remedy, isRest: true }

const valueKind = /* @__PURE__ */ named('value', operand)

/** An index of a tensor, taken apart. */
interface Selection {
  readonly windows: readonly AxisWindow[]
  /** Sizes behind the windows, without the axes that have a position. */
  readonly kept: Shape
  /** The axes of `kept` that tensors of indices select from: `count` from `first` on. */
  readonly first: number
  readonly tensors: readonly Tensor[]
}

function selectionOf(x: Tensor, index: readonly Index[]): Selection {
  checkCount('atIndex', 'indices', index.length, x)
  const shape = x.shape as Shape
  const windows = shape.map((size, axis) => {
    const each = index[axis] ?? null
    if (typeof each === 'number') return resolvePosition('atIndex', each, x, axis)
    return each instanceof Tensor ? wholeAxis(size) : resolveRange('atIndex', each, size, axis)
  })
  const left = [...shape.keys()].filter((axis) => typeof index[axis] !== 'number')
  const places = [...left.keys()].filter((at) => index[left[at]] instanceof Tensor)
  const tensors = places.map((at) => index[left[at]] as Tensor)
  for (const each of tensors) needIndices('atIndex', each)
  if (places.some((at, i) => at !== places[0] + i))
    throw new ShapeError(
      'index-apart',
      `[atIndex] expected tensors of indices along adjacent axes, got them along axes [${places.map((at) => left[at]).join(', ')}] of ${formatShape(shape)}; bring these together with moveAxis`,
    )
  return { windows, kept: left.map((axis) => windows[axis].size), first: places[0] ?? 0, tensors }
}

/** The axes that tensors select from as one axis, and the places in it. */
function placesOf({ kept, first, tensors }: Selection): { shape: Shape; picked: Shape; places: Places } {
  const sizes = kept.slice(first, first + tensors.length)
  const strides = stridesOf(sizes)
  // A look-up in `0, stride, 2 stride, ...` refuses an index that is out of range along its own axis.
  const indices =
    tensors.length === 1
      ? tensors[0]
      : tensors
          .map((each, k) => {
            const offsets = arange(0, sizes[k] * strides[k], strides[k] === 0 ? 1 : strides[k])
            return gatherAt(offsets, each, { axis: 0, along: false, size: sizes[k] })
          })
          .reduce((a, b) => add(a, b))
  const [before, after] = [kept.slice(0, first), kept.slice(first + tensors.length)]
  return {
    shape: [...before, sizeOf(sizes), ...after],
    picked: [...before, ...(indices.shape as Shape), ...after],
    places: { indices, attributes: { axis: first, along: false, size: sizeOf(sizes) } },
  }
}

/** `x` with `part` in its windows. */
function replaced(x: Tensor, { windows }: Selection, part: Tensor): Tensor {
  const shape = x.shape as Shape
  const sizes = windows.map(({ size }) => size)
  const reversed = windows.flatMap(({ isReversed }, axis) => (isReversed ? [axis] : []))
  const inOrder = reshapeTo(part, { shape: sizes })
  const turned = reversed.length === 0 ? inOrder : flipAxes(inOrder, { axes: reversed })
  const attributes = { start: windows.map(({ start }) => start), step: windows.map(({ step }) => step), shape }
  if (sameShape(sizes, shape)) return turned
  return where(embed(ones(sizes, { dtype: 'bool' }), attributes), embed(turned, attributes), x)
}

/** How a value changes the elements of a selection: all of them, or those at places. */
interface Change {
  whole(x: Tensor, value: Tensor): Tensor
  at(x: Tensor, value: Tensor, places: Places): Tensor
}

const changes = {
  set: { whole: (_, value) => value, at: replacedAt },
  add: { whole: (x, value) => add(x, value), at: addedAt },
  max: {
    whole: (x, value) => maximum(x, value),
    at: (x, value, places) =>
      where(reachedAt(x, value, places), maximum(x, largestAt(value, places.indices, places.attributes)), x),
  },
  min: {
    whole: (x, value) => minimum(x, value),
    at: (x, value, places) =>
      where(reachedAt(x, value, places), minimum(x, smallestAt(value, places.indices, places.attributes)), x),
  },
} satisfies Record<string, Change>

/** The elements of a tensor at an index, which can be read and changed. Changes make a new tensor. */
export class AtIndex<S extends Shape = any, Picked extends Shape = any> {
  readonly #x: Tensor
  readonly #index: readonly Index[]

  /** @internal Use `atIndex`. */
  constructor(x: Tensor, index: readonly Index[]) {
    this.#x = x
    this.#index = index
    selectionOf(x, index)
  }

  /** The elements. */
  get(): Tensor<Picked> {
    checkArguments('atIndex.get', [], arguments)
    return runAs('atIndex.get', () => this.#get(), [])
  }

  /** The tensor with `value` in place of the elements. Of several values for one element, the last one counts. */
  set(...given: readonly [value: Tensor | number]): Tensor<S> {
    return this.#change('set', given)
  }

  /** The tensor with `value` added to the elements. Several values for one element are all added. */
  add(...given: readonly [value: Tensor | number]): Tensor<S> {
    return this.#change('add', given)
  }

  /** The tensor with the larger of the element and the values for it. Ties share the derivative as in `maximum`. */
  max(...given: readonly [value: Tensor | number]): Tensor<S> {
    return this.#change('max', given)
  }

  /** The tensor with the smaller of the element and the values for it. Ties share the derivative as in `minimum`. */
  min(...given: readonly [value: Tensor | number]): Tensor<S> {
    return this.#change('min', given)
  }

  #get(): Tensor {
    const selection = selectionOf(this.#x, this.#index)
    const kept = reshapeTo(windowed(this.#x, selection.windows), { shape: selection.kept })
    if (selection.tensors.length === 0) return kept
    const { shape, places } = placesOf(selection)
    return gatherAt(reshapeTo(kept, { shape }), places.indices, places.attributes)
  }

  #change(name: keyof typeof changes, given: readonly unknown[]): Tensor {
    const operation = `atIndex.${name}`
    checkArguments(operation, [valueKind], given)
    return runAs(
      operation,
      (value: Tensor | number) => {
        const [x, update] = unify(operation, [this.#x, value], 'any')
        if (name === 'add') needNumbers(operation, x)
        const { whole, at }: Change = changes[name]
        const selection = selectionOf(x, this.#index)
        const kept = reshapeTo(windowed(x, selection.windows), { shape: selection.kept })
        if (selection.tensors.length === 0)
          return replaced(x, selection, whole(kept, broadcastTo(update, selection.kept)))
        const { shape, picked, places } = placesOf(selection)
        const changed = at(reshapeTo(kept, { shape }), broadcastTo(update, picked), places)
        return replaced(x, selection, changed)
      },
      given,
    )
  }
}

interface AtIndexSignature {
  <S extends Shape, const Indices extends IndicesByRank[S['length']]>(
    x: Tensor<S>,
    ...index: Indices
  ): AtIndex<S, Indexed<S, Indices>>
}

/**
 * The elements of `x` at an index, to read and to change: `atIndex(x, 0, [1, 3]).set(0)` is `x` with zeros in two
 * places of its first row. Along each axis stands a position, which drops the axis; a range `[start, stop, step]`; null
 * for the whole axis; or a tensor of int32 indices, whose axes replace it. Several tensors broadcast to each other and
 * pick one element each, as in NumPy: `atIndex(x, rows, columns)`. They must be along adjacent axes, after axes with a
 * position are dropped. The methods are `get`, `set`, `add`, `max` and `min`. A value broadcasts to the shape of
 * `get()`.
 *
 * @throws ValueError if a position or an index is out of range, or if there are more indices than axes; DTypeError if a
 * tensor of indices is not int32; ShapeError if tensors of indices are not adjacent, or if a value does not broadcast.
 */
export const atIndex = /* @__PURE__ */ onTensor<AtIndexSignature>(
  'atIndex',
  [operand, indexKind, furtherIndices],
  (x: Tensor, ...index: readonly Index[]): AtIndex => new AtIndex(x, index),
)
