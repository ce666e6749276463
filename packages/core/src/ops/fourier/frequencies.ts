import { named, optional, options } from '../../arguments/arguments'
import { checked } from '../../arguments/checked'
import { aFloatDType, axes, integerFrom, positiveNumber } from '../../arguments/kinds'
import { onTensor, operand } from '../../recording/operands'
import { allocate, type DType } from '../../values/dtype'
import { normalizeAxes } from '../../values/shape'
import { Tensor } from '../../values/tensor'
import { joinAlong, sliceWindow } from '../slicing'
import type { FrequenciesSignature, ShiftSignature } from './types'

const parameters = [
  /* @__PURE__ */ named('n', /* @__PURE__ */ integerFrom(1)),
  /* @__PURE__ */ named('spacing', /* @__PURE__ */ optional(positiveNumber)),
  /* @__PURE__ */ options({ dtype: aFloatDType }),
]

/** `count` frequencies: of position k, `k / (n spacing)`, and from position `wraps` on n less. */
function frequencies(n: number, count: number, wraps: number, spacing: number, dtype: DType): Tensor {
  const data = allocate(dtype, count)
  for (let k = 0; k < count; k++) data[k] = (k < wraps ? k : k - n) / (n * spacing)
  return new Tensor([count], dtype, data)
}

/**
 * The frequencies of the elements of `fft`: `[0, 1, .., -2, -1] / (n spacing)`, with the negative ones in the second
 * half.
 *
 * @throws ValueError if n or spacing is not positive.
 */
export const fftFrequencies = /* @__PURE__ */ checked<FrequenciesSignature>(
  'fftFrequencies',
  parameters,
  (n: number, spacing = 1, { dtype = 'float32' }: { dtype?: DType } = {}): Tensor =>
    frequencies(n, n, Math.ceil(n / 2), spacing, dtype),
)

/**
 * The frequencies of the elements of `rfft`: `[0, 1, .., floor(n/2)] / (n spacing)`.
 *
 * @throws ValueError if n or spacing is not positive.
 */
export const rfftFrequencies = /* @__PURE__ */ checked<FrequenciesSignature<false>>(
  'rfftFrequencies',
  parameters,
  (n: number, spacing = 1, { dtype = 'float32' }: { dtype?: DType } = {}): Tensor =>
    frequencies(n, Math.floor(n / 2) + 1, n, spacing, dtype),
)

const shiftOptions = /* @__PURE__ */ options({ axis: axes })

/** Exchanges what is before and after a position along each axis. */
function exchanged(
  name: string,
  x: Tensor,
  axis: number | readonly number[] | undefined,
  at: (n: number) => number,
): Tensor {
  return normalizeAxes(name, axis, x.rank).reduce((y: Tensor, each) => {
    const shape = [...y.shape] as number[]
    const cut = at(shape[each])
    const part = (from: number, to: number) =>
      sliceWindow(y, {
        start: shape.map((_, i) => (i === each ? from : 0)),
        size: shape.map((size, i) => (i === each ? to - from : size)),
        step: shape.map(() => 1),
      })
    return joinAlong(part(cut, shape[each]), part(0, cut), { axis: each })
  }, x)
}

interface ShiftOptions {
  readonly axis?: number | readonly number[]
}

/**
 * Moves the frequency 0 to the middle: exchanges the halves along each axis (default: all). Of an odd number of
 * elements, the first half has one more.
 *
 * @throws ValueError for an axis that is not there.
 */
export const fftShift = /* @__PURE__ */ onTensor<ShiftSignature>(
  'fftShift',
  [operand, shiftOptions],
  (x: Tensor, { axis }: ShiftOptions = {}): Tensor => exchanged('fftShift', x, axis, (n) => Math.ceil(n / 2)),
)

/**
 * The inverse of `fftShift`: moves the middle to the front.
 *
 * @throws ValueError for an axis that is not there.
 */
export const ifftShift = /* @__PURE__ */ onTensor<ShiftSignature>(
  'ifftShift',
  [operand, shiftOptions],
  (x: Tensor, { axis }: ShiftOptions = {}): Tensor => exchanged('ifftShift', x, axis, (n) => Math.floor(n / 2)),
)
