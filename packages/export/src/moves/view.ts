import type { Strided } from '@cotangent/core'
import { Chain, fewSlices, formOf, type Link, type Windows } from './links'
import { cutFor, inBlocks, nestOf, reach, splitAxis, type Walk, type WalkedAxis, walkedAxes } from './walks'

type Shape = readonly number[]

/**
 * The links from a tensor of shape `shape` to its view of shape `size`, whose element `index` is the one at
 * `offset + Σ index · strides` in row-major order. Both have elements, and all places lie in the tensor.
 */
export function viewOf(shape: Shape, size: Shape, { offset, strides }: Strided): readonly Link[] {
  const moving = [...size.keys()].filter((axis) => size[axis] > 1 && strides[axis] !== 0)
  const walks = moving.map((axis) => ({ count: size[axis], step: Math.abs(strides[axis]), axis, unit: 1 }))
  const isReversed = (axis: number) => size[axis] > 1 && strides[axis] < 0
  const first = moving.reduce((sum, axis) => sum + Math.min(0, (size[axis] - 1) * strides[axis]), offset)
  const chain = new Chain(shape)
  const axes = apart(chain, walkedAxes(shape, walks, first))
  if (axes === null) return [{ kind: 'gather', before: shape, after: size, offset, strides }]
  chain.reverse([...axes.keys()].filter((at) => axes[at] !== null && isReversed(axes[at].axis)))
  arrange(chain, axes, size, (axis) => size[axis] > 1 && strides[axis] === 0)
  return chain.links
}

/** Brings each walk to an axis of its own, and drops what no walk reaches; null if that takes too many slices. */
function apart(chain: Chain, walked: readonly WalkedAxis[]): (Walk | null)[] | null {
  let axes = walked
  for (;;) {
    axes = axes.flatMap(split)
    chain.reshape(axes.map(({ size }) => size))
    axes = cut(chain, axes)
    const crowded = axes.findIndex(({ walks }) => walks.length > 1)
    if (crowded < 0) return axes.map(({ walks }) => walks[0] ?? null)
    if (axes.some((axis) => nestOf(axis) !== null)) continue
    const form = windowsOf(axes[crowded], crowded)
    if (form === null) return null
    const { windows, rows } = form
    if (windows !== null) chain.windows(windows)
    axes = axes.flatMap((axis, at) => (at === crowded ? rows : [axis]))
  }
}

/** An axis as several, each inside the one before. */
function split(axis: WalkedAxis): readonly WalkedAxis[] {
  const pair = splitAxis(axis)
  return pair === null ? [axis] : pair.flatMap(split)
}

/** Keeps of each axis what its walk reaches, or what lets it split. */
function cut(chain: Chain, axes: readonly WalkedAxis[]): readonly WalkedAxis[] {
  const cuts = axes.map((axis) => {
    const { size, start, walks } = axis
    const none = { low: 0, stride: 1, zeros: 0 }
    if (walks.length < 2) {
      const [walk] = walks
      const count = walk?.count ?? 1
      const own = { size: count, start: 0, walks: walks.map((each) => ({ ...each, step: 1 })) }
      return { ...none, low: start, count, stride: walk?.step ?? 1, axis: own }
    }
    const nest = nestOf(axis)
    if (nest === null) return { ...none, count: size, axis }
    const { low, limit, zeros } = cutFor(axis, nest)
    const count = limit - low
    return { low, stride: 1, count, zeros, axis: { size: count + zeros, start: start - low, walks } }
  })
  chain.slice(
    cuts.map(({ low }) => low),
    cuts.map(({ stride }) => stride),
    cuts.map(({ count }) => count),
  )
  chain.extend(cuts.map(({ zeros }) => zeros))
  return cuts.map(({ axis }) => axis)
}

/**
 * The windows of an axis whose walks overlap, one for each position of the shortest walk, and the axes that they
 * become; no windows if the walks only become shorter ones; null if there are too many.
 */
function windowsOf(axis: WalkedAxis, at: number): { windows: Windows | null; rows: readonly WalkedAxis[] } | null {
  const { start, walks } = axis
  const [shortest, ...others] = [...walks].sort((a, b) => a.count - b.count)
  const [other] = others
  const isRow = others.length === 1
  const row = isRow ? { length: other.count, stride: other.step } : { length: reach(others) + 1, stride: 1 }
  const windows = { axis: at, start, count: shortest.count, step: shortest.step, ...row }
  const pieces = shortest.count > fewSlices ? inBlocks(walks) : walks
  if (pieces !== walks) return { windows: null, rows: [{ ...axis, walks: pieces }] }
  if (formOf(windows) === null) return null
  return {
    windows,
    rows: [
      { size: shortest.count, start: 0, walks: [{ ...shortest, step: 1 }] },
      { size: row.length, start: 0, walks: isRow ? [{ ...other, step: 1 }] : others },
    ],
  }
}

/**
 * From axes with one walk each, or with one position, to the axes of the view: a permutation, then a reshape, then a
 * broadcast along the axes that repeat.
 */
function arrange(chain: Chain, axes: readonly (Walk | null)[], size: Shape, repeats: (axis: number) => boolean): void {
  const moving = axes.filter((walk) => walk !== null)
  const isSorted = moving.every((walk, i) => i === 0 || isBefore(moving[i - 1], walk))
  const order = isSorted ? [...axes.keys()] : sorted(axes, size)
  chain.transpose(order)
  const repeated = [...size.keys()].filter(repeats)
  if (repeated.length === 0) return chain.reshape(size)
  const kept = keptAxes(
    order.map((at) => axes[at]),
    size,
  )
  chain.reshape(kept.map((axis) => (repeats(axis) ? 1 : size[axis])))
  chain.broadcast(kept, size)
}

function isBefore(a: Walk, b: Walk): boolean {
  return a.axis < b.axis || (a.axis === b.axis && a.unit > b.unit)
}

/** The order in which the walks are those of the view. Axes of one position take the places of others, then the end. */
function sorted(axes: readonly (Walk | null)[], size: Shape): number[] {
  const free = [...axes.keys()].filter((at) => axes[at] === null)
  const order = size.flatMap((_, axis) => {
    const own = [...axes.keys()].filter((at) => axes[at]?.axis === axis)
    return own.length > 0 ? own.sort((a, b) => axes[b]!.unit - axes[a]!.unit) : free.splice(0, 1)
  })
  return [...order, ...free]
}

/** The axes of the view that the given ones are: those with a walk, and those that an axis of one position can be. */
function keptAxes(axes: readonly (Walk | null)[], size: Shape): number[] {
  let at = 0
  return [...size.keys()].filter((axis) => {
    if (!axes.some((walk) => walk?.axis === axis)) {
      if (at >= axes.length || axes[at] !== null) return false
      at++
      return true
    }
    while (axes[at] === null) at++
    while (axes[at]?.axis === axis) at++
    return true
  })
}
