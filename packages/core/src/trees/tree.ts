import { ValueError } from '../errors'
import { checkArguments, type Kind } from '../arguments/arguments'
import { foreignTensor, isForeign } from '../arguments/brand'
import { copierOf, type Copier } from './copier'
import { isOpaque, rejectHiddenTensors } from './opaque'
import type { Flat } from './flat'
import { type Appearance, formatPath, type Path, pathOf, type Place, stepTo } from './places'
import { answerOf, OneLeaf, wrongCount } from './one-leaf'
import { rejectPrivateState } from './private-state'
import { isFloat } from '../values/dtype'
import { Tensor } from '../values/tensor'
import { isTreeNode, isUntrained, takenApart, tree } from './tree-node'

const aTreeAlone: readonly Kind[] = [{ expected: 'a tree', accepts: () => true }]
const something: readonly Kind[] = [{ expected: 'a tree', accepts: (value) => value !== undefined }]

/** An object that holds tensors: its children, and how to copy it with others. */
interface Branch {
  readonly index: number
  readonly value: object
  readonly keys: readonly (string | number)[]
  readonly children: readonly Child[]
  /** Made on first use, because most trees are only read. */
  copy: Copier | null
  /** Whether the object implements `[tree]`. Its only child then stands at its own place. */
  readonly isCustom: boolean
}

/** The position of a leaf, or an object that holds leaves. */
type Child = number | Branch

/** An object whose children are being visited. */
interface Frame {
  readonly value: object
  readonly place: Place | null
  readonly isCustom: boolean
  /** Names of the properties that may hold children. */
  readonly names: readonly string[]
  next: number
  readonly keys: (string | number)[]
  readonly children: Child[]
}

/** The state of a child: known, null if it holds no tensor, undefined while it is being visited. */
type Entered = Child | null | undefined

/**
 * Flattens a tree. The children of a tree are own enumerable data properties of plain objects, arrays and class
 * instances. A value is static if it is not a tensor and holds none.
 *
 * @throws ValueError for cycles, for tensors inside a Map, Set or another opaque container, for tensors of another
 * copy of this library, and for instances with private state that do not implement `[tree]`.
 */
export function flatten(root: unknown): Flat {
  // A tree may be undefined, but a call without arguments is a mistake.
  checkArguments('flatten', arguments.length === 0 ? something : aTreeAlone, arguments)
  return flattenFor('flatten', root)
}

/** `flatten` on behalf of another function, which errors name. */
export function flattenFor(operation: string, root: unknown): Flat {
  if (root instanceof Tensor) return new OneLeaf(operation, root)
  const walk = new Walk(operation)
  return new Flattened(walk, walk.visit(root), root)
}

/**
 * `flatten` without sharing: a tensor that stands at several places becomes several leaves, and a shared object
 * becomes several objects.
 */
export function flattenPlaces(operation: string, root: unknown): Flat {
  if (root instanceof Tensor) return new OneLeaf(operation, root)
  const walk = new Walk(operation)
  const child = walk.visit(root)
  if (!walk.isShared) return new Flattened(walk, child, root)
  const apart = new Walk(operation, false)
  return new Flattened(apart, apart.visit(root), root)
}

// A loop with its own stack, because a linked list of a hundred thousand objects is too deep for recursion.
class Walk {
  readonly leaves: Tensor[] = []
  readonly places: (Place | null)[] = []
  readonly parameters: boolean[] = []
  /** Objects that hold tensors, children before parents. */
  readonly branches: Branch[] = []
  isShared = false
  readonly visited = new Map<object, Branch | null>()
  readonly #positions = new Map<Tensor, number>()
  readonly #open = new Set<object>()
  readonly #frames: Frame[] = []
  /** How many of the open objects are marked as state. */
  #untrained = 0

  constructor(
    readonly operation: string,
    private readonly joins = true,
  ) {}

  visit(root: unknown): Child | null {
    let child = this.#enter(root, null)
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      if (child !== undefined && child !== null) this.#take(frame, child)
      child = frame.next < frame.names.length ? this.#step(frame) : this.#leave(frame)
    }
    return child ?? null
  }

  #step(frame: Frame): Entered {
    const name = frame.names[frame.next++]
    const { value, place } = frame
    if (isTreeNode(value)) return this.#enter(takenApart(value), place)
    // A property with a getter has no value.
    const child: unknown = Object.getOwnPropertyDescriptor(value, name)!.value
    if (typeof child !== 'object' || child === null) return null
    return this.#enter(child, { within: place, key: stepTo(value, name) })
  }

  #take(frame: Frame, child: Child): void {
    frame.keys.push(stepTo(frame.value, frame.names[frame.next - 1]))
    frame.children.push(child)
  }

  #enter(value: unknown, place: Place | null): Entered {
    if (value instanceof Tensor) return this.#leaf(value, place)
    if (typeof value !== 'object' || value === null) return null
    if (isForeign(value)) throw foreignTensor(this.operation, formatPath(pathOf(place)))
    if (isOpaque(value)) {
      rejectHiddenTensors(this.operation, value, place)
      return null
    }
    if (this.#open.has(value))
      throw new ValueError(
        'tree-cycle',
        `[${this.operation}] ${formatPath(pathOf(place))} leads back to an object that contains it; break the cycle, or keep that link out of the model`,
      )
    const known = this.visited.get(value)
    if (known) this.isShared = true
    if (known === null || (known && this.joins)) return known
    this.#open.add(value)
    const isCustom = isTreeNode(value)
    if (isUntrained(value)) this.#untrained++
    const names = isCustom ? [''] : Object.keys(value)
    this.#frames.push({ value, place, isCustom, names, next: 0, keys: [], children: [] })
    return undefined
  }

  #leaf(leaf: Tensor, place: Place | null): number {
    const known = this.#positions.get(leaf)
    const isParameter = this.#untrained === 0 && isFloat(leaf.dtype)
    if (known !== undefined) this.isShared = true
    if (known !== undefined && this.joins) {
      this.parameters[known] ||= isParameter
      return known
    }
    const position = this.leaves.push(leaf) - 1
    this.#positions.set(leaf, position)
    this.places.push(place)
    this.parameters.push(isParameter)
    return position
  }

  #leave({ value, place, isCustom, keys, children }: Frame): Child | null {
    this.#frames.pop()
    this.#open.delete(value)
    if (isUntrained(value)) this.#untrained--
    let branch: Branch | null = null
    if (children.length > 0) {
      if (!isCustom) rejectPrivateState(this.operation, value, () => pathOf(place))
      branch = { index: this.branches.length, value, keys, children, copy: null, isCustom }
      this.branches.push(branch)
    }
    this.visited.set(value, branch)
    return branch
  }
}

