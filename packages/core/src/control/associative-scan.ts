import { ValueError } from '../errors'
import { checkArguments, options as optionsKind, type Kind } from '../arguments/arguments'
import { aFunction, anything, flag } from '../arguments/kinds'
import { expandDims, flipAxes, reshapeTo } from '../ops/movement'
import { concat } from '../ops/slicing'
import type { Flat } from '../trees/flat'
import { callPlain, guardMutation } from '../trees/mutation-guard'
import { flattenPlaces } from '../trees/tree'
import type { Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'
import { carryOf, nextCarry } from './carry'
import { rowCount } from './row-count'
import type { RowOf, StackOf } from './scan-types'
import { rowsOf } from './unroll'

/** Options of `associativeScan`. */
export interface AssociativeScanOptions {
  /** Whether to combine from the last row to the first. Default: false. */
  readonly reverse?: boolean
}

const fields = { reverse: flag } satisfies Record<keyof AssociativeScanOptions, Kind>
const parameters = [aFunction, anything, /* @__PURE__ */ optionsKind(fields)]

/** Combines stacks of the same number of rows, row by row. */
type Combine = (left: readonly Tensor[], right: readonly Tensor[]) => readonly Tensor[]

/**
 * Inclusive prefixes under an associative function: `y_i = x_0 ∘ x_1 ∘ … ∘ x_i` along the first axis of `xs`, a tree of
 * tensors. The result has the structure, shapes and dtypes of `xs`. With `reverse` it is `y_i = x_{n-1} ∘ … ∘ x_i`: the
 * first operand still holds what was combined before, which are then the later rows.
 *
 * `combine(left, right)` gets two trees of stacked rows and combines them row by row, with whole-array ops. It is
 * called at most twice at each of log₂ n levels, for about 2n rows in all (Blelloch 1990). The first call of a level
 * combines the neighbours `x_0 ∘ x_1`, `x_2 ∘ x_3`, …, the next level scans the results, and the second call adds the
 * rows between. So the brackets depend on n alone. With fewer than two rows it is not called. The result is made of
 * ops: it has derivatives of any order in both modes.
 *
 * @throws ValueError if `combine` changes the structure, a shape or a dtype, or if `xs` holds no tensor; ShapeError if
 * the first axes of `xs` differ.
 */
export function associativeScan<X>(
  combine: (left: StackOf<RowOf<X>>, right: StackOf<RowOf<X>>) => StackOf<RowOf<X>>,
  xs: X,
  options: AssociativeScanOptions = {},
): X {
  checkArguments('associativeScan', parameters, arguments)
  const rows = flattenPlaces('associativeScan', xs)
  if (rows.leaves.length === 0)
    throw new ValueError(
      'scan-no-rows',
      '[associativeScan] expected xs that hold tensors, got none; pass a tensor, or a tree of tensors, with a first axis of rows',
    )
  const length = rowCount('associativeScan', rows, undefined)
  const onLeaves: Combine = (left, right) => combined(combine, rows, left, right)
  const flipped = (list: readonly Tensor[]) => (options.reverse ? list.map((x) => flipAxes(x, { axes: [0] })) : list)
  return rows.rebuild(flipped(prefixes(onLeaves, flipped(rows.leaves), length))) as X
}

/** The prefixes of stacks of `length` rows. */
function prefixes(combine: Combine, xs: readonly Tensor[], length: number): readonly Tensor[] {
  if (length < 2) return xs
  const pairs = Math.floor(length / 2)
  const between = length - pairs - 1
  // The prefixes that end at rows 1, 3, 5, ...
  const odd = prefixes(
    combine,
    combine(
      xs.map((x) => everySecond(x, 0, pairs)),
      xs.map((x) => everySecond(x, 1, pairs)),
    ),
    pairs,
  )
  if (between === 0) return xs.map((x, i) => concat([everySecond(x, 0, 1), odd[i]]))
  // Those that end at rows 2, 4, 6, ... have one row more.
  const even = combine(
    odd.map((x) => rowsOf(x, 0, between)),
    xs.map((x) => everySecond(x, 2, between)),
  )
  return xs.map((x, i) => {
    const first = rowsOf(x, 0, 1)
    const zipped = interleaved(rowsOf(odd[i], 0, between), even[i])
    return concat(pairs > between ? [first, zipped, rowsOf(odd[i], between, 1)] : [first, zipped])
  })
}

/** `a_0, b_0, a_1, b_1, …` */
function interleaved(a: Tensor, b: Tensor): Tensor {
  const [size, ...shape] = a.shape as Shape
  return reshapeTo(concat([expandDims(a, 1), expandDims(b, 1)], { axis: 1 }), { shape: [2 * size, ...shape] })
}

function everySecond(x: Tensor, start: number, size: number): Tensor {
  return rowsOf(x, start, size, 2)
}

/** Calls the user's function on trees like `xs`, and checks what it returns. */
function combined(
  combine: (left: any, right: any) => unknown,
  xs: Flat,
  left: readonly Tensor[],
  right: readonly Tensor[],
): readonly Tensor[] {
  const operands = [xs.rebuild(left), xs.rebuild(right)] as const
  const before = carryOf('associativeScan', operands[0], 'xs')
  return nextCarry(
    before,
    guardMutation('associativeScan', operands, (copies) => callPlain('associativeScan', combine, copies as never)),
  )
}
