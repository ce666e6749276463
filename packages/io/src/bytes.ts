/** The bytes of a file, to read in any order. */
export interface Bytes {
  readonly size: number
  /** What messages call the file; empty if it has no name. */
  readonly label: string
  /** `length` bytes from `offset` on. The range lies inside the file. */
  read(offset: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}

/** Bytes in memory as a file. */
export function inMemoryBytes(bytes: Uint8Array, label = ''): Bytes {
  return {
    size: bytes.length,
    label,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    close: () => Promise.resolve(),
  }
}
