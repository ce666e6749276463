import { checkArguments, type DType, type Kind, kinds, type Tensor, tensor, type TypedArray } from '@cotangent/core'
import { named } from './errors'
import { aTree, isPlainObject } from './kinds'
import { match, mismatch, missingLines, unexpectedLines } from './match'
import { namesOf } from './names'
import { storedTypeOf } from './stored-types'

/** A tensor as plain data. */
export interface PlainTensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** The elements in row-major order: Float32Array, Float64Array, Int32Array, or Uint8Array for bool. */
  readonly data: TypedArray
}

/** A tree as plain data: its tensors by name. `structuredClone`, workers and IndexedDB take it. */
export type Plain = Record<string, PlainTensor>

const arrays = { bool: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array } as const

function isPlainTensor(value: unknown): value is PlainTensor {
  if (typeof value !== 'object' || value === null) return false
  const { dtype, shape, data } = value as Partial<PlainTensor>
  return (
    typeof dtype === 'string' &&
    Object.hasOwn(arrays, dtype) &&
    kinds.aShape.accepts(shape) &&
    data instanceof arrays[dtype] &&
    data.length === shape!.reduce((product, size) => product * size, 1)
  )
}

const aPlain: Kind = {
  expected: 'a tree as plain data (for each name { dtype, shape, data })',
  accepts: (value) => isPlainObject(value) && Object.values(value).every(isPlainTensor),
  remedy: 'pass what toPlain(tree) returned; an array that was transferred is empty afterwards',
}

const treeAlone = [aTree]
const plainAlone = [aPlain]
const fromParameters = [aPlain, aTree]

/**
 * The tensors of a tree as typed arrays by name, for `structuredClone`, workers and IndexedDB. Names are paths with
 * dots. The arrays are copies, so that `transferables` may give them away. A shared tensor appears once, under the
 * name of its first place.
 *
 * @throws FileError if two tensors get one name; TraceError for a symbolic tensor.
 */
export function toPlain(tree: unknown): Plain {
  checkArguments('toPlain', treeAlone, arguments)
  return named('toPlain', () =>
    Object.fromEntries(
      namesOf('toPlain', tree).places.map(({ leaf, stored: [{ name }] }) => [
        name,
        { dtype: leaf.dtype, shape: [...(leaf.shape as number[])], data: leaf.data.slice() },
      ]),
    ),
  )
}

/**
 * The buffers of a plain tree, for the list of `postMessage` and `structuredClone`. They move instead of being
 * copied.
 */
export function transferables(plain: Plain): ArrayBuffer[] {
  checkArguments('transferables', plainAlone, arguments)
  return Object.values(plain).map(({ data }) => data.buffer as ArrayBuffer)
}

/**
 * A tree from plain data, with the structure, the classes and the static values of `like`. The tensors of `like` may
 * be symbolic.
 *
 * @throws FileError that lists all names that are missing or unexpected, and all wrong shapes and dtypes.
 */
export function fromPlain<T>(plain: Plain, like: T): T {
  checkArguments('fromPlain', fromParameters, arguments)
  return named('fromPlain', () => {
    const model = namesOf('fromPlain', like)
    const at = new Map(Object.entries(plain))
    const typeOf = (name: string) => {
      const found = at.get(name)
      return found && { shape: found.shape, stored: storedTypeOf[found.dtype] }
    }
    const { found, missing, unexpected, wrong } = match(model, [...at.keys()], typeOf, false)
    const lines = [...missingLines(missing), ...unexpectedLines(unexpected), ...wrong]
    if (lines.length > 0) throw mismatch(lines, 'pass a model like the one that toPlain took')
    const tensors = model.places.map(({ leaf }, i): Tensor => {
      const { data, shape } = at.get(found[i][0].name)!
      return tensor(data, { dtype: leaf.dtype, shape })
    })
    return model.rebuild(tensors) as T
  })
}
