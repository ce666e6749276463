import {
  type Flat,
  flattenFor,
  formatPath,
  type Kind,
  type Path,
  readable,
  type Tensor,
  zerosLike,
} from '@cotangent/core'
import { ExportError } from '../errors'
import type { InputEntry, InputRole } from './manifest'

/** A tree of tensors. */
export const aTree: Kind = {
  expected: 'a tree of tensors',
  accepts: (value) => typeof value === 'object' && value !== null,
}

/** An argument of an exported function. A tensor at two places of it is one input, under the name of the first. */
export interface Argument {
  readonly role: InputRole
  readonly root: unknown
  readonly flat: Flat
  readonly names: readonly string[]
}

/** The name of a place, as files of `@cotangent/io` have it: the steps of its path with dots between them. */
export function nameOf(path: Path): string {
  return path.length === 0 ? 'tensor' : path.join('.')
}

/** An argument. Names begin with the steps of `within`. */
export function argumentOf(operation: string, role: InputRole, root: unknown, within: Path = []): Argument {
  const flat = flattenFor(operation, root)
  return { role, root, flat, names: flat.paths.map((path) => nameOf([...within, ...path])) }
}

/** Inputs for the tensors of arguments, in order. */
export function inputEntries(args: readonly Argument[]): InputEntry[] {
  return args.flatMap(({ role, flat, names }) =>
    flat.leaves.map(({ dtype, shape }, i) => ({ role, name: names[i], dtype, shape: [...shape] })),
  )
}

/**
 * The arguments as trees in which no tensor stands in two of them, so that a trace has an input for each. Model and
 * state may share a tensor at first, as an average of parameters does, and differ after a step.
 */
export function apart(args: readonly Argument[]): unknown[] {
  const seen = new Set<Tensor>()
  return args.map(({ flat }) => {
    const own = flat.leaves.map((leaf) => (seen.has(leaf) ? zerosLike(leaf) : leaf))
    own.forEach((leaf) => seen.add(leaf))
    return flat.rebuild(own)
  })
}

/** Checks that tensors of one role have names of their own. @throws ExportError if not. */
export function checkNames(
  operation: string,
  entries: readonly { readonly role: string; readonly name: string }[],
): void {
  const known = new Set<string>()
  for (const { role, name } of entries) {
    if (name === '' || name === '__metadata__' || /\p{Surrogate}/u.test(name))
      throw new ExportError(
        'bad-name',
        `[${operation}] expected a name for each tensor (well-formed text other than '__metadata__'), got ` +
          `${JSON.stringify(name)} in the ${role}; rename the key`,
      )
    const key = JSON.stringify([role, name])
    if (known.has(key))
      throw new ExportError(
        'ambiguous-name',
        `[${operation}] expected a name for each tensor, got '${name}' for two of the ${role}; rename a key with a dot in it`,
      )
    known.add(key)
  }
}

/** Checks that the tensors of an argument have elements to write. @throws ExportError if not. */
export function checkConcrete(operation: string, { role, flat }: Argument): void {
  const at = flat.leaves.findIndex((leaf) => readable(leaf) === null)
  if (at >= 0)
    throw new ExportError(
      'symbolic-tensor',
      `[${operation}] expected elements to write in each tensor of the ${role}, got a symbolic tensor at ` +
        `${formatPath(flat.paths[at])}; export outside of traced functions and derivative rules`,
    )
}
