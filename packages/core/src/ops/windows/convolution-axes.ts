import type { TensorType } from '../../recording/op'
import type { Shape } from '../../types/shapes'

/** What the axes of an operand are. All tensors of a convolution have the same groups and the same spatial axes. */
export interface Roles {
  readonly group: readonly number[]
  /** Examples of x and y; the channels of the result in w. */
  readonly batch: readonly number[]
  /** Axes that are summed over in x and w; the channels of the result in y. */
  readonly channel: readonly number[]
  readonly space: readonly number[]
}

/** The attributes of a convolution. Lists have an entry for each spatial axis. */
export interface Convolution {
  readonly stride: readonly number[]
  /** Steps from one element of the kernel to the next. */
  readonly dilation: readonly number[]
  /** Steps from one element of x to the next: there are zeros between them. */
  readonly gaps: readonly number[]
  /** Zeros before and after x; if negative, elements that are left out. */
  readonly low: readonly number[]
  readonly high: readonly number[]
  /**
   * Whether it is a sum of products in place of a contraction, for groups of one channel. Part of the attributes, as
   * the two differ in the order of the sum.
   */
  readonly isDepthwise: boolean
  readonly x: Roles
  readonly w: Roles
  readonly y: Roles
}

export const sizesAt = ({ shape }: { readonly shape: Shape }, axes: readonly number[]): number[] =>
  axes.map((axis) => shape[axis])

/** The length of a spatial axis whose elements are `step` apart. */
export function span({ shape }: TensorType, { space }: Roles, axis: number, step: readonly number[]): number {
  return spanOf(shape[space[axis]], step[axis])
}

/** The length of `count` elements that are `step` apart. */
export function spanOf(count: number, step: number): number {
  return count === 0 ? 0 : (count - 1) * step + 1
}

/** The number of windows of length `window` that begin `stride` apart. */
export function windowCount(length: number, window: number, stride: number): number {
  return Math.max(0, Math.floor((length - window) / stride) + 1)
}

/** The shape of the result. */
export function resultShape(x: TensorType, w: TensorType, given: Convolution): number[] {
  const { stride, dilation, gaps, low, high } = given
  const counts = stride.map((step, axis) => {
    const length = span(x, given.x, axis, gaps) + low[axis] + high[axis]
    return windowCount(length, span(w, given.w, axis, dilation), step)
  })
  const shape: number[] = []
  const put = (axes: readonly number[], sizes: readonly number[]) => axes.forEach((axis, i) => (shape[axis] = sizes[i]))
  put(given.y.group, sizesAt(x, given.x.group))
  put(given.y.batch, sizesAt(x, given.x.batch))
  put(given.y.channel, sizesAt(w, given.w.batch))
  put(given.y.space, counts)
  return shape
}
