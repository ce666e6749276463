import type { Convolution, ConvolutionRoles } from '@cotangent/core'
import { sizeOf } from '@cotangent/core/internal'
import type { Type } from '../../lowering/target'
import type { Operations } from './operations'
import type { Value } from './values'

/**
 * `[...batch, m, k] x [...batch, k, n] -> [...batch, m, n]`.
 *
 * NOTE: ONNX Runtime fuses a float64 product with a scalar factor before or behind it, which it rounds to float32. It
 * does not look for the factor behind an axis that is put in.
 */
export function writeContract(o: Operations, a: Value, b: Value, type: Type): Value {
  const product = (x: Value, y: Value, shape: readonly number[]) =>
    o.writer.node('MatMul', [x, y], { shape, dtype: x.dtype })
  if (type.dtype === 'bool') return o.cast(product(o.cast(a, 'int32'), o.cast(b, 'int32'), type.shape), 'bool')
  if (type.dtype !== 'float64') return product(a, b, type.shape)
  const apart = product(o.unsqueeze(a, [0]), o.unsqueeze(b, [0]), [1, ...type.shape])
  return o.writer.node('Squeeze', [apart, o.writer.integers([0])], type)
}

/**
 * A convolution as Conv, whose operands are `[batch, groups x channels, ...space]` and
 * `[groups x channels of the result, channels, ...space]`. Null where it has none: for types without a kernel in ONNX
 * Runtime, zeros between the elements of x, elements that are left out, and operands without elements.
 */
export function writeConvolve(o: Operations, form: Convolution, x: Value, w: Value, type: Type): Value | null {
  const { stride, dilation, gaps, low, high } = form
  const isConv =
    type.dtype === 'float32' &&
    stride.length > 0 &&
    gaps.every((gap) => gap === 1) &&
    [...low, ...high].every((zeros) => zeros >= 0) &&
    [x, w, type].every(({ shape }) => sizeOf(shape) > 0) &&
    form.y.space.every((axis, i) => type.shape[axis] === positions(form, x, w, i))
  if (!isConv) return null
  const sizes = (shape: readonly number[], axes: readonly number[]) => axes.map((axis) => shape[axis])
  const groups = sizeOf(sizes(x.shape, form.x.group))
  const kernel = sizes(w.shape, form.w.space)
  const image = arranged(o, x, [form.x.batch, [...form.x.group, ...form.x.channel]], form.x)
  const weight = arranged(o, w, [[...form.w.group, ...form.w.batch], form.w.channel], form.w)
  const output = [
    sizeOf(sizes(type.shape, form.y.batch)),
    groups * sizeOf(sizes(type.shape, form.y.channel)),
    ...sizes(type.shape, form.y.space),
  ]
  const result = o.writer.node(
    'Conv',
    [image, weight],
    { shape: output, dtype: type.dtype },
    { kernel_shape: kernel, strides: stride, dilations: dilation, pads: [...low, ...high], group: groups },
  )
  return restored(o, result, form.y, type)
}

/** How many positions the kernel has along a spatial axis. */
function positions({ stride, dilation, low, high, ...roles }: Convolution, x: Value, w: Value, i: number): number {
  const [size, taps] = [x.shape[roles.x.space[i]], w.shape[roles.w.space[i]]]
  return Math.floor((low[i] + size + high[i] - dilation[i] * (taps - 1) - 1) / stride[i]) + 1
}

/** The axes in order, each of two lists of them as one axis. */
function arranged(o: Operations, x: Value, joined: readonly (readonly number[])[], { space }: ConvolutionRoles): Value {
  const ordered = o.transpose(x, [...joined.flat(), ...space])
  if (joined.every((axes) => axes.length === 1)) return ordered
  const sizes = joined.map((axes) => sizeOf(axes.map((axis) => x.shape[axis])))
  return o.reshape(ordered, [...sizes, ...space.map((axis) => x.shape[axis])])
}

/** The axes of the result in the places that they have there. */
function restored(o: Operations, y: Value, { batch, group, channel, space }: ConvolutionRoles, type: Type): Value {
  const order = [...batch, ...group, ...channel, ...space]
  const isSplit = batch.length !== 1 || group.length + channel.length !== 1
  const apart = isSplit
    ? o.reshape(
        y,
        order.map((axis) => type.shape[axis]),
      )
    : y
  return o.transpose(
    apart,
    order.map((_, axis) => order.indexOf(axis)),
  )
}
