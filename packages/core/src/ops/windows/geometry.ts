import type { Kind } from '../../arguments/arguments'
import { describeValue } from '../../arguments/describe'
import { either, integerFrom, listOf, oneOf } from '../../arguments/kinds'
import { ShapeError, ValueError } from '../../errors'
import type { Shape } from '../../types/shapes'
import { formatShape } from '../../values/shape'
import { spanOf, windowCount } from './convolution-axes'

// What the options of a call say, for each spatial axis.

/** Where the axes are: N stands for any number of leading axes, C for the channels, the others are spatial axes. */
export type WindowLayout = 'NWC' | 'NCW' | 'NHWC' | 'NCHW' | 'NDHWC' | 'NCDHW'

/** Zeros around the spatial axes. */
export type Padding = 'valid' | 'same' | number | readonly (number | readonly [before: number, after: number])[]

/** Larger numbers are no positions. */
const most = 2 ** 31 - 1
const size = /* @__PURE__ */ integerFrom(1, most)
const width = /* @__PURE__ */ integerFrom(0, most)

/** A positive integer for all spatial axes, or one for each. */
export const perAxis: Kind = /* @__PURE__ */ either(size, /* @__PURE__ */ listOf(size))

/** An integer of at least 0 for all spatial axes, or one for each. */
export const widthPerAxis: Kind = /* @__PURE__ */ either(width, /* @__PURE__ */ listOf(width))

const isPair = (value: unknown) =>
  Array.isArray(value) && value.length === 2 && Array.from(value).every((each) => width.accepts(each))

/** The option `padding`. */
export const aPadding: Kind = {
  expected: "'valid', 'same', an integer of at least 0, or an array with an integer or a pair for each spatial axis",
  accepts: (value) =>
    value === 'valid' ||
    value === 'same' ||
    width.accepts(value) ||
    (Array.isArray(value) && Array.from(value).every((each) => width.accepts(each) || isPair(each))),
}

/** The option `layout`. */
export const aLayout: Kind = /* @__PURE__ */ oneOf('NWC', 'NCW', 'NHWC', 'NCHW', 'NDHWC', 'NCDHW')

/** The options that say which windows there are. */
export const windowFields = { stride: perAxis, padding: aPadding, dilation: perAxis, layout: aLayout }

/** One number for each of `count` spatial axes. */
export function eachAxis<T>(operation: string, what: string, given: T | readonly T[], count: number): readonly T[] {
  if (!Array.isArray(given)) return Array.from({ length: count }, () => given as T)
  if (given.length !== count)
    throw new ValueError(
      'window-axes',
      `[${operation}] expected ${what} with a number for each of the ${count} spatial axes, got ${describeValue(given)}; ` +
        'give as many, or one number for all',
    )
  return given as readonly T[]
}

/** The axes of a tensor by what they are. */
export interface WindowAxes {
  readonly lead: readonly number[]
  readonly channel: number
  readonly space: readonly number[]
  readonly isLast: boolean
}

/** The axes of `x` in a layout of `count` spatial axes. */
export function axesOf(operation: string, shape: Shape, layout: WindowLayout | undefined, count: number): WindowAxes {
  if (layout !== undefined && layout.length !== count + 2)
    throw new ValueError(
      'window-layout',
      `[${operation}] expected a layout of ${count} spatial axes, got '${layout}'; use ${layoutsOf(count)}`,
    )
  const rank = shape.length
  if (rank < count + 1)
    throw new ShapeError(
      'window-rank',
      `[${operation}] expected ${count} spatial axes and channels, at least ${count + 1} axes, got shape ${formatShape(shape)}; ` +
        'add an axis with expandDims',
    )
  const isLast = layout === undefined || layout.endsWith('C')
  const first = rank - count - 1
  const space = Array.from({ length: count }, (_, i) => first + i + (isLast ? 0 : 1))
  const lead = Array.from({ length: first }, (_, i) => i)
  return { lead, channel: isLast ? rank - 1 : first, space, isLast }
}

const layoutsOf = (count: number) => ["'NWC' or 'NCW'", "'NHWC' or 'NCHW'", "'NDHWC' or 'NCDHW'"][count - 1]

/** The number of spatial axes that a call means: as many as its list of sizes has, or its layout; default: 2. */
export function spatialCount(
  operation: string,
  given: number | readonly number[],
  layout: WindowLayout | undefined,
): number {
  const count = Array.isArray(given) ? given.length : layout === undefined ? 2 : layout.length - 2
  if (count < 1 || count > 3)
    throw new ValueError(
      'window-axes',
      `[${operation}] expected sizes for 1, 2 or 3 spatial axes, got ${describeValue(given)}; windows have up to 3 axes`,
    )
  return count
}

/** Which windows there are along one axis. */
export interface WindowAxis {
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  /** Elements of padding before and after the axis. */
  readonly low: number
  readonly high: number
  readonly count: number
}

/** The options of windows. */
export interface WindowOptions {
  /** Steps from one window to the next. Default: 1; for pooling: the size of the window. */
  readonly stride?: number | readonly number[]
  /**
   * Padding around the spatial axes. `'valid'` (the default): none. `'same'`: as much as gives `⌈size / stride⌉`
   * windows, half of it before; the odd element comes after. A number: as many at both ends of each axis. A list: a
   * number or a pair `[before, after]` for each spatial axis.
   */
  readonly padding?: Padding
  /** Steps from one element of a window to the next (default: 1). */
  readonly dilation?: number | readonly number[]
  /** Default: channels last, `'NHWC'`. N stands for any number of leading axes, also none. */
  readonly layout?: WindowLayout
}

/** The windows along each spatial axis of sizes `sizes`, for kernels of sizes `kernel`. */
export function windowsOf(
  operation: string,
  sizes: readonly number[],
  kernel: readonly number[],
  { stride = 1, padding = 'valid', dilation = 1 }: WindowOptions,
): readonly WindowAxis[] {
  const count = sizes.length
  const strides = eachAxis(operation, 'stride', stride, count)
  const dilations = eachAxis(operation, 'dilation', dilation, count)
  const sides = sidesOf(operation, padding, count)
  return sizes.map((each, axis): WindowAxis => {
    const reach = spanOf(kernel[axis], dilations[axis])
    const step = strides[axis]
    const missing = Math.max(0, (Math.ceil(each / step) - 1) * step + reach - each)
    const [low, high] = sides === null ? [missing >> 1, missing - (missing >> 1)] : sides[axis]
    if (each + low + high < reach)
      throw new ShapeError(
        'window-size',
        `[${operation}] a window of ${kernel[axis]}${dilations[axis] > 1 ? ` with dilation ${dilations[axis]}` : ''} does not fit ` +
          `spatial axis ${axis}, whose size is ${each}${low + high > 0 ? ` and ${low + high} of padding` : ''}; use a smaller window, or padding`,
      )
    const windows = windowCount(each + low + high, reach, step)
    return { kernel: kernel[axis], stride: step, dilation: dilations[axis], low, high, count: windows }
  })
}

/** The padding at the ends of each axis; null for `'same'`. */
export function sidesOf(
  operation: string,
  padding: Padding,
  count: number,
): readonly (readonly [number, number])[] | null {
  if (padding === 'same') return null
  const each = padding === 'valid' ? eachAxis(operation, 'padding', 0, count) : padding
  return eachAxis<number | readonly [number, number]>(operation, 'padding', each, count).map((side) =>
    typeof side === 'number' ? ([side, side] as const) : side,
  )
}
