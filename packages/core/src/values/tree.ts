import { ValueError } from '../errors'
import { checkArguments, type Kind, rest as further } from './arguments'
import { isUnary } from './checked'
import { aFunction, anything } from './kinds'
import { Tensor } from './tensor'

/** Names of the properties (and indices) that lead from a tree's root to a leaf. */
export type Path = readonly (string | number)[]

/**
 * Key of the property by which a class with private state tells what is in it: `[tree]: { flatten, unflatten }`, where
 * `flatten()` gives a tree and `unflatten(children)` makes an equal instance of such a tree. The tree holds all that tells
 * instances apart, numbers and options as well as tensors: `compile` tells them apart by nothing else.
 */
export const tree: unique symbol = Symbol.for('cotangent.tree')

/** What `[tree]` is on a class that says itself how it is taken apart and put together. */
export interface TreeNode {
  [tree]: {
    /** The children, as a plain tree. */
    flatten(): unknown
    /** An equal instance with other children. */
    unflatten(children: any): unknown
  }
}

const treeKind: Kind = { expected: 'a tree', accepts: () => true }

const pathKind: Kind = {
  expected: 'an array of names and positions',
  accepts: (value) =>
    Array.isArray(value) && Array.from(value).every((step) => typeof step === 'string' || Number.isInteger(step)),
}

/** A tree taken apart: its distinct tensors in order of first appearance, and how to put it together with others. */
export interface Flat {
  readonly leaves: readonly Tensor[]
  /** Path of each leaf's first appearance. */
  readonly paths: readonly Path[]
  /** The leaf at each path, those that appear again included. */
  readonly byPath: ReadonlyMap<string, Tensor>
  /** Whether there are tensors in an object of the tree. */
  holdsTensors(object: object): boolean
  /** The same tree with `replacements[i]` for `leaves[i]`; prototypes, sharing, frozenness and statics are kept. */
  rebuild(replacements: readonly unknown[]): unknown
}

/** Makes a copy with other leaves; null where there is no tensor inside, so that the value itself can stand. */
type Rebuild = ((replacements: readonly unknown[], done: Map<object, unknown>) => unknown) | null

/**
 * Takes a tree apart. Children of a tree are own enumerable data properties of plain objects, arrays and class
 * instances; whatever is neither a tensor nor holds one is static.
 *
 * @throws ValueError on cycles, on tensors inside a Map, Set or another opaque container, and on instances with private
 * state that do not implement `[tree]`.
 */
export function flatten(root: unknown): Flat {
  checkArguments('flatten', [treeKind], arguments)
  const walk = new Walk()
  const rebuild = walk.visit(root, [])
  return {
    leaves: walk.leaves,
    paths: walk.paths,
    get byPath() {
      return new Map(walk.appearances.map(({ path, leaf }) => [formatPath(path), leaf]))
    },
    holdsTensors: (object) => walk.holdsTensors(object),
    rebuild: (replacements) => (rebuild === null ? root : rebuild(replacements, new Map())),
  }
}

class Walk {
  readonly leaves: Tensor[] = []
  readonly paths: Path[] = []
  readonly appearances: { readonly path: Path; readonly leaf: Tensor }[] = []
  readonly #positions = new Map<Tensor, number>()
  readonly #open = new Set<object>()
  readonly #visited = new Map<object, Rebuild>()
  /** Objects that several paths lead to. */
  readonly #shared = new Set<object>()

