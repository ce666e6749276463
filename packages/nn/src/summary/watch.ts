import { flatten, labelled, type Path, Tensor, tree, type TreeNode, treeLeaves, ValueError } from '@cotangent/core'

/** A layer of a model, and what was seen of its calls. Graphs know the layer by this object, as a label. */
export class Watched {
  calls = 0
  /** What the last call returned. */
  result: unknown = null

  constructor(
    /** The path of the first place of the layer. */
    readonly path: Path,
    /** The name of its class or function. */
    readonly name: string,
    /** Whether it is a function, which is a layer only where it is called as one. */
    readonly isFunction: boolean,
  ) {}
}

/** A place of a layer that stands at an earlier place too. */
export interface Again {
  readonly path: Path
  readonly first: Watched
}

type AnyFunction = (...args: any) => unknown

/** Key of the property that tells which layer a copy of an object is. */
const layer = Symbol('layer')

const named = (name: unknown, otherwise: string): string => (typeof name === 'string' && name !== '' ? name : otherwise)
const classOf = (value: object): string => named((value.constructor as { name?: unknown } | undefined)?.name, 'Object')

/**
 * A copy of a model whose calls are seen. The copies of objects with methods have, in place of each method, one that
 * notes the call; they are own properties, which copies made by transforms keep. Nothing of the model is changed.
 */
export class Watch {
  /** The layers, in the order of the tree. */
  readonly layers: (Watched | Again)[] = []
  readonly #made = new Map<object, unknown>()
  readonly #running: Watched[] = []

  /** The watched copy of a model. Its layer is the first of `layers`. */
  model<T>(root: T): T {
    if (typeof root === 'function') return this.#function([], root as AnyFunction) as T
    if (root instanceof Tensor) this.#begin([], 'Tensor', false)
    return this.#value(root, []) as T
  }

