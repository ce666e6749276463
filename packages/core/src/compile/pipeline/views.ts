import type { Digit } from '../../kernels/schedule'
import type { MovePart, Strided } from '../../kernels/work'
import { isInOrder, reading } from '../../kernels/moves'
import { stridesOf } from '../../values/shape'
import type { Shape } from '../../types/shapes'
import type { Value, ValueId } from './ir'

/** A strided view: element `index` is element `offset + Σ index · strides` of `base`. */
export interface ValueView {
  readonly base: ValueId
  readonly offset: number
  readonly strides: readonly number[]
}

/**
 * The single part of a move that is a strided view of its input, so that nothing needs to be copied; null for other
 * moves.
 */
export function viewPart({ definition, shape }: Pick<Value, 'definition' | 'shape'>): MovePart | null {
  if (definition.kind !== 'move' || definition.parts.length !== 1) return null
  const [part] = definition.parts
  return isInOrder(part, shape) ? part : null
}

/** A strided view of a value, as a move. */
export function moved(value: Value, id: ValueId, name: string, size: Shape, strides: readonly number[]): Value {
  return {
    ...value,
    name,
    shape: size,
    definition: { kind: 'move', parts: [reading(size, { strides })], inputs: [id] },
  }
}

/** A view of which each axis consists of parts, the slowest first. */
interface PartedView {
  readonly base: ValueId
  readonly offset: number
  readonly axes: readonly (readonly Digit[])[]
}

/**
 * The view through which each value is read. Chains of moves compose into one view where index arithmetic allows it.
 * Where it does not (a transposed matrix that is flattened, say), the inner value is materialized: it gets a buffer of
 * its own.
 */
export class Views {
  readonly #views: ValueView[] = []
  readonly #sources = new Map<ValueId, ValueView>()
  readonly #materialized = new Set<ValueId>()
  /** Views that one stride an axis does not describe. */
  readonly #parted = new Map<ValueId, PartedView>()

