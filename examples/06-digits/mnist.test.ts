import { key } from '@cotangent/core'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Dataset, labelsOf, sizeOf } from './dataset'
import { drawDigits } from './draw-digits'
import { InputError, printable } from './errors'
import { gunzip } from './idx'
import { loadFolder } from './mnist'
import { filesOf, idxBytes, levelsOf } from './mnist-files'

const set = drawDigits(key(1), 12)
const images = 'train-images-idx3-ubyte'
const labels = 'train-labels-idx1-ubyte'
const setLabels = Uint8Array.from(labelsOf(set).data)
const good = filesOf('train', set)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cotangent-digits-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function load(files: Record<string, Uint8Array>) {
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
  return loadFolder(folder, key(7))
}

/** The message for these files, without the folder's name. */
function complaint(files: Record<string, Uint8Array>): string {
  try {
    load(files)
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    const { message } = error as Error
    expect(message).not.toContain('\n')
    return message.replaceAll(folder, 'DIR').replaceAll('\\', '/')
  }
  throw new Error('the files were accepted')
}

const joined = ({ train, test }: { train: Dataset; test: Dataset }) =>
  [...labelsOf(train).data, ...labelsOf(test).data].sort()

describe('a folder of MNIST files', () => {
  it('with both sets is used as it is', () => {
    const other = drawDigits(key(2), 5)
    expect(load({ ...good, ...filesOf('t10k', other) })).toEqual({ train: set, test: other })
  })

  it.each(['train', 't10k'] as const)('with %s alone is split, always alike', (name) => {
    const first = load(filesOf(name, set))
    expect([sizeOf(first.train), sizeOf(first.test)]).toEqual([10, 2])
    expect(joined(first)).toEqual([...setLabels].sort())
    expect(loadFolder(folder, key(7))).toEqual(first)
  })

  it('may be compressed, and may have a dot in its names', () => {
    const expected = load(good)
    rmSync(folder, { recursive: true })
    mkdirSync(folder)
    const names = ['train-images.idx3-ubyte', 'train-labels-idx1-ubyte.gz']
    expect(load({ [names[0]]: good[images], [names[1]]: gzipSync(good[labels]) })).toEqual(expected)
  })

  it('with two images has one to train on and one to test on', () => {
    const { train, test } = load(filesOf('train', drawDigits(key(3), 2)))
    expect([sizeOf(train), sizeOf(test)]).toEqual([1, 1])
  })
})

