/** Copies an object with other children, which come from a list. */
export type Copier = (made: readonly unknown[]) => unknown

/**
 * Prepares copies of an object in which the values under `keys` come from `positions` of a list. Copies keep the
 * prototype, the order of keys, static values and frozenness.
 */
export function copierOf(value: object, keys: readonly (string | number)[], positions: readonly number[]): Copier {
  const descriptors = Object.getOwnPropertyDescriptors(value) as Record<string, PropertyDescriptor>
  if (isPlain(value, descriptors)) return plainCopier(value, new Map(keys.map((key, i) => [String(key), positions[i]])))
  return (made) => {
    const copy = emptyLike(value)
    const replaced = { ...descriptors }
    keys.forEach((key, i) => (replaced[key] = { ...descriptors[key], value: made[positions[i]] }))
    Object.defineProperties(copy, replaced)
    if (Object.isFrozen(value)) Object.freeze(copy)
    else if (Object.isSealed(value)) Object.seal(copy)
    else if (!Object.isExtensible(value)) Object.preventExtensions(copy)
    return copy
  }
}

function emptyLike(value: object): object {
  const prototype = Object.getPrototypeOf(value) as object | null
  if (!Array.isArray(value)) return Object.create(prototype) as object
  const copy = new Array<unknown>(value.length)
  return prototype === Array.prototype ? copy : (Object.setPrototypeOf(copy, prototype) as object)
}

/**
 * Whether assignment makes an equal object: all properties are ordinary, and its prototype has none of the same
 * name.
 */
function isPlain(value: object, descriptors: Record<string, PropertyDescriptor>): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  return (
    Object.isExtensible(value) &&
    Object.getOwnPropertySymbols(value).length === 0 &&
    Object.entries(descriptors).every(
      ([key, { writable, enumerable, configurable }]) =>
        (Array.isArray(value) && key === 'length' && writable) ||
        (writable && enumerable && configurable && (prototype === null || !(key in prototype))),
    )
  )
}

/** Copies an object by assignment, in the order of its keys. This is many times faster than copying descriptors. */
function plainCopier(value: object, replaced: ReadonlyMap<string, number>): Copier {
  const keys = Object.keys(value)
  const positions = keys.map((key) => replaced.get(key) ?? -1)
  // Keeps static values only, because a copier may outlive the tensors of its object.
  const statics = keys.map((key, i) => (positions[i] < 0 ? (value as Record<string, unknown>)[key] : undefined))
  const isOrdinary = Object.getPrototypeOf(value) === Object.prototype
  return (made) => {
    const copy = (isOrdinary ? {} : emptyLike(value)) as Record<string, unknown>
    for (let i = 0; i < keys.length; i++) copy[keys[i]] = positions[i] < 0 ? statics[i] : made[positions[i]]
    return copy
  }
}
