import * as ct from '@cotangent/core'
import { operator, type Operators, plain } from '../node'

/** Comparisons, booleans and choices. */
export const logic: Operators = {
  Equal: plain(2, ct.equal),
  Less: plain(2, ct.less),
  Greater: plain(2, ct.greater),
  LessOrEqual: plain(2, ct.lessEqual),
  GreaterOrEqual: plain(2, ct.greaterEqual),
  And: plain(2, ct.and),
  Or: plain(2, ct.or),
  Not: plain(1, ct.not),
  Xor: plain(2, ct.notEqual),
  Where: plain(3, ct.where),
  IsNaN: plain(1, ct.isNaN),
  IsInf: operator(1, (node) => {
    const [negative, positive] = [node.flag('detect_negative', true), node.flag('detect_positive', true)]
    return (given) => {
      const x = given.tensor(0)
      const isAt = (bound: number, counts: boolean) => (counts ? ct.equal(x, bound) : ct.notEqual(x, x))
      const found = ct.or(isAt(-Infinity, negative), isAt(Infinity, positive))
      // Where neither is looked for, a NaN is no infinity either.
      return ct.and(found, ct.equal(x, x))
    }
  }),
}
