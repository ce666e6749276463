import { type Kind, options as optionsKind } from '../arguments/arguments'
import { aCount, aFunction, anything, integerFrom, nonNegativeNumber } from '../arguments/kinds'
import { carryOf, nextCarry } from '../control/carry'
import { call } from '../control/loop-form'
import { whileLoop } from '../control/while-loop'
import { callTraced, traceLeaves } from '../graph/trace'
import { div, mul } from '../ops/arithmetic'
import { greater, lessEqual, where } from '../ops/comparison'
import { full, ones } from '../ops/creation'
import type { Op } from '../recording/op'
import { guardMutation } from '../trees/mutation-guard'
import { placesInList } from '../trees/places'
import { flattenPlaces } from '../trees/tree'
import type { Tensor } from '../values/tensor'
import { gmresIteration } from './gmres'
import { guarded } from './guard'
import { implicitSolution, type LinearSolver } from './implicit'
import { type LinearTolerance, linearSolver } from './linear'
import { defaultTolerance, toleranceFor } from './precision'
import type { Ruled } from './ruled'
import { type Found, type Solution, solutionOf } from './solution'
import { checkUnknowns, scaledNorm, type Vectors, vectorsOf } from './vectors'

type List = readonly Tensor[]

/** Options of the linear systems that `fixedPoint` and `root` solve, by `gmres`. */
export interface InnerLinearOptions extends LinearTolerance {
  /** The number of steps after which `gmres` starts again from what it found. Default: 20. */
  readonly restart?: number | undefined
}

/** Options of `fixedPoint` and `root`. */
export interface EquationOptions {
  /**
   * The size of a step, relative to the norm of `x`, at which the iteration stops. Default: 1e-5 for float32, 1e-10 for
   * float64.
   */
  readonly rtol?: number
  /** The size of a step at which it stops, if that is larger. Default: `rtol`. */
  readonly atol?: number
  /** The largest number of steps. Default: 1000 for `fixedPoint`, 50 for `root`. */
  readonly maxSteps?: number
  /** How the linear systems of derivatives are solved, and those of Newton's method. */
  readonly linear?: InnerLinearOptions
}

const fields = {
  rtol: nonNegativeNumber,
  atol: nonNegativeNumber,
  maxSteps: aCount,
  linear: /* @__PURE__ */ optionsKind({
    rtol: nonNegativeNumber,
    maxSteps: aCount,
    restart: /* @__PURE__ */ integerFrom(1),
  } satisfies Record<keyof InnerLinearOptions, Kind>),
} satisfies Record<keyof EquationOptions, Kind>
export const equationParameters = [aFunction, anything, anything, /* @__PURE__ */ optionsKind(fields)]

/** A function `f(x, params)` of trees that returns a tree like `x`, on lists of tensors. */
export interface TracedFunction {
  readonly init: List
  /** The tensors of the parameters, then those that the function captured. */
  readonly known: List
  readonly f: (x: List, known: List) => List
  readonly rebuild: (x: List) => unknown
  readonly vectors: Vectors
}

/** Traces a function of unknowns and parameters. */
export function traceFunction(
  operation: string,
  f: (x: any, params: any) => unknown,
  init: unknown,
  params: unknown,
): TracedFunction {
  const x = carryOf(operation, init, 'x')
  checkUnknowns(operation, 'init', x.flat)
  const given = flattenPlaces(operation, params)
  const count = x.flat.leaves.length
  const inputs = [...x.flat.leaves, ...given.leaves]
  const graph = traceLeaves(
    inputs,
    placesInList(inputs.length),
    (list) => {
      const trees = [x.flat.rebuild(list.slice(0, count)), given.rebuild(list.slice(count))] as const
      return nextCarry(
        x,
        guardMutation(operation, trees, ([own, others]) => callTraced(operation, f, [own, others])),
      )
    },
    operation,
  )
  return {
    init: x.flat.leaves,
    known: [...given.leaves, ...graph.constants.values()],
    f: (own, known) => call(graph, [...own, ...known]),
    rebuild: (list) => x.flat.rebuild(list),
    vectors: vectorsOf(x.flat.leaves),
  }
}

/** A method for an equation: its steps, on vectors, and what the derivative follows from. */
export interface Stepping {
  readonly operation: string
  readonly op: Op<Ruled>
  readonly maxSteps: number
  readonly remedy: string
  /** The function of which the solution is a root. */
  readonly equation: (x: List, known: List) => List
  readonly step: (x: Tensor, known: List) => { readonly x: Tensor; readonly moved: Tensor }
  readonly residual: (x: Tensor, known: List, moved: Tensor) => Tensor
}

/** Takes steps until one is small. The steps are not differentiated. */
export function solveBySteps<X>(traced: TracedFunction, options: EquationOptions, method: Stepping): Solution<X> {
  const { pack, unpack, dtype } = traced.vectors
  const { rtol = defaultTolerance(dtype), atol = rtol } = options
  const { operation, op, maxSteps, remedy, equation, step } = method
  const tolerance = (x: Tensor): Tensor => {
    const ofX = options.rtol ?? toleranceFor(x)
    const relative = mul(scaledNorm(x), ofX)
    const absolute = options.atol ?? ofX
    return where(greater(relative, absolute), relative, absolute)
  }
  const solve = (start: List, known: List): Found => {
    const { value, steps } = whileLoop(
      ({ x, moved }) => greater(moved, tolerance(x)),
      ({ x }) => step(x, known),
      { x: pack(start), moved: full([], Infinity, { dtype }) as Tensor },
      { maxSteps },
    )
    const { x, moved } = value
    // A comparison with NaN is false.
    const finished = lessEqual(moved, tolerance(x))
    return guarded(
      { value: unpack(x), steps, finished, residual: method.residual(x, known, moved) },
      {
        operation,
        expected: `a step of at most max(rtol ‖x‖, atol), with rtol ${rtol} and atol ${atol}, within ${maxSteps} steps`,
        remedy,
      },
      moved,
    )
  }
  const linear = innerSolver(operation, traced.vectors, options)
  return solutionOf(
    implicitSolution({ op, residual: equation, solve, linear }, traced.init, traced.known),
    traced.rebuild,
  )
}

/** The solver for the linear systems of a derivative. A single unknown needs a division. */
function innerSolver(operation: string, vectors: Vectors, { linear = {} }: EquationOptions): LinearSolver {
  const { restart, ...options } = linear
  if (vectors.size !== 1) return linearSolver(gmresIteration(restart), { ...options, operation })
  return (A, b) => vectors.unpack(divided((v) => vectors.pack(A(vectors.unpack(v))), vectors.pack(b)))
}

/** Solves `A x = b` for vectors of one entry. */
export function divided(A: (v: Tensor) => Tensor, b: Tensor): Tensor {
  return div(b, A(ones([1], { dtype: b.dtype })))
}
