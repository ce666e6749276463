import {
  checkSameStructure,
  concat,
  type Flat,
  flattenFor,
  formatPath,
  ShapeError,
  slice,
  stack,
  take,
  type Tensor,
  ValueError,
} from '@cotangent/core'

// Trees whose leaves have one leading axis in common: one row of every leaf makes an example.

/** A tree with its number of rows. */
export interface Table {
  readonly flat: Flat
  readonly rows: number
}

/** Flattens data whose leaves have a common leading axis. */
export function tableOf(operation: string, data: unknown, what = 'the data'): Table {
  const flat = treeOf(operation, data, what)
  const rows = flat.leaves[0].shape[0] as number | undefined
  if (rows === undefined || flat.leaves.some(({ shape }) => shape[0] !== rows))
    throw new ShapeError(
      'leading-axis',
      `[${operation}] expected tensors with the same first size, one row for each example, in ${what}, got ` +
        `${listed(flat)}; reshape or slice them, or take a tensor that is the same for all examples out of the data`,
    )
  return { flat, rows }
}

/** Flattens a tree that has a tensor at least. */
function treeOf(operation: string, data: unknown, what: string): Flat {
  const flat = flattenFor(operation, data)
  if (flat.leaves.length === 0)
    throw new ValueError(
      'no-data',
      `[${operation}] expected a tensor, or a tree that holds tensors, as ${what}, got none; convert numbers with tensor(...)`,
    )
  return flat
}

const mostListed = 20

function listed({ leaves, paths }: Flat): string {
  const lines = leaves
    .slice(0, mostListed)
    .map(({ shape }, i) => `${formatPath(paths[i])}: ${shape.length === 0 ? 'no axis' : shape[0]}`)
  const more = leaves.length - lines.length
  return `${lines.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** The tree with `f` of every leaf. */
function mapped({ flat }: Table, f: (leaf: Tensor) => Tensor): unknown {
  return flat.rebuild(flat.leaves.map(f))
}

/** Rows `start` to `end` - 1. The tree itself if these are all. */
export function sliced(table: Table, start: number, end: number): unknown {
  return mapped(table, (leaf) => (start === 0 && end === table.rows ? leaf : slice(leaf, [start, end])))
}

/** The rows at `indices`. */
export function picked(table: Table, indices: Tensor): unknown {
  return mapped(table, (leaf) => take(leaf, indices))
}

/** The rows of several tables, one after the other. */
export function joined(operation: string, tables: readonly Table[]): unknown {
  if (tables.length === 1) return sliced(tables[0], 0, tables[0].rows)
  return beside(
    operation,
    tables.map(({ flat }) => flat),
    concat,
  )
}

/** Examples as the rows of one tree. */
export function stacked(operation: string, examples: readonly unknown[]): unknown {
  return beside(
    operation,
    examples.map((example) => treeOf(operation, example, 'an example')),
    stack,
  )
}

/** A tree like the first, with `combine` of the leaves at the same path of all trees. */
function beside(
  operation: string,
  trees: readonly Flat[],
  combine: (leaves: readonly Tensor[], options: { axis: number }) => Tensor,
): unknown {
  const [first] = trees
  const leaves = first.paths.map((path) => trees.map((tree) => tree.at(path)))
  const isComplete = (column: readonly (Tensor | undefined)[]): column is Tensor[] => !column.includes(undefined)
  if (!leaves.every(isComplete) || trees.some((tree) => tree.leaves.length !== first.leaves.length)) {
    const odd = trees.find((tree) => structureOf(tree) !== structureOf(first))!
    checkSameStructure(operation, ['the first example', rebuilt(first)], ['a later one', rebuilt(odd)])
  }
  return first.rebuild((leaves as Tensor[][]).map((column) => combine(column, { axis: 0 })))
}

const rebuilt = (tree: Flat) => tree.rebuild(tree.leaves)

const structureOf = ({ paths }: Flat) => JSON.stringify(paths)
