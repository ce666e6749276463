import { ValueError } from '../errors'
import { checkArguments, type Kind, options as optionsKind } from '../arguments/arguments'
import { describeGiven } from '../arguments/describe'
import { aCount, aFunction, anything, either, flag, integerFrom, oneOf } from '../arguments/kinds'
import { callTraced } from '../graph/trace'
import { loopOp } from './loop'
import type { AnyCarry, RowOf, StackOf } from './scan-types'
import { runSteps } from './steps'

/** Options of `map`. */
export interface MapOptions {
  /**
   * What reverse mode keeps: `'all'` keeps every value that it reads. A number k keeps the carries of every k-th step
   * alone, and computes each segment of k steps once more: 1 needs the least memory for the steps, √n the least in all.
   * Default: `'all'`, and √n if the values of all steps would need more than 256 MiB.
   */
  readonly residuals?: 'all' | number
}

/** Options of `scan`. */
export interface ScanOptions extends MapOptions {
  /** The number of steps, for a loop without xs. With xs, it must be the size of their first axes. */
  readonly length?: number
  /** Whether the first step takes the last row. `ys[i]` belongs to `xs[i]` all the same. Default: false. */
  readonly reverse?: boolean
}

const mapFields = { residuals: /* @__PURE__ */ either(/* @__PURE__ */ oneOf('all'), /* @__PURE__ */ integerFrom(1)) }
const fields = /* @__PURE__ */ (() => ({ ...mapFields, length: aCount, reverse: flag }))() satisfies Record<
  keyof ScanOptions,
  Kind
>
const aTree: Kind = { expected: 'a tree of tensors, or null', accepts: () => true }
const scanParameters = [aFunction, anything, aTree, /* @__PURE__ */ optionsKind(fields)]
const mapParameters = [aFunction, anything, /* @__PURE__ */ optionsKind(mapFields)]

/** The region of `scan`. */
export const scanOp = /* @__PURE__ */ loopOp('scan')
/** The region of `map`. */
export const mapOp = /* @__PURE__ */ loopOp('map')

/**
 * A loop that carries a value from step to step: `[carry, y_t] = f(carry, x_t)` for each row `x_t` of `xs`. Returns the
 * last carry, and the `y_t` stacked along a new first axis. Carries, rows and results are trees of tensors. What is no
 * tensor in a result is not stacked: it is returned as the step returned it when it was traced. `xs` is null for a loop
 * without rows, which needs the option `length`.
 *
 * `f` is traced once, so the size of the graph does not depend on the number of steps. It may use tensors from outside,
 * and gradients reach them. Random keys come as rows: `splitKey(key, n)`. Both modes of the derivative are loops again,
 * of any order; reverse mode keeps the carries of each step.
 *
 * @throws ValueError if the carry changes its structure, a shape, a dtype, or a value that is not a tensor; ShapeError
 * if the first axes of `xs` differ; TraceError if `f` reads the value of a tensor that it computes.
 */
export function scan<C extends AnyCarry, X, Y>(
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
  return runSteps({ operation: 'scan', op: scanOp, step }, init, xs, options) as [C, StackOf<Y>]
}

/**
 * `f` of each row of `xs`, one after another, stacked: `ys_t = f(x_t)`. Rows and results are trees of tensors. What is
 * no tensor in a result is not stacked: `map(() => 3, xs)` is 3. Unlike `vmap`, it needs the memory of one row at a
 * time.
 *
 * @throws ShapeError if the first axes of `xs` differ; TraceError if `f` reads the value of a tensor that it computes.
 */
export function map<X, Y>(f: (x: RowOf<X>) => Y, xs: X, options: MapOptions = {}): StackOf<Y> {
  checkArguments('map', mapParameters, arguments)
  const step = (_: unknown, x: unknown) => [null, callTraced('map', f as (x: unknown) => unknown, [x])] as const
  return runSteps({ operation: 'map', op: mapOp, step }, null, xs, options)[1] as StackOf<Y>
}
