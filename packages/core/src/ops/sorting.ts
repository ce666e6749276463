import type { Buffer } from '../backends/kinds'
import { castTo } from '../graph/cast'
import { defineOp, type DefinedOp } from '../graph/define'
import type { Domain } from '../graph/domain'
import { constant, linear } from '../graph/law'
import { onTensor } from '../graph/operands'
import { normalizeAxis, sizeOf } from '../values/shape'
import type { CumulativeSignature, SortSignature } from '../values/signatures'
import type { Tensor } from '../values/tensor'
import { gather } from './indexing'
import { flipAxes } from './movement'

interface Axis {
  readonly axis: number
}

const alongAxis: Domain<Axis> = (draw) => {
  const shape = draw.shape({ minRank: 1, maxRank: 3 })
  return {
    inputs: [{ shape, min: -2, max: 2 }],
    attributes: { axis: draw.integer(0, shape.length - 1) },
    distinct: true,
  }
}

/** Calls `line(start, stride, length)` for every line along an axis. */
function eachLine(
  { shape }: Buffer,
  axis: number,
  line: (start: number, stride: number, length: number) => void,
): void {
  const stride = sizeOf(shape.slice(axis + 1))
  const length = shape[axis]
  const outer = sizeOf(shape.slice(0, axis))
  for (let o = 0; o < outer; o++) for (let i = 0; i < stride; i++) line(o * length * stride + i, stride, length)
}

/** Running totals along an axis. */
export const cumulativeSum: DefinedOp<Axis> = /* @__PURE__ */ defineOp({
  name: 'cumsum',
  inputs: 1,
  infer: ([input]) => input,
  // Summed in float64 whatever the dtype, and rounded once an element: the totals of a long line stay accurate.
  kernel: ([input], output, { axis }) =>
    eachLine(input, axis, (start, stride, length) => {
      let total = 0
      for (let i = 0, at = start; i < length; i++, at += stride) output.data[at] = total += input.data[at]
    }),
  law: linear({
    // ∂(Σ_{j<=i} xⱼ)/∂xₖ is 1 for i >= k: the transpose sums from the end.
    transpose: (g, { attributes }) => [fromEnd(cumulativeSum(fromEnd(g, attributes), attributes), attributes)],
  }),
  domain: alongAxis,
})

function fromEnd(x: Tensor, { axis }: Axis): Tensor {
  return flipAxes(x, { axes: [axis] })
}

/** Running sum along `axis` (the last unless told): `yᵢ = Σ_{j <= i} xⱼ`. Booleans are counted. */
export const cumsum = /* @__PURE__ */ onTensor<CumulativeSignature>(
  'cumsum',
  (x: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor =>
    cumulativeSum(x.dtype === 'bool' ? castTo(x, 'int32') : x, { axis: normalizeAxis('cumsum', axis, x.rank) }),
)

/** `argsort` with the axis normalized. */
export const sortingOrder: DefinedOp<Axis> = /* @__PURE__ */ defineOp({
  name: 'argsort',
  inputs: 1,
  infer: ([{ shape }]) => ({ shape, dtype: 'int32' }),
  kernel: ([input], output, { axis }) =>
    eachLine(input, axis, (start, stride, length) => {
      const order = Array.from({ length }, (_, i) => i)
      const value = (i: number) => input.data[start + i * stride]
      // Array.prototype.sort is stable; NaN, which compares with nothing, goes last.
      order.sort((i, j) => {
        const [a, b] = [value(i), value(j)]
        return a < b ? -1 : a > b ? 1 : Number(Number.isNaN(a)) - Number(Number.isNaN(b))
      })
      order.forEach((i, k) => (output.data[start + k * stride] = i))
    }),
  law: constant,
  domain: alongAxis,
})

/** Positions (int32) that sort `x` along `axis` (the last unless told) in ascending order: stable, NaN last. */
export const argsort = /* @__PURE__ */ onTensor<SortSignature>(
  'argsort',
  (x: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor =>
    sortingOrder(x, { axis: normalizeAxis('argsort', axis, x.rank) }),
)

/** `x` in ascending order along `axis` (the last unless told): stable, NaN last. The derivative follows the permutation. */
export const sort = /* @__PURE__ */ onTensor<SortSignature>(
  'sort',
  (x: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor => gather(x, argsort(x, { axis }), { axis }),
)
