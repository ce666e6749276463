import { checkArguments } from '../arguments/arguments'
import { whileLoop } from '../control/while-loop'
import { add, div, mul, sub } from '../ops/arithmetic'
import { greater, lessEqual } from '../ops/comparison'
import { square } from '../ops/exponential'
import type { Tensor } from '../values/tensor'
import type { Iteration } from './linear'
import { linearParameters, type LinearSolveOptions, solveTrees } from './linear-door'
import { ruledOp } from './ruled'
import type { Solution } from './solution'
import { inner } from './vectors'

/** The region of `conjugateGradient`. */
export const conjugateGradientOp = /* @__PURE__ */ ruledOp('conjugateGradient')

/** The method of conjugate gradients (Hestenes & Stiefel 1952, equations 3:1). */
const iteration: Iteration = {
  op: conjugateGradientOp,
  remedy: 'raise maxSteps, loosen rtol, check that the operator is symmetric and positive definite, or use gmres',
  run(A, b, start, tolerance, maxSteps) {
    const first = sub(b, A(start))
    const goal = square(tolerance)
    const { value, steps } = whileLoop(
      ({ rr }) => greater(rr, goal),
      ({ x, r, p, rr }) => {
        const image = A(p)
        const length = div(rr, inner(p, image))
        const next = sub(r, mul(length, image))
        const after = inner(next, next)
        return { x: add(x, mul(length, p)), r: next, p: add(next, mul(div(after, rr), p)), rr: after }
      },
      { x: start, r: first, p: first, rr: inner(first, first) },
      { maxSteps },
    )
    // A comparison with NaN is false.
    return { x: value.x, steps: steps as Tensor, finished: lessEqual(value.rr, goal) }
  },
}

const parameters = /* @__PURE__ */ linearParameters({})

/**
 * Solves `A x = b` for a symmetric positive definite linear operator: `operator(x)` returns `A x`, and no matrix is
 * formed. `b`, `x` and `A x` are trees of one structure, with tensors of one floating-point dtype; the inner product
 * runs over all of their entries. Conjugate gradients (Hestenes & Stiefel 1952), at most `maxSteps` applications of the
 * operator, until `‖b - A x‖ ≤ max(rtol ‖b‖, atol)` by the recurrence of the method; `residual` is that norm, computed
 * from the value.
 *
 * Gradients reach `b` and the tensors that the operator captured, by the implicit rule: `A ẋ = ḃ - Ȧ x` in forward
 * mode, and in reverse mode `Aᵀ λ = x̄`, where `Aᵀ` is derived from the operator. Both are solved with the same `rtol`
 * and `maxSteps`, and differentiated in the same way, so derivatives have any order. That of `init` is zero.
 *
 * If the iteration does not converge, the call throws; so does a derivative whose system does not. In a compiled
 * program, which cannot throw, the value is NaN and `finished` is false. `finished` holds only if the computed residual
 * is at most ten times the tolerance, so an operator that is not linear, or rounding, does not pass unnoticed.
 *
 * @throws ValueError if the iteration does not converge, if `operator` or `init` does not have the structure, shapes
 * and dtype of `b`, or if `b` holds no tensor; DTypeError if `b` has tensors of several dtypes; TraceError if
 * `operator` reads the value of a tensor that it computes.
 */
export function conjugateGradient<X>(operator: (x: X) => X, b: X, options: LinearSolveOptions<X> = {}): Solution<X> {
  checkArguments('conjugateGradient', parameters, arguments)
  return solveTrees(iteration, 'conjugateGradient', operator, b, options)
}
