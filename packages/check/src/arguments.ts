import {
  flatten,
  flattenFor,
  formatPath,
  type Path,
  tensor,
  type Tensor,
  TraceError,
  type TypedArray,
  ValueError,
} from '@cotangent/core'
import { sameBits } from './numeric/bits'
import { isFloating } from './numeric/tensors'

export type AnyFunction = (...args: any[]) => unknown

/** A tensor with its own copy of the elements. */
export function copied({ data, dtype, shape }: Tensor): Tensor {
  return tensor(data.slice(), { dtype, shape: [...shape] })
}

/**
 * Arguments with copied tensors: a kernel that writes to its inputs then does no harm. A tensor used twice is copied
 * once.
 */
export function copiedArgs(args: readonly unknown[]): readonly unknown[] {
  const { leaves, rebuild } = flatten(args)
  const copies = new Map<Tensor, Tensor>()
  const copyOf = (leaf: Tensor) => {
    const copy = copies.get(leaf) ?? copied(leaf)
    copies.set(leaf, copy)
    return copy
  }
  return rebuild(leaves.map(copyOf)) as readonly unknown[]
}

/** The elements of some arguments before anything ran. */
export class Snapshot {
  readonly #before: readonly Readonly<TypedArray>[]

  constructor(args: readonly unknown[]) {
    this.#before = flatten(args).leaves.map(({ data }) => data.slice())
  }

  /** The name of the first argument whose elements changed; undefined where none did. */
  changed(args: readonly unknown[]): string | undefined {
    const { leaves, paths } = flatten(args)
    const at = leaves.findIndex(({ data }, i) => !sameBits(data, this.#before[i]))
    return at < 0 ? undefined : argumentName(paths[at])
  }
}

/** `args[0].layers[1].bias`. */
export function argumentName(path: Path): string {
  return `args${formatPath(path)}`
}

/**
 * Throws ValueError where `tree`, which is to be differentiated, holds no floating-point tensor. `said` begins the
 * message.
 */
export function needFloats(operation: string, said: string, tree: unknown): void {
  if (flattenFor(operation, tree).leaves.some(isFloating)) return
  throw new ValueError(
    'nothing-to-check',
    `[${operation}] ${said}; convert numbers with tensor(...), and pass models as they are`,
  )
}

/** The same function, which throws in the name of `operation` where it returns a Promise, or what is no tree. */
export function synchronous(operation: string, f: AnyFunction): AnyFunction {
  return (...args) => {
    const result = f(...args)
    if (result instanceof Promise)
      throw new TraceError(
        'async-function',
        `[${operation}] the function returned a Promise; await what it needs first, and check the synchronous rest`,
      )
    flattenFor(operation, result)
    return result
  }
}
