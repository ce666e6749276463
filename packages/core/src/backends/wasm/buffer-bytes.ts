import type { TensorType } from '../../kernels/work'
import { bytesPerElement } from '../../values/dtype'
import { sizeOf } from '../../values/shape'

/** Buffers begin at multiples of so many bytes. */
export const alignment = 64

/** Bytes after every buffer that kernels may overwrite, as they write four elements at a time. */
const padding = 32

/** The next multiple of the alignment. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment
}

/** Bytes of a buffer with its padding. */
export function bufferBytes({ shape, dtype }: TensorType): number {
  return aligned(sizeOf(shape) * bytesPerElement(dtype) + padding)
}