  visit(value: unknown, path: Path): Rebuild {
    if (value instanceof Tensor) return this.#leaf(value, path)
    if (typeof value !== 'object' || value === null) return null
    if (isOpaque(value)) {
      rejectHiddenTensors(value, path)
      return null
    }
    if (this.#open.has(value))
      throw new ValueError(
        'tree-cycle',
        `[tree] ${formatPath(path)} leads back to an object that contains it; break the cycle, or keep that link out of the model`,
      )
    let rebuild = this.#visited.get(value)
    if (rebuild === undefined) {
      this.#open.add(value)
      rebuild = this.#once(value, tree in value ? this.#custom(value as TreeNode, path) : this.#object(value, path))
      this.#open.delete(value)
      this.#visited.set(value, rebuild)
    } else this.#shared.add(value)
    return rebuild
  }

  holdsTensors(object: object): boolean {
    return (this.#visited.get(object) ?? null) !== null
  }

  #leaf(leaf: Tensor, path: Path): Rebuild {
    let position = this.#positions.get(leaf)
    this.appearances.push({ path, leaf })
    if (position === undefined) {
      position = this.leaves.push(leaf) - 1
      this.#positions.set(leaf, position)
      this.paths.push(path)
    }
    return (replacements) => replacements[position]
  }

  /** An object reached along several paths is rebuilt once, so that sharing survives. */
  #once(value: object, rebuild: Rebuild): Rebuild {
    return (
      rebuild &&
      ((replacements, done) => {
        if (!this.#shared.has(value)) return rebuild(replacements, done)
        if (!done.has(value)) done.set(value, rebuild(replacements, done))
        return done.get(value)
      })
    )
  }

  #custom(value: TreeNode, path: Path): Rebuild {
    const protocol = value[tree]
    const children = this.visit(protocol.flatten.call(value), path)
    return children && ((replacements, done) => protocol.unflatten.call(value, children(replacements, done)))
  }

  #object(value: object, path: Path): Rebuild {
    const descriptors = Object.getOwnPropertyDescriptors(value) as Record<string, PropertyDescriptor>
    const children: [string, NonNullable<Rebuild>][] = []
    for (const key of Object.keys(value)) {
      // A property with a getter has no value.
      const child: unknown = descriptors[key].value
      if (typeof child !== 'object' || child === null) continue
      const rebuild = this.visit(child, [...path, Array.isArray(value) ? Number(key) : key])
      if (rebuild !== null) children.push([key, rebuild])
    }
    if (children.length === 0) return null
    rejectPrivateState(value, path)
    if (isPlain(value, descriptors)) return plainCopy(value, children)
    return (replacements, done) => {
      const copy = emptyLike(value)
      const replaced = { ...descriptors }
      for (const [key, rebuild] of children) replaced[key] = { ...descriptors[key], value: rebuild(replacements, done) }
      Object.defineProperties(copy, replaced)
      if (Object.isFrozen(value)) Object.freeze(copy)
      else if (Object.isSealed(value)) Object.seal(copy)
      else if (!Object.isExtensible(value)) Object.preventExtensions(copy)
      return copy
    }
  }
}

function emptyLike(value: object): object {
  return Array.isArray(value)
    ? new Array(value.length)
    : (Object.create(Object.getPrototypeOf(value) as object | null) as object)
}

/** Whether assignment makes an equal object: ordinary properties, none of which its prototype has under the same name. */
function isPlain(value: object, descriptors: Record<string, PropertyDescriptor>): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  return (
    Object.isExtensible(value) &&
    Object.getOwnPropertySymbols(value).length === 0 &&
    Object.entries(descriptors).every(
      ([key, { writable, enumerable, configurable }]) =>
        (Array.isArray(value) && key === 'length') ||
        (writable && enumerable && configurable && (prototype === null || !(key in prototype))),
    )
  )
}

/** Copies an object by assignment, in the order of its keys: many times faster than by descriptors. */
function plainCopy(value: object, children: readonly [string, NonNullable<Rebuild>][]): NonNullable<Rebuild> {
  const rebuilds = new Map(children)
  const steps = Object.keys(value).map((key) => ({
    key,
    value: (value as Record<string, unknown>)[key],
    rebuild: rebuilds.get(key),
  }))
  return (replacements, done) => {
    const copy = emptyLike(value) as Record<string, unknown>
    for (const { key, value, rebuild } of steps) copy[key] = rebuild ? rebuild(replacements, done) : value
    return copy
  }
}

