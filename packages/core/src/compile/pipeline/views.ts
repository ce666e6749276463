import type { MovePart } from '../../kernels/work'
import { part } from '../../kernels/moves'
import { stridesOf } from '../../values/shape'
import type { Shape } from '../../types/shapes'
import type { Value, ValueId } from './ir'

/** A value read through index arithmetic: element `index` is element `offset + Σ index · strides` of `base`. */
export interface Reading {
  readonly base: ValueId
  readonly offset: number
  readonly strides: readonly number[]
}

/** The part of a move that fills its whole output in order, so that the move need not be executed. */
export function viewPart({ definition, shape }: Pick<Value, 'definition' | 'shape'>): MovePart | null {
  if (definition.kind !== 'move' || definition.parts.length !== 1) return null
  const [part] = definition.parts
  const isWhole = part.size.every(
    (size, axis) => size === shape[axis] && part.start[axis] === 0 && (part.step[axis] === 1 || size <= 1),
  )
  return isWhole ? part : null
}

/** A move of a value that reads it with other strides. */
export function moved(value: Value, id: ValueId, name: string, size: Shape, strides: readonly number[]): Value {
  return {
    ...value,
    name,
    shape: size,
    definition: { kind: 'move', parts: [part({ size, offset: 0, strides })], inputs: [id] },
  }
}

/**
 * How each value is read: through the moves that made it, as far as index arithmetic reaches. What it does not reach (the rows
 * of a transposed matrix laid end to end, say) is materialized: it becomes a base itself.
 */
export class Readings {
  readonly #readings: Reading[] = []
  readonly #contents = new Map<ValueId, Reading>()
  readonly #copied = new Set<ValueId>()

  /** With `reads`, moves are read through where that is possible. */
  constructor(
    private readonly values: readonly Value[],
    reads: boolean,
  ) {
    values.forEach((_, id) => (reads ? this.#read(id) : (this.#readings[id] = this.#own(id))))
  }

  /** Where users of a value read it. */
  of(id: ValueId): Reading {
    return this.#readings[id]
  }

  /** Of a move that is copied: where it reads what it copies. */
  contentOf(id: ValueId): Reading {
    return this.#contents.get(id)!
  }

  /** Whether a move, which could be read through, is copied into memory of its own. */
  isCopied(id: ValueId): boolean {
    return this.#copied.has(id)
  }

  /** Whether a value is computed: it is not merely read through a move. */
  isComputed(id: ValueId): boolean {
    return !this.#contents.has(id) || this.#copied.has(id)
  }

  /** Makes a value have its elements in memory, in order. Users that come later read them there. */
  materialize(id: ValueId): void {
    if (this.#contents.has(id)) this.#copied.add(id)
    this.#readings[id] = this.#own(id)
  }

  #own(id: ValueId): Reading {
    return { base: id, offset: 0, strides: stridesOf(this.values[id].shape) }
  }

  #read(id: ValueId): void {
    const value = this.values[id]
    const part = viewPart(value)
    this.#readings[id] = this.#own(id)
    if (part === null) return
    const inner = value.definition.inputs[part.input]
    let found = compose(part, value.shape, this.values[inner].shape, this.#readings[inner])
    if (found === null) {
      this.materialize(inner)
      found = { base: inner, offset: part.offset, strides: part.strides }
    }
    this.#contents.set(id, found)
    this.#readings[id] = found
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
 * A part that reads a value, which is itself read through strides, as one reading; null where that is impossible. The part's
 * row-major offsets are written as digits over the axes of the value: each stride must move along one axis, without carry.
 */
function compose(part: MovePart, shape: Shape, inner: Shape, through: Reading): Reading | null {
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

/** Axes that one stride can walk, joined; outermost first. */
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

/** Strides with which a reading of shape `from` is read as if it had the shape `to`: 0 along broadcast axes. */
export function broadcastReading(from: Shape, strides: readonly number[], to: Shape): number[] {
  const lead = to.length - from.length
  return to.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : strides[axis - lead]))
}
