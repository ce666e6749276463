import {
  checkArguments,
  type Key,
  type Kind,
  kinds,
  permutation,
  runAs,
  tensor,
  type Tensor,
  ValueError,
} from '@cotangent/core'
import { aSeed, classLabels, someData } from './kinds'
import { picked, type Table, tableOf } from './rows'
import type { Rows } from './types'

/** Data in two parts. */
export interface Split<T> {
  readonly train: Rows<T, number>
  readonly test: Rows<T, number>
}

/** Options of `trainTestSplit`. */
export interface SplitOptions {
  /** The share of examples for the test, between 0 and 1; or their number, from 1. */
  readonly test: number
  /** A key for a random choice. Default: the last examples are for the test. */
  readonly shuffle?: Key
  /** The class of each example (int32 or bool). Each class is then divided in the same proportion. */
  readonly stratify?: Tensor
}

/** Options of `kFolds`. */
export interface FoldOptions {
  /** The number of folds, from 2. */
  readonly folds: number
  /** A key for a random assignment. Default: the order of the data. */
  readonly shuffle?: Key
  /** The class of each example (int32 or bool). Each class is then divided evenly among the folds. */
  readonly stratify?: Tensor
}

const splitParameters = [
  someData,
  /* @__PURE__ */ kinds.options(
    {
      test: {
        expected: 'a share between 0 and 1, or a number of examples',
        accepts: (value) =>
          (typeof value === 'number' && value > 0 && value < 1) || (Number.isInteger(value) && (value as number) > 0),
      },
      shuffle: aSeed,
      stratify: classLabels,
    } satisfies Record<keyof SplitOptions, Kind>,
    ['test'],
  ),
]

/**
 * Divides data in a part for training and a part for the test. With n examples, the test gets t = `test` of them, or
 * `Math.round(test · n)` if `test` is a share.
 *
 * With a key as `shuffle`, the examples are those of `permutation(shuffle, n)` in this order: the first n - t for
 * training and the last t for the test. Without, the order is that of the data.
 *
 * With `stratify`, class c with n_c examples gives `t n_c / n` to the test, rounded down, and the classes with the
 * largest remainders give one more (of equal ones, those with the lowest label), until t are chosen. They are the last
 * of the class in the order above. Both parts keep that order.
 *
 * @throws ValueError if a part, or a class in a part, would be empty. ShapeError if the leading axes differ.
 */
export function trainTestSplit<T extends readonly [] | readonly unknown[] | Tensor>(
  data: T,
  options: SplitOptions,
): Split<T>
export function trainTestSplit<T extends object>(data: T, options: SplitOptions): Split<T>
export function trainTestSplit(data: unknown, options: SplitOptions): Split<any> {
  const operation = 'trainTestSplit'
  checkArguments(operation, splitParameters, arguments)
  const { test, shuffle, stratify } = options
  const table = tableOf(operation, data)
  const count = test < 1 ? Math.round(test * table.rows) : test
  if (count < 1 || count >= table.rows)
    throw new ValueError(
      'split-size',
      `[${operation}] expected both parts to have examples, got ${count} of ${table.rows} for the test; choose another size for the test`,
    )
  const order = orderOf(operation, table, shuffle)
  const labels = labelsOf(operation, table, stratify)
  const quotas = sharesOf(operation, countsOf(labels), count)
  const isTest = new Uint8Array(table.rows)
  for (let at = table.rows - 1; at >= 0; at--) {
    const label = labels[order[at]]
    const left = quotas.get(label)!
    if (left > 0) isTest[at] = 1
    quotas.set(label, left - isTest[at])
  }
  return parts(operation, table, order, (at) => isTest[at] === 1)
}

const foldParameters = [
  someData,
  /* @__PURE__ */ kinds.options(
    {
      folds: /* @__PURE__ */ kinds.integerFrom(2),
      shuffle: aSeed,
      stratify: classLabels,
    } satisfies Record<keyof FoldOptions, Kind>,
    ['folds'],
  ),
]

/**
 * The splits of k-fold cross-validation: each example is in the test part of exactly one fold. With n examples and k
 * folds, the test parts of the first n mod k folds have ⌈n / k⌉ examples, and the others ⌊n / k⌋. A fold is made when
 * the loop reaches it, so that only one is in memory.
 *
 * With a key as `shuffle`, the order is `permutation(shuffle, n)`, and otherwise that of the data. The test parts are
 * consecutive parts of it. With `stratify`, the examples of this order are first sorted by class and then dealt to the
 * folds in turn, so that the numbers of a class differ by at most one. All parts keep the order.
 *
 * @throws ValueError if there are fewer examples than folds, or fewer of one class. ShapeError if the leading axes
 * differ.
 */
