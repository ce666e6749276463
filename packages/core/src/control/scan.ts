import { ShapeError, ValueError } from '../errors'
import { checkArguments, type Kind, options as optionsKind } from '../arguments/arguments'
import { describeGiven } from '../arguments/describe'
import { aFunction, anything, flag, integerFrom } from '../arguments/kinds'
import { callTraced, traceLeaves } from '../graph/trace'
import { applyAll } from '../recording/apply'
import { observing } from '../recording/observer'
import type { Flat } from '../trees/flat'
import { callPlain, guardMutation } from '../trees/mutation-guard'
import { formatPath, placesInList } from '../trees/places'
import { flattenPlaces } from '../trees/tree'
import type { Shape } from '../types/shapes'
import { formatShape } from '../values/shape'
import { type Carry, carryOf, nextCarry } from './carry'
import { loopOp } from './loop'
import { type Loop, outputsOf, rowOf } from './loop-form'
import type { RowOf, StackOf } from './scan-types'
import { rowAt, stacked } from './unroll'

/** Options of `scan` and `map`. */
export interface ScanOptions {
  /** The number of steps, for a loop without xs. With xs, it must be the size of their first axes. */
  readonly length?: number
  /** Whether the first step takes the last row. `ys[i]` belongs to `xs[i]` all the same. Default: false. */
  readonly reverse?: boolean
}

const fields = { length: /* @__PURE__ */ integerFrom(0), reverse: flag } satisfies Record<keyof ScanOptions, Kind>
const aTree: Kind = { expected: 'a tree of tensors, or null', accepts: () => true }
const scanParameters = [aFunction, anything, aTree, /* @__PURE__ */ optionsKind(fields)]
const mapParameters = [aFunction, anything]

const scanOp = /* @__PURE__ */ loopOp('scan')
const mapOp = /* @__PURE__ */ loopOp('map')

/**
 * A loop that carries a value from step to step: `[carry, y_t] = f(carry, x_t)` for each row `x_t` of `xs`. Returns the
 * last carry, and the `y_t` stacked along a new first axis. Carries, rows and results are trees of tensors. `xs` is
 * null for a loop without rows, which needs the option `length`.
 *
 * `f` is traced once, so the size of the graph does not depend on the number of steps. It may use tensors from outside,
 * and gradients reach them. Random keys come as rows: `split(key, n)`. Both modes of the derivative are loops again, of
 * any order; reverse mode keeps the carries of each step.
 *
 * @throws ValueError if the carry changes its structure, a shape, a dtype, or a value that is not a tensor; ShapeError
 * if the first axes of `xs` differ; TraceError if `f` reads the value of a tensor that it computes.
 */
export function scan<C, X, Y>(
  f: (carry: C, x: RowOf<X>) => readonly [carry: C, y: Y],
  init: C,
  xs: X,
  options: ScanOptions = {},
): [carry: C, ys: StackOf<Y>] {
  checkArguments('scan', scanParameters, arguments)
  const step = (carry: unknown, x: unknown): readonly [unknown, unknown] => {
    const pair: unknown = callTraced('scan', f as (...args: unknown[]) => unknown, [carry, x])
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new ValueError(
        'scan-result',
        `[scan] the function must return [carry, y], got ${describeGiven(pair)}; return [carry, null] for a step without a result`,
      )
    return pair as [unknown, unknown]
  }
  return loop('scan', scanOp, step, carryOf('scan', init), xs, options) as [C, StackOf<Y>]
}

/**
 * `f` of each row of `xs`, one after another, stacked: `ys_t = f(x_t)`. Rows and results are trees of tensors. Unlike
 * `vmap`, it needs the memory of one row at a time.
 *
 * @throws ShapeError if the first axes of `xs` differ; TraceError if `f` reads the value of a tensor that it computes.
 */
export function map<X, Y>(f: (x: RowOf<X>) => Y, xs: X): StackOf<Y> {
  checkArguments('map', mapParameters, arguments)
  const step = (_: unknown, x: unknown) => [null, callPlain('map', f as (x: unknown) => unknown, [x])] as const
  return loop('map', mapOp, step, carryOf('map', null), xs, {})[1] as StackOf<Y>
}

/** Traces a step, applies the loop, and returns the trees of its last carry and its stacked results. */
function loop(
  operation: string,
  op: ReturnType<typeof loopOp>,
  step: (carry: unknown, x: unknown) => readonly [unknown, unknown],
  carry: Carry,
  xs: unknown,
  { length: given, reverse = false }: ScanOptions,
): readonly [unknown, unknown] {
  const rows = flattenPlaces(operation, xs)
  const length = lengthOf(operation, rows, given)
  if (observing() !== null && length > 0) return stepByStep(step, carry, rows, length, reverse)
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
  const attributes: Loop = {
    graphs: [body],
    ...{ length, carries: own, xs: rows.leaves.length, reverse, counted: false, keepsCarries: false, residuals: 0 },
  }
  const outputs = applyAll(op, [...carry.flat.leaves, ...rows.leaves, ...body.constants.values()], attributes)
  const { carries, ys } = outputsOf(outputs, attributes)
  return [carry.flat.rebuild(carries), results!.rebuild(ys.slice(0, results!.leaves.length))]
}

/** The number of rows. */
export function lengthOf(operation: string, { leaves, paths }: Flat, given: number | undefined): number {
  const name = (i: number) => formatPath(['xs', ...paths[i]])
  const scalar = leaves.findIndex(({ rank }) => rank === 0)
  if (scalar >= 0)
    throw new ShapeError(
      'scan-rows',
      `[${operation}] expected tensors with a first axis of rows, got the scalar ${name(scalar)}; pass it from outside, or as a carry`,
    )
  const sizes = leaves.map(({ shape }) => (shape as Shape)[0])
  const odd = sizes.findIndex((size) => size !== sizes[0])
  if (odd >= 0)
    throw new ShapeError(
      'scan-length',
      `[${operation}] expected first axes of one size, got ${name(0)} with shape ${formatShape(leaves[0].shape as Shape)} ` +
        `and ${name(odd)} with shape ${formatShape(leaves[odd].shape as Shape)}; give each as many rows as there are steps`,
    )
  const length = sizes[0] ?? given
  if (length === undefined)
    throw new ValueError(
      'scan-no-length',
      `[${operation}] expected xs that hold tensors, or the option length, got neither; pass { length: n }`,
    )
  if (given !== undefined && given !== length)
    throw new ShapeError(
      'scan-length',
      `[${operation}] expected as many rows as the option length says, got length ${given} and ${name(0)} with ${length} rows; leave length out`,
    )
  return length
}

/** The loop without a region, for observers: each step is recorded. */
function stepByStep(
  step: (carry: unknown, x: unknown) => readonly [unknown, unknown],
  carry: Carry,
  xs: Flat,
  length: number,
  reverse: boolean,
): readonly [unknown, unknown] {
  let at = carry.tree
  const found: Flat[] = []
  for (let i = 0; i < length; i++) {
    const row = reverse ? length - 1 - i : i
    const [next, y] = step(at, xs.rebuild(xs.leaves.map((x) => rowAt(x, row))))
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