/**
 * Applies `f` to every tensor of a tree, shared ones once, and returns a tree of the same type. Further trees of the same
 * structure are walked along: `f` gets their leaves at the same path.
 *
 * @throws ValueError where a further tree lacks a leaf.
 */
export function mapTree<T, const Rest extends readonly unknown[]>(
  f: (leaf: Tensor, path: Path, ...others: { [K in keyof Rest]: Tensor }) => Tensor,
  root: T,
  ...rest: Rest
): T {
  checkArguments('mapTree', [aFunction, anything, further(anything)], arguments)
  const { leaves, paths, rebuild } = flatten(root)
  const others = rest.map((other) => flatten(other).byPath)
  const mapped = leaves.map((leaf, i) => {
    const beside = others.map((other) => {
      const found = other.get(formatPath(paths[i]))
      if (found === undefined)
        throw new ValueError(
          'tree-structure',
          `[mapTree] a further tree has no tensor at ${formatPath(paths[i])}; give trees of one structure`,
        )
      return found
    })
    // A function of the library would reject the path.
    if (isUnary(f)) return Reflect.apply(f, undefined, [leaf]) as Tensor
    return f(leaf, paths[i], ...(beside as { [K in keyof Rest]: Tensor }))
  })
  return rebuild(mapped) as T
}

/** The distinct tensors of a tree, in the order of their first appearance. */
export function treeLeaves(root: unknown): readonly Tensor[] {
  checkArguments('treeLeaves', [treeKind], arguments)
  return flatten(root).leaves
}

/** `layers[0].weight`, as messages print a path. */
export function formatPath(path: Path): string {
  checkArguments('formatPath', [pathKind], arguments)
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  return text === '' ? 'the value itself' : text.replace(/^\./, '')
}

/** Whether a value is not looked into. */
export function isOpaque(value: object): boolean {
  return (
    value instanceof Map ||
    value instanceof Set ||
    ArrayBuffer.isView(value) ||
    value instanceof Date ||
    value instanceof RegExp ||
    value instanceof Promise ||
    value instanceof WeakMap ||
    value instanceof WeakSet ||
    value instanceof Error
  )
}

function rejectHiddenTensors(value: unknown, path: Path): void {
  if (!(value instanceof Map || value instanceof Set)) return
  for (const entry of value instanceof Map ? [...value.keys(), ...value.values()] : value)
    if (entry instanceof Tensor || (typeof entry === 'object' && entry !== null && flatten(entry).leaves.length > 0))
      throw new ValueError(
        'hidden-tensor',
        `[tree] ${formatPath(path)} is a ${value.constructor.name} that holds tensors, which transforms cannot see; ` +
          'use a plain object or an array, or implement [tree]: { flatten, unflatten }',
      )
}

const privateState = new WeakMap<object, boolean>()

// A private field is invisible from outside, and an instance rebuilt by prototype would lack it: its first use would be
// a TypeError far from here. The class text is the only place where it shows.
function rejectPrivateState(value: object, path: Path): void {
  for (
    let prototype = Object.getPrototypeOf(value) as object | null;
    prototype;
    prototype = Object.getPrototypeOf(prototype) as object | null
  ) {
    if (prototype === Object.prototype || prototype === Array.prototype) return
    const { constructor } = prototype
    let found = privateState.get(prototype)
    if (found === undefined) {
      found = typeof constructor === 'function' && /\bthis\.#/.test(Function.prototype.toString.call(constructor))
      privateState.set(prototype, found)
    }
    if (found)
      throw new ValueError(
        'private-state',
        `[tree] ${formatPath(path)} is a ${constructor.name} with private fields, which a copy made by prototype would lack; ` +
          'implement [tree]: { flatten, unflatten } on the class, or use plain properties',
      )
  }
}
