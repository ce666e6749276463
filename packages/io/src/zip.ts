import { deflateSync, inflateSync } from 'fflate'
import { damaged, FileError } from './errors'

// The parts of the ZIP format that .npz files use. PKWARE, APPNOTE.TXT 6.3.10; the numbers of its sections are cited.

/** A file inside of an archive. */
export interface ZipEntry {
  readonly name: string
  /** Bytes when unpacked. */
  readonly size: number
  /** The contents. @throws FileError if they are damaged. */
  unpack(): Uint8Array
}

/** DEFLATE shrinks data by at most this factor. A larger size than that in a directory is a lie. */
const largestRatio = 1032

const signatures = { local: 0x04034b50, directory: 0x02014b50, end: 0x06054b50 } as const

/** Whether a file begins as an archive, which may be empty. */
export function isZip(start: Uint8Array): boolean {
  return start[0] === 0x50 && start[1] === 0x4b && (start[2] === 3 || start[2] === 5)
}

/** Whether the first file of an archive is the pickle of `torch.save`. Section 4.3.7: its name begins at byte 30. */
export function isTorchArchive(bytes: Uint8Array): boolean {
  const length = bytes[26] + 256 * bytes[27]
  return new TextDecoder().decode(bytes.subarray(30, 30 + length)).endsWith('/data.pkl')
}

/**
 * Lists the files of an archive from its directory. Entries must not overlap, so that all together unpack to at most
 * 1032 times the size of the archive, and to at most `maxBytes`.
 *
 * @throws FileError if the directory is damaged, or if it promises more.
 */
export function readZip(bytes: Uint8Array, maxBytes: number): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = endOfDirectory(view)
  const [count, length, begin] = [
    view.getUint16(end + 10, true),
    view.getUint32(end + 12, true),
    view.getUint32(end + 16, true),
  ]
  if (begin + length !== end)
    throw damaged(`the directory of the archive to end at byte ${end}`, String(begin + length))
  const entries: Packed[] = []
  for (let at = begin; at < end;) {
    const entry = packedAt(bytes, view, at, end)
    entries.push(entry)
    at = entry.next
  }
  if (entries.length !== count) throw damaged(`${count} entries in the archive`, String(entries.length))
  checkPlaces(entries, begin)
  const total = entries.reduce((sum, { size }) => sum + size, 0)
  if (total > maxBytes)
    throw new FileError(
      'too-large-archive',
      `expected at most ${maxBytes} bytes in the archive, got ${total}; pass a larger maxBytes if you trust the file`,
    )
  return entries.map((entry) => ({ name: entry.name, size: entry.size, unpack: () => unpacked(bytes, entry) }))
}

/** An entry of the directory, and where its data lies. */
interface Packed {
  readonly name: string
  readonly method: number
  readonly crc: number
  readonly size: number
  readonly local: number
  readonly begin: number
  readonly end: number
  readonly next: number
}

/** Section 4.3.16: the last record of the file. A comment may follow it, of at most 65,535 bytes. */
function endOfDirectory(view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 65_535); at--)
    if (view.getUint32(at, true) === signatures.end && view.getUint16(at + 20, true) === view.byteLength - at - 22)
      return at
  throw damaged('the directory of an archive', 'none')
}

/** Section 4.3.12: an entry of the directory. Section 4.3.7: the header before the data. */
function packedAt(bytes: Uint8Array, view: DataView, at: number, end: number): Packed {
  const has = (from: number, count: number) => {
    if (from + count > end)
      throw damaged('an entry of the archive inside of it', `one that ends at byte ${from + count}`)
    return from
  }
  if (view.getUint32(has(at, 46), true) !== signatures.directory) throw damaged('an entry of the archive', 'none')
  const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)]
  const [crc, packed, size] = [16, 20, 24].map((offset) => view.getUint32(at + offset, true))
  const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true))
  const next = has(at + 46, nameLength + extra + comment) + nameLength + extra + comment
  const name = nameAt(bytes, at + 46, nameLength)
  const local = view.getUint32(at + 42, true)
  if (flags & 1 || ![0, 8].includes(method) || [packed, size, local].includes(0xffffffff))
    throw new FileError(
      'unsupported-archive',
      `expected '${name}' stored or deflated, not encrypted, below 4 GiB; save the arrays as safetensors`,
    )
  if (size > packed * largestRatio || (method === 0 && size !== packed))
    throw damaged(`a size of '${name}' that ${packed} bytes can hold`, String(size))
  if (view.getUint32(has(local, 30), true) !== signatures.local) throw damaged(`the header of '${name}'`, 'none')
  if (nameAt(bytes, local + 30, view.getUint16(local + 26, true)) !== name)
    throw damaged(`the header of '${name}'`, 'the header of another file')
  const begin = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
  has(begin, packed)
  return { name, method, crc, size, local, begin, end: begin + packed, next }
}

