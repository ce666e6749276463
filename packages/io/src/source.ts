import { type Bytes, inMemoryBytes } from './bytes'
import { FileError, messageOf } from './errors'
import { isWebAddress, openWeb } from './web'
import { openNodeFile, pathOf } from './node-files'

/** A URL object. */
export interface URLLike {
  readonly href: string
}

/** A Blob or a File. */
export interface BlobLike {
  readonly size: number
  slice(start?: number, end?: number): { arrayBuffer(): Promise<ArrayBuffer> }
}

/** Where a file comes from: a path (Node), a URL, a Blob or File, or its bytes. */
export type Source = string | URLLike | BlobLike | ArrayBuffer | ArrayBufferView

/** Whether a value is a Blob. */
export function isBlob(value: unknown): value is BlobLike {
  const { size, slice, arrayBuffer } = (value ?? {}) as Record<string, unknown>
  return typeof size === 'number' && typeof slice === 'function' && typeof arrayBuffer === 'function'
}

/** Whether a value is a URL object. */
export function isURL(value: unknown): value is URLLike {
  return typeof value === 'object' && value !== null && typeof (value as { href?: unknown }).href === 'string'
}

/**
 * Opens a source. `whole` says that all of it will be read, so that a web address needs one request.
 *
 * @throws FileError if the source cannot be read.
 */
export async function openBytes(source: Source, whole: boolean): Promise<Bytes> {
  if (source instanceof ArrayBuffer) return inMemoryBytes(new Uint8Array(source))
  if (ArrayBuffer.isView(source))
    return inMemoryBytes(new Uint8Array(source.buffer, source.byteOffset, source.byteLength))
  const opened = await reading(() => {
    if (isBlob(source)) return openBlob(source)
    const address = typeof source === 'string' ? source : source.href
    return isWebAddress(address) ? openWeb(address, whole) : openNodeFile(pathOf(address))
  })
  return { ...opened, read: (offset, length) => reading(() => opened.read(offset, length)) }
}

/** Turns what the platform throws into a FileError. */
async function reading<T>(f: () => T | Promise<T>): Promise<T> {
  try {
    return await f()
  } catch (error) {
    if (error instanceof FileError) throw error
    throw new FileError('unreadable-file', `cannot be read: ${messageOf(error)}; check the address`, {
      cause: error,
    })
  }
}

function openBlob(blob: BlobLike): Bytes {
  const { name } = blob as { name?: unknown }
  return {
    size: blob.size,
    label: typeof name === 'string' ? name : '',
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
    close: () => Promise.resolve(),
  }
}
