import { ValueError } from '../errors'
import { type Kind, named } from '../arguments/arguments'
import { either, integerFrom, listOf } from '../arguments/kinds'
import { axisOption, onTensor, operand } from '../recording/operands'
import { formatShape, normalizeAxis } from '../values/shape'
import type { ChunkSignature, SplitSignature, UnstackSignature } from '../types/shape-signatures'
import type { Tensor } from '../values/tensor'
import { at, sliceWindow } from './slicing'

/** The elements from `bounds[i]` to `bounds[i + 1]` along an axis. */
function cut(x: Tensor, axis: number, bounds: readonly number[]): Tensor[] {
  const shape = x.shape as readonly number[]
  return bounds.slice(1).map((to, i) =>
    sliceWindow(x, {
      start: shape.map((_, at) => (at === axis ? bounds[i] : 0)),
      size: shape.map((size, at) => (at === axis ? to - bounds[i] : size)),
      step: shape.map(() => 1),
    }),
  )
}

const anInteger: Kind = { expected: 'an integer', accepts: (value) => Number.isInteger(value) }
const sections = /* @__PURE__ */ either(/* @__PURE__ */ integerFrom(1), /* @__PURE__ */ listOf(anInteger))

/**
 * The sections of `x` along `axis` (default: 0), in order. A number gives that many sections of equal size. A list
 * gives the positions at which a new section begins: `split(x, [2, 5])` gives the positions 0 to 1, 2 to 4, and 5 to
 * the end. Negative positions count from the end. As NumPy's `split`; PyTorch's takes sizes instead.
 *
 * @throws ValueError if a number does not divide the axis (`chunk` leaves a smaller rest), or if positions descend or
 * are out of range.
 */
export const split = /* @__PURE__ */ onTensor<SplitSignature>(
  'split',
  [operand, named('sections', sections), axisOption],
  (x: Tensor, sections: number | readonly number[], { axis = 0 }: { axis?: number } = {}): Tensor[] => {
    const along = normalizeAxis('split', axis, x.rank)
    const size = x.shape[along] as number
    if (typeof sections === 'number') {
      if (size % sections !== 0)
        throw new ValueError(
          'split-sections',
          `[split] axis ${along} of shape ${formatShape(x.shape)} does not divide into ${sections} equal sections; ` +
            'use chunk, whose last section may be smaller, or pass the positions at which sections begin',
        )
      return cut(
        x,
        along,
        Array.from({ length: sections + 1 }, (_, i) => (i * size) / sections),
      )
    }
    const bounds = [0, ...sections.map((position) => (position < 0 ? position + size : position)), size]
    const isRepeated = bounds.slice(2, -1).some((bound, i) => bound === bounds[i + 1])
    if (isRepeated || bounds.some((bound, i) => bound < 0 || bound > size || bound < bounds[i - 1]))
      throw new ValueError(
        'split-positions',
        `[split] positions [${sections.join(', ')}] must ascend strictly, from 0 to the size ${size} of axis ${along} of shape ${formatShape(x.shape)}; ` +
          'for sections of given sizes pass the sums of the sizes before',
      )
    return cut(x, along, bounds)
  },
)

/**
 * `x` along `axis` (default: 0) in chunks of `ceil(size / count)` positions. The last chunk may be smaller. There may
 * be fewer than `count` chunks, as in PyTorch: 5 positions in 4 chunks give 2 + 2 + 1.
 *
 * @throws ValueError if `count` is not a positive integer.
 */
export const chunk = /* @__PURE__ */ onTensor<ChunkSignature>(
  'chunk',
  [operand, named('count', integerFrom(1)), axisOption],
  (x: Tensor, count: number, { axis = 0 }: { axis?: number } = {}): Tensor[] => {
    const along = normalizeAxis('chunk', axis, x.rank)
    const size = x.shape[along] as number
    const each = Math.max(1, Math.ceil(size / count))
    const chunks = Math.max(1, Math.ceil(size / each))
    return cut(
      x,
      along,
      Array.from({ length: chunks + 1 }, (_, i) => Math.min(i * each, size)),
    )
  },
)

/**
 * The slices of `x` along `axis` (default: 0), which is dropped: the reverse of `stack`.
 *
 * @throws ValueError if `axis` is out of range, as every axis of a tensor without axes is.
 */
export const unstack = /* @__PURE__ */ onTensor<UnstackSignature>(
  'unstack',
  [operand, axisOption],
  (x: Tensor, { axis = 0 }: { axis?: number } = {}): Tensor[] => {
    const along = normalizeAxis('unstack', axis, x.rank)
    const before = Array.from({ length: along }, () => null)
    return Array.from({ length: x.shape[along] }, (_, i) => at(x, ...([...before, i] as [number])))
  },
)
