import { checkArguments, type Kind } from '../arguments/arguments'
import { integerFrom } from '../arguments/kinds'
import { scan } from '../control/scan'
import { whileLoop } from '../control/while-loop'
import { abs, add, div, mul, sub } from '../ops/arithmetic'
import { and, equal, greater, less, lessEqual, where } from '../ops/comparison'
import { matmul } from '../ops/contraction'
import { arange, zeros } from '../ops/creation'
import { eye } from '../ops/diagonals'
import { sqrt, square } from '../ops/exponential'
import { expandDims } from '../ops/movement'
import { at, slice } from '../ops/slicing'
import { castTo } from '../recording/cast'
import type { Tensor } from '../values/tensor'
import type { Iteration } from './linear'
import { linearParameters, type LinearSolveOptions, solveTrees } from './linear-door'
import { roundoffOp } from './precision'
import { ruledOp } from './ruled'
import type { Solution } from './solution'
import { inner, norm } from './vectors'

/** Options of `gmres`. */
export interface GmresOptions<X = unknown> extends LinearSolveOptions<X> {
  /** The number of steps after which the method starts again from what it found. Default: 20. */
  readonly restart?: number | undefined
}

const fields = { restart: /* @__PURE__ */ integerFrom(1) } satisfies Record<
  Exclude<keyof GmresOptions, keyof LinearSolveOptions>,
  Kind
>
const parameters = /* @__PURE__ */ linearParameters(fields)

/** The region of `gmres`. */
export const gmresOp = /* @__PURE__ */ ruledOp('gmres')

/**
 * A cycle of at most m steps. Rows 0 to k of V [m + 1, n] are an orthonormal basis of the Krylov space. The Hessenberg
 * matrix of the operator in that basis is Qᵀ R: Q [m + 1, m + 1] is the product of the rotations, and only its upper
 * triangle R [m, m] is kept. Rows and columns beyond step k are those of zeros, and of identity matrices.
 */
interface Cycle {
  readonly V: Tensor
  readonly Q: Tensor
  readonly R: Tensor
  readonly k: Tensor
  /** The norm of the residual after k steps. */
  readonly left: Tensor
  /** Whether the basis can grow. */
  readonly grows: Tensor
}

/** Generalized minimal residuals with restarts (Saad & Schultz 1986, algorithm 4). */
export function gmresIteration(restart = 20): Iteration {
  return {
    op: gmresOp,
    remedy: 'raise maxSteps or restart, loosen rtol, or check that the operator is linear and invertible',
    run(A, b, start, tolerance, maxSteps) {
      const [size] = b.shape as readonly number[]
      const m = Math.max(1, Math.min(restart, size))
      // Steps are counted in int32.
      const most = Math.min(maxSteps, 2 ** 31 - 1)
      const first = sub(b, A(start))
      const { value } = whileLoop(
        ({ left, steps }) => and(greater(left, tolerance), less(steps, most)),
        ({ x, r, left, steps }) => {
          const { V, Q, R, k } = cycle(A, r, left, tolerance, sub(most, steps), m)
          const y = solveTriangle(R, mul(left, slice(at(Q, null, 0), [0, m])), k)
          const next = add(x, matmul(y, slice(V, [0, m])))
          const residual = sub(b, A(next))
          return { x: next, r: residual, left: norm(residual), steps: add(steps, k) }
        },
        { x: start, r: first, left: norm(first), steps: zeros([], { dtype: 'int32' }) as Tensor },
        { maxSteps: most },
      )
      return { x: value.x, steps: value.steps, finished: lessEqual(value.left, tolerance) }
    },
  }
}

