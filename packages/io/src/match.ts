import type { Tensor } from '@cotangent/core'
import { FileError } from './errors'
import type { Named, Place, StoredAs } from './names'
import { dtypeOf, type StoredType } from './stored-types'

/** What a file says of the tensor of a name. */
interface Type {
  readonly stored: StoredType
  readonly shape: readonly number[]
}

/** Where the tensors of a tree are found in a file. */
export interface Match {
  /** For each place of the tree, how each name that the file has stores its tensor. None if the file lacks it. */
  readonly found: readonly (readonly StoredAs[])[]
  /** What the file lacks. */
  readonly missing: readonly Place[]
  /** Names of the file that the tree has no place for. */
  readonly unexpected: readonly string[]
  /** One line for each tensor that does not fit. */
  readonly wrong: readonly string[]
}

/**
 * Compares the tensors of a tree with those of a file. `cast` lets floats be rounded, and integers become floats.
 */
export function match(
  { places }: Named,
  names: readonly string[],
  typeOf: (name: string) => Type | undefined,
  cast: boolean,
): Match {
  const wrong: string[] = []
  const found = places.map(({ leaf, stored }) =>
    distinct(stored).filter((as) => {
      const type = typeOf(as.name)
      if (type !== undefined) wrong.push(...problems(leaf, as, type, cast))
      return type !== undefined
    }),
  )
  const used = new Set(found.flat().map(({ name }) => name))
  return {
    found,
    missing: places.filter((_, i) => found[i].length === 0),
    unexpected: names.filter((name) => !used.has(name)),
    wrong,
  }
}

function distinct(stored: readonly StoredAs[]): StoredAs[] {
  return [...new Map(stored.map((as) => [as.name, as])).values()]
}

function problems(leaf: Tensor, as: StoredAs, { stored, shape }: Type, cast: boolean): string[] {
  const expected = storedShape(as, leaf.shape)
  const found: string[] = []
  if (expected.length !== shape.length || expected.some((size, axis) => size !== shape[axis]))
    found.push(`wrong shape: '${as.name}', expected [${expected.join(', ')}], got [${shape.join(', ')}]`)
  const reads = dtypeOf(stored)
  const fits =
    reads !== null &&
    (reads === leaf.dtype ||
      (reads === 'float32' && leaf.dtype === 'float64') ||
      (cast && leaf.dtype.startsWith('float')))
  if (!fits)
    found.push(`wrong dtype: '${as.name}', expected ${leaf.dtype}, got ${reads ?? 'no dtype'} (stored as ${stored})`)
  return found
}

/**
 * The shape of a stored tensor.
 *
 * @throws FileError if the option `names` returned axes or a shape that cannot be ours.
 */
export function storedShape({ name, axes, shape }: StoredAs, ours: readonly number[]): readonly number[] {
  const size = (sizes: readonly number[]) => sizes.reduce((product, each) => product * each, 1)
  const reshaped = shape?.(ours)
  const rank = (reshaped ?? ours).length
  const isPermutation = axes === undefined || [...axes].sort((a, b) => a - b).join() === [...Array(rank).keys()].join()
  if (!isPermutation || (reshaped !== undefined && size(reshaped) !== size(ours)))
    throw new FileError(
      'bad-layout',
      `expected axes and a shape for a tensor [${ours.join(', ')}], got ${JSON.stringify({ axes, shape: reshaped })} ` +
        `for '${name}'; correct the entry of the table, or the function names`,
    )
  if (reshaped !== undefined || axes === undefined) return reshaped ?? ours
  const stored = [...ours]
  axes.forEach((axis, i) => (stored[axis] = ours[i]))
  return stored
}

/** A stored tensor as the tree has it. */
export function asOurs(x: Tensor, { axes, shape }: StoredAs, ours: readonly number[]): Tensor {
  if (axes === undefined && shape === undefined) return x
  const ordered: Tensor = axes === undefined ? x : x.transpose([...axes])
  return ordered.reshape([...ours])
}

/** A tensor of the tree as a file stores it. */
export function asStored(x: Tensor, as: StoredAs): Tensor {
  const shape = storedShape(as, x.shape)
  const { axes } = as
  if (axes === undefined && as.shape === undefined) return x
  if (axes === undefined) return x.reshape([...shape])
  const inverse = axes.map((_, axis) => axes.indexOf(axis))
  const ordered: Tensor = x.reshape(axes.map((axis) => shape[axis]))
  return ordered.transpose(inverse)
}

/** The one error for all that does not fit. */
export function mismatch(lines: readonly string[], remedy: string): FileError {
  return new FileError(
    'file-mismatch',
    `expected tensors that fit the tree, got ${lines.length} difference${lines.length === 1 ? '' : 's'}:\n` +
      `${lines.map((line) => `  ${line}`).join('\n')}\n${remedy}`,
  )
}

/** A line for each tensor that is missing. */
export function missingLines(missing: readonly Place[]): string[] {
  return missing.map(({ leaf, shown, stored }) => {
    const names = distinct(stored).map(({ name }) => `'${name}'`)
    return `missing: ${names.join(' or ')}, ${leaf.dtype}[${(leaf.shape as number[]).join(', ')}] for ${shown}`
  })
}

/** A line for each name that nothing uses. */
export function unexpectedLines(names: readonly string[]): string[] {
  return names.map((name) => `unexpected: '${name}'`)
}

/**
 * What a file writes before the names of all that is missing, such as `module.`; null unless there is such a text.
 */
export function prefixOf(missing: readonly Place[], unexpected: readonly string[]): string | null {
  if (missing.length === 0) return null
  const has = new Set(unexpected)
  const first = missing[0].stored.flatMap(({ name }) =>
    unexpected.filter((other) => other.endsWith(`.${name}`)).map((other) => other.slice(0, -name.length)),
  )
  const explainsAll = (prefix: string) =>
    missing.every(({ stored }) => stored.some(({ name }) => has.has(prefix + name)))
  return first.find(explainsAll) ?? null
}
