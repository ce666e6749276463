import { ValueError } from '../errors'

/** Key of the property that identifies the copy of this library that made a tensor. */
export const brand: unique symbol = Symbol.for('cotangent.tensor')

/** The value of this copy under `brand`. */
export const ownBrand: object = /* @__PURE__ */ Object.freeze({})

/** Whether a value is a tensor of another copy of this library: an ES module beside CommonJS, or a second version. */
export function isForeign(value: unknown): boolean {
  return typeof value === 'object' && value !== null && brand in value && value[brand] !== ownBrand
}

/** The error for a tensor of another copy of this library; `place` says where it was found. */
export function foreignTensor(operation: string, place?: string): ValueError {
  return new ValueError(
    'two-copies',
    `[${operation}] expected a tensor of this copy of @cotangent/core, got one of another copy${place === undefined ? '' : ` at ${place}`}; ` +
      'load one copy only: use either import or require everywhere, and keep one version (npm ls @cotangent/core, npm dedupe)',
  )
}

/** Throws if a value, or an element of a list, is a tensor of another copy of this library. */
export function rejectForeign(operation: string, value: unknown): void {
  if (isForeign(value) || (Array.isArray(value) && value.some(isForeign))) throw foreignTensor(operation)
}
