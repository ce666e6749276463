import { argmax, type Key, oneHot, tensor, type Tensor } from '@cotangent/core'
import { trainTestSplit } from '@cotangent/data'

/** Examples in the form that a network accepts, float32. */
export interface Batch {
  /** Pixels in row-major order: 0 is background, 1 is ink. */
  readonly x: Tensor<[number, number]>
  /** One-hot targets. */
  readonly y: Tensor<[number, 10]>
}

/** Labelled grey images of one size. */
export interface Dataset extends Batch {
  readonly rows: number
  readonly columns: number
}

/** The images that a network learns from, and the images that it is tested on. */
export interface TrainAndTest {
  readonly train: Dataset
  readonly test: Dataset
}

/** Number of digits, and of outputs of the network. */
export const classes = 10

/** A data set from pixels `[size, rows * columns]`, where 255 is ink, and labels from 0 to 9. */
export function makeDataset(rows: number, columns: number, pixels: Uint8Array, labels: Uint8Array): Dataset {
  const x = tensor(new Float32Array(pixels), { shape: [labels.length, rows * columns] }).div(255)
  return { rows, columns, x, y: oneHot(tensor(new Int32Array(labels)), classes) }
}

/** Number of images. */
export function sizeOf({ x }: Batch): number {
  return x.shape[0]
}

/** The digit of each image. */
export function labelsOf({ y }: Batch): Tensor<[number]> {
  return argmax(y, { axis: 1 })
}

/** Splits a set at random: five sixths to train on, the rest to test on. */
export function splitAtRandom(set: Dataset, key: Key): TrainAndTest {
  return trainTestSplit(set, { test: Math.max(1, Math.round(sizeOf(set) / 6)), shuffle: key })
}
