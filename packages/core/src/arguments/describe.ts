interface TensorLike {
  readonly dtype: string
  readonly shape: readonly number[]
}

/** Whether an object has the properties of a tensor, even of another copy of this library. */
export function looksLikeTensor(value: object): value is TensorLike {
  return 'dtype' in value && 'rank' in value && 'shape' in value && Array.isArray(value.shape)
}

function typeOf({ dtype, shape }: TensorLike): string {
  return `${dtype}[${shape.join(', ')}]`
}

/** A value as messages show it: short, on one line. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return shortened(JSON.stringify(value).replace(/^"|"$/g, "'"))
    case 'bigint':
      return `${value}n`
    case 'function':
      return typeof value.name !== 'string' || value.name === ''
        ? 'a function'
        : `the ${isClass(value) ? 'class' : 'function'} ${value.name}`
    case 'object':
      return value === null ? 'null' : describeObject(value)
    default:
      return Object.is(value, -0) ? '-0' : String(value)
  }
}

/** Whether a function is a class, which cannot be called: its `prototype` property is read-only. */
export function isClass(value: object): boolean {
  return Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false
}

/** The value given for an argument; `nothing` if it was omitted. */
export function describeGiven(value: unknown): string {
  return value === undefined ? 'nothing' : describeValue(value)
}

/** `sum(float32[2, 3], { axis: 1 })`: a call as messages show it. `ofTensor` prints the tensors. */
export function describeCall(operation: string, args: readonly unknown[], ofTensor = typeOf): string {
  return `${operation}(${args.map((value) => describeInside(value, ofTensor)).join(', ')})`
}

/** A value inside a call or an array. Arrays and objects show their contents. */
export function describeInside(value: unknown, ofTensor = typeOf, depth = 0): string {
  if (typeof value === 'function') return value.name === '' ? 'f' : value.name
  if (typeof value !== 'object' || value === null) return describeValue(value)
  if (looksLikeTensor(value)) return ofTensor(value)
  if (Array.isArray(value)) {
    // Not `map`, which skips holes. The depth is limited, because an array may contain itself.
    if (value.length > 6 || depth > 3) return '[...]'
    return `[${Array.from(value, (each) => describeInside(each, ofTensor, depth + 1)).join(', ')}]`
  }
  const entries = Object.getPrototypeOf(value) === Object.prototype ? Object.entries(value) : []
  if (entries.length === 0 || entries.length > 4 || depth > 3) return describeValue(value)
  return `{ ${entries.map(([name, each]) => `${name}: ${describeInside(each, ofTensor, depth + 1)}`).join(', ')} }`
}

function describeObject(value: object): string {
  if (looksLikeTensor(value)) return `a tensor ${typeOf(value)}`
  if (Array.isArray(value)) {
    const text = describeInside(value)
    return text.includes('[...]') || text.length > 60 ? `an array of ${value.length} elements` : text
  }
  const name = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor?.name
  if (typeof name === 'string' && name !== 'Object' && name !== '') return `a ${name}`
  const keys = Object.keys(value)
  return keys.length === 0 ? 'an empty object' : shortened(`an object { ${keys.join(', ')} }`)
}

function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`
}
