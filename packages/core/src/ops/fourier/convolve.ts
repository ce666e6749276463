import { options } from '../../arguments/arguments'
import { oneOf } from '../../arguments/kinds'
import { ShapeError, ValueError } from '../../errors'
import { onTensor, type Operand, unify, weakOperand } from '../../recording/operands'
import { isFloat } from '../../values/dtype'
import { formatShape } from '../../values/shape'
import type { Tensor } from '../../values/tensor'
import { add, mul, sub } from '../arithmetic'
import { sumAxes } from '../broadcasting'
import { reshapeTo } from '../movement'
import { embed, joinAlong, sliceWindow } from '../slicing'
import { smoothLength } from './factors'
import { transformed } from './transform'
import type { ConvolveSignature } from './types'

/** From this size of the shorter vector on, transforms take less time than all products. */
const longEnough = 128

function range(x: Tensor, start: number, size: number): Tensor {
  return start === 0 && size === x.size ? x : sliceWindow(x, { start: [start], size: [size], step: [1] })
}

function grown(x: Tensor, size: number): Tensor {
  return embed(x, { start: [0], step: [1], shape: [size] })
}

/**
 * All products `bⱼ aᵢ` in rows j, each shifted by j, and summed along the columns. A row has one zero fewer than it
 * would need to start where the last one did, so that rows in sequence shift by themselves.
 */
function direct(a: Tensor, b: Tensor): Tensor {
  const [n, m] = [a.size, b.size]
  const rows = mul(reshapeTo(b, { shape: [m, 1] }), grown(a, n + m))
  const shifted = range(reshapeTo(rows, { shape: [m * (n + m)] }), 0, m * (n + m - 1))
  return sumAxes(reshapeTo(shifted, { shape: [m, n + m - 1] }), { axes: [0] })
}

function byTransforms(a: Tensor, b: Tensor): Tensor {
  const size = a.size + b.size - 1
  const length = smoothLength(size)
  // One real transform of both vectors, as two columns.
  const column = (x: Tensor) => reshapeTo(grown(x, length), { shape: [1, length, 1] })
  const both = transformed(joinAlong(column(a), column(b), { axis: 2 }), -1)
  const part = (of: number, from: number) =>
    sliceWindow(both, { start: [of, 0, from], size: [1, length, 1], step: [1, 1, 1] })
  const [ar, ai, br, bi] = [part(0, 0), part(1, 0), part(0, 1), part(1, 1)]
  const real = sub(mul(ar, br), mul(ai, bi))
  const imaginary = add(mul(ar, bi), mul(ai, br))
  const product = transformed(joinAlong(real, imaginary, { axis: 0 }), 1)
  const result = sliceWindow(product, { start: [0, 0, 0], size: [1, size, 1], step: [1, 1, 1] })
  return mul(reshapeTo(result, { shape: [size] }), 1 / length)
}

/**
 * Convolution of two vectors, `c[k] = Σ_i a[i] b[k - i]`, as NumPy's. The mode `'full'` (default) has all `n + m - 1`
 * elements, `'same'` the middle `max(n, m)`, and `'valid'` the `|n - m| + 1` for which the vectors overlap completely.
 * If both have 128 elements or more, floating-point vectors are convolved by their Fourier transforms. The error is
 * then relative to `‖a‖ ‖b‖`, not to each element. For layers of networks with channels use `conv1d`.
 *
 * @throws ShapeError if an operand is not a vector; ValueError for an empty one.
 */
export const convolve = /* @__PURE__ */ onTensor<ConvolveSignature>(
  'convolve',
  [weakOperand, weakOperand, /* @__PURE__ */ options({ mode: oneOf('full', 'same', 'valid') })],
  (left: Operand, right: Operand, { mode = 'full' }: { mode?: 'full' | 'same' | 'valid' } = {}): Tensor => {
    const [a, b] = unify('convolve', [left, right], 'number')
    for (const x of [a, b]) {
      if (x.rank !== 1)
        throw new ShapeError(
          'convolve-rank',
          `[convolve] takes two vectors, got ${formatShape(a.shape)} and ${formatShape(b.shape)}; use vmap for rows of vectors`,
        )
      if (x.size === 0)
        throw new ValueError(
          'convolve-empty',
          '[convolve] expected at least one element in each vector, got none; pass longer ones',
        )
    }
    const [long, short] = a.size < b.size ? [b, a] : [a, b]
    const full = short.size >= longEnough && isFloat(a.dtype) ? byTransforms(long, short) : direct(long, short)
    if (mode === 'full') return full
    const cut = mode === 'same' ? Math.floor((short.size - 1) / 2) : short.size - 1
    return range(full, cut, mode === 'same' ? long.size : long.size - short.size + 1)
  },
)
