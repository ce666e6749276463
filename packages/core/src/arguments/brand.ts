import { ValueError } from '../errors'

/** Key of what tells the tensors of one copy of this library from those of another. */
export const brand: unique symbol = Symbol.for('cotangent.tensor')

/** What this copy has under `brand`. */
export const ownBrand: object = /* @__PURE__ */ Object.freeze({})

/** Whether a value is a tensor of another copy of this library: an ES module beside CommonJS, or two versions. */
export function isForeign(value: unknown): boolean {
  return typeof value === 'object' && value !== null && brand in value && value[brand] !== ownBrand
}

/** The error for a tensor of another copy of this library, and where it stood. */
export function foreignTensor(operation: string, place?: string): ValueError {
  return new ValueError(
    'two-copies',
    `[${operation}] expected a tensor of this copy of @cotangent/core, got one of another copy${place === undefined ? '' : ` at ${place}`}; ` +
      'load one copy in one form: use import or require for it everywhere, not both, and keep one version (npm ls @cotangent/core, npm dedupe)',
  )
}

/** Throws where a value, or an element of a list, is a tensor of another copy of this library. */
export function rejectForeign(operation: string, value: unknown): void {
  if (isForeign(value) || (Array.isArray(value) && value.some(isForeign))) throw foreignTensor(operation)
}