export function kFolds<T extends readonly [] | readonly unknown[] | Tensor>(
  data: T,
  options: FoldOptions,
): Iterable<Split<T>>
export function kFolds<T extends object>(data: T, options: FoldOptions): Iterable<Split<T>>
export function kFolds(data: unknown, options: FoldOptions): Iterable<Split<any>> {
  const operation = 'kFolds'
  checkArguments(operation, foldParameters, arguments)
  const { folds, shuffle, stratify } = options
  const table = tableOf(operation, data)
  const { rows } = table
  if (rows < folds)
    throw new ValueError(
      'split-size',
      `[${operation}] expected an example for each fold at least, got ${rows} for ${folds} folds; use fewer folds`,
    )
  const order = orderOf(operation, table, shuffle)
  const foldOf = new Int32Array(rows)
  if (stratify === undefined) {
    // The first folds are larger by one: fold i starts after i ⌊n / k⌋ examples and min(i, n mod k) more.
    for (let fold = 0, at = 0; fold < folds; fold++) {
      const size = Math.floor(rows / folds) + (fold < rows % folds ? 1 : 0)
      foldOf.fill(fold, at, (at += size))
    }
  } else {
    const labels = labelsOf(operation, table, stratify)
    for (const [label, count] of countsOf(labels)) if (count < folds) throw tooFew(operation, label, count, 'a fold')
    const byClass = Int32Array.from({ length: rows }, (_, at) => at).sort(
      (a, b) => labels[order[a]] - labels[order[b]] || a - b,
    )
    byClass.forEach((at, i) => (foldOf[at] = i % folds))
  }
  return {
    *[Symbol.iterator]() {
      for (let fold = 0; fold < folds; fold++) yield parts(operation, table, order, (at) => foldOf[at] === fold)
    },
  }
}

function parts(operation: string, table: Table, order: ArrayLike<number>, isTest: (at: number) => boolean): Split<any> {
  const positions = Array.from(order)
  const rows = (wanted: boolean) => {
    const indices = positions.filter((_, at) => isTest(at) === wanted)
    return picked(table, tensor(Int32Array.from(indices)))
  }
  return runAs(operation, () => ({ train: rows(false), test: rows(true) }), [])
}

function orderOf(operation: string, { rows }: Table, shuffle: Key | undefined): ArrayLike<number> {
  if (shuffle === undefined) return Int32Array.from({ length: rows }, (_, i) => i)
  return runAs(operation, permutation, [shuffle, rows]).data
}

/** The class of each example: one class for all, unless labels are given. */
function labelsOf(operation: string, { rows }: Table, stratify: Tensor | undefined): ArrayLike<number> {
  if (stratify === undefined) return new Int32Array(rows)
  if (stratify.size !== rows)
    throw new ValueError(
      'stratify-labels',
      `[${operation}] expected a class for each of the ${rows} examples, got ${stratify.size}; pass one label for each row of the data`,
    )
  return stratify.data
}

/** The number of examples of each class, by ascending label. */
function countsOf(labels: ArrayLike<number>): [label: number, count: number][] {
  const counts = new Map<number, number>()
  for (let i = 0; i < labels.length; i++) counts.set(labels[i], (counts.get(labels[i]) ?? 0) + 1)
  return [...counts].sort(([a], [b]) => a - b)
}

/** How many of each class are chosen, so that all together are `total`: the method of largest remainders (Hamilton). */
function sharesOf(operation: string, counts: readonly [number, number][], total: number): Map<number, number> {
  const rows = counts.reduce((sum, [, count]) => sum + count, 0)
  const shares = new Map(counts.map(([label, count]) => [label, Math.floor((total * count) / rows)]))
  // Remainders as integers, so that equal ones compare as equal. The sort is stable.
  const ranked = [...counts].sort(([, a], [, b]) => ((total * b) % rows) - ((total * a) % rows))
  let left = total - [...shares.values()].reduce((sum, share) => sum + share, 0)
  for (const [label] of ranked) if (left-- > 0) shares.set(label, shares.get(label)! + 1)
  for (const [label, count] of counts) {
    const share = shares.get(label)!
    if (share === 0 || share === count) throw tooFew(operation, label, count, share === 0 ? 'the test' : 'the training')
  }
  return shares
}

function tooFew(operation: string, label: number, count: number, part: string): ValueError {
  return new ValueError(
    'stratify-class',
    `[${operation}] expected enough examples of each class for all parts, got ${count} of class ${label}, which leaves ${part} without any; ` +
      'choose other sizes, merge rare classes, or omit stratify',
  )
}
