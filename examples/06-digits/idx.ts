// The IDX format of the MNIST database: a magic number, the sizes of the axes, then one unsigned byte for each element.
// http://yann.lecun.com/exdb/mnist/, "file formats". All numbers are 32-bit and big-endian.

import { gunzipSync } from 'node:zlib'
import { InputError } from './errors'

/** Grey images, `[count, rows, columns]`, 0 background. */
export interface IdxImages {
  readonly count: number
  readonly rows: number
  readonly columns: number
  readonly pixels: Uint8Array
}

/** Two zero bytes, 8 for "unsigned byte", then the number of axes. */
const magic = { images: 0x00000803, labels: 0x00000801 }

/** Larger images are not digits: the header is damaged. */
const largestSide = 64

/** Largest number of bytes of a decompressed file: five times the largest file of MNIST. */
export const largestFile = 2 ** 28

/** Parses an image file; messages call it `name`. @throws InputError if it is not an image file, or damaged. */
export function parseImages(bytes: Uint8Array, name: string): IdxImages {
  const [count, rows, columns] = header(bytes, name, 'images', 3)
  for (const size of [rows, columns])
    if (size < 1 || size > largestSide)
      throw new InputError(
        `${name}: says its images have ${rows} x ${columns} pixels; from 1 to ${largestSide} a side are possible`,
      )
  return { count, rows, columns, pixels: body(bytes, name, 16, count * rows * columns) }
}

/** Parses a label file; messages call it `name`. @throws InputError if it is not a label file, or damaged. */
export function parseLabels(bytes: Uint8Array, name: string): Uint8Array {
  const [count] = header(bytes, name, 'labels', 1)
  const labels = body(bytes, name, 8, count)
  const odd = labels.findIndex((label) => label > 9)
  if (odd >= 0) throw new InputError(`${name}: label ${odd} is ${labels[odd]}, labels are from 0 to 9`)
  return labels
}

/** Magic number and sizes of the axes. */
function header(bytes: Uint8Array, name: string, kind: keyof typeof magic, axes: number): number[] {
  const length = 4 * (axes + 1)
  if (bytes.length < length)
    throw new InputError(`${name}: ends within its header, ${bytes.length} of ${length} bytes are there`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const found = view.getUint32(0)
  if (found !== magic[kind])
    throw new InputError(
      `${name}: no IDX file of ${kind}, it begins with ${hex(found)} instead of ${hex(magic[kind])}` +
        (found >>> 16 === 0x1f8b ? '; it is compressed, so its name should end in .gz' : ''),
    )
  const sizes = Array.from({ length: axes }, (_, axis) => view.getUint32(4 * (axis + 1)))
  if (sizes[0] === 0) throw new InputError(`${name}: holds no ${kind}`)
  return sizes
}

/** Everything after the header, which must have exactly the size that the header states. */
function body(bytes: Uint8Array, name: string, from: number, length: number): Uint8Array {
  const found = bytes.length - from
  if (found !== length)
    throw new InputError(
      `${name}: ${found < length ? 'truncated' : 'too long'}, ${found} bytes of data instead of the ${length} that its header says`,
    )
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, length)
}

const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`

/**
 * Decompresses a gzip file, up to `limit` bytes.
 *
 * @throws InputError if it is not a gzip file, damaged, followed by other bytes, or larger than the limit.
 */
export function gunzip(bytes: Uint8Array, name: string, limit: number = largestFile): Uint8Array {
  try {
    // NOTE: with `info` the result states how many bytes were read. Otherwise zero bytes after the compressed data
    // are ignored. The type declarations lack this form.
    const { buffer, engine } = gunzipSync(bytes, { maxOutputLength: limit, info: true }) as unknown as {
      buffer: Uint8Array
      engine: { bytesWritten: number }
    }
    if (engine.bytesWritten < bytes.length)
      throw new InputError(`${name}: ${bytes.length - engine.bytesWritten} bytes follow the compressed data`)
    return buffer
  } catch (error) {
    if (error instanceof InputError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new InputError(`${name}: decompresses to more than ${limit} bytes, which no MNIST file does`)
    throw new InputError(`${name}: no gzip file, or a damaged one (${message})`)
  }
}
