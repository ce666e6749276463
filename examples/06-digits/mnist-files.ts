// Writes the files that tests read: valid ones, and the parts from which tests build damaged ones.

import type { Tensor } from '@cotangent/core'
import { type Dataset, labelsOf } from './dataset'

/** The bytes of an IDX file: magic number, sizes of the axes, data. */
export function idxBytes(magic: number, sizes: readonly number[], data: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 * (sizes.length + 1) + data.length)
  const view = new DataView(bytes.buffer)
  ;[magic, ...sizes].forEach((word, i) => view.setUint32(4 * i, word))
  bytes.set(data, 4 * (sizes.length + 1))
  return bytes
}

/** The two files of a set, by the names of the MNIST database. */
export function filesOf(set: 'train' | 't10k', images: Dataset): Record<string, Uint8Array> {
  const { rows, columns, x } = images
  const labels = labelsOf(images).data
  return {
    [`${set}-images-idx3-ubyte`]: idxBytes(0x803, [labels.length, rows, columns], levelsOf(x)),
    [`${set}-labels-idx1-ubyte`]: idxBytes(0x801, [labels.length], labels),
  }
}

/** Pixels as bytes: 255 is ink. */
export function levelsOf(x: Tensor): Uint8Array {
  return Uint8Array.from(x.data, (grey) => Math.round(255 * grey))
}
