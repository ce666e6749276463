import { checkpoint } from '../autodiff/regions/checkpoint'
import type { Graph } from '../graph/graph'
import { traceLeaves } from '../graph/trace'
import { reshapeTo } from '../ops/movement'
import { concat } from '../ops/slicing'
import { applyAll } from '../recording/apply'
import { framesOf } from '../recording/frames'
import { observing } from '../recording/observer'
import type { Op } from '../recording/op'
import type { Flat } from '../trees/flat'
import { guardMutation } from '../trees/mutation-guard'
import { placesInList } from '../trees/places'
import { flattenPlaces } from '../trees/tree'
import type { Shape } from '../types/shapes'
import { bytesPerElement } from '../values/dtype'
import { sizeOf } from '../values/shape'
import { type Carry, carryOf, nextCarry } from './carry'
import { type Loop, outputsOf, plain, rowOf } from './loop-form'
import { rowCount } from './row-count'
import { rowAt, rowsOf, stacked } from './unroll'

/** A step of a loop over trees, with the function that the user called and its op. */
export interface Steps {
  readonly operation: string
  readonly op: Op<Loop>
  readonly step: (carry: unknown, x: unknown) => Result
}

type Result = readonly [carry: unknown, y: unknown]

interface StepsOptions {
  readonly length?: number | undefined
  readonly reverse?: boolean
  /** The number of steps between the carries that reverse mode keeps. */
  readonly residuals?: number | 'all' | undefined
}

/** A loop whose values fill more than this is cut into segments, unless the user says otherwise. */
const mostBytes = 2 ** 28

/**
 * Runs the steps from a carry, over the rows of `xs`, as one loop. Returns the trees of the last carry and of the
 * stacked results.
 */
export function runSteps(steps: Steps, init: unknown, xs: unknown, options: StepsOptions): Result {
  const { operation, op, step } = steps
  const { length: given, reverse = false, residuals } = options
  const carry = carryOf(operation, init)
  const rows = flattenPlaces(operation, xs)
  const length = rowCount(operation, rows, given)
  if (observing() !== null && length > 0) return stepByStep(step, carry, rows, length, reverse)
  if (typeof residuals === 'number') return inSegments(steps, init, rows, { length, reverse, size: residuals })
  const types = [...carry.flat.leaves, ...rows.leaves.map(rowOf)]
  const own = carry.flat.leaves.length
  let results: Flat | undefined
  const body = traceLeaves(
    types,
    placesInList(types.length),
    (list) => {
      const args = [carry.flat.rebuild(list.slice(0, own)), rows.rebuild(list.slice(own))] as const
      const [next, y] = guardMutation(operation, args, (copies) => step(...copies))
      results = flattenPlaces(operation, y)
      return [...nextCarry(carry, next), ...results.leaves]
    },
    operation,
  )
  if (residuals === undefined && length * bytesOf(body) > mostBytes)
    return inSegments(steps, init, rows, { length, reverse, size: Math.ceil(Math.sqrt(length)) })
  const attributes: Loop = {
    graphs: [body],
    ...{ ...plain, length, carries: own, xs: rows.leaves.length, reverse },
  }
  const outputs = applyAll(op, [...carry.flat.leaves, ...rows.leaves, ...body.constants.values()], attributes)
  const { carries, ys } = outputsOf(outputs, attributes)
  return [carry.flat.rebuild(carries), results!.rebuild(ys.slice(0, results!.leaves.length))]
}

/** The bytes of all values that one step computes. */
function bytesOf({ nodes, values }: Graph): number {
  const computed = nodes.flatMap(({ outputs }) => outputs).map((position) => values[position])
  return computed.reduce((sum, { shape, dtype }) => sum + sizeOf(shape) * bytesPerElement(dtype), 0)
}

/**
 * The loop as a loop over segments of `size` steps, each of which is a checkpoint, and a shorter segment for the
 * remaining steps. Reverse mode keeps the carries before each segment, and what one segment computes (Griewank &
 * Walther 2000).
 */
function inSegments(
  { operation, op, step }: Steps,
  init: unknown,
  xs: Flat,
  { length, reverse, size }: { readonly length: number; readonly reverse: boolean; readonly size: number },
): Result {
  const own = { operation, op }
  if (size === 1) {
    const alone = checkpoint((carry: unknown, x: unknown) => step(carry, x) as [unknown, unknown])
    return runSteps({ ...own, step: alone }, init, xs.rebuild(xs.leaves), { length, reverse, residuals: 'all' })
  }
  const segment = (steps: number) =>
    checkpoint((carry: unknown, rows: unknown) =>
      runSteps({ ...own, step }, carry, rows, { length: steps, reverse, residuals: 'all' }),
    )
  const full = Math.floor(length / size)
  const rest = length - full * size
  const part = (from: number, count: number, shape: (row: Shape) => Shape) =>
    xs.rebuild(xs.leaves.map((x) => reshapeTo(rowsOf(x, from, count), { shape: shape((x.shape as Shape).slice(1)) })))
  const runFull = (carry: unknown) => {
    const rows = part(0, full * size, (row) => [full, size, ...row])
    const [last, ys] = runSteps({ ...own, step: segment(size) }, carry, rows, {
      length: full,
      reverse,
      residuals: 'all',
    })
    return [last, flattenPlaces(operation, ys)] as const
  }
  const runRest = (carry: unknown) => {
    const [last, ys] = segment(rest)(
      carry,
      part(full * size, rest, (row) => [rest, ...row]),
    )
    return [last, flattenPlaces(operation, ys)] as const
  }
  const joined = ({ leaves }: Flat, end: Flat) =>
    end.rebuild(
      leaves.map((ys, i) => {
        const [, , ...row] = ys.shape as Shape
        const steps = reshapeTo(ys, { shape: [full * size, ...row] })
        return rest === 0 ? steps : concat([steps, end.leaves[i]])
      }),
    )
  const [first, second] = reverse ? [runRest, runFull] : [runFull, runRest]
  const [between, a] = first(init)
  const [last, b] = second(between)
  return [last, reverse ? joined(b, a) : joined(a, b)]
}

/** The loop without a region, for observers: each step is recorded. */
function stepByStep(step: Steps['step'], carry: Carry, xs: Flat, length: number, reverse: boolean): Result {
  const inFrame = framesOf(carry.operation)
  let at = carry.tree
  const found: Flat[] = []
  for (let i = 0; i < length; i++) {
    const row = reverse ? length - 1 - i : i
    const [next, y] = inFrame('body', i, () => step(at, xs.rebuild(xs.leaves.map((x) => rowAt(x, row)))))
    at = carry.flat.rebuild(nextCarry(carry, next))
    found[row] = flattenPlaces(carry.operation, y)
  }
  const [first] = found
  return [
    at,
    first?.rebuild(
      first.leaves.map((leaf, i) =>
        stacked(
          found.map(({ leaves }) => leaves[i]),
          leaf,
        ),
      ),
    ),
  ]
}
