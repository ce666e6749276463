import { gapsOf, quotientsOf } from '../../kernels/factor/gaps'
import { bodyOf } from '../../kernels/work'
import { defineOp, type DefinedOp } from '../../recording/define'
import { vjpRule } from '../../recording/law'
import type { Tensor } from '../../values/tensor'
import { mul, neg } from '../arithmetic'
import { sumAxes } from '../broadcasting'
import { onesLike } from '../creation'
import { cumulativeSum } from '../cumulative'

/** Attributes of `gapQuotients`. */
export interface GapAttributes {
  readonly sign: 1 | -1
  /** Whether the gaps are those of the squares. */
  readonly squares: boolean
}

/**
 * `Dᵢⱼ = (Kᵢⱼ + sign Kⱼᵢ)/γᵢⱼ` off the diagonal, with `γᵢⱼ = wⱼ - wᵢ` or `wⱼ² - wᵢ²`, and 0 on it: how eigenvectors
 * turn. The numerator is formed first, because it vanishes with the gap where a result does not depend on the choice of
 * eigenvectors. At equal values it is a ValueError unless both entries of K are 0.
 */
export const gapQuotients: DefinedOp<GapAttributes> = /* @__PURE__ */ defineOp<GapAttributes>({
  name: 'gapQuotients',
  inputs: 2,
  infer: ([k]) => k,
  body: bodyOf('factor', ({ sign, squares }) => ({ factorization: gapsOf(sign, squares) })),
  law: vjpRule<GapAttributes, 2>({
    // γ is antisymmetric, so the transpose in K has the other sign. dD = -D dγ/γ, and D is symmetric or antisymmetric.
    pullback: ([g], { inputs: [, w], output, attributes: { sign, squares } }) => {
      const other = gapQuotients(g, w, { sign: sign === 1 ? -1 : 1, squares })
      const change = gapQuotients(mul(g, output), w, { sign: 1, squares })
      const ofValues = neg(sumAxes(change, { axes: [g.rank - 2] }))
      return [other, squares ? mul(ofValues, mul(w, 2)) : ofValues]
    },
    linearIn: [[0]],
  }),
  lift: (attributes) => attributes,
  domain: (draw) => {
    const batch = draw.shape({ maxRank: 1, maxSize: 2 })
    const n = draw.integer(0, 3)
    return {
      inputs: [{ shape: [...batch, n, n] }, { shape: [...batch, n], ...apart }],
      attributes: { sign: draw.pick([1, -1] as const), squares: draw.pick([false, true]) },
    }
  },
})

/** `Kᵢⱼ/wⱼ`. Over a value of 0 it is a ValueError, unless the numerator is 0 too: then it is 0. */
export const columnQuotients: DefinedOp<undefined> = /* @__PURE__ */ defineOp({
  name: 'columnQuotients',
  inputs: 2,
  infer: ([k]) => k,
  body: bodyOf('factor', () => ({ factorization: quotientsOf })),
  law: vjpRule<undefined, 2>({
    pullback: ([g], { inputs: [, w], output }) => [
      columnQuotients(g, w),
      neg(sumAxes(columnQuotients(mul(g, output), w), { axes: [g.rank - 2] })),
    ],
    linearIn: [[0]],
  }),
  lift: (attributes) => attributes,
  domain: (draw) => {
    const batch = draw.shape({ maxRank: 1, maxSize: 2 })
    const [m, n] = [draw.integer(0, 3), draw.integer(0, 3)]
    return {
      inputs: [{ shape: [...batch, m, n] }, { shape: [...batch, n], ...apart }],
      attributes: undefined,
    }
  },
})

/** Values near 1, 2, ..., n. */
const apart = {
  from: (free: Tensor) => free.div(8).add(cumulativeSum(onesLike(free), { axis: free.rank - 1 })),
}
