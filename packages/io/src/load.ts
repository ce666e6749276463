import { checkArguments, type Kind, kinds, readable, type Tensor } from '@cotangent/core'
import { decode } from './elements'
import { FileError, named, within } from './errors'
import { aLike, aSource, someBytes } from './kinds'
import { asOurs, match, mismatch, missingLines, prefixOf, unexpectedLines } from './match'
import { type Named, namesOf, type Naming, type Place, type StoredAs } from './names'
import { type OpenOptions, openTensors } from './open'
import type { Source } from './source'
import type { TensorFile } from './tensor-file'

/** Options of `load` and `loadPartial`. */
export interface LoadOptions extends OpenOptions {
  /** The name of each tensor in the file. Default: its path with dots, `layers.0.weight`. */
  readonly names?: Naming
  /**
   * Whether the file's numbers are converted to the dtype of the tree when that is a float: float64 rounds to
   * float32, integers become floats. Default: false, so that another dtype is an error.
   */
  readonly cast?: boolean
}

/** What `loadPartial` returns. */
export interface PartialLoad<T> {
  readonly tree: T
  /** Names that were loaded. */
  readonly loaded: readonly string[]
  /** Names that the file lacks. Their tensors are those of `like`. */
  readonly missing: readonly string[]
  /** Names of the file that the tree has no place for. */
  readonly unexpected: readonly string[]
}

const options = { names: kinds.aFunction, cast: kinds.flag, maxBytes: someBytes } satisfies Record<
  keyof LoadOptions,
  Kind
>
const parameters = [aSource, aLike, /* @__PURE__ */ kinds.options(options)]

/**
 * Reads a tree from a file: safetensors, an index of several, `.npz` or `.npy`. The result has the structure, the
 * classes and the static values of `like`, and the tensors of the file. The tensors of `like` may be symbolic: only
 * their shapes and dtypes count.
 *
 * F16, BF16 and 8-bit floats widen to float32, and any of them to float64. Small integers become int32. U32, I64 and
 * U64 become int32 if all of their values fit. A tensor that stands at several places of `like` is loaded once.
 * The file may have it under any of its names, or under several with equal contents.
 *
 * @throws FileError if the file cannot be read or is damaged. One error lists all names that are missing or
 * unexpected, all wrong shapes and dtypes, and all values that do not fit.
 */
export async function load<T>(source: Source, like: T, options: LoadOptions = {}): Promise<T> {
  checkArguments('load', parameters, arguments)
  return (await named('load', () => loaded<T>('load', source, like, options, true))).tree
}

/**
 * `load` for a file that has only a part of the tree, or more than it. What the file lacks stays as in `like`. The
 * result tells what was loaded, missing and unexpected.
 *
 * @throws FileError as `load` does, except for names that are missing or unexpected. A symbolic tensor of `like` that
 * the file lacks is an error.
 */
export async function loadPartial<T>(source: Source, like: T, options: LoadOptions = {}): Promise<PartialLoad<T>> {
  checkArguments('loadPartial', parameters, arguments)
  return named('loadPartial', () => loaded<T>('loadPartial', source, like, options, false))
}

async function loaded<T>(
  operation: string,
  source: Source,
  like: T,
  options: LoadOptions,
  isStrict: boolean,
): Promise<PartialLoad<T>> {
  const model = namesOf(operation, like, options.names)
  const file = await openTensors(source, options, true)
  try {
    return await within(file.label, () => fill<T>(file, model, options.cast ?? false, isStrict))
  } finally {
    await file.close()
  }
}

async function fill<T>(file: TensorFile, model: Named, cast: boolean, isStrict: boolean): Promise<PartialLoad<T>> {
  const { found, missing, unexpected, wrong } = match(model, file.names, (name) => file.entry(name), cast)
  const lacking = isStrict ? missing : missing.filter(({ leaf }) => readable(leaf) === null)
  const lines = [...missingLines(lacking), ...(isStrict ? unexpectedLines(unexpected) : []), ...wrong]
  const prefix = prefixOf(missing, unexpected)
  if (lines.length > 0) throw mismatch(lines, prefix === null ? remedy : remedyFor(prefix))
  const tensors: Tensor[] = []
  const bad: string[] = []
  for (const [i, place] of model.places.entries())
    tensors.push(found[i].length === 0 ? place.leaf : await filled(file, place, found[i], cast, bad))
  if (bad.length > 0) throw mismatch(bad, remedy)
  return {
    tree: model.rebuild(tensors) as T,
    loaded: found.flat().map(({ name }) => name),
    missing: missing.map(({ stored }) => stored[0].name),
    unexpected,
  }
}

const remedy =
  "pass a model of the file's sizes; option names renames tensors, cast converts dtypes, and loadPartial loads a part"

const remedyFor = (prefix: string) =>
  `the file has the prefix '${prefix}' before these names; pass { names: pytorchNames(pytorchLayers, { prefix: '${prefix}' }) }, ` +
  `or { names: (path) => '${prefix}' + path.join('.') } for a file of ours`

/** The tensor of a place, from each of its names in the file. Values that do not fit become lines of `bad`. */
async function filled(
  file: TensorFile,
  { leaf }: Place,
  found: readonly StoredAs[],
  cast: boolean,
  bad: string[],
): Promise<Tensor> {
  let first: Tensor | null = null
  for (const as of found) {
    const stored = await within(`tensor '${as.name}'`, () => file.entry(as.name)!.read())
    try {
      const value = asOurs(decode(stored, leaf.dtype, cast), as, leaf.shape)
      if (first !== null && !isEqual(first, value))
        bad.push(`two values for one tensor: '${found[0].name}' and '${as.name}' differ in the file`)
      first ??= value
    } catch (error) {
      if (!(error instanceof FileError) || error.code !== 'inexact-value') throw error
      bad.push(`wrong value: '${as.name}', ${error.message.replace(/; .*$/s, '')}`)
    }
  }
  return first ?? leaf
}

function isEqual(a: Tensor, b: Tensor): boolean {
  return a.data.every((value, i) => Object.is(value, b.data[i]))
}
