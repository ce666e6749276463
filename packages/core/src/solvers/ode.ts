import { DTypeError, ShapeError } from '../errors'
import { checkArguments, type Kind, options as optionsKind } from '../arguments/arguments'
import {
  aCount,
  aFunction,
  anything,
  aTensor,
  integerFrom,
  nonNegativeNumber,
  oneOf,
  positiveNumber,
} from '../arguments/kinds'
import { carryOf, nextCarry } from '../control/carry'
import { call } from '../control/loop-form'
import type { StackOf } from '../control/scan-types'
import { callTraced, traceLeaves } from '../graph/trace'
import { reshapeTo } from '../ops/movement'
import { slice } from '../ops/slicing'
import type { TensorType } from '../recording/op'
import { guardMutation } from '../trees/mutation-guard'
import { placesInList } from '../trees/places'
import { flattenPlaces } from '../trees/tree'
import type { Shape } from '../types/shapes'
import type { DType } from '../values/dtype'
import { formatShape, sizeOf } from '../values/shape'
import type { Tensor } from '../values/tensor'
import { integrateExact } from './ode-adjoint'
import { integrate, type StepSettings } from './ode-steps'
import { checkUnknowns, vectorsOf } from './vectors'

/** Options of `odeSolve`. */
export interface OdeOptions {
  /**
   * `dopri5`: order 5 with adaptive steps. `rk4`: the classical method of order 4, in equal steps between two times.
   * Default: `dopri5`.
   */
  readonly method?: 'rk4' | 'dopri5'
  /** The error of a step of `dopri5`, relative to the state. Default: 1e-5 for float32, 1e-10 for float64. */
  readonly rtol?: number
  /** The absolute error that is added to it. Default: `rtol`. */
  readonly atol?: number
  /** The largest number of steps of `dopri5` between two times, rejected ones included. Default: 1000. */
  readonly maxSteps?: number
  /** The number of steps of `rk4` between two times. Default: 1. */
  readonly stepsPerInterval?: number
  /**
   * `steps`: the derivative of what the steps compute. `adjoint`: that of the exact solution, by differential equations
   * that are integrated in the same way. Default: `steps`.
   */
  readonly gradient?: 'steps' | 'adjoint'
}

const fields = {
  method: /* @__PURE__ */ oneOf('rk4', 'dopri5'),
  rtol: nonNegativeNumber,
  atol: positiveNumber,
  maxSteps: aCount,
  stepsPerInterval: /* @__PURE__ */ integerFrom(1),
  gradient: /* @__PURE__ */ oneOf('steps', 'adjoint'),
} satisfies Record<keyof OdeOptions, Kind>
const parameters = [aFunction, anything, aTensor, anything, /* @__PURE__ */ optionsKind(fields)]

/**
 * Solves `y' = f(y, t, params)` with `y(times[0]) = y0`: the states at all `times`, stacked along a new first axis. `y`
 * is a tree of tensors of one floating-point dtype, `times` a vector of that dtype, increasing or decreasing, and `f`
 * returns a tree like `y`. Steps end at each of the times, exactly.
 *
 * `dopri5` is the method of Dormand & Prince (1980). A step is accepted if the root mean square of its estimated error,
 * divided by `atol + rtol max(|y|, |y_next|)`, is at most 1; sizes follow Hairer, Norsett & Wanner (1993, II.4).
 *
 * Gradients reach `y0`, `times`, `params` and the tensors that `f` captured, to any order. With `gradient: 'steps'`
 * they are those of the steps; the sizes of the steps, relative to their interval, are constants. Reverse mode keeps
 * each step. With `'adjoint'` reverse mode solves the adjoint equation backwards (Pontryagin et al. 1962, Chen et al.
 * 2018), and forward mode the variational equation. It keeps the states at the times only, and its error is that of
 * these solutions.
 *
 * If `maxSteps` steps of `dopri5` do not reach the next time, or `rk4` reaches a state there that is not finite, the
 * call throws; so does a derivative. In a compiled program, which cannot throw, the states from there on are NaN.
 *
 * @throws ValueError if the next time is not reached, if `f` returns another structure, shape or dtype than `y0` has,
 * or if `y0` holds no tensor; ShapeError if `times` is not a vector of at least one entry; DTypeError if `y0` and
 * `times` are not of one floating-point dtype; TraceError if `f` reads the value of a tensor that it computes.
 */
export function odeSolve<Y, P>(
  f: (y: Y, t: Tensor<[]>, params: P) => Y,
  y0: Y,
  times: Tensor,
  params: P,
  options: OdeOptions = {},
): StackOf<Y> {
  checkArguments('odeSolve', parameters, arguments)
  const y = carryOf('odeSolve', y0, 'y')
  const { leaves, rebuild } = y.flat
  checkUnknowns('odeSolve', 'y0', y.flat)
  const { pack, unpack, dtype } = vectorsOf(leaves)
  checkTimes(times, dtype)
  const given = flattenPlaces('odeSolve', params)
  const count = leaves.length
  const inputs: TensorType[] = [...leaves, { shape: [], dtype }, ...given.leaves]
  const graph = traceLeaves(
    inputs,
    placesInList(inputs.length),
    (list) => {
      const args = [rebuild(list.slice(0, count)) as Y, list[count], given.rebuild(list.slice(count + 1)) as P] as const
      return nextCarry(
        y,
        guardMutation('odeSolve', args, (copies) => callTraced('odeSolve', f, [...copies])),
      )
    },
    'odeSolve',
  )
  const known = [...given.leaves, ...graph.constants.values()]
  const slope = (state: Tensor, t: Tensor, own: readonly Tensor[]) => pack(call(graph, [...unpack(state), t, ...own]))
  const { method = 'dopri5', rtol, atol, maxSteps = 1000, stepsPerInterval = 1, gradient = 'steps' } = options
  const settings: StepSettings = { method, rtol, atol, maxSteps, stepsPerInterval }
  const rows =
    gradient === 'adjoint'
      ? integrateExact(slope, pack(leaves), times, known, settings)
      : integrate((state, t) => slope(state, t, known), pack(leaves), times, settings)
  return rebuild(stacks(rows, leaves)) as StackOf<Y>
}

/** @throws ShapeError, or DTypeError, if the times do not fit. */
function checkTimes({ shape, dtype }: Tensor, expected: DType): void {
  if (shape.length !== 1 || shape[0] === 0)
    throw new ShapeError(
      'ode-times',
      `[odeSolve] expected times to be a vector of at least one entry, got shape ${formatShape(shape as Shape)}; the first one is that of y0`,
    )
  if (dtype !== expected)
    throw new DTypeError(
      'ode-times-dtype',
      `[odeSolve] expected times of the dtype of y0, ${expected}, got ${dtype}; convert one of them with astype`,
    )
}

/** Rows of vectors as stacks of tensors. */
function stacks(rows: Tensor, types: readonly TensorType[]): readonly Tensor[] {
  const [n] = rows.shape as Shape
  let next = 0
  return types.map(({ shape }) => {
    const start = next
    next += sizeOf(shape)
    return reshapeTo(slice(rows, null, [start, next]), { shape: [n, ...shape] })
  })
}
