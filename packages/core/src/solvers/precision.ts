import { sumAxes } from '../ops/broadcasting'
import { defineElementwise } from '../recording/define'
import { constant } from '../recording/law'
import type { DType } from '../values/dtype'
import type { Tensor } from '../values/tensor'

// Numbers that depend on the dtype in which a solver computes. They are values of ops, because a graph that was traced
// in float32 computes in float64 if it gets float64.

/* @__NO_SIDE_EFFECTS__ */
function ofDType(name: string, float32: number, float64: number) {
  return defineElementwise({
    name,
    inputs: 1,
    formula: (s, x) => s.const(x.dtype === 'float32' ? float32 : float64, x.dtype),
    law: constant,
    domain: [{ min: -1, max: 1 }],
  })
}

const [narrow, wide] = [1e-5, 1e-10]

/** The tolerance of a solver, unless the user states one. */
export function defaultTolerance(dtype: DType): number {
  return dtype === 'float32' ? narrow : wide
}

/** `defaultTolerance` of the dtype of its input. */
export const toleranceOp = /* @__PURE__ */ ofDType('defaultTolerance', narrow, wide)

/** Half a unit in the last place of 1, in the dtype of its input. */
export const roundoffOp = /* @__PURE__ */ ofDType('roundoff', 5.9604644775390625e-8, 1.1102230246251565e-16)

/** The default tolerance for a vector, a scalar of its dtype. */
export function toleranceFor(vector: Tensor): Tensor {
  return toleranceOp(sumAxes(vector, { axes: [0] }))
}
