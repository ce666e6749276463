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

/**
 * The view through which each value is read. Chains of moves compose into one view where index arithmetic allows it.
 * Where it does not (a transposed matrix that is flattened, say), the inner value is materialized: it gets a buffer of
 * its own.
 */
export class Views {
  readonly #views: ValueView[] = []
  readonly #sources = new Map<ValueId, ValueView>()
  readonly #materialized = new Set<ValueId>()

  /** With `composes`, moves become views where that is possible; else each of them is computed. */
  constructor(
    private readonly values: readonly Value[],
    composes: boolean,
  ) {
    values.forEach((_, id) => (composes ? this.#read(id) : (this.#views[id] = this.#own(id))))
  }

  /** The view through which consumers read a value. */
  of(id: ValueId): ValueView {
    return this.#views[id]
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

  #read(id: ValueId): void {
    const value = this.values[id]
    const part = viewPart(value)
    this.#views[id] = this.#own(id)
    if (part === null) return
    const inner = value.definition.inputs[part.input]
    let found = compose(part.from, value.shape, this.values[inner].shape, this.#views[inner])
    if (found === null) {
      this.materialize(inner)
      found = { base: inner, ...part.from }
    }
    this.#sources.set(id, found)
    this.#views[id] = found
  }
}

interface Axis {
  readonly size: number
  /** Row-major stride in the value that is read through. */
  readonly row: number
  /** Stride in its base. */
  readonly stride: number
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
