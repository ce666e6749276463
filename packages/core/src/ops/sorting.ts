import { bodyOf, type Works } from '../kernels/work'
import { defineOp, type DefinedOp } from '../recording/define'
import type { Domain } from '../recording/domain'
import { constant, linear } from '../recording/law'
import { liftAxis } from '../recording/lift'
import { axisOption, onTensor, operand } from '../recording/operands'
import { normalizeAxis } from '../values/shape'
import type { CumulativeSignature, SortSignature } from '../types/signatures'
import type { Tensor } from '../values/tensor'
import { gather } from './indexing'
import { flipAxes } from './movement'

const alongAxis: Domain<Works['cumsum']> = (draw) => {
  const shape = draw.shape({ minRank: 1, maxRank: 3 })
  return {
    inputs: [{ shape, min: -2, max: 2 }],
    attributes: { axis: draw.integer(0, shape.length - 1) },
    distinct: true,
  }
}

/** `cumsum` with a normalized axis. */
export const cumulativeSum: DefinedOp<Works['cumsum']> = /* @__PURE__ */ defineOp({
  name: 'cumsum',
  inputs: 1,
  infer: ([{ shape, dtype }]) => ({ shape, dtype: dtype === 'bool' ? 'int32' : dtype }),
  body: bodyOf('cumsum', ({ axis }) => ({ axis })),
  law: linear({
    // ∂(Σ_{j<=i} xⱼ)/∂xₖ is 1 for i >= k, so the transpose sums from the end.
    transpose: (g, { attributes }) => [fromEnd(cumulativeSum(fromEnd(g, attributes), attributes), attributes)],
  }),
  lift: liftAxis,
  domain: alongAxis,
})

function fromEnd(x: Tensor, { axis }: Works['cumsum']): Tensor {
  return flipAxes(x, { axes: [axis] })
}

/** Cumulative sum along `axis` (default: the last): `yᵢ = Σ_{j <= i} xⱼ`. Booleans are counted. */
export const cumsum = /* @__PURE__ */ onTensor<CumulativeSignature>(
  'cumsum',
  [operand, axisOption],
  (x: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor =>
    cumulativeSum(x, { axis: normalizeAxis('cumsum', axis, x.rank) }),
)

/** `argsort` with a normalized axis. */
export const sortingOrder: DefinedOp<Works['cumsum']> = /* @__PURE__ */ defineOp({
  name: 'argsort',
  inputs: 1,
  infer: ([{ shape }]) => ({ shape, dtype: 'int32' }),
  body: bodyOf('argsort', ({ axis }) => ({ axis })),
  law: constant,
  lift: liftAxis,
  domain: alongAxis,
})

/** Indices (int32) that sort `x` along `axis` (default: the last) in ascending order. Stable, with NaN last. */
export const argsort = /* @__PURE__ */ onTensor<SortSignature>(
  'argsort',
  [operand, axisOption],
  (x: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor =>
    sortingOrder(x, { axis: normalizeAxis('argsort', axis, x.rank) }),
)

/**
 * `x` in ascending order along `axis` (default: the last). Stable, with NaN last. The derivative follows the
 * permutation.
 */
export const sort = /* @__PURE__ */ onTensor<SortSignature>(
  'sort',
  [operand, axisOption],
  (x: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor => gather(x, argsort(x, { axis }), { axis }),
)
