import { sizeOf } from '@cotangent/core/internal'
import type { StepList } from './steps'

// A view of a tensor as a chain of links, each a linear map. A chain that is walked backwards, link by link transposed,
// writes to the places that the view reads.

type Shape = readonly number[]

/** Windows of an axis. Element `[i, j]` of the two axes that take its place is element `start + i·step + j·stride`. */
export interface Windows {
  readonly axis: number
  readonly start: number
  readonly count: number
  readonly step: number
  readonly length: number
  readonly stride: number
}

/** What a link does to a tensor of shape `before`. */
export type Link = { readonly before: Shape; readonly after: Shape } & (
  | { readonly kind: 'reshape' }
  | { readonly kind: 'transpose'; readonly permutation: readonly number[] }
  | { readonly kind: 'reverse'; readonly axes: readonly number[] }
  | { readonly kind: 'broadcast'; readonly axes: readonly number[] }
  | {
      readonly kind: 'slice'
      readonly starts: readonly number[]
      readonly strides: readonly number[]
    }
  /** Zeros after the end of axes. */
  | { readonly kind: 'extend'; readonly high: readonly number[] }
  | ({ readonly kind: 'windows' } & Windows)
  /** Any strided places, in row-major order of `before`. */
  | { readonly kind: 'gather'; readonly offset: number; readonly strides: readonly number[] }
)

/** Windows of which there are at most so many are one slice each. */
export const fewSlices = 16

/** Windows are slices up to this number where repeating the axis would take too many elements. */
const mostSlices = 64

/** Repeating an axis takes at most this many times the elements of the windows. */
const mostRepeated = 8

/** The elements along an axis that is repeated for each window: see `repeated`. */
function repeatedSize({ count, step, length, stride }: Windows): number {
  return count * (count * step + (length - 1) * stride + 1)
}

/** Whether windows are to be slices, or rows of a repeated axis; null if they are too many for both. */
export function formOf(windows: Windows): 'slices' | 'rows' | null {
  const { count, length } = windows
  if (count <= fewSlices) return 'slices'
  if (repeatedSize(windows) <= mostRepeated * count * length) return 'rows'
  return count <= mostSlices ? 'slices' : null
}

const whole = (shape: Shape) => ({ starts: shape.map(() => 0), limits: [...shape], strides: shape.map(() => 1) })

/** `list` with other entries from `at` on. */
const replaced = (list: readonly number[], at: number, remove: number, ...entries: number[]) => {
  const result = [...list]
  result.splice(at, remove, ...entries)
  return result
}

/** A tensor that a chain of links reads from `x`. */
export function read(steps: StepList, links: readonly Link[], x: number): number {
  return links.reduce((at, link) => readLink(steps, link, at), x)
}

function readLink(steps: StepList, link: Link, x: number): number {
  switch (link.kind) {
    case 'reshape':
      return steps.reshape(x, link.after)
    case 'transpose':
      return steps.transpose(x, link.permutation)
    case 'reverse':
      return steps.reverse(x, link.axes)
    case 'broadcast':
      return steps.broadcast(x, link.axes, link.after)
    case 'slice':
      return steps.slice(x, link.starts, limitsOf(link), link.strides)
    case 'extend': {
      const none = link.high.map(() => 0)
      return steps.pad(x, none, link.high, none)
    }
    case 'windows':
      return readWindows(steps, link, x)
    case 'gather':
      return steps.gather(steps.reshape(x, [sizeOf(link.before)]), link.after, link.offset, link.strides)
  }
}

/** Zeros to which the elements of `x` are added at the places that a chain reads: the transpose of `read`. */
export function write(steps: StepList, links: readonly Link[], x: number): number {
  return links.reduceRight((at, link) => writeLink(steps, link, at), x)
}

function writeLink(steps: StepList, link: Link, x: number): number {
  switch (link.kind) {
    case 'reshape':
      return steps.reshape(x, link.before)
    case 'transpose':
      return steps.transpose(
        x,
        link.permutation.map((_, axis) => link.permutation.indexOf(axis)),
      )
    case 'reverse':
      return steps.reverse(x, link.axes)
    case 'broadcast': {
      const isKept = (_: unknown, axis: number) => {
        const own = link.axes.indexOf(axis)
        return own >= 0 && link.before[own] === link.after[axis]
      }
      const summed = [...link.after.keys()].filter((axis) => !isKept(null, axis))
      return steps.reshape(steps.reduceSum(x, summed), link.before)
    }
    case 'slice':
      return steps.pad(
        x,
        link.starts,
        link.before.map((size, axis) => size - limitsOf(link)[axis]),
        link.strides.map((stride) => stride - 1),
      )
    case 'extend': {
      const { starts, strides } = whole(link.before)
      return steps.slice(x, starts, link.before, strides)
    }
    case 'windows':
      return writeWindows(steps, link, x)
    case 'gather':
      return steps.reshape(steps.scatterAdd(x, sizeOf(link.before), link.offset, link.strides), link.before)
  }
}

