import { checkArguments } from '../arguments/arguments'
import { pushForward } from '../autodiff/sweeps'
import { record } from '../autodiff/tape'
import { add, neg } from '../ops/arithmetic'
import type { Tensor } from '../values/tensor'
import { divided, equationParameters, type EquationOptions, solveBySteps, traceFunction } from './equation'
import { gmresIteration } from './gmres'
import { filled } from './implicit'
import { iterate } from './linear'
import { ruledOp } from './ruled'
import type { Solution } from './solution'
import { scaledNorm } from './vectors'

/** The region of `root`. */
export const rootOp = /* @__PURE__ */ ruledOp('root')

/**
 * Solves `f(x, params) = 0` by Newton's method from `init`: `x ← x - J⁻¹ f(x)` with `J = ∂f/∂x`, until a step is small:
 * `‖J⁻¹ f‖ ≤ max(rtol ‖x‖, atol)`. The norms run over all entries. `x` is a tree of tensors of one floating-point
 * dtype, and `f` returns a tree like it. `gmres` solves the systems with J without forming it, with the options
 * `linear`; for a single unknown it is a division. `residual` is `‖f(x)‖` at the value.
 *
 * The iterations are not differentiated. The derivative with respect to `params`, and to the tensors that `f` captured,
 * is that of the implicit function theorem (Christianson 1994): reverse mode solves `Jᵀ λ = x̄` at the solution and
 * returns `-(∂f/∂params)ᵀ λ`; forward mode solves `J ẋ = -ḟ`. These systems are differentiated in turn, so derivatives
 * have any order. That of `init` is zero.
 *
 * If the iteration does not converge, the call throws; so does a derivative whose system is not solved. In a compiled
 * program, which cannot throw, the value is NaN and `finished` is false.
 *
 * @throws ValueError if the iteration does not converge, if `f` returns another structure, shape or dtype than `x` has,
 * or if `init` holds no tensor; DTypeError if `init` has tensors of several dtypes; TraceError if `f` reads the value
 * of a tensor that it computes.
 */
export function root<X, P>(f: (x: X, params: P) => X, init: X, params: P, options: EquationOptions = {}): Solution<X> {
  checkArguments('root', equationParameters, arguments)
  const traced = traceFunction('root', f, init, params)
  const { vectors } = traced
  const { pack, unpack } = vectors
  const { restart, ...linear } = options.linear ?? {}
  const gmres = gmresIteration(restart)

  /** `-J⁻¹ f`. A step that is not exact is a step all the same. */
  function stepFrom(x: Tensor, known: readonly Tensor[]): Tensor {
    const leaves = unpack(x)
    const { result, tape } = record('root', leaves, (aliases) => traced.f(aliases, known), undefined, 'forward')
    const J = (v: readonly Tensor[]) => filled(pushForward(tape, result, v), leaves)
    const right = result.map((each) => neg(each))
    if (vectors.size === 1) return divided((v) => pack(J(unpack(v))), pack(right))
    return pack(iterate(gmres, J, right, null, vectors, linear).value)
  }

  return solveBySteps(traced, options, {
    operation: 'root',
    op: rootOp,
    maxSteps: options.maxSteps ?? 50,
    remedy: 'raise maxSteps, loosen rtol or atol, or start closer to a root where ∂f/∂x is invertible',
    equation: traced.f,
    step(x, known) {
      const step = stepFrom(x, known)
      return { x: add(x, step), moved: scaledNorm(step) }
    },
    residual: (x, known) => scaledNorm(pack(traced.f(unpack(x), known))),
  })
}
