// Finds and reads the files of the MNIST database in a folder.

import type { Key } from '@cotangent/core'
import { closeSync, constants, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Dataset, makeDataset, sizeOf, splitAtRandom, type TrainAndTest } from './dataset'
import { InputError, reason } from './errors'
import { gunzip, largestFile, parseImages, parseLabels } from './idx'

/** The names of the two sets of the database. */
type SetName = 'train' | 't10k'

/**
 * The images of a folder. If both sets are there, `train` is for training and `t10k` for testing. If there is only
 * one, five sixths of it are for training and one sixth for testing, chosen by the key.
 *
 * @throws InputError if neither set is there, or if a file is missing, unreadable or damaged.
 */
export function loadFolder(folder: string, key: Key): TrainAndTest {
  const names = listFolder(folder)
  const [train, test] = (['train', 't10k'] as const).map((set) => loadSet(folder, names, set))
  if (train !== undefined && test !== undefined) {
    if (train.rows !== test.rows || train.columns !== test.columns)
      throw new InputError(
        `${folder}: images to train on have ${train.rows} x ${train.columns} pixels, ` +
          `images to test on ${test.rows} x ${test.columns}; they must be alike`,
      )
    return { train, test }
  }
  const only = train ?? test
  if (only === undefined)
    throw new InputError(
      `${folder}: no MNIST files; it should hold train-images-idx3-ubyte and train-labels-idx1-ubyte, ` +
        'the same with t10k, or both, each plain or as .gz',
    )
  if (sizeOf(only) < 2)
    throw new InputError(`${folder}: one image is not enough, one to train on and one to test on are needed`)
  return splitAtRandom(only, key)
}

function listFolder(folder: string): Set<string> {
  try {
    return new Set(readdirSync(folder))
  } catch (error) {
    throw new InputError(`cannot read the folder ${folder}: ${reason(error)}`)
  }
}

/** One set; undefined if neither of its files is there. */
function loadSet(folder: string, names: Set<string>, set: SetName): Dataset | undefined {
  const [imageFile, labelFile] = [findFile(names, set, 'images', 3), findFile(names, set, 'labels', 1)]
  if (imageFile === undefined && labelFile === undefined) return undefined
  if (imageFile === undefined || labelFile === undefined)
    throw new InputError(
      `${folder}: ${imageFile ?? labelFile} is there, but not ` +
        (imageFile === undefined ? `${set}-images-idx3-ubyte` : `${set}-labels-idx1-ubyte`),
    )
  const [imagePath, labelPath] = [join(folder, imageFile), join(folder, labelFile)]
  const { count, rows, columns, pixels } = parseImages(readBytes(imagePath), imagePath)
  const labels = parseLabels(readBytes(labelPath), labelPath)
  if (labels.length !== count)
    throw new InputError(`${labelPath}: ${labels.length} labels for the ${count} images of ${imageFile}`)
  return makeDataset(rows, columns, pixels, labels)
}

/**
 * The database calls its files `train-images-idx3-ubyte.gz`; some copies have a dot before `idx`. Uncompressed files
 * come first.
 */
function findFile(names: Set<string>, set: SetName, kind: string, axes: number): string | undefined {
  const plain = ['-', '.'].map((mark) => `${set}-${kind}${mark}idx${axes}-ubyte`)
  return [...plain, ...plain.map((name) => `${name}.gz`)].find((name) => names.has(name))
}

function readBytes(path: string): Uint8Array {
  let bytes: Uint8Array
  try {
    const found = statSync(path)
    // Reading a pipe may wait forever, and reading a device may never end.
    if (!found.isFile())
      throw new InputError(`cannot read ${path}: ${found.isDirectory() ? 'it is a folder' : 'it is no regular file'}`)
    if (found.size > largestFile) throw new InputError(`${path}: has ${found.size} bytes, more than any MNIST file`)
    bytes = readWhole(path, found.size)
  } catch (error) {
    if (error instanceof InputError) throw error
    throw new InputError(`cannot read ${path}: ${reason(error)}`)
  }
  return path.endsWith('.gz') ? gunzip(bytes, path) : bytes
}

/** Reads at most `size` bytes, the size that the file had, even if the file has changed since. */
function readWhole(path: string, size: number): Uint8Array {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const bytes = new Uint8Array(size)
    let length = 0
    for (let count = -1; length < size && count !== 0; length += count)
      count = readSync(file, bytes, length, size - length, length)
    return bytes.subarray(0, length)
  } finally {
    closeSync(file)
  }
}