/** The position after the last one that a slice keeps. */
function limitsOf({ after, starts, strides }: Link & { readonly kind: 'slice' }): number[] {
  return starts.map((start, axis) => start + (after[axis] - 1) * strides[axis] + 1)
}

/** The first position of window `i`, and the position after its last one. */
function rangeOf({ start, step, length, stride }: Windows, i: number): readonly [number, number] {
  return [start + i * step, start + i * step + (length - 1) * stride + 1]
}

function readWindows(steps: StepList, link: Link & Windows, x: number): number {
  const { axis, count, stride, before, after } = link
  if (formOf(link) === 'rows') return read(steps, repeated(link), x)
  const { starts, limits, strides } = whole(before)
  const slices = Array.from({ length: count }, (_, i) => {
    const [low, limit] = rangeOf(link, i)
    return steps.slice(
      x,
      replaced(starts, axis, 1, low),
      replaced(limits, axis, 1, limit),
      replaced(strides, axis, 1, stride),
    )
  })
  return steps.reshape(steps.concat(slices, axis), after)
}

function writeWindows(steps: StepList, link: Link & Windows, x: number): number {
  const { axis, count, length, stride, before, after } = link
  if (formOf(link) === 'rows') return write(steps, repeated(link), x)
  const none = before.map(() => 0)
  const rows = steps.reshape(x, replaced(after, axis, 2, count * length))
  const { starts, limits, strides } = whole(steps.shapeOf(rows))
  const pieces = Array.from({ length: count }, (_, i) => {
    const [low, limit] = rangeOf(link, i)
    const [from, to] = [replaced(starts, axis, 1, i * length), replaced(limits, axis, 1, (i + 1) * length)]
    return steps.pad(
      steps.slice(rows, from, to, strides),
      replaced(none, axis, 1, low),
      replaced(none, axis, 1, before[axis] - limit),
      replaced(none, axis, 1, stride - 1),
    )
  })
  return pieces.reduce((sum, piece) => steps.add(sum, piece))
}

/**
 * Windows without a slice for each. Where an axis of W elements is repeated and cut into rows of W + step elements, row
 * i begins with element i·step.
 */
function repeated({ axis, start, count, step, length, stride, before }: Link & Windows): Link[] {
  const width = (count - 1) * step + (length - 1) * stride + 1
  const copies = Math.ceil((count * (width + step)) / width)
  const at = (...sizes: number[]) => replaced(before, axis, 1, ...sizes)
  const chain = new Chain(before)
  const cut = (from: number, size: number, by = 1, where = axis) => {
    const { starts, strides } = whole(chain.shape)
    const after = replaced(chain.shape, where, 1, size)
    chain.slice(replaced(starts, where, 1, from), replaced(strides, where, 1, by), after)
  }
  cut(start, width)
  chain.broadcast(
    before.map((_, i) => (i < axis ? i : i + 1)),
    at(copies, width),
  )
  chain.reshape(at(copies * width))
  cut(0, count * (width + step))
  chain.reshape(at(count, width + step))
  cut(0, length, stride, axis + 1)
  return chain.links
}

/** Appends links. One that would change nothing is left out. */
export class Chain {
  readonly links: Link[] = []

  constructor(private readonly from: Shape) {}

  get shape(): Shape {
    return this.links.at(-1)?.after ?? this.from
  }

  reshape(after: Shape): void {
    if (this.links.at(-1)?.kind === 'reshape') this.links.pop()
    this.#add({ kind: 'reshape', before: this.shape, after })
  }

  slice(starts: readonly number[], strides: readonly number[], after: Shape): void {
    this.#add({ kind: 'slice', before: this.shape, after, starts, strides })
  }

  extend(high: readonly number[]): void {
    const after = this.shape.map((size, axis) => size + high[axis])
    this.#add({ kind: 'extend', before: this.shape, after, high })
  }

  reverse(axes: readonly number[]): void {
    if (axes.length > 0) this.links.push({ kind: 'reverse', before: this.shape, after: this.shape, axes })
  }

  transpose(permutation: readonly number[]): void {
    const after = permutation.map((axis) => this.shape[axis])
    if (permutation.some((axis, i) => axis !== i))
      this.links.push({ kind: 'transpose', before: this.shape, after, permutation })
  }

  broadcast(axes: readonly number[], after: Shape): void {
    this.#add({ kind: 'broadcast', before: this.shape, after, axes })
  }

  windows(windows: Windows): void {
    const after = replaced(this.shape, windows.axis, 1, windows.count, windows.length)
    this.links.push({ kind: 'windows', before: this.shape, after, ...windows })
  }

  /** A link between different shapes. A slice, or more zeros, of the same shape changes nothing. */
  #add(link: Link): void {
    const { before, after } = link
    if (before.length !== after.length || before.some((size, axis) => size !== after[axis])) this.links.push(link)
  }
}
