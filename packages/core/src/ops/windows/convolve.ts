import { apply } from '../../recording/apply'
import { type Application, bilinear } from '../../recording/law'
import type { Batched, BatchedApplication, Op, TensorType } from '../../recording/op'
import type { Tensor } from '../../values/tensor'
import { flipAxes } from '../movement'
import { sizeOf } from '../../values/shape'
import { type Convolution, type Roles, resultShape, sizesAt, span } from './convolution-axes'
import { convolveWith } from './convolution-body'
import { sampleConvolution } from './convolution-domain'

const swapped = ({ group, batch, channel, space }: Roles): Roles => ({ group, batch: channel, channel: batch, space })

/** The same sizes along the spatial axes: what is given for each of them, by a rule. */
function eachAxis(given: Convolution, of: (axis: number) => Partial<Record<'low' | 'high', number>>) {
  const sides = given.stride.map((_, axis) => of(axis))
  return { low: sides.map(({ low }) => low!), high: sides.map(({ high }) => high!) }
}

/**
 * The convolution that is the transpose in x. The cotangent takes the place of x. What were strides are now gaps, and
 * the kernel is reversed: the output at h had a part of x at `h stride + j dilation - low`.
 */
export function transposeOfInput(given: Convolution, x: TensorType, w: TensorType, y: TensorType): Convolution {
  const { stride, dilation, gaps, low } = given
  const sides = eachAxis(given, (axis) => {
    const reach = (w.shape[given.w.space[axis]] - 1) * dilation[axis]
    const before = reach - low[axis]
    const [from, to] = [span(x, given.x, axis, gaps), span(y, given.y, axis, stride)]
    return { low: before, high: from + reach - to - before }
  })
  return {
    ...given,
    ...sides,
    ...{ stride: gaps, gaps: stride },
    ...{ x: given.y, w: swapped(given.w), y: given.x },
  }
}

/** The convolution that is the transpose in w: the cotangent is the kernel, and sums run over the batch. */
export function transposeOfKernel(given: Convolution, x: TensorType, w: TensorType, y: TensorType): Convolution {
  const { stride, dilation, gaps, low } = given
  const sides = eachAxis(given, (axis) => {
    const wanted = span(w, given.w, axis, dilation) + span(y, given.y, axis, stride) - 1
    return { low: low[axis], high: wanted - span(x, given.x, axis, gaps) - low[axis] }
  })
  return {
    ...given,
    ...sides,
    ...{ stride: dilation, dilation: stride },
    ...{ x: swapped(given.x), w: swapped(given.y), y: swapped(given.w) },
  }
}

type Rule = Application<Convolution>

/**
 * `y[g, n, o, h] = Σ x[g, n, c, h stride + j dilation - low] w[g, o, c, j]`, summed over channels c and kernel
 * positions j, where x has `gaps - 1` zeros between its elements, and zeros or nothing beyond its ends. In which axes
 * of each tensor these indices are is said by `x`, `w` and `y`. Groups, batches and channels may be any number of
 * axes.
 *
 * One op, and not what it is composed of, because its two transposes are convolutions again. That of a sum over
 * windows would add up windows, in memory for all of them.
 */
export const convolve: Op<Convolution> = {
  name: 'convolve',
  infer: ([x, w], attributes) => ({ shape: resultShape(x, w, attributes), dtype: x.dtype }),
  body: {
    kind: 'region',
    isComposite: true,
    owned: () => [],
    run: ([x, w], attributes) => [convolveWith(x, w, attributes)],
    convolution: (attributes) => attributes,
    operations: ([, w], y, { w: roles, gaps }) =>
      (2 * sizeOf(y.shape) * sizeOf(sizesAt(w, [...roles.channel, ...roles.space]))) / sizeOf(gaps),
    shown: ({ stride, dilation, gaps, low, high, x, w, y }) => ({
      axes: `${letters(x, 'nc')} * ${letters(w, 'oc')} -> ${letters(y, 'no')}`,
      ...unlessOne({ stride, dilation, gaps }),
      padding: low.map((before, i) => [before, high[i]]),
    }),
    batch: batchConvolution,
  },
  law: bilinear<Convolution, number>(
    (g, { inputs: [x, w], attributes, output }: Rule) =>
      apply(
        convolve,
        [g, flipAxes(w, { axes: attributes.w.space })],
        transposeOfInput(attributes, typeOf(x), typeOf(w), typeOf(output)),
      ),
    (g, { inputs: [x, w], attributes, output }: Rule) =>
      apply(convolve, [x, g], transposeOfKernel(attributes, typeOf(x), typeOf(w), typeOf(output))),
  ),
  domain: sampleConvolution,
}

/** One letter for each axis, in their order: g for groups, 0, 1 and so on for spatial axes. */
function letters({ group, batch, channel, space }: Roles, [first, second]: string): string {
  const list: string[] = []
  const put = (axes: readonly number[], letter: (i: number) => string) =>
    axes.forEach((at, i) => (list[at] = letter(i)))
  put(group, () => 'g')
  put(batch, () => first)
  put(channel, () => second)
  put(space, String)
  return list.join('')
}

const unlessOne = (lists: Readonly<Record<string, readonly number[]>>) =>
  Object.fromEntries(Object.entries(lists).filter(([, list]) => list.some((each) => each !== 1)))

function typeOf({ shape, dtype }: Tensor): TensorType {
  return { shape, dtype }
}

/** The roles of a batch: its first axis has one of them, all others move by one. */
function lifted(roles: Roles, of: 'group' | 'batch' | 'channel' | null): Roles {
  if (of === null) return roles
  const moved = (axes: readonly number[]) => axes.map((axis) => axis + 1)
  const { group, batch, channel, space } = roles
  const all = { group: moved(group), batch: moved(batch), channel: moved(channel), space: moved(space) }
  return { ...all, [of]: [0, ...all[of]] }
}

/** Examples of x join its batch, kernels the channels of the result. With both, each example is a group. */
function batchConvolution({ op, inputs: [x, w], attributes }: BatchedApplication<Convolution>): readonly Batched[] {
  const areBoth = x.isBatched && w.isBatched
  const roles = {
    x: lifted(attributes.x, areBoth ? 'group' : x.isBatched ? 'batch' : null),
    w: lifted(attributes.w, areBoth ? 'group' : w.isBatched ? 'batch' : null),
    y: lifted(attributes.y, areBoth ? 'group' : x.isBatched ? 'batch' : 'channel'),
  }
  return [{ tensor: apply(op, [x.tensor, w.tensor], { ...attributes, ...roles }), isBatched: true }]
}