// Methods are function-valued properties, so that they can be destructured: `const { leaves, rebuild } =
// flatten(x)`.
class Flattened implements Flat {
  readonly leaves: readonly Tensor[]
  readonly parameters: readonly boolean[]
  #paths: readonly Path[] | undefined
  #appearances: readonly Appearance[] | undefined
  // Stored separately, because a caller may write to the list of leaves.
  readonly #count: number
  readonly #root: unknown
  readonly #child: Child | null
  readonly #walk: Walk

  constructor(walk: Walk, child: Child | null, root: unknown) {
    this.leaves = walk.leaves
    this.parameters = walk.parameters
    this.#count = walk.leaves.length
    this.#walk = walk
    this.#child = child
    this.#root = root
  }

  get paths(): readonly Path[] {
    return (this.#paths ??= this.#walk.places.map(pathOf))
  }

  get appearances(): readonly Appearance[] {
    return (this.#appearances ??= this.#walk.isShared
      ? appearancesIn(this.#child)
      : this.#walk.places.map((place, leaf) => ({ leaf, place })))
  }

  readonly at = (path: Path): Tensor | undefined => {
    let child = inside(this.#child)
    for (const step of path) {
      if (child === null || typeof child === 'number') return undefined
      child = inside(child.children[child.keys.indexOf(step)] ?? null)
    }
    return typeof child === 'number' ? this.leaves[child] : undefined
  }

  readonly select = (keep: (leaf: Tensor, path: Path) => boolean): readonly boolean[] => {
    const kept: { readonly at: Place | null; readonly answer: boolean }[] = []
    for (const { leaf, place } of this.appearances) {
      const answer = answerOf(this.#walk.operation, keep, this.leaves[leaf], pathOf(place))
      kept[leaf] ??= { at: place, answer }
      if (kept[leaf].answer !== answer)
        throw placesDiffer(
          this.#walk.operation,
          kept[leaf].at,
          place,
          `the selection takes it at ${answer ? 'the second' : 'the first'} alone`,
        )
    }
    return kept.map(({ answer }) => answer)
  }

  readonly holdsTensors = (object: object): boolean => {
    return (this.#walk.visited.get(object) ?? null) !== null
  }

  readonly rebuild = (replacements: readonly unknown[]): unknown => {
    if (!Array.isArray(replacements) || replacements.length !== this.#count) throw wrongCount(this.#count, replacements)
    if (this.#child === null) return this.#root
    // Performance: every compiled call runs this. Plain loops, without closures.
    const made: unknown[] = [...replacements]
    const { branches } = this.#walk
    for (let i = 0; i < branches.length; i++) {
      const branch = branches[i]
      branch.copy ??= this.#copierOf(branch)
      made.push(branch.copy(made))
    }
    return made[this.#positionOf(this.#child)]
  }

  #copierOf({ value, keys, children }: Branch): Copier {
    const positions = children.map((child) => this.#positionOf(child))
    if (!isTreeNode(value)) return copierOf(value, keys, positions)
    const [inside] = positions
    return (made) => value[tree].unflatten.call(value, made[inside])
  }

  /** The position of a child in the list of replacements; the copies of the branches follow them in that list. */
  #positionOf(child: Child): number {
    return typeof child === 'number' ? child : this.#count + child.index
  }
}

/** The contents of a child, with every `[tree]` unwrapped. */
function inside(child: Child | null): Child | null {
  let at = child
  while (at !== null && typeof at !== 'number' && at.isCustom) [at] = at.children
  return at
}

/** Every place of every leaf below a child. */
function appearancesIn(root: Child | null): Appearance[] {
  const found: Appearance[] = []
  const pending: { child: Child; place: Place | null }[] = root === null ? [] : [{ child: root, place: null }]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const { child, place } = at
    if (typeof child === 'number') found.push({ leaf: child, place })
    else
      for (let i = child.children.length - 1; i >= 0; i--) {
        const within = child.isCustom ? place : { within: place, key: child.keys[i] }
        pending.push({ child: child.children[i], place: within })
      }
  }
  return found
}

/** The error for two places of one tensor that are treated differently. */
export function placesDiffer(operation: string, first: Place | null, second: Place | null, what: string): ValueError {
  const [a, b] = [first, second].map((place) => formatPath(pathOf(place)))
  return new ValueError(
    'tree-places',
    `[${operation}] one tensor stands at ${a} and at ${b}, but ${what}; treat both places alike, or make it two tensors`,
  )
}
