import { type DefinedOp, defineElementwise } from '../../recording/define'
import { logNormalMass } from '../../scalar/functions/normal-tail'
import { halfLogTwoPi } from '../../scalar/functions/precision'
import { wide } from '../../scalar/wide'
import { mul, neg } from '../arithmetic'
import * as scalar from '../../scalar/functions'

/** `φ(a) e^-y`, the density at a divided by the mass `e^y` of an interval; 0 where a is infinite. */
export const densityOverMass: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'densityOverMass',
  inputs: 2,
  formula: wide((s, a, y) => {
    const isInfinite = s.equal(s.abs(a), Infinity)
    const bounded = s.select(isInfinite, 0, a)
    const exponent = s.sub(s.mul(-0.5, s.mul(bounded, bounded)), s.add(y, halfLogTwoPi))
    return s.select(isInfinite, 0, s.call(scalar.exp, exponent))
  }),
  domain: [
    { min: -2, max: 2 },
    { min: -2, max: 0 },
  ],
})

/** `log(Φ(b) - Φ(a))` of the standard normal distribution, for a < b, also far from 0. */
export const logNormalMassOf: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'logNormalMass',
  inputs: 2,
  formula: wide(logNormalMass),
  partials: [(d, [a], y) => neg(mul(d, densityOverMass(a, y))), (d, [, b], y) => mul(d, densityOverMass(b, y))],
  domain: [
    { min: -2, max: -0.5 },
    { min: 0.3, max: 2 },
  ],
})