  /**
   * With `composes`, moves become views where that is possible; else each of them is computed. Those in `matrices` may
   * be views of several strides an axis.
   */
  constructor(
    private readonly values: readonly Value[],
    composes: boolean,
    private readonly matrices: ReadonlySet<ValueId>,
  ) {
    values.forEach((_, id) => (composes ? this.#read(id) : (this.#views[id] = this.#own(id))))
  }

  /** The view through which consumers read a value. */
  of(id: ValueId): ValueView {
    return this.#views[id]
  }

  /** The parts of the last two axes of a matrix, where one stride each does not describe them. */
  digitsOf(id: ValueId): readonly [rows: readonly Digit[], columns: readonly Digit[]] | undefined {
    const axes = this.#parted.get(id)?.axes
    return axes && [axes[axes.length - 2], axes[axes.length - 1]]
  }

  /** For a materialized move: the view that it copies. */
  sourceOf(id: ValueId): ValueView {
    return this.#sources.get(id)!
  }

  /** Whether a move that could be a view is copied into a buffer of its own. */
  isMaterialized(id: ValueId): boolean {
    return this.#materialized.has(id)
  }

  /** Whether a value is computed, rather than being a view of another one. */
  isComputed(id: ValueId): boolean {
    return !this.#sources.has(id) || this.#materialized.has(id)
  }

  /** Gives a value a contiguous buffer of its own. Later consumers read it there. */
  materialize(id: ValueId): void {
    if (this.#sources.has(id)) this.#materialized.add(id)
    this.#views[id] = this.#own(id)
  }

  #own(id: ValueId): ValueView {
    return { base: id, offset: 0, strides: stridesOf(this.values[id].shape) }
  }

  /** The view of a matrix whose axes consist of parts; the other axes must not. */
  #partedView(part: Strided, shape: Shape, inner: ValueId): PartedView | null {
    const { base, offset, strides } = this.#views[inner]
    const plain = {
      base,
      offset,
      axes: this.values[inner].shape.map((size, axis) => [{ size, stride: strides[axis] }]),
    }
    const found = composeParts(part, shape, this.#parted.get(inner) ?? plain)
    return found?.axes.slice(0, -2).every((digits) => digits.length === 1) ? found : null
  }

  /** Makes a plain view of one whose axes consist of parts, by a buffer for what it reads. */
  #withoutParts(id: ValueId): void {
    this.#parted.delete(id)
    const value = this.values[id]
    const part = viewPart(value)!
    const inner = value.definition.inputs[part.input]
    if (this.#parted.has(inner)) this.#withoutParts(inner)
    this.materialize(inner)
    this.#sources.set(id, { base: inner, ...part.from })
  }

  #read(id: ValueId): void {
    const value = this.values[id]
    const part = viewPart(value)
    this.#views[id] = this.#own(id)
    if (part === null) return
    const inner = value.definition.inputs[part.input]
    const isParted = this.#parted.has(inner)
    let found = isParted ? null : compose(part.from, value.shape, this.values[inner].shape, this.#views[inner])
    const parted = found === null && this.matrices.has(id) ? this.#partedView(part.from, value.shape, inner) : null
    if (parted !== null) {
      this.#parted.set(id, parted)
      const { base, offset, axes } = parted
      // The number of no stride: the view is never mistaken for one of a loop.
      found = { base, offset, strides: axes.map((digits) => (digits.length === 1 ? digits[0].stride : NaN)) }
    }
    if (found === null) {
      if (isParted) this.#withoutParts(inner)
      this.materialize(inner)
      found = { base: inner, ...part.from }
    }
    this.#sources.set(id, found)
    this.#views[id] = found
  }
}

interface Axis extends Digit {
  /** Row-major stride in the value that is read through. */
  readonly row: number
}

/**
 * Composes a view of a view into one; null if that is impossible. The row-major offsets of the outer view are
 * decomposed into digits over the axes of the inner value. Each stride must move along one of these axes, without a
 * carry.
 */
function compose(part: Strided, shape: Shape, inner: Shape, through: ValueView): ValueView | null {
  if (inner.includes(0) || shape.includes(0)) return null
  const axes = joined(inner, through.strides)
  const digits = axes.map(({ size, row }) => Math.floor(part.offset / row) % size)
  const lowest = [...digits]
  const highest = [...digits]
  const strides: number[] = []
  for (let axis = 0; axis < shape.length; axis++) {
    const stride = part.strides[axis]
    if (stride === 0 || shape[axis] === 1) {
      strides.push(0)
      continue
    }
    const at = axes.findIndex(({ size, row }) => Math.abs(stride) % row === 0 && Math.abs(stride) < row * size)
    if (at < 0) return null
    const steps = stride / axes[at].row
    if (steps > 0) highest[at] += steps * (shape[axis] - 1)
    else lowest[at] += steps * (shape[axis] - 1)
    strides.push(steps * axes[at].stride)
  }
  if (axes.some(({ size }, at) => lowest[at] < 0 || highest[at] >= size)) return null
  const offset = axes.reduce((sum, { stride }, at) => sum + digits[at] * stride, through.offset)
  return { base: through.base, offset, strides }
}

/**
 * Composes a view of a view whose axes consist of parts; null if that is impossible. An axis of the outer view may
 * walk through several parts of the inner one, if it takes them as a whole.
 */
function composeParts(part: Strided, shape: Shape, inner: PartedView): PartedView | null {
  if (shape.includes(0)) return null
  const digits = inner.axes.flat()
  const sizes = digits.map(({ size }) => size)
  if (sizes.includes(0)) return null
  const axes = joined(
    sizes,
    digits.map(({ stride }) => stride),
  )
  const start = axes.map(({ size, row }) => Math.floor(part.offset / row) % size)
  const [lowest, highest] = [[...start], [...start]]
  const found = shape.map((size, axis) => walk(size, part.strides[axis], axes, lowest, highest))
  if (found.includes(null) || axes.some(({ size }, at) => lowest[at] < 0 || highest[at] >= size)) return null
  const offset = axes.reduce((sum, { stride }, at) => sum + start[at] * stride, inner.offset)
  return { base: inner.base, offset, axes: found as Digit[][] }
}

/** The parts of an axis of elements that are `stride` apart in row-major order; null if it is not made of parts. */
function walk(
  size: number,
  stride: number,
  axes: readonly Axis[],
  lowest: number[],
  highest: number[],
): readonly Digit[] | null {
  if (stride === 0 || size === 1) return [{ size, stride: 0 }]
  let at = axes.findIndex(({ size, row }) => Math.abs(stride) % row === 0 && Math.abs(stride) < row * size)
  if (at < 0) return null
  const steps = stride / axes[at].row
  const last = lowest[at] + steps * (size - 1)
  if (last >= 0 && last < axes[at].size) {
    if (steps > 0) highest[at] += steps * (size - 1)
    else lowest[at] += steps * (size - 1)
    return [{ size, stride: steps * axes[at].stride }]
  }
  // It carries: from the first to the last element of each part, outwards.
  const digits: Digit[] = []
  let rest = size
  for (let step = steps; rest > 1; at--, step = 1) {
    if (at < 0 || step < 1 || axes[at].size % step !== 0) return null
    const count = Math.min(rest, axes[at].size / step)
    if (rest % count !== 0) return null
    highest[at] += step * (count - 1)
    digits.unshift({ size: count, stride: step * axes[at].stride })
    rest /= count
  }
  return digits
}

/** The axes, outermost first, with those merged that one stride covers. */
function joined(shape: Shape, strides: readonly number[]): Axis[] {
  const rows = stridesOf(shape)
  const axes: Axis[] = []
  shape.forEach((size, axis) => {
    const last = axes.at(-1)
    if (size === 1) return
    const next = { size, row: rows[axis], stride: strides[axis] }
    if (last?.stride === strides[axis] * size) axes[axes.length - 1] = { ...next, size: last.size * size }
    else axes.push(next)
  })
  return axes
}

/** The strides of a view of shape `from` broadcast to the shape `to`: 0 along broadcast axes. */
export function broadcastView(from: Shape, strides: readonly number[], to: Shape): number[] {
  const lead = to.length - from.length
  return to.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : strides[axis - lead]))
}
