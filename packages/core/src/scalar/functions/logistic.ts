import { times } from '../tangents'
import { exp } from './exponential'
import { unary, type UnaryFunction } from './function'
import { sechSquared } from './hyperbolic'
import { log1pOfFinite } from './logarithm'

/** Logistic function `1 / (1 + e^-x)`, as `select(x < 0, e, 1) / (1 + e)` with `e = exp(-|x|)`. Within 2.5 ulp. */
export const sigmoid: UnaryFunction<'sigmoid', 'sigmoid' | 'sechSquared'> = /* @__PURE__ */ unary('sigmoid', {
  program(s, x) {
    const e = exp.program(s, s.neg(s.abs(x)))
    return s.div(s.select(s.less(x, 0), e, 1), s.add(1, e))
  },
  // y (1 - y), with sigmoid(-x) for 1 - y, which would cancel. Near 0 it is sech²(x/2) / 4 instead: there the
  // derivative of the product would cancel.
  slope: times((s, x, y) =>
    s.select(s.less(s.abs(x), 4), s.mul(s.call(sechSquared, s.mul(x, 0.5)), 0.25), s.mul(y, s.call(sigmoid, s.neg(x)))),
  ),
})

/** `ln(1 + e^x)`, as `max(x, 0) + log1p(exp(-|x|))`. Within 2 ulp. */
export const softplus: UnaryFunction<'softplus', 'sigmoid'> = /* @__PURE__ */ unary('softplus', {
  program: (s, x) => s.add(s.max(x, 0), log1pOfFinite(s, exp.program(s, s.neg(s.abs(x))))),
  slope: times((s, x) => s.call(sigmoid, x)),
})
