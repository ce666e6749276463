import { ExportError } from '../../errors'
import { damaged, Reader, wireTypes, Writer } from './wire'

/** How one value of a field is written and read. */
export interface Codec<T> {
  readonly wireType: number
  write(writer: Writer, value: T): void
  /** `depth`: how many messages contain this one. */
  read(reader: Reader, depth: number): T
}

/** `packed`: repeated numbers as one run of bytes. Both forms of repeated numbers are read. */
type Count = 'one' | 'many' | 'packed'

/** A field of a message: its number in the format, its codec, and how often it stands there. */
export interface Field<T, C extends Count = Count> {
  readonly number: number
  readonly codec: Codec<T>
  readonly count: C
}

type FieldFor<T> = T extends readonly (infer E)[] ? Field<E, 'many' | 'packed'> : Field<T, 'one'>

/** One field for each property of a message. It drives both directions. Fields stand in the order of their numbers. */
export type Table<M> = { readonly [K in keyof M]-?: FieldFor<NonNullable<M[K]>> }

export function one<T>(number: number, codec: Codec<T>): Field<T, 'one'> {
  return { number, codec, count: 'one' }
}

export function many<T>(number: number, codec: Codec<T>): Field<T, 'many'> {
  return { number, codec, count: 'many' }
}

export function packed<T>(number: number, codec: Codec<T>): Field<T, 'packed'> {
  return { number, codec, count: 'packed' }
}

/** A signed integer of 64 bits, with every digit. */
export const int64: Codec<bigint> = {
  wireType: wireTypes.varint,
  write: (writer, value) => {
    if (BigInt.asIntN(64, value) !== value)
      throw new ExportError('onnx-integer', `expected an integer of 64 bits, got ${value}; pass a smaller one`)
    writer.varint(value)
  },
  read: (reader) => BigInt.asIntN(64, reader.varint()),
}

export const uint64: Codec<bigint> = {
  wireType: wireTypes.varint,
  write: (writer, value) => {
    if (BigInt.asUintN(64, value) !== value)
      throw new ExportError('onnx-integer', `expected an unsigned integer of 64 bits, got ${value}; pass another one`)
    writer.varint(value)
  },
  read: (reader) => reader.varint(),
}

/** A size, version or number of a kind: a signed integer that a JavaScript number holds. */
export const integer: Codec<number> = {
  wireType: wireTypes.varint,
  write: (writer, value) => {
    if (!Number.isSafeInteger(value))
      throw new ExportError('onnx-integer', `expected a safe integer, got ${value}; pass another one`)
    writer.varint(BigInt(value))
  },
  read: (reader) => {
    const value = Number(BigInt.asIntN(64, reader.varint()))
    if (!Number.isSafeInteger(value)) throw damaged('an integer below 2^53', String(value))
    return value
  },
}

export const float32: Codec<number> = {
  wireType: wireTypes.fourBytes,
  write: (writer, value) => writer.float32(value),
  read: (reader) => reader.float32(),
}

export const float64: Codec<number> = {
  wireType: wireTypes.eightBytes,
  write: (writer, value) => writer.float64(value),
  read: (reader) => reader.float64(),
}

/** Bytes, or a message that nobody looks into. Reading gives a view of the file. */
export const bytes: Codec<Uint8Array> = {
  wireType: wireTypes.lengthDelimited,
  write: (writer, value) => writer.lengthDelimited(value),
  read: (reader) => reader.lengthDelimited(),
}

const encoder = /* @__PURE__ */ new TextEncoder()
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const string: Codec<string> = {
  wireType: wireTypes.lengthDelimited,
  write: (writer, value) => writer.lengthDelimited(encoder.encode(value)),
  read: (reader) => {
    const content = reader.lengthDelimited()
    try {
      return decoder.decode(content)
    } catch {
      throw damaged('a name in UTF-8', `the bytes ${Array.from(content.subarray(0, 8)).join(' ')}`)
    }
  },
}

