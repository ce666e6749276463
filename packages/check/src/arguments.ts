import { flatten, tensor, type Tensor, type TypedArray } from '@cotangent/core'
import { sameBits } from './numeric/bits'
import { nameOf } from './graph/lint'

/** A tensor with numbers of its own. */
export function copied({ data, dtype, shape }: Tensor): Tensor {
  return tensor(data.slice(), { dtype, shape: [...shape] })
}

/** Arguments with tensors of their own, so that a kernel that writes to its inputs does no harm. One tensor stays one. */
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

/** What the numbers of some arguments were before anything ran. */
export class Snapshot {
  readonly #before: readonly Readonly<TypedArray>[]

  constructor(args: readonly unknown[]) {
    this.#before = flatten(args).leaves.map(({ data }) => data.slice())
  }

  /** The name of the first argument that is not what it was. */
  changed(args: readonly unknown[]): string | undefined {
    const { leaves, paths } = flatten(args)
    const at = leaves.findIndex(({ data }, i) => !sameBits(data, this.#before[i]))
    return at < 0 ? undefined : nameOf(paths[at])
  }
}
