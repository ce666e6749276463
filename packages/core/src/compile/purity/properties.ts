/** An own property of an object. */
export interface Property {
  readonly key: string | symbol
  /** Undefined where a getter computes it: getters are not called. */
  readonly value: unknown
  readonly isComputed: boolean
  /** Whether trees see it: enumerable, under a string, and not computed. */
  readonly isChild: boolean
}

/** The own properties of an object, in order: all that signatures and their differences see of it. */
export function propertiesOf(object: object): Property[] {
  return Reflect.ownKeys(object).map((key) => {
    const { value, get, enumerable } = Object.getOwnPropertyDescriptor(object, key)!
    const isComputed = get !== undefined
    return { key, value: value as unknown, isComputed, isChild: !isComputed && enumerable! && typeof key === 'string' }
  })
}
