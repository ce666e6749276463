import { call } from '../control/loop-form'
import { traceLeaves } from '../graph/trace'
import { div, mul, sub } from '../ops/arithmetic'
import { and, greater, lessEqual, where } from '../ops/comparison'
import { zerosLike } from '../ops/creation'
import type { Op } from '../recording/op'
import { placesInList } from '../trees/places'
import type { Tensor } from '../values/tensor'
import { guarded } from './guard'
import { implicitSolution, type LinearSolver } from './implicit'
import { defaultTolerance, toleranceFor } from './precision'
import type { Ruled } from './ruled'
import type { Found } from './solution'
import { norm, scaleOf, type Vectors, vectorsOf } from './vectors'

type List = readonly Tensor[]

/** When a linear solver stops. */
export interface LinearTolerance {
  /** The residual relative to the norm of the right-hand side. Default: 1e-5 for float32, 1e-10 for float64. */
  readonly rtol?: number | undefined
  /** Default: 10 times the number of unknowns. */
  readonly maxSteps?: number | undefined
}

/** An iteration for `A x = b` on vectors. It stops where the norm of the residual is at most `tolerance`. */
export interface Iteration {
  readonly op: Op<Ruled>
  /** What to do if it does not converge. */
  readonly remedy: string
  run(
    A: (v: Tensor) => Tensor,
    b: Tensor,
    x: Tensor,
    tolerance: Tensor,
    maxSteps: number,
  ): Pick<Found, 'steps' | 'finished'> & { readonly x: Tensor }
}

/** Runs an iteration without its derivative. The value is not guarded. */
export function iterate(
  { run }: Iteration,
  A: (v: List) => List,
  b: List,
  init: List | null,
  { size, pack, unpack }: Vectors,
  { rtol, atol = 0, maxSteps = 10 * size }: LinearTolerance & { readonly atol?: number },
): Found {
  const right = pack(b)
  // Norms are sums of squares. Scaled to a largest entry of 1, the right-hand side neither overflows nor vanishes.
  const scale = scaleOf(right)
  const scaled = div(right, scale)
  const start = init === null ? zerosLike(right) : div(pack(init), scale)
  const onVectors = (v: Tensor) => pack(A(unpack(v)))
  const goal = mul(norm(scaled), rtol ?? toleranceFor(scaled))
  const absolute = div(atol, scale)
  const tolerance = where(greater(goal, absolute), goal, absolute)
  const { x, steps, finished } = run(onVectors, scaled, start, tolerance, maxSteps)
  // The iteration knows its residual by a recurrence. One that drifted away from the residual is not believed.
  const residual = norm(sub(scaled, onVectors(x)))
  return {
    value: unpack(mul(x, scale)),
    steps,
    finished: and(finished, lessEqual(residual, mul(tolerance, 10))),
    residual: mul(residual, scale),
  }
}

/** What to solve a linear system with. */
export interface LinearOptions extends LinearTolerance {
  readonly atol?: number | undefined
  /** The function whose error it is if the iteration does not converge. */
  readonly operation: string
  /** What is solved, at the end of a sentence. */
  readonly system: string
}

/**
 * The solution of `A x = b`, by an iteration. Gradients reach `b` and the tensors that `A` captured. Derivatives are
 * solutions of linear systems with the same relative tolerance.
 */
export function solveLinear(
  iteration: Iteration,
  A: (v: List) => List,
  b: List,
  init: List | null,
  options: LinearOptions,
): Found {
  const { op, remedy } = iteration
  const vectors = vectorsOf(b)
  const graph = traceLeaves(b, placesInList(b.length), A, op.name)
  const count = b.length
  const applied = (v: List, known: List) => call(graph, [...v, ...known.slice(count)])
  const { rtol = defaultTolerance(vectors.dtype), atol = 0, maxSteps = 10 * vectors.size, operation, system } = options
  return implicitSolution(
    {
      op,
      residual: (x, known) => applied(x, known).map((each, i) => sub(each, known[i])),
      solve: (start, known) =>
        guarded(
          iterate(iteration, (v) => applied(v, known), known.slice(0, count), init && start, vectors, {
            ...{ rtol: options.rtol, atol, maxSteps },
          }),
          {
            operation,
            expected: `a residual of at most max(rtol ‖b‖, atol), with rtol ${rtol} and atol ${atol}, within ${maxSteps} steps${system}`,
            remedy,
          },
        ),
      linear: linearSolver(iteration, { rtol: options.rtol, maxSteps, operation }),
    },
    init ?? b.map((each) => zerosLike(each)),
    [...b, ...graph.constants.values()],
  )
}

/** Solves the linear systems of derivatives. The scale of a derivative is arbitrary, so no tolerance is absolute. */
export function linearSolver(
  iteration: Iteration,
  options: LinearTolerance & { readonly operation: string },
): LinearSolver {
  return (A, b) =>
    solveLinear(iteration, A, b, null, { ...options, system: ' for the linear system of its derivative' }).value
}
