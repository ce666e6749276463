import type { Tensor } from '@cotangent/core'
import type { Bytes } from './bytes'
import { encode } from './elements'
import { damaged, FileError } from './errors'
import { type Literal, parseLiteral } from './python-literal'
import { bitsOf, type StoredType } from './stored-types'
import type { Entry } from './tensor-file'

// NumPy's format for one array. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] // \x93NUMPY

/** The largest header that is read. NumPy's own limit is 10,000 bytes. */
const largestHeader = 65_535

/** Stored types by NumPy's kind and size. */
const stored: Readonly<Record<string, StoredType>> = {
  b1: 'BOOL',
  i1: 'I8',
  u1: 'U8',
  i2: 'I16',
  u2: 'U16',
  i4: 'I32',
  u4: 'U32',
  i8: 'I64',
  u8: 'U64',
  f2: 'F16',
  f4: 'F32',
  f8: 'F64',
}

/** Whether a file begins as .npy. */
export function isNpy(start: Uint8Array): boolean {
  return magic.every((byte, i) => start[i] === byte)
}

/** Reads the header of an .npy file. Its elements are read when they are asked for. */
export async function readNpy(file: Bytes): Promise<Entry> {
  if (file.size < 10) throw damaged('at least 10 bytes', String(file.size))
  const start = await file.read(0, Math.min(12, file.size))
  const [major, minor] = [start[6], start[7]]
  if (!isNpy(start) || major < 1 || major > 3 || minor !== 0)
    throw damaged('the start of a .npy file, version 1.0 to 3.0', `[${start.subarray(0, 8).join(', ')}]`)
  const view = new DataView(start.buffer, start.byteOffset, start.length)
  const begin = major === 1 ? 10 : 12
  if (file.size < begin) throw damaged(`at least ${begin} bytes`, String(file.size))
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  const most = Math.min(largestHeader, file.size - begin)
  if (length > most) throw damaged(`a header of at most ${most} bytes`, String(length))
  const { descr, shape, isColumnMajor } = parseHeader(textOf(await file.read(begin, length), major))
  const type = typeOf(descr)
  if (type === null) return { stored: 'OTHER', shape, read: () => Promise.reject(unsupported(descr)) }
  const isBigEndian = String(descr).startsWith('>')
  const bytes = shape.reduce((product, size) => product * size, bitsOf(type) / 8)
  const data = begin + length
  if (file.size - data !== bytes) throw damaged(`${bytes} bytes of elements`, String(file.size - data))
  return {
    stored: type,
    shape,
    read: async () => ({ stored: type, shape, isBigEndian, isColumnMajor, bytes: await file.read(data, bytes) }),
  }
}

function textOf(bytes: Uint8Array, major: number): string {
  try {
    return new TextDecoder(major === 3 ? 'utf-8' : 'latin1', { fatal: true }).decode(bytes)
  } catch {
    throw damaged('a header in UTF-8', 'other bytes')
  }
}

function parseHeader(text: string) {
  const header = parseLiteral(text)
  if (!(header instanceof Map) || [...header.keys()].sort().join() !== 'descr,fortran_order,shape')
    throw damaged("a header with 'descr', 'fortran_order' and 'shape'", JSON.stringify(text.slice(0, 60)))
  const [shape, isColumnMajor] = [header.get('shape'), header.get('fortran_order')]
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && (size as number) >= 0))
    throw damaged('a shape', JSON.stringify(shape))
  if (typeof isColumnMajor !== 'boolean') throw damaged('fortran_order to be True or False', String(isColumnMajor))
  return { descr: header.get('descr')!, shape: shape as readonly number[], isColumnMajor }
}

/** The stored type of a NumPy dtype; null for one that no dtype of ours holds. */
function typeOf(descr: Literal): StoredType | null {
  const kind = typeof descr === 'string' ? (/^[<>|=]?([a-zA-Z]\d+)$/.exec(descr)?.[1] ?? '') : ''
  return Object.hasOwn(stored, kind) ? stored[kind] : null
}

function unsupported(descr: Literal): FileError {
  return new FileError(
    'unsupported-type',
    `expected booleans, integers or floats, got ${typeof descr === 'string' ? `the NumPy dtype '${descr}'` : 'a NumPy structure'}; ` +
      'convert the array with astype, or save each field on its own',
  )
}

const names = { BOOL: '|b1', I32: '<i4', F16: '<f2', F32: '<f4', F64: '<f8' } as const

/**
 * The bytes of an .npy file, as `numpy.save` writes it.
 *
 * @throws FileError for bfloat16, which NumPy lacks, and for a value that is too large for the stored type.
 */
export function writeNpy(value: Tensor, type: StoredType): Uint8Array {
  const descr = (names as Partial<Record<StoredType, string>>)[type]
  if (descr === undefined)
    throw new FileError(
      'unsupported-type',
      `NumPy has no dtype for ${type}; store float16 or float32, or use safetensors`,
    )
  const { shape } = value
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`
  // NumPy leaves room in which the first size can grow to 21 digits, and then aligns the elements to 64 bytes.
  const room = shape.length === 0 ? 0 : 21 - String(shape[0]).length
  const unpadded = 10 + header.length + room + 1
  const text = `${header.padEnd(header.length + room + ((64 - (unpadded % 64)) % 64))}\n`
  if (text.length > largestHeader)
    throw new FileError('too-large-for-file', `a shape of ${shape.length} axes is too long for a .npy file; reshape it`)
  const data = encode(value, type)
  const file = new Uint8Array(10 + text.length + data.length)
  file.set([...magic, 1, 0, text.length & 255, text.length >> 8])
  file.set(new TextEncoder().encode(text), 10)
  file.set(data, 10 + text.length)
  return file
}