function cycle(A: (v: Tensor) => Tensor, r: Tensor, norm0: Tensor, tolerance: Tensor, most: Tensor, m: number): Cycle {
  const { dtype } = r
  const places = arange(0, m + 1, 1, { dtype: 'int32' }) as Tensor
  const columns = slice(places, [0, m])
  const isAt = (k: Tensor) => equal(places, k)
  const row = (matrix: Tensor, mask: Tensor) => matmul(castTo(mask, dtype), matrix)
  const withRow = (matrix: Tensor, mask: Tensor, values: Tensor) => where(expandDims(mask, 1), values, matrix)
  const { value } = whileLoop<Cycle>(
    ({ k, left, grows }) => and(and(greater(left, tolerance), less(k, most)), grows),
    ({ V, Q, R, k }) => {
      const [here, next] = [isAt(k), isAt(add(k, 1))]
      const image = A(row(V, here))
      // Gram-Schmidt, twice: once loses orthogonality to rounding.
      const along = matmul(V, image)
      const once = sub(image, matmul(along, V))
      const again = matmul(V, once)
      const rest = sub(once, matmul(again, V))
      const height = norm(rest)
      // A remainder of rounding errors is no direction.
      const rounding = mul(norm(image), mul(roundoffOp(norm0), 4))
      const grows = greater(height, rounding)
      const column = add(add(along, again), mul(castTo(next, dtype), height))
      const rotated = matmul(Q, column)
      const [above, below] = [inner(rotated, castTo(here, dtype)), inner(rotated, castTo(next, dtype))]
      const length = sqrt(add(square(above), square(below)))
      const isZero = lessEqual(length, rounding)
      const divisor = where(isZero, 1, length)
      const [c, s] = [where(isZero, 1, div(above, divisor)), div(below, divisor)]
      const [upper, lower] = [row(Q, here), row(Q, next)]
      const after = withRow(
        withRow(Q, here, add(mul(c, upper), mul(s, lower))),
        next,
        sub(mul(c, lower), mul(s, upper)),
      )
      return {
        V: withRow(V, next, where(grows, div(rest, where(grows, height, 1)), 0)),
        Q: after,
        R: where(equal(columns, k), expandDims(slice(where(here, where(isZero, 0, length), rotated), [0, m]), 1), R),
        k: add(k, 1),
        left: mul(norm0, abs(at(row(after, next), 0))),
        grows,
      }
    },
    {
      V: withRow(zeros([m + 1, ...(r.shape as readonly number[])], { dtype }), equal(places, 0), div(r, norm0)),
      Q: eye(m + 1, { dtype }),
      R: eye(m, { dtype }),
      k: zeros([], { dtype: 'int32' }) as Tensor,
      left: norm0,
      grows: greater(norm0, 0),
    },
    { maxSteps: m },
  )
  return value
}

/** Solves `R y = g` for the first k rows of an upper triangle, from the last row to the first; skips zeros of R. */
function solveTriangle(R: Tensor, g: Tensor, k: Tensor): Tensor {
  const [m] = R.shape as readonly number[]
  const { dtype } = R
  const isUsed = less(arange(0, m, 1, { dtype: 'int32' }), k)
  const rows = { r: R, unit: eye(m, { dtype }) as Tensor, g: where(isUsed, g, 0) }
  const [y] = scan(
    (y: Tensor, row: { r: Tensor; unit: Tensor; g: Tensor }) => {
      // A zero belongs to a direction that the operator maps to zero: a step along it changes no residual.
      const diagonal = inner(row.r, row.unit)
      const isZero = equal(diagonal, 0)
      const value = where(isZero, 0, div(sub(row.g, inner(row.r, y)), where(isZero, 1, diagonal)))
      return [add(y, mul(row.unit, value)), null] as const
    },
    zeros([m], { dtype }) as Tensor,
    rows,
    { reverse: true },
  )
  return y
}

/**
 * Solves `A x = b` for an invertible linear operator, which need not be symmetric: `operator(x)` returns `A x`, and no
 * matrix is formed. `b`, `x` and `A x` are trees of one structure, with tensors of one floating-point dtype. The method
 * is that of generalized minimal residuals (Saad & Schultz 1986) with restarts. It takes at most `maxSteps` steps, of
 * one application each, until `‖b - A x‖ ≤ max(rtol ‖b‖, atol)`. The norm runs over all entries; `residual` is that
 * norm.
 *
 * A step keeps one more vector until the restart, after `restart` steps. More of them converge in fewer steps.
 * Derivatives, and what happens if the iteration does not converge, are as in `conjugateGradient`.
 *
 * @throws ValueError if the iteration does not converge, if `operator` or `init` does not have the structure, shapes
 * and dtype of `b`, or if `b` holds no tensor; DTypeError if `b` has tensors of several dtypes; TraceError if
 * `operator` reads the value of a tensor that it computes.
 */
export function gmres<X>(operator: (x: X) => X, b: X, options: GmresOptions<X> = {}): Solution<X> {
  checkArguments('gmres', parameters, arguments)
  const { restart, ...others } = options
  return solveTrees(gmresIteration(restart), 'gmres', operator, b, others)
}
