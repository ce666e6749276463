import { bodyOf, type Works } from '../kernels/work'
import { defineOp, type DefinedOp } from '../recording/define'
import type { Domain } from '../recording/domain'
import { constant } from '../recording/law'
import { liftAxis } from '../recording/lift'
import { axisOption, onTensor, operand } from '../recording/operands'
import { normalizeAxis } from '../values/shape'
import type { SortSignature } from '../types/signatures'
import type { Tensor } from '../values/tensor'
import { gather } from './indexing'

/** One input of any shape with an axis. */
export const alongAxis: Domain<Works['argsort']> = (draw) => {
  const shape = draw.shape({ minRank: 1, maxRank: 3 })
  return {
    inputs: [{ shape, min: -2, max: 2 }],
    attributes: { axis: draw.integer(0, shape.length - 1) },
    distinct: true,
  }
}

/** `argsort` with a normalized axis. */
export const sortingOrder: DefinedOp<Works['argsort']> = /* @__PURE__ */ defineOp({
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
