import { repeated } from '../batching/rules'
import { mul } from '../ops/arithmetic'
import { applyAll } from '../recording/apply'
import { type DefinedOp, defineElementwise, defineOp } from '../recording/define'
import type { CallingSet } from '../scalar/builder'
import { gammaShapeSlope } from '../scalar/functions/incomplete-gamma'
import { wide } from '../scalar/wide'
import { vjpRule } from '../recording/law'
import type { Tensor } from '../values/tensor'
import * as scalar from '../scalar/functions'

const ofGamma = [
  { min: 0.5, max: 3 },
  { min: 0.3, max: 3 },
]

/** `dx/da` of a gamma number x where `P(a, x)` is constant: `-∂P/∂a / density` (Figurnov et al. 2018, eq. 5). */
const gammaPathwise: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'gammaPathwise',
  inputs: 2,
  formula: wide((s: CallingSet, a, x) => s.neg(s.mul(gammaShapeSlope(s, a, x), s.div(x, a)))),
  domain: ofGamma,
})

/** `dl/da` of the logarithm l of a gamma number, likewise: also where the number underflows. */
const logGammaPathwise: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'logGammaPathwise',
  inputs: 2,
  formula: wide((s: CallingSet, a, l) => s.neg(s.div(gammaShapeSlope(s, a, s.call(scalar.exp, l), l), a))),
  domain: ofGamma,
})

/** The attributes of a region: it owns no graph. */
interface Region {
  readonly graphs: readonly []
}

const region: Region = { graphs: [] }

/**
 * Numbers that were drawn, with a derivative in the parameter of their distribution (implicit reparameterization,
 * Figurnov et al. 2018): that of the quantile, not that of the sampler. It is a function of the parameter and of the
 * numbers, which have this derivative themselves, so all orders follow.
 */
function implicit(
  name: string,
  slope: (parameter: Tensor, numbers: Tensor) => Tensor,
): (numbers: Tensor, parameter: Tensor) => Tensor {
  const op: DefinedOp<Region> = defineOp<Region>({
    name,
    inputs: 2,
    infer: ([numbers]) => numbers,
    body: {
      kind: 'region',
      run: ([numbers]) => [numbers],
      owned: () => [],
      batch: ({ op, inputs, attributes, size }) =>
        applyAll(
          op,
          inputs.map((input) => repeated(input, size)),
          attributes,
        ).map((tensor) => ({ tensor, isBatched: true })),
      replaces: () => ({ values: 1, parameters: 1, surrogate: true }),
    },
    law: vjpRule({
      pullback: ([g], { inputs: [, parameter], output }) => [null, mul(g, slope(parameter, output))],
      jvp: ([, tangent], { inputs: [, parameter], output }) => [
        tangent === null ? null : mul(tangent, slope(parameter, output)),
      ],
    }),
    domain: (draw) => {
      const shape = draw.shape()
      const numbers = { shape, min: 0.3, max: 3 }
      return { inputs: [numbers, numbers], attributes: region }
    },
  })
  return (numbers, parameter) => op(numbers, parameter, region)
}

/** Gamma numbers of rate 1, and their concentration. */
export const gammaNumbers = /* @__PURE__ */ implicit('gamma', gammaPathwise)

/** The logarithms of gamma numbers of rate 1, and their concentration. */
export const logGammaNumbers = /* @__PURE__ */ implicit('logGamma', logGammaPathwise)
