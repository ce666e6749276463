import { checkArguments } from '../arguments/arguments'
import { sub } from '../ops/arithmetic'
import { equationParameters, type EquationOptions, solveBySteps, traceFunction } from './equation'
import { ruledOp } from './ruled'
import type { Solution } from './solution'
import { scaledNorm } from './vectors'

/** The region of `fixedPoint`. */
export const fixedPointOp = /* @__PURE__ */ ruledOp('fixedPoint')

/**
 * Solves `x = f(x, params)` by the iteration `x ← f(x, params)` from `init`, until a step is small:
 * `‖f(x) - x‖ ≤ max(rtol ‖f(x)‖, atol)`. The norms run over all entries. `x` is a tree of tensors of one floating-point
 * dtype, and `f` returns a tree like it. `value` is the last `f(x)`, and `residual` the size of the last step.
 *
 * The iterations are not differentiated. The derivative with respect to `params`, and to the tensors that `f` captured,
 * is that of the implicit function theorem (Christianson 1994): with `J = ∂f/∂x` at the solution, reverse mode solves
 * `(I - Jᵀ) λ = x̄` and returns `(∂f/∂params)ᵀ λ`; forward mode solves `(I - J) ẋ = ḟ`. `gmres` solves these systems
 * without forming J, with the options `linear`. They are differentiated in turn, so derivatives have any order. That of
 * `init` is zero. A derivative is as exact as the solution: its error is of the order of `residual`.
 *
 * If the iteration does not converge, the call throws; so does a derivative whose system is not solved. In a compiled
 * program, which cannot throw, the value is NaN and `finished` is false.
 *
 * @throws ValueError if the iteration does not converge, if `f` returns another structure, shape or dtype than `x` has,
 * or if `init` holds no tensor; DTypeError if `init` has tensors of several dtypes; TraceError if `f` reads the value
 * of a tensor that it computes.
 */
export function fixedPoint<X, P>(
  f: (x: X, params: P) => X,
  init: X,
  params: P,
  options: EquationOptions = {},
): Solution<X> {
  checkArguments('fixedPoint', equationParameters, arguments)
  const traced = traceFunction('fixedPoint', f, init, params)
  const { pack, unpack } = traced.vectors
  return solveBySteps(traced, options, {
    operation: 'fixedPoint',
    op: fixedPointOp,
    maxSteps: options.maxSteps ?? 1000,
    remedy: 'raise maxSteps, loosen rtol or atol, start closer, or damp f: x + (f(x) - x) / 2',
    equation: (x, known) => traced.f(x, known).map((each, i) => sub(x[i], each)),
    step(x, known) {
      const next = pack(traced.f(unpack(x), known))
      return { x: next, moved: scaledNorm(sub(next, x)) }
    },
    residual: (_, __, moved) => moved,
  })
}
