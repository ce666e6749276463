import { key } from '@cotangent/core'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { labelsOf, makeDataset, sizeOf, splitAtRandom } from './dataset'
import { drawDigits, drawTrainAndTest, side } from './draw-digits'
import { glyphs } from './glyphs'
import { levelsOf } from './mnist-files'

describe('drawn digits', () => {
  it('are a function of the key, in bits, on every platform', () => {
    const pixels = levelsOf(drawDigits(key(42), 50).x)
    expect(createHash('sha256').update(pixels).digest('hex').slice(0, 16)).toMatchInlineSnapshot(`"734770102911138d"`)
    expect(levelsOf(drawDigits(key(42), 50).x)).toEqual(pixels)
    expect(levelsOf(drawDigits(key(43), 50).x)).not.toEqual(pixels)
  })

  it('begin with the same ones whatever their number', () => {
    expect(drawDigits(key(1), 20).x.slice([0, 10]).toArray()).toEqual(drawDigits(key(1), 10).x.toArray())
  })

  it('are as many of each, black ink on a lighter ground, smooth at its edge', () => {
    const set = drawDigits(key(2), 200)
    const [labels, pixels] = [labelsOf(set).data, levelsOf(set.x)]
    expect([set.rows, set.columns, set.x.shape]).toEqual([side, side, [200, side * side]])
    for (let digit = 0; digit < 10; digit++) expect(labels.filter((label) => label === digit)).toHaveLength(20)
    for (let i = 0; i < 200; i++) {
      const image = pixels.subarray(i * 400, (i + 1) * 400)
      const ink = image.filter((level) => level > 100).length
      expect(ink).toBeGreaterThan(8)
      expect(ink).toBeLessThan(200)
      expect(new Set(image).size).toBeGreaterThan(10)
    }
  })

  it('differ between the set to train on and the set to test on', () => {
    const { train, test } = drawTrainAndTest(key(3), { train: 20, test: 10 })
    expect([sizeOf(train), sizeOf(test)]).toEqual([20, 10])
    expect(train.x.at(0).toArray()).not.toEqual(test.x.at(0).toArray())
  })

  it('have several styles, all within their frame', () => {
    expect(glyphs).toHaveLength(10)
    expect(glyphs.every((styles) => styles.length > 1)).toBe(true)
    const points = glyphs.flat(2).flatMap((stroke) => stroke.points)
    for (const [x, y] of points) {
      expect(Math.abs(x)).toBeLessThanOrEqual(0.35)
      expect(Math.abs(y)).toBeLessThanOrEqual(0.5)
    }
  })
})

describe('data sets', () => {
  const set = drawDigits(key(4), 60)

  it('hold pixels from 0 to 1 with one-hot targets', () => {
    const { x, y } = makeDataset(1, 2, Uint8Array.of(0, 255, 7, 254), Uint8Array.of(3, 0))
    expect([x.shape, x.dtype, y.dtype]).toEqual([[2, 2], 'float32', 'float32'])
    expect(Array.from(x.data)).toEqual([0, 1, Math.fround(7 / 255), Math.fround(254 / 255)])
    expect(y.toArray()).toEqual([
      [0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
      [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ])
  })

  it('split into five sixths and one sixth, without losing or doubling an image', () => {
    const { train, test } = splitAtRandom(set, key(5))
    expect([sizeOf(train), sizeOf(test)]).toEqual([50, 10])
    const images = (of: typeof set) => Array.from(labelsOf(of).data, (label, i) => `${label} ${of.x.at(i).data.join()}`)
    expect([...images(train), ...images(test)].sort()).toEqual(images(set).sort())
    expect(splitAtRandom(set, key(5))).toEqual({ train, test })
    expect(splitAtRandom(set, key(6)).test).not.toEqual(test)
  })
})
