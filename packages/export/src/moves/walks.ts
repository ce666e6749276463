import { stridesOf } from '@cotangent/core/internal'

// Which axes of a tensor the axes of a view walk along.

/** A walk along an axis of a tensor: `count` positions, `step` apart. It is an axis of a view, or a piece of one. */
export interface Walk {
  readonly count: number
  readonly step: number
  /** The axis of the view. */
  readonly axis: number
  /** The positions of that axis that one position of this piece stands for. */
  readonly unit: number
}

/** An axis of a tensor, and the walks along it, all from position `start`. */
export interface WalkedAxis {
  readonly size: number
  readonly start: number
  readonly walks: readonly Walk[]
}

/** The largest position that walks from 0 reach together. */
export function reach(walks: readonly Walk[]): number {
  return walks.reduce((sum, { count, step }) => sum + (count - 1) * step, 0)
}

/**
 * The axes of a tensor of shape `shape` with the walks along each. The given steps are in elements, at least 1. An axis
 * whose end a walk crosses is merged with the axis before it, so neighbours may come out as one axis.
 */
export function walkedAxes(shape: readonly number[], walks: readonly Walk[], offset: number): WalkedAxis[] {
  const sizes = [...shape]
  for (;;) {
    const rows = stridesOf(sizes)
    const axisOf = (step: number) => sizes.findIndex((size, axis) => size > 1 && step % rows[axis] === 0)
    const axes = sizes.map((size, axis): WalkedAxis => {
      const own = walks.filter(({ step }) => axisOf(step) === axis)
      const start = Math.floor(offset / rows[axis]) % size
      return { size, start, walks: own.map((walk) => ({ ...walk, step: walk.step / rows[axis] })) }
    })
    const over = axes.findLastIndex((axis) => axis.start + reach(axis.walks) >= axis.size)
    if (over < 0) return axes
    sizes.splice(over - 1, 2, sizes[over - 1] * sizes[over])
  }
}

/** How an axis splits in two: the outer walks take multiples of `inside`, and the inner ones stay below it. */
export interface Nest {
  readonly inside: number
  /** Their steps are in units of `inside`. */
  readonly outer: readonly Walk[]
  readonly inner: readonly Walk[]
}

/** How the walks of an axis lie one inside the other; null if they overlap, as those of windows do. */
export function nestOf({ walks }: WalkedAxis): Nest | null {
  const steps = [...new Set(walks.map(({ step }) => step))].sort((a, b) => b - a)
  for (const inside of steps) {
    const outer = walks.filter(({ step }) => step % inside === 0)
    const inner = walks.filter(({ step }) => step % inside !== 0)
    if (inner.length > 0 && reach(inner) < inside)
      return { inside, outer: outer.map((walk) => ({ ...walk, step: walk.step / inside })), inner }
  }
  return null
}

/** The two axes that an axis splits into; null if its walks do not nest, or its size or start does not fit the nest. */
export function splitAxis(axis: WalkedAxis): readonly [WalkedAxis, WalkedAxis] | null {
  const nest = nestOf(axis)
  if (nest === null || axis.size % nest.inside !== 0) return null
  const { inside, outer, inner } = nest
  const start = axis.start % inside
  if (start + reach(inner) >= inside) return null
  return [
    { size: axis.size / inside, start: Math.floor(axis.start / inside), walks: outer },
    { size: inside, start, walks: inner },
  ]
}

/** A range of an axis, from `low` up to `limit`, and the zeros after it, that make the axis fit its nest. */
export function cutFor({ size, start }: WalkedAxis, { inside, outer }: Nest): Cut {
  const span = (reach(outer) + 1) * inside
  // Where the last turn of the nest crosses the end of the axis, it may begin earlier.
  const early = size - span
  if (start > early && early >= 0) return { low: early, limit: size, zeros: 0 }
  const limit = Math.min(size, start + span)
  return { low: start, limit, zeros: span - (limit - start) }
}

interface Cut {
  readonly low: number
  readonly limit: number
  readonly zeros: number
}

/**
 * The walks with a short one in two pieces, where a longer step is a multiple of its step and divides its length:
 * frames of 512 samples, 128 apart, are frames of 4 blocks of 128. The samples of a block then lie inside it.
 */
export function inBlocks(walks: readonly Walk[]): readonly Walk[] {
  for (const long of walks)
    for (const short of walks) {
      const size = long.step / short.step
      if (!Number.isInteger(size) || size === 1 || short.count <= size || short.count % size !== 0) continue
      const blocks = { ...short, count: short.count / size, step: long.step, unit: short.unit * size }
      const within = { ...short, count: size }
      return [...walks.filter((each) => each !== short), blocks, within].filter(({ count }) => count > 1)
    }
  return walks
}
