import { ExportError } from '../../errors'

/** The error for bytes that are no ONNX model. `expected` and `got` complete the sentence `expected ..., got ...`. */
export function damaged(expected: string, got: string): ExportError {
  return new ExportError(
    'damaged-onnx',
    `the ONNX file is damaged, or is no ONNX file: expected ${expected}, got ${got}; write or copy it again`,
  )
}

/** Wire types of Protocol Buffers: how many bytes follow a tag. */
export const wireTypes = { varint: 0, eightBytes: 1, lengthDelimited: 2, fourBytes: 5 } as const

/** Reads the primitives of Protocol Buffers from a range of bytes. Every length is checked before it is used. */
export class Reader {
  private at: number
  private readonly view: DataView

  constructor(
    private readonly bytes: Uint8Array,
    start = 0,
    private readonly end = bytes.length,
  ) {
    this.at = start
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get done(): boolean {
    return this.at === this.end
  }

  get remaining(): number {
    return this.end - this.at
  }

  /** An unsigned integer of at most 64 bits, seven bits a byte, the lowest first. */
  varint(): bigint {
    let low = 0
    // Numbers are faster than bigints, and hold the four bytes that nearly every varint fits.
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte()
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return BigInt(low)
    }
    let value = BigInt(low)
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) {
        if (value >> 64n !== 0n) break
        return value
      }
    }
    throw damaged('an integer of at most 64 bits', 'a longer one')
  }

  float32(): number {
    return this.view.getFloat32(this.skip(4), true)
  }

  float64(): number {
    return this.view.getFloat64(this.skip(8), true)
  }

  /** A field's bytes after their length: a view, not a copy. */
  lengthDelimited(): Uint8Array {
    const length = this.length()
    const start = this.skip(length)
    return this.bytes.subarray(start, start + length)
  }

  /** A reader of the bytes after their length. */
  nested(): Reader {
    const length = this.length()
    const start = this.skip(length)
    return new Reader(this.bytes, start, start + length)
  }

  private length(): number {
    const length = Number(this.varint())
    if (length > this.remaining) throw damaged(`at most ${this.remaining} further bytes`, `a field of ${length} bytes`)
    return length
  }

  private byte(): number {
    return this.bytes[this.skip(1)]
  }

  private skip(length: number): number {
    if (length > this.remaining) throw damaged(`${length} further bytes`, `${this.remaining}`)
    const start = this.at
    this.at += length
    return start
  }
}

/** Collects the primitives of Protocol Buffers. Long fields are kept as views until `finish` copies them once. */
export class Writer {
  private readonly parts: Uint8Array[] = []
  private length = 0

  /** An integer as a varint; a negative one in two's complement of 64 bits, as the format demands. */
  varint(value: bigint): void {
    let rest = BigInt.asUintN(64, value)
    const bytes: number[] = []
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
    bytes.push(Number(rest))
    this.append(Uint8Array.from(bytes))
  }

  float32(value: number): void {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    this.append(bytes)
  }

  float64(value: number): void {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setFloat64(0, value, true)
    this.append(bytes)
  }

  lengthDelimited(bytes: Uint8Array): void {
    this.varint(BigInt(bytes.length))
    this.append(bytes)
  }

  /** What `write` writes, after its length. */
  nested(write: (writer: Writer) => void): void {
    const inner = new Writer()
    write(inner)
    this.varint(BigInt(inner.length))
    for (const part of inner.parts) this.append(part)
  }

  finish(): Uint8Array<ArrayBuffer> {
    if (this.length > largest)
      throw new ExportError(
        'too-large-for-onnx',
        `the model needs ${this.length} bytes, and an ONNX file has at most ${largest}; ` +
          'export a smaller model, or save its parameters with @cotangent/io and pass them as inputs',
      )
    const bytes = new Uint8Array(this.length)
    let at = 0
    for (const part of this.parts) {
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }

  private append(bytes: Uint8Array): void {
    this.parts.push(bytes)
    this.length += bytes.length
  }
}

/** Protocol Buffers limits a message to 2 GiB. */
const largest = 2 ** 31 - 1
