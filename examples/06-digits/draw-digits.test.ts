import { key } from '@cotangent/core'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { batchOf, splitAtRandom } from './dataset'
import { drawDigits, drawTrainAndTest, side } from './draw-digits'
import { glyphs } from './glyphs'

describe('drawn digits', () => {
  it('are a function of the key, in bits, on every platform', () => {
    const { pixels } = drawDigits(key(42), 50)
    expect(createHash('sha256').update(pixels).digest('hex').slice(0, 16)).toMatchInlineSnapshot(`"734770102911138d"`)
    expect(drawDigits(key(42), 50).pixels).toEqual(pixels)
    expect(drawDigits(key(43), 50).pixels).not.toEqual(pixels)
  })

  it('begin with the same ones whatever their number', () => {
    expect(drawDigits(key(1), 20).pixels.subarray(0, 10 * side * side)).toEqual(drawDigits(key(1), 10).pixels)
  })

  it('are as many of each, black ink on a lighter ground, smooth at its edge', () => {
    const { labels, pixels, rows, columns } = drawDigits(key(2), 200)
    expect([rows, columns, pixels.length]).toEqual([20, 20, 200 * 400])
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
    expect([train.labels.length, test.labels.length]).toEqual([20, 10])
    expect(train.pixels.subarray(0, 400)).not.toEqual(test.pixels.subarray(0, 400))
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

  it('give batches of pixels from 0 to 1 with one-hot targets', () => {
    const { x, y } = batchOf(set, [3, 10])
    expect([x.shape, x.dtype, y.shape]).toEqual([[2, 400], 'float32', [2, 10]])
    expect(Array.from(x.data.subarray(400))).toEqual(
      Array.from(set.pixels.subarray(10 * 400, 11 * 400), (level) => Math.fround(level / 255)),
    )
    expect(y.toArray()).toEqual([
      [0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
      [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ])
  })

  it('split into five sixths and one sixth, without losing or doubling an image', () => {
    const { train, test } = splitAtRandom(set, key(5))
    expect([train.labels.length, test.labels.length]).toEqual([50, 10])
    const images = (of: typeof set) =>
      Array.from(of.labels, (label, i) => `${label} ${of.pixels.subarray(i * 400, (i + 1) * 400).join()}`)
    expect([...images(train), ...images(test)].sort()).toEqual(images(set).sort())
    expect(splitAtRandom(set, key(5))).toEqual({ train, test })
    expect(splitAtRandom(set, key(6)).test).not.toEqual(test)
  })
})
