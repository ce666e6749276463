import { formatType } from './printing'
import type { DType } from './dtype'
import type { Shape } from './shape-types'

/** Whether something has what every tensor has, be it of another copy of this library. */
export function looksLikeTensor(value: object): value is { dtype: DType; shape: Shape } {
  return 'dtype' in value && 'shape' in value && 'rank' in value
}

/** A value as a message shows what it got: short, on one line. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return shortened(JSON.stringify(value).replace(/^"|"$/g, "'"))
    case 'bigint':
      return `${value}n`
    case 'function':
      return value.name === '' ? 'a function' : `the ${isClass(value) ? 'class' : 'function'} ${value.name}`
    case 'object':
      return value === null ? 'null' : describeObject(value)
    default:
      return Object.is(value, -0) ? '-0' : String(value)
  }
}

/** Whether a function is a class, which cannot be called: its prototype cannot be exchanged. */
export function isClass(value: object): boolean {
  return Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false
}

function describeObject(value: object): string {
  if (looksLikeTensor(value)) return `a tensor ${formatType(value.dtype, value.shape)}`
  if (Array.isArray(value)) {
    const isShort = value.length <= 6 && value.every((each) => typeof each !== 'object' || each === null)
    return isShort ? shortened(`[${value.map(describeValue).join(', ')}]`) : `an array of ${value.length} elements`
  }
  const name = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor?.name
  if (typeof name === 'string' && name !== 'Object' && name !== '') return `a ${name}`
  const keys = Object.keys(value)
  return keys.length === 0 ? 'an empty object' : shortened(`an object { ${keys.join(', ')} }`)
}

function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`
}