/** A message inside a message. `table` is called late, because graphs contain nodes that contain graphs. */
export function message<M extends object>(name: string, table: () => Table<M>): Codec<M> {
  return {
    wireType: wireTypes.lengthDelimited,
    write: (writer, value) => writer.nested((inner) => writeFields(inner, table(), value)),
    read: (reader, depth) => readFields(reader.nested(), name, table(), depth + 1),
  }
}

/** The bytes of a message. */
export function encode<M extends object>(table: Table<M>, value: M): Uint8Array<ArrayBuffer> {
  const writer = new Writer()
  writeFields(writer, table, value)
  return writer.finish()
}

/**
 * A message from its bytes. Fields that are absent have no key. A field that the table does not have, or that stands
 * twice where it may stand once, is an error: the file is damaged, or newer than the table.
 */
export function decode<M extends object>(name: string, table: Table<M>, value: Uint8Array): M {
  return readFields(new Reader(value), name, table, 0)
}

function writeFields<M extends object>(writer: Writer, table: Table<M>, value: M): void {
  for (const [key, field] of Object.entries(table) as [keyof M, Field<unknown>][]) {
    const content = value[key]
    if (content === undefined) continue
    const { codec, count } = field
    if (count === 'packed') {
      if ((content as readonly unknown[]).length === 0) continue
      writeTag(writer, field.number, wireTypes.lengthDelimited)
      writer.nested((inner) => {
        for (const each of content as readonly unknown[]) codec.write(inner, each)
      })
    } else
      for (const each of count === 'one' ? [content] : (content as readonly unknown[])) {
        writeTag(writer, field.number, codec.wireType)
        codec.write(writer, each)
      }
  }
}

function writeTag(writer: Writer, number: number, wireType: number): void {
  writer.varint(BigInt(number * 8 + wireType))
}

/** As in the reference implementation: a file that nests deeper could exhaust the stack. */
const deepest = 100

function readFields<M extends object>(reader: Reader, name: string, table: Table<M>, depth: number): M {
  if (depth > deepest) throw damaged(`at most ${deepest} messages inside each other`, 'more')
  const found: Partial<Record<keyof M, unknown>> = {}
  const fields = fieldsByNumber(table)
  while (!reader.done) {
    const tag = Number(reader.varint())
    const number = Math.floor(tag / 8)
    const wireType = tag % 8
    const entry = fields.get(number)
    if (entry === undefined) throw damaged(`a field that ${name} has in IR version 14 or before`, `field ${number}`)
    const { key, field } = entry
    const label = `${name}.${String(key)}`
    const inRun = field.count !== 'one' && wireType === wireTypes.lengthDelimited && field.codec.wireType !== wireType
    if (!inRun && wireType !== field.codec.wireType)
      throw damaged(`${label} with wire type ${field.codec.wireType}`, `wire type ${wireType}`)
    if (field.count === 'one') {
      if (key in found) throw damaged(`one ${label}`, 'two')
      found[key] = field.codec.read(reader, depth)
    } else {
      const list = (found[key] ??= []) as unknown[]
      if (inRun) {
        const run = reader.nested()
        while (!run.done) list.push(field.codec.read(run, depth))
      } else list.push(field.codec.read(reader, depth))
    }
  }
  return found as M
}

interface Entry<M> {
  readonly key: keyof M
  readonly field: Field<unknown>
}

const indexed = /* @__PURE__ */ new WeakMap<object, Map<number, Entry<any>>>()

function fieldsByNumber<M>(table: Table<M>): Map<number, Entry<M>> {
  const known = indexed.get(table)
  if (known !== undefined) return known
  const entries = Object.entries(table) as [keyof M, Field<unknown>][]
  const made = new Map(entries.map(([key, field]) => [field.number, { key, field }]))
  indexed.set(table, made)
  return made
}
