import type { Tensor } from '@cotangent/core'
import type { Bytes } from './bytes'
import { encode } from './elements'
import { damaged, FileError, pickled, within } from './errors'
import { largestHeader, parseHeader } from './safetensors-header'
import { bitsOf, rankOf, type StoredType } from './stored-types'
import type { Contents, Entry } from './tensor-file'

/** Bytes of the number that states the length of the header. */
const prefix = 8

/** Reads the header of a safetensors file. Its tensors are read when they are asked for. */
export async function readSafetensors(file: Bytes): Promise<Contents> {
  if (file.size < prefix) throw damaged('at least 8 bytes', String(file.size))
  const start = await file.read(0, prefix)
  const length = Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true))
  const most = Math.min(largestHeader, file.size - prefix)
  // A pickle begins with the opcode PROTO and its version.
  if (length > most && start[0] === 0x80 && start[1] <= 5) throw pickled()
  if (length > most)
    throw new FileError(
      'damaged-file',
      `this is no safetensors file, or it is damaged: its header would have ${length} bytes, and there is room for ${most}`,
    )
  const data = prefix + length
  const { entries, metadata } = parseHeader(await file.read(prefix, length), file.size - data)
  const read = entries.map(({ name, stored, shape, begin, end }): [string, Entry] => [
    name,
    { stored, shape, read: async () => ({ stored, shape, bytes: await file.read(data + begin, end - begin) }) },
  ])
  return { entries: new Map(read), metadata }
}

/** A tensor to write. */
export interface ToWrite {
  readonly name: string
  readonly stored: StoredType
  readonly value: Tensor
}

/** Bytes of a tensor in a file. */
export function bytesOf({ stored, value }: ToWrite): number {
  return (bitsOf(stored) / 8) * value.size
}

/**
 * The parts of a safetensors file: the header, and each tensor. The order is that of the reference, wide elements
 * first and then by name, so that every tensor is aligned and the files are equal to the byte.
 */
export function* writeSafetensors(
  tensors: readonly ToWrite[],
  metadata: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  const sorted = tensors
    .map((each) => ({ each, rank: rankOf(each.stored), bytes: encoder.encode(each.name) }))
    .sort((a, b) => b.rank - a.rank || byBytes(a.bytes, b.bytes))
    .map(({ each }) => each)
  let at = 0
  const entries = sorted.map((each): [string, object] => {
    const begin = at
    at += bytesOf(each)
    return [each.name, { dtype: each.stored, shape: each.value.shape, data_offsets: [begin, at] }]
  })
  // Written entry by entry, because an object would sort names such as "1".
  const notes: [string, object][] = Object.keys(metadata).length === 0 ? [] : [['__metadata__', metadata]]
  const listed = [...notes, ...entries].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  const header = encoder.encode(`{${listed.join()}}`)
  if (header.length > largestHeader)
    throw new FileError(
      'too-large-for-file',
      `the names and shapes need ${header.length} bytes, and a header has at most ${largestHeader}; write several files`,
    )
  const padded = new Uint8Array(prefix + Math.ceil(header.length / prefix) * prefix).fill(0x20)
  new DataView(padded.buffer).setBigUint64(0, BigInt(padded.length - prefix), true)
  padded.set(header, prefix)
  yield padded
  for (const { name, value, stored } of sorted) yield within(`tensor '${name}'`, () => encode(value, stored))
}

const encoder = /* @__PURE__ */ new TextEncoder()

function byBytes(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i])
  return at < 0 ? a.length - b.length : at < b.length ? a[at] - b[at] : 1
}
