import { ValueError } from '../errors'
import { type Kind, options as optionsKind } from '../arguments/arguments'
import { describeInside } from '../arguments/describe'
import { aCount, aFunction, anything, nonNegativeNumber } from '../arguments/kinds'
import { carryOf, differenceIn, nextCarry } from '../control/carry'
import { callTraced } from '../graph/trace'
import { guardMutation } from '../trees/mutation-guard'
import { formatPath } from '../trees/places'
import { flattenPlaces } from '../trees/tree'
import type { Tensor } from '../values/tensor'
import { type Iteration, type LinearTolerance, solveLinear } from './linear'
import { type Solution, solutionOf } from './solution'
import { checkUnknowns } from './vectors'

/** Options of `conjugateGradient`. */
export interface LinearSolveOptions<X = unknown> extends LinearTolerance {
  /** Where the iteration starts, a tree like `b`. Default: zeros. */
  readonly init?: X | undefined
  /** The absolute residual at which the iteration stops, if that is larger. Default: 0. */
  readonly atol?: number | undefined
}

const linearFields = {
  init: anything,
  rtol: nonNegativeNumber,
  atol: nonNegativeNumber,
  maxSteps: aCount,
} satisfies Record<keyof LinearSolveOptions, Kind>

/** The parameters of a linear solver with further options. */
/* @__NO_SIDE_EFFECTS__ */
export function linearParameters(further: Readonly<Record<string, Kind>>): readonly Kind[] {
  return [aFunction, anything, optionsKind({ ...linearFields, ...further })]
}

/** Calls a linear solver on trees. */
export function solveTrees<X>(
  iteration: Iteration,
  operation: string,
  operator: (x: X) => X,
  b: X,
  { init, ...tolerance }: LinearSolveOptions<X>,
): Solution<X> {
  const right = carryOf(operation, b, 'x')
  const { leaves, rebuild } = right.flat
  checkUnknowns(operation, 'b', right.flat)
  if (init !== undefined) checkInit(operation, b, init)
  const A = (list: readonly Tensor[]) =>
    nextCarry(
      right,
      guardMutation(operation, [rebuild(list) as X] as const, ([x]) => callTraced(operation, operator, [x])),
    )
  const start = init === undefined ? null : flattenPlaces(operation, init).leaves
  const found = solveLinear(iteration, A, leaves, start, { ...tolerance, operation, system: '' })
  return solutionOf(found, (list) => rebuild(list))
}

function checkInit(operation: string, b: unknown, init: unknown): void {
  const difference = differenceIn(b, init)
  if (difference === null) return
  const [path, was, is] = difference
  throw new ValueError(
    'init-type',
    `[${operation}] expected ${formatPath(['init', ...path])} to be ${describeInside(was)} as in b, got ${describeInside(is)}; ` +
      'pass a tree of the structure, shapes and dtype of b',
  )
}
