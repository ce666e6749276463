import { type Kind, kinds } from '@cotangent/core'
import { isBlob, isURL } from './source'

/** Where a file is read from. */
export const aSource: Kind = {
  expected: 'a file (a path, a URL, a Blob or File, an ArrayBuffer or a typed array)',
  accepts: (value) =>
    (typeof value === 'string' && value !== '') ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value) ||
    isBlob(value) ||
    isURL(value),
}

/** Whether a value is a stream to write to. */
export function isStream(value: unknown): boolean {
  return typeof (value as { getWriter?: unknown } | null | undefined)?.getWriter === 'function'
}

/** Where a file is written to. */
export const aTarget: Kind = {
  expected: 'a file to write (a path, a file URL, or a WritableStream)',
  accepts: (value) => (typeof value === 'string' && value !== '') || isURL(value) || isStream(value),
  remedy: "pass a path such as 'model.safetensors'; toSafetensors(tree) returns the bytes",
}

/** A tree of tensors. */
export const aTree: Kind = {
  expected: 'a tensor or a tree of tensors',
  accepts: (value) =>
    typeof value === 'object' &&
    value !== null &&
    // A list of numbers is data for tensor(...).
    (!Array.isArray(value) || value.some((each) => typeof each === 'object' && each !== null)),
}

/** The tree that a file is read into. */
export const aLike: Kind = {
  expected: 'a tree like the one to load (its tensors give names, shapes and dtypes)',
  accepts: aTree.accepts,
  remedy: 'pass a new model; open(source) reads a file without one',
}

/** Whether a value is an object without a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Notes in a file. */
export const someMetadata: Kind = {
  expected: 'metadata (an object of texts)',
  accepts: (value) =>
    isPlainObject(value) &&
    Object.entries(value).every((entry) =>
      entry.every((text) => typeof text === 'string' && !/\p{Surrogate}/u.test(text)),
    ),
  remedy: "pass texts: { step: '100' }",
}

/** The dtype in which a file stores floats. */
export const aStoredFloat: Kind = /* @__PURE__ */ kinds.oneOf('float16', 'bfloat16', 'float32')

/** A number of bytes. */
export const someBytes: Kind = /* @__PURE__ */ kinds.integerFrom(1)