function nameAt(bytes: Uint8Array, at: number, length: number): string {
  return new TextDecoder().decode(bytes.subarray(at, at + length))
}

function checkPlaces(entries: readonly Packed[], directory: number): void {
  const names = new Set(entries.map(({ name }) => name))
  if (names.size !== entries.length) throw damaged('each name of the archive once', 'one twice')
  let free = 0
  for (const { name, local, end } of [...entries].sort((a, b) => a.local - b.local)) {
    if (local < free || end > directory) throw damaged(`'${name}' to overlap nothing in the archive`, 'an overlap')
    free = end
  }
}

function unpacked(bytes: Uint8Array, { name, method, crc, size, begin, end }: Packed): Uint8Array {
  const packed = bytes.subarray(begin, end)
  let data = packed
  if (method === 8)
    try {
      data = inflateSync(packed, { out: new Uint8Array(size) })
    } catch (error) {
      throw new FileError('damaged-file', `the file is damaged: '${name}' cannot be unpacked; write or copy it again`, {
        cause: error,
      })
    }
  if (data.length !== size) throw damaged(`${size} bytes in '${name}'`, String(data.length))
  if (crc32(data) !== crc) throw damaged(`the checksum ${crc} of '${name}'`, String(crc32(data)))
  return data
}

const crcTable = /* @__PURE__ */ Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** Section 4.4.7: CRC-32 with the polynomial 0xEDB88320, bits reversed. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 255]
  return ~crc >>> 0
}

/** Midnight of 1 January 1980, the first time that the format can state. Equal contents give equal archives. */
const date = 0x21

/**
 * The parts of an archive.
 *
 * @throws FileError if it would exceed 4 GiB or 65,535 files.
 */
export function* writeZip(
  files: Iterable<readonly [name: string, bytes: Uint8Array]>,
  compress: boolean,
): Generator<Uint8Array> {
  const directory: Uint8Array[] = []
  let at = 0
  for (const [name, bytes] of files) {
    const data = compress ? deflateSync(bytes) : bytes
    const text = new TextEncoder().encode(name)
    if (at + bytes.length + data.length > 0xfffffffe || directory.length >= 65_534)
      throw new FileError('too-large-for-file', 'an archive has at most 4 GiB and 65,534 files; use safetensors')
    // From the version on, both headers begin alike. Bit 11 of the flags: the name is in UTF-8.
    const common = new DataView(new ArrayBuffer(26))
    const fields16: [number, number][] = [[0, 20], [2, 0x800], [4, compress ? 8 : 0], [8, date], [22, text.length]] // prettier-ignore
    for (const [offset, value] of fields16) common.setUint16(offset, value, true)
    const fields32: [number, number][] = [[10, crc32(bytes)], [14, data.length], [18, bytes.length]] // prettier-ignore
    for (const [offset, value] of fields32) common.setUint32(offset, value, true)
    const shared = new Uint8Array(common.buffer)
    yield joined([numbers([signatures.local]), shared, text])
    yield data
    const place = numbers([0, 0, 0, at])
    // The comment, the disk and the attributes of section 4.3.12 take 14 bytes; the offset follows.
    directory.push(joined([numbers([signatures.directory]), Uint8Array.of(20, 0), shared, place.subarray(2), text]))
    at += 30 + text.length + data.length
  }
  const length = directory.reduce((sum, part) => sum + part.length, 0)
  yield* directory
  const end = new DataView(new ArrayBuffer(22))
  end.setUint32(0, signatures.end, true)
  end.setUint16(8, directory.length, true)
  end.setUint16(10, directory.length, true)
  end.setUint32(12, length, true)
  end.setUint32(16, at, true)
  yield new Uint8Array(end.buffer)
}

function numbers(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length))
  values.forEach((value, i) => view.setUint32(4 * i, value, true))
  return new Uint8Array(view.buffer)
}

/** The parts in one array. */
export function joined(parts: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> {
  const list = [...parts]
  const all = new Uint8Array(list.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of list) {
    all.set(part, at)
    at += part.length
  }
  return all
}
