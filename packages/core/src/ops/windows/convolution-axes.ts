import type { TensorType } from '../../recording/op'
import type { Convolution, ConvolutionRoles as Roles } from '../../recording/region-form'
import type { Shape } from '../../types/shapes'

export type { Convolution, ConvolutionRoles as Roles } from '../../recording/region-form'

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
