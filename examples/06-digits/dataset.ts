import { type Key, oneHot, permutation, tensor, type Tensor } from '@cotangent/core'

/** Labelled grey images of one size, pixel by pixel in row-major order: 0 is background, 255 is ink. */
export interface Dataset {
  readonly rows: number
  readonly columns: number
  /** `[size, rows * columns]`. */
  readonly pixels: Uint8Array
  /** `[size]`, from 0 to 9. */
  readonly labels: Uint8Array
}

/** The images that a network learns from, and the images that it is tested on. */
export interface TrainAndTest {
  readonly train: Dataset
  readonly test: Dataset
}

/** Examples in the form that a network accepts. */
export interface Batch {
  /** Pixels from 0 to 1, float32. */
  readonly x: Tensor<[number, number]>
  /** One-hot targets, float32. */
  readonly y: Tensor<[number, 10]>
}

/** Number of digits, and of outputs of the network. */
export const classes = 10

/** The examples at these positions. */
export function batchOf({ rows, columns, pixels, labels }: Dataset, positions: ArrayLike<number>): Batch {
  const [count, width] = [positions.length, rows * columns]
  const x = new Float32Array(count * width)
  const chosen = new Int32Array(count)
  for (let i = 0; i < count; i++) {
    const from = positions[i] * width
    for (let j = 0; j < width; j++) x[i * width + j] = pixels[from + j] / 255
    chosen[i] = labels[positions[i]]
  }
  return { x: tensor(x, { shape: [count, width] }), y: oneHot(tensor(chosen), classes) }
}

/** The images at these positions, as a new set. */
export function subset({ rows, columns, pixels, labels }: Dataset, positions: ArrayLike<number>): Dataset {
  const width = rows * columns
  const chosen = new Uint8Array(positions.length * width)
  for (let i = 0; i < positions.length; i++)
    chosen.set(pixels.subarray(positions[i] * width, (positions[i] + 1) * width), i * width)
  return { rows, columns, pixels: chosen, labels: Uint8Array.from(positions, (position) => labels[position]) }
}

/** Splits a set at random: five sixths to train on, the rest to test on. */
export function splitAtRandom(set: Dataset, key: Key): TrainAndTest {
  const order = permutation(key, set.labels.length).data
  const trained = Math.min(Math.max(1, Math.round((order.length * 5) / 6)), order.length - 1)
  return { train: subset(set, order.subarray(0, trained)), test: subset(set, order.subarray(trained)) }
}
