import { buildProgram as build, type CallingSet, type Program, type Scalar } from '../../src/scalar/builder'
import { derivative as derive } from '../../src/scalar/dual'
import type { Formula } from '../../src/scalar/formula'
import type { Identity } from '../../src/scalar/identities'
import { bare } from '../../src/scalar/named'
import type { DType } from '../../src/values/dtype'

export type { Formula, ScalarSet } from '../../src/scalar/formula'
export type { Program, Scalar } from '../../src/scalar/builder'

// Programs and derivatives of formulas as users write them: with a method for each named function.

export const buildProgram = (formula: Formula, inputs: readonly DType[], rules?: readonly Identity[]): Program =>
  build(bare(formula), inputs, rules)

export const derivative =
  (formula: Formula, argument: number): Formula =>
  (s, ...inputs) => {
    const call: CallingSet['call'] = (f, ...operands) => s[f.name as 'pow'](...(operands as [Scalar, Scalar]))
    return derive(bare(formula), argument)({ ...s, call }, ...inputs)
  }