  #value(value: unknown, path: Path): unknown {
    if (typeof value !== 'object' || value === null || value instanceof Tensor || isOpaque(value)) return value
    const known = this.#made.get(value)
    if (known !== undefined) {
      const first = layerOf(known)
      if (first !== undefined) this.layers.push({ path, first })
      return known
    }
    const own = path.length === 0 || isLayer(value) ? this.#begin(path, classOf(value), false) : null
    const made = tree in value ? this.#takenApart(value as TreeNode, path, own) : this.#copied(value, path, own)
    this.#made.set(value, made)
    return made
  }

  #begin(path: Path, name: string, isFunction: boolean): Watched {
    const begun = new Watched(path, name, isFunction)
    this.layers.push(begun)
    return begun
  }

  #function(path: Path, f: AnyFunction): AnyFunction {
    const own = this.#begin(path, named(f.name, 'function'), true)
    return this.#seen(own, f)
  }

  #takenApart(value: TreeNode, path: Path, own: Watched | null): unknown {
    const children = value[tree].flatten.call(value)
    const inside =
      isObject(children) && !(children instanceof Tensor) ? this.#copied(children, path, null, true) : children
    const made = value[tree].unflatten.call(value, inside)
    return own === null || !isObject(made)
      ? made
      : Object.isExtensible(made)
        ? this.#noting(own, made)
        : this.#facade(own, made)
  }

  /** A copy with watched children and, for a layer, watched methods. */
  #copied(value: object, path: Path, own: Watched | null, isInside = false): object {
    const replaced = new Map<string, unknown>()
    // A function in a list is a layer, one in a field of a layer is an option such as its activation.
    const holdsFunctions = isContainer(value) && !isLayer(value) && !isInside
    for (const key of Object.keys(value)) {
      const child: unknown = Object.getOwnPropertyDescriptor(value, key)!.value
      const below = [...path, Array.isArray(value) && /^\d+$/.test(key) ? Number(key) : key]
      const isFunction = holdsFunctions && typeof child === 'function'
      const made = isFunction ? this.#function(below, child as AnyFunction) : this.#value(child, below)
      if (made !== child) replaced.set(key, made)
    }
    if (own === null && replaced.size === 0) return value
    // A copy would lack private fields.
    if (hasPrivateState(value)) return own === null ? value : this.#facade(own, value)
    const copy = copyOf(value, replaced)
    if (own !== null) this.#noting(own, copy)
    return asOpenAs(value, copy)
  }

  /** Gives an object methods that note calls, as own properties that are not enumerable. */
  #noting<T extends object>(own: Watched, object: T): T {
    Object.defineProperty(object, layer, { value: own, configurable: true })
    for (const name of methodsOf(object)) {
      const method = (object as Record<string | symbol, AnyFunction>)[name]
      const { enumerable = false } = Object.getOwnPropertyDescriptor(object, name) ?? {}
      Object.defineProperty(object, name, {
        value: this.#seen(own, method),
        enumerable,
        writable: true,
        configurable: true,
      })
    }
    return object
  }

  /** An object in front of one that cannot be copied or extended. */
  #facade(own: Watched, object: object): object {
    const methods = new Set(methodsOf(object))
    const ways = {
      flatten: () => (object as TreeNode)[tree].flatten(),
      unflatten: (children: unknown) => (object as TreeNode)[tree].unflatten(children),
    }
    const get = (target: object, key: string | symbol): unknown => {
      if (key === layer) return own
      if (key === tree && tree in target) return ways
      // Private fields are those of the object itself.
      const value: unknown = Reflect.get(target, key, target)
      return methods.has(key)
        ? this.#seen(own, (...args: unknown[]) => Reflect.apply(value as AnyFunction, target, args))
        : value
    }
    return new Proxy(object, { get })
  }

  /** A function whose calls are seen. It keeps its name, and how many arguments it takes. */
  #seen(own: Watched, f: AnyFunction): AnyFunction {
    return new Proxy(f, { apply: (_, self, args: unknown[]) => this.#call(own, f, self, args) })
  }

  #call(own: Watched, f: AnyFunction, self: unknown, args: unknown[]): unknown {
    const run = () => Reflect.apply(f, self, args)
    // A method that another method of the layer calls is no call of the layer.
    if (this.#running.at(-1) === own) return run()
    this.#running.push(own)
    try {
      const result = labelled(own, run)
      own.calls++
      own.result = result
      return this.#withNextState(own, self, result)
    } finally {
      this.#running.pop()
    }
  }

  /** The result of a call. A layer with its next state, as `forwardWithState` returns it, is watched too. */
  #withNextState(own: Watched, self: unknown, result: unknown): unknown {
    if (!isPair(result) || !isObject(self)) return result
    const [value, next] = result
    if (!isObject(next) || layerOf(next) !== undefined) return result
    if (Object.getPrototypeOf(next) !== Object.getPrototypeOf(self) || isContainer(next)) return result
    own.result = value
    if (tree in next || hasPrivateState(next)) return [value, this.#facade(own, next)]
    return [value, asOpenAs(next, this.#noting(own, copyOf(next, new Map())))]
  }
}

const isPair = (value: unknown): value is [unknown, unknown] => Array.isArray(value) && value.length === 2

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** The layer that an object is a copy of. */
function layerOf(value: unknown): Watched | undefined {
  return isObject(value) ? (value as { [layer]?: Watched })[layer] : undefined
}

/** Whether an object has no class. */
function isContainer(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  return Array.isArray(value) || prototype === null || prototype === Object.prototype
}

/** Containers that are no trees. */
function isOpaque(value: object): boolean {
  const classes = [Map, Set, WeakMap, WeakSet, Date, RegExp, Promise, Error]
  return ArrayBuffer.isView(value) || classes.some((each) => value instanceof each)
}

/** Whether an object computes: it has a method `forward`, or methods and tensors. */
function isLayer(value: object): boolean {
  const { forward, forwardWithState } = value as { forward?: unknown; forwardWithState?: unknown }
  if (typeof forward === 'function' || typeof forwardWithState === 'function') return true
  return !isContainer(value) && methodsOf(value).length > 0 && holdsTensors(value)
}

/** The methods of an object: those of its classes, and its own `forward`. */
function methodsOf(object: object): readonly (string | symbol)[] {
  const names = new Set<string | symbol>()
  for (
    let at = Object.getPrototypeOf(object) as object | null;
    at !== null && at !== Object.prototype && at !== Array.prototype;
    at = Object.getPrototypeOf(at) as object | null
  )
    for (const name of Reflect.ownKeys(at))
      if (name !== 'constructor' && typeof Object.getOwnPropertyDescriptor(at, name)!.value === 'function')
        names.add(name)
  for (const name of Object.keys(object)) names.delete(name)
  for (const name of ['forward', 'forwardWithState'])
    if (typeof Object.getOwnPropertyDescriptor(object, name)?.value === 'function') names.add(name)
  return [...names]
}

function holdsTensors(value: object): boolean {
  return flatten(value).leaves.length > 0
}

/** Whether a class gives its instances state that a copy would lack. */
function hasPrivateState(value: object): boolean {
  try {
    treeLeaves(Object.create(Object.getPrototypeOf(value) as object | null))
    return false
  } catch (error) {
    if (error instanceof ValueError && error.code === 'private-state') return true
    throw error
  }
}

/** A copy of an object with other values of some properties. */
function copyOf(value: object, replaced: ReadonlyMap<string, unknown>): object {
  const prototype = Object.getPrototypeOf(value) as object | null
  const copy = Array.isArray(value)
    ? (Object.setPrototypeOf(new Array<unknown>(value.length), prototype) as object)
    : (Object.create(prototype) as object)
  const all = Object.getOwnPropertyDescriptors(value) as Record<string, PropertyDescriptor>
  for (const [key, made] of replaced) all[key] = { ...all[key], value: made }
  for (const key of Reflect.ownKeys(all) as string[])
    // The methods that note calls are defined later, also on copies of frozen objects.
    Object.defineProperty(
      copy,
      key,
      Array.isArray(value) && key === 'length' ? all[key] : { ...all[key], configurable: true },
    )
  return copy
}

/** Freezes a copy if the object is frozen. */
function asOpenAs(value: object, copy: object): object {
  if (Object.isFrozen(value)) Object.freeze(copy)
  else if (!Object.isExtensible(value)) Object.preventExtensions(copy)
  return copy
}