describe('damaged input is named in one line', () => {
  const data = levelsOf(set.x)
  const sized = (count: number, rows: number, columns: number, pixels: ArrayLike<number> = data) => ({
    ...good,
    [images]: idxBytes(0x803, [count, rows, columns], pixels),
  })
  const labelled = (count: number, list: ArrayLike<number>, magic = 0x801) => ({
    ...good,
    [labels]: idxBytes(magic, [count], list),
  })
  const compressed = gzipSync(good[images])
  const zipped = (bytes: Uint8Array) => ({ [`${images}.gz`]: bytes, [labels]: good[labels] })
  // The last eight bytes are a checksum and the length.
  const changed = compressed.map((byte, i) => (i === compressed.length - 8 ? byte ^ 255 : byte))
  const cases: Record<string, Record<string, Uint8Array>> = {
    'no files': {},
    'no labels': { [images]: good[images] },
    'no images': { [labels]: good[labels] },
    'empty file': { ...good, [images]: new Uint8Array(0) },
    'truncated header': { ...good, [images]: good[images].subarray(0, 11) },
    'wrong magic of images': { ...good, [images]: idxBytes(0x801, [12, 20, 20], data) },
    'wrong magic of labels': labelled(12, setLabels, 0x803),
    'compressed without saying so': { ...good, [images]: compressed },
    'truncated images': { ...good, [images]: good[images].subarray(0, -1) },
    'trailing bytes in images': { ...good, [images]: Uint8Array.from([...good[images], 0]) },
    'truncated labels': labelled(13, setLabels),
    'trailing bytes in labels': labelled(11, setLabels),
    'fewer labels than images': labelled(11, setLabels.subarray(1)),
    'label above 9': labelled(12, setLabels.map((label, i) => (i === 4 ? 10 : label))), // prettier-ignore
    'zero images': sized(0, 20, 20, []),
    'zero labels': labelled(0, []),
    'one image': filesOf('train', drawDigits(key(1), 1)),
    'no rows': sized(12, 0, 20),
    'absurd columns': sized(12, 20, 4_000_000_000),
    'absurd count': sized(4_294_967_295, 64, 64),
    'not gzip': zipped(good[images]),
    'truncated gzip': zipped(compressed.subarray(0, -20)),
    'changed gzip': zipped(changed),
    'bytes behind gzip': zipped(Uint8Array.from([...compressed, 1, 2, 3])),
    'zeros behind gzip': zipped(Uint8Array.from([...compressed, 0, 0])),
    'sets of different sizes': {
      ...good,
      't10k-images-idx3-ubyte': idxBytes(0x803, [2, 2, 2], new Uint8Array(8)),
      't10k-labels-idx1-ubyte': idxBytes(0x801, [2], [1, 2]),
    },
  }

  it('in every case', () => {
    const complaints = Object.entries(cases).map(([name, files]) => {
      rmSync(folder, { recursive: true })
      mkdirSync(folder)
      return `${name}\n    ${complaint(files)}`
    })
    expect(complaints.join('\n')).toMatchInlineSnapshot(`
      "no files
          DIR: no MNIST files; it should hold train-images-idx3-ubyte and train-labels-idx1-ubyte, the same with t10k, or both, each plain or as .gz
      no labels
          DIR: train-images-idx3-ubyte is there, but not train-labels-idx1-ubyte
      no images
          DIR: train-labels-idx1-ubyte is there, but not train-images-idx3-ubyte
      empty file
          DIR/train-images-idx3-ubyte: ends within its header, 0 of 16 bytes are there
      truncated header
          DIR/train-images-idx3-ubyte: ends within its header, 11 of 16 bytes are there
      wrong magic of images
          DIR/train-images-idx3-ubyte: no IDX file of images, it begins with 0x00000801 instead of 0x00000803
      wrong magic of labels
          DIR/train-labels-idx1-ubyte: no IDX file of labels, it begins with 0x00000803 instead of 0x00000801
      compressed without saying so
          DIR/train-images-idx3-ubyte: no IDX file of images, it begins with 0x1f8b0800 instead of 0x00000803; it is compressed, so its name should end in .gz
      truncated images
          DIR/train-images-idx3-ubyte: truncated, 4799 bytes of data instead of the 4800 that its header says
      trailing bytes in images
          DIR/train-images-idx3-ubyte: too long, 4801 bytes of data instead of the 4800 that its header says
      truncated labels
          DIR/train-labels-idx1-ubyte: truncated, 12 bytes of data instead of the 13 that its header says
      trailing bytes in labels
          DIR/train-labels-idx1-ubyte: too long, 12 bytes of data instead of the 11 that its header says
      fewer labels than images
          DIR/train-labels-idx1-ubyte: 11 labels for the 12 images of train-images-idx3-ubyte
      label above 9
          DIR/train-labels-idx1-ubyte: label 4 is 10, labels are from 0 to 9
      zero images
          DIR/train-images-idx3-ubyte: holds no images
      zero labels
          DIR/train-labels-idx1-ubyte: holds no labels
      one image
          DIR: one image is not enough, one to train on and one to test on are needed
      no rows
          DIR/train-images-idx3-ubyte: says its images have 0 x 20 pixels; from 1 to 64 a side are possible
      absurd columns
          DIR/train-images-idx3-ubyte: says its images have 20 x 4000000000 pixels; from 1 to 64 a side are possible
      absurd count
          DIR/train-images-idx3-ubyte: truncated, 4800 bytes of data instead of the 17592186040320 that its header says
      not gzip
          DIR/train-images-idx3-ubyte.gz: no gzip file, or a damaged one (incorrect header check)
      truncated gzip
          DIR/train-images-idx3-ubyte.gz: no gzip file, or a damaged one (unexpected end of file)
      changed gzip
          DIR/train-images-idx3-ubyte.gz: no gzip file, or a damaged one (incorrect data check)
      bytes behind gzip
          DIR/train-images-idx3-ubyte.gz: no gzip file, or a damaged one (incorrect header check)
      zeros behind gzip
          DIR/train-images-idx3-ubyte.gz: 2 bytes follow the compressed data
      sets of different sizes
          DIR: images to train on have 20 x 20 pixels, images to test on 2 x 2; they must be alike"
    `)
  })

  it('a folder in place of a file', () => {
    mkdirSync(join(folder, images))
    expect(complaint({ [labels]: good[labels] })).toBe(`cannot read DIR/${images}: it is a folder`)
  })

  it.skipIf(process.platform === 'win32')('a pipe or a device in place of a file, at once', () => {
    execFileSync('mkfifo', [join(folder, images)])
    expect(complaint({ [labels]: good[labels] })).toBe(`cannot read DIR/${images}: it is no regular file`)
    rmSync(join(folder, images))
    symlinkSync('/dev/zero', join(folder, images))
    expect(complaint({ [labels]: good[labels] })).toBe(`cannot read DIR/${images}: it is no regular file`)
  })

  it('names that a terminal would obey, as they can be shown', () => {
    expect(printable('a\u001b[31m\n\u202Eb\u009b')).toBe('a\\u{1b}[31m\\u{a}\\u{202e}b\\u{9b}')
  })

  it('a missing folder, and a file in place of the folder', () => {
    expect(() => loadFolder(join(folder, 'none'), key(1))).toThrow(
      new InputError(`cannot read the folder ${join(folder, 'none')}: it does not exist`),
    )
    writeFileSync(join(folder, 'file'), '')
    expect(() => loadFolder(join(folder, 'file'), key(1))).toThrow(/it is no folder$/)
  })

  it('more bytes than a file may have once it is decompressed', () => {
    const bomb = gzipSync(new Uint8Array(100_000))
    expect(bomb.length).toBeLessThan(200)
    expect(() => gunzip(bomb, 'bomb.gz', 99_999)).toThrow(
      new InputError('bomb.gz: decompresses to more than 99999 bytes, which no MNIST file does'),
    )
    expect(gunzip(bomb, 'bomb.gz', 100_000)).toHaveLength(100_000)
  })
})
