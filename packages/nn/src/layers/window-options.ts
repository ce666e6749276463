import { checkArguments, type Kind, kinds, ShapeError, type Tensor, ValueError } from '@cotangent/core'
import { layerArguments } from '../mode'

// What the options of layers with windows accept, and their inputs.

/** Checks one number, or a list of one for each of `count` spatial axes. */
/* @__NO_SIDE_EFFECTS__ */
export function perAxis(count: number, least: number): Kind {
  const size = kinds.integerFrom(least, 2 ** 31 - 1)
  return {
    expected: `an integer of at least ${least}, or an array with one for each spatial axis`,
    accepts: (value) => size.accepts(value) || isList(value, count, size.accepts),
  }
}

/** Padding for each of `count` spatial axes. */
/* @__NO_SIDE_EFFECTS__ */
export function paddingOf(count: number): Kind {
  const width = kinds.integerFrom(0, 2 ** 31 - 1)
  const side = (value: unknown) => width.accepts(value) || isList(value, 2, width.accepts)
  return {
    expected: "'valid', 'same', an integer of at least 0, or an array with an integer or a pair for each spatial axis",
    accepts: (value) => value === 'valid' || value === 'same' || width.accepts(value) || isList(value, count, side),
  }
}

// NaN as the count accepts lists of 1 to 3.
function isList(value: unknown, count: number, accepts: (each: unknown) => boolean): boolean {
  if (!Array.isArray(value)) return false
  const fits = Number.isNaN(count) ? value.length >= 1 && value.length <= 3 : value.length === count
  return fits && Array.from(value as unknown[]).every(accepts)
}

/** Whether a layout has the channels last. */
export const isChannelsLast = (layout: string): boolean => layout.endsWith('C')

/**
 * Checks the input of a convolution.
 *
 * @throws ShapeError unless it has `channels` channels where the layout has them, and floats.
 */
export function checkChannels(operation: string, given: ArrayLike<unknown>, channels: number, layout: string): void {
  checkArguments(operation, layerArguments, given)
  const { shape, dtype } = given[0] as Tensor<number[]>
  const count = layout.length - 2
  const found = isChannelsLast(layout) ? shape.at(-1) : shape.at(-1 - count)
  if (shape.length <= count || found !== channels || !dtype.startsWith('float'))
    throw new ShapeError(
      'layer-input',
      `[${operation}] expected ${channels} ${channels === 1 ? 'channel' : 'channels'} in layout ${layout}, x: float ${formOf(layout, channels)}, got ` +
        `${dtype}[${shape.join(', ')}]; ` +
        (dtype.startsWith('float')
          ? "reshape the input, change the option 'layout', or change the layer's size"
          : "convert them with astype('float32')"),
    )
}

/** `[..., height, width, 3]` */
function formOf(layout: string, channels: number): string {
  const space = { 3: 'width', 4: 'height, width', 5: 'depth, height, width' }[layout.length]
  return isChannelsLast(layout) ? `[..., ${space}, ${channels}]` : `[..., ${channels}, ${space}]`
}

/** @throws ValueError unless `groups` divides both numbers of channels. */
export function checkGroups(operation: string, inputs: number, outputs: number, groups: number): void {
  for (const [what, channels] of [
    ['input', inputs],
    ['output', outputs],
  ] as const)
    if (channels % groups !== 0)
      throw new ValueError(
        'layer-groups',
        `[${operation}] expected groups that divide the ${channels} ${what} channels evenly, got ${groups} groups; use a ` +
          `divisor of ${channels}`,
      )
}

/** The bias of the channels, as it is added. */
export function channelBias(bias: Tensor, layout: string): Tensor {
  return isChannelsLast(layout) ? bias : bias.reshape([bias.size, ...Array<number>(layout.length - 2).fill(1)])
}

/** One size for each of `count` spatial axes. */
export function eachSize(size: number | readonly number[], count: number): readonly number[] {
  return typeof size === 'number' ? Array<number>(count).fill(size) : size
}
