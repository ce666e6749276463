import { damaged, FileError } from './errors'
import { bitsOf, isStoredType, type StoredType } from './stored-types'

// The safetensors format: 8 bytes with the length of the header, the header in JSON, and the elements.
// https://github.com/huggingface/safetensors#format

/** The largest header that the reference reads. */
export const largestHeader = 100_000_000

/** A tensor, as the header describes it. */
export interface HeaderEntry {
  readonly name: string
  readonly stored: StoredType
  readonly shape: readonly number[]
  /** First byte, counted from the end of the header. */
  readonly begin: number
  readonly end: number
}

/** What the header says. */
export interface Header {
  readonly entries: readonly HeaderEntry[]
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * Reads the header of a safetensors file with `dataBytes` bytes behind it. As in the reference, the tensors must fill
 * these bytes without a hole and without an overlap.
 *
 * @throws FileError if the header breaks a rule of the format.
 */
export function parseHeader(text: Uint8Array, dataBytes: number): Header {
  const { __metadata__: notes, ...tensors } = parseStrict(text, 'the header', true)
  const entries = Object.entries(tensors).map(([name, value]) => entryOf(name, value))
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end)
  let at = 0
  for (const { name, begin, end } of entries) {
    if (begin !== at) throw damaged(`the bytes of tensor '${name}' to begin at ${at}`, String(begin))
    at = end
  }
  if (at !== dataBytes) throw damaged(`${at} bytes of elements`, String(dataBytes))
  return { entries, metadata: metadataOf(notes) }
}

const number = /^(?:0|[1-9]\d*)$/
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]|-?\d[\d.eE+-]*/g

/**
 * Parses a JSON object without repeated keys and broken Unicode. `integersOnly` also rejects fractions and negative
 * numbers.
 *
 * @throws FileError unless the bytes are such an object.
 */
export function parseStrict(bytes: Uint8Array, what: string, integersOnly: boolean): Record<string, unknown> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const value: unknown = JSON.parse(text)
    if (!text.startsWith('{')) throw damaged(`${what} to begin with {`, JSON.stringify(text.slice(0, 10)))
    checkTokens(text, what, integersOnly)
    return value as Record<string, unknown>
  } catch (error) {
    if (error instanceof FileError) throw error
    throw new FileError('damaged-file', `the file is damaged: ${what} is not JSON in UTF-8; write or copy it again`, {
      cause: error,
    })
  }
}

/** Checks what JSON.parse lets pass. */
function checkTokens(text: string, what: string, integersOnly: boolean): void {
  const keys: Set<string>[] = []
  for (const [token, colon] of text.matchAll(tokens)) {
    if (token === '{') keys.push(new Set())
    else if (token === '}') keys.pop()
    else if (!token.startsWith('"')) {
      if (integersOnly && !number.test(token)) throw damaged(`non-negative integers in ${what}`, token)
    } else {
      const key = JSON.parse(colon === undefined ? token : token.slice(0, -colon.length)) as string
      if (/\p{Surrogate}/u.test(key)) throw damaged(`well-formed Unicode in ${what}`, JSON.stringify(key))
      if (colon === undefined) continue
      if (keys.at(-1)!.has(key)) throw damaged(`each key of ${what} once`, `${JSON.stringify(key)} twice`)
      keys.at(-1)!.add(key)
    }
  }
}

function entryOf(name: string, value: unknown): HeaderEntry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>
  if (!isStoredType(dtype)) throw damaged(`a known dtype for tensor '${name}'`, JSON.stringify(dtype) ?? 'none')
  if (!isListOfSizes(shape)) throw damaged(`a shape for tensor '${name}'`, JSON.stringify(shape) ?? 'none')
  if (!isListOfSizes(offsets) || offsets.length !== 2)
    throw damaged(`two offsets for tensor '${name}'`, JSON.stringify(offsets) ?? 'none')
  const [begin, end] = offsets
  const bits = shape.reduce((product, size) => product * size, bitsOf(dtype))
  // No product of sizes beyond 2^53 can equal a count of bytes, whatever its rounding.
  if (shape.some((_, i) => shape.slice(0, i + 1).reduce((a, b) => a * b, 1) > Number.MAX_SAFE_INTEGER))
    throw damaged(`a shape for tensor '${name}'`, JSON.stringify(shape))
  if ((end - begin) * 8 !== bits) throw damaged(`${bits / 8} bytes for tensor '${name}'`, String(end - begin))
  return { name, stored: dtype, shape, begin, end }
}

function isListOfSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size))
}

function metadataOf(notes: unknown): Readonly<Record<string, string>> {
  if (notes === undefined || notes === null) return {}
  if (typeof notes !== 'object' || Array.isArray(notes)) throw damaged('__metadata__ to be an object', typeof notes)
  const wrong = Object.entries(notes).find(([, text]) => typeof text !== 'string')
  if (wrong !== undefined) throw damaged('texts in __metadata__', `${JSON.stringify(wrong[1])} for '${wrong[0]}'`)
  return notes as Record<string, string>
}
