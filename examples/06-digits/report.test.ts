import { key } from '@cotangent/core'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { labelsOf, makeDataset } from './dataset'
import { drawDigits } from './draw-digits'
import { evaluate } from './evaluate'
import { makeNetwork } from './network'
import { makeProgress } from './progress'
import { accuracyText, confusionLines, gradientLines, mistakeLines, picture, table } from './report'

describe('the report', () => {
  it('aligns tables', () => {
    expect(
      table([
        ['name', 'a', 'b'],
        ['x', '10', '2'],
        ['long name', '1', ''],
      ]),
    ).toEqual([
      // prettier-ignore
      'name        a  b',
      'x          10  2',
      'long name   1',
    ])
  })

  it('shows the gradients side by side', () => {
    const parameters = [
      { name: 'layer 1 weight', shape: [25, 400], single: 1.23e-6, double: 4e-15, differences: 0, sampled: 20 },
      { name: 'layer 1 bias', shape: [25], single: 2e-7, double: 3e-15, differences: 2e-12, sampled: 20 },
    ]
    const check = { parameters, examples: 64, clamped: 0, agrees: true }
    expect(gradientLines(check).join('\n')).toMatchInlineSnapshot(`
      "gradient of one batch (64 examples) by automatic differentiation: largest difference, relative to the
      largest entry, from the closed form and from differences of the loss (up to 20 entries of each parameter)
        parameter          shape  closed, float32  closed, float64  differences, float64
        layer 1 weight  25 x 400           1.2e-6          4.0e-15                0.0e+0
        layer 1 bias          25           2.0e-7          3.0e-15               2.0e-12
        at most                            1.0e-4          1.0e-11                1.0e-7
        they agree"
    `)
    expect(gradientLines({ ...check, agrees: false }).at(-1)).toBe('  THEY DIFFER')
    expect(gradientLines({ ...check, clamped: 2, agrees: undefined }).at(-1)).toBe(
      '  no verdict: 2 outputs are so wrong that log-loss clamps them, which makes their gradient 0',
    )
  })

  it('draws a picture with two rows of pixels in a line', () => {
    const pixels = Uint8Array.of(0, 255, 128, 0, 255, 128, 255, 255, 0)
    expect(picture(makeDataset(3, 3, pixels, Uint8Array.of(1)), 0)).toEqual([' @+', '== '])
  })

  it('shows at most eight mistakes, as many side by side as fit', () => {
    const mistakes = Array.from({ length: 9 }, (_, i) => ({ position: i, actual: i, said: 9 - i, probability: 0.826 }))
    const lines = mistakeLines(drawDigits(key(1), 10), mistakes)
    expect(lines[10]).toBe(`  ${[0, 1, 2, 3].map((i) => `true ${i}, said ${9 - i} (0.83)`).join(' | ')}`)
    expect(lines).toHaveLength(2 * 11 + 1)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
    const wide = makeDataset(28, 28, new Uint8Array(784 * 10), new Uint8Array(10))
    expect(mistakeLines(wide, mistakes)).toHaveLength(3 * 15 + 2)
    expect(mistakeLines(wide, [])).toEqual([])
  })

  it('counts what the network took for what', async () => {
    const set = drawDigits(key(1), 1200)
    const labels = labelsOf(set)
    const network = makeNetwork(key(2), [400, 10])
    const { right, count, confusion, mistakes } = await evaluate(network, set)
    expect(count).toBe(1200)
    expect(confusion.map((row) => row.reduce((sum, entry) => sum + entry))).toEqual(new Array(10).fill(120))
    expect(confusion.reduce((sum, row, digit) => sum + row[digit], 0)).toBe(right)
    expect(mistakes).toHaveLength(count - right)
    expect(mistakes.every(({ position, actual, said }) => labels.data[position] === actual && said !== actual)).toBe(
      true,
    )
    const sure = mistakes.map(({ probability }) => probability)
    expect(sure).toEqual(sure.toSorted((a, b) => b - a))
    expect(accuracyText('test', { right: 12, count: 16, confusion, mistakes })).toBe('test 75.0 % (12 of 16)')
  })

  it('prints a confusion matrix with dots for zeros', () => {
    expect(confusionLines([[10, 0], [3, 120]])).toEqual(['  true \\ said   0    1', '      0        10    .', '      1         3  120']) // prettier-ignore
  })
})

describe('progress', () => {
  const moments = [1, 2, 3, 4].map((step) => ({
    step,
    epoch: Math.ceil(step / 2),
    loss: 1 / step,
    accuracy: step / 10,
    epochEnds: step % 2 === 0,
  }))

  it('is one line for each epoch where there is no terminal', () => {
    let text = ''
    const progress = makeProgress({ write: (part) => (text += part) }, 10)
    moments.forEach((moment) => progress.show(moment, 4))
    progress.stop()
    expect(text).toBe('epoch  1/10  loss 0.5000  accuracy 20.0 %\nepoch  2/10  loss 0.2500  accuracy 40.0 %\n')
  })

  it('is a bar on a terminal, and gives the cursor back when it stops', () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 100 })
    const progress = makeProgress(stream, 2)
    moments.forEach((moment) => progress.show(moment, 4))
    expect(String(stream.read())).toContain('\x1b[?25l')
    progress.stop()
    const end = String(stream.read())
    expect(end).toContain('epoch 2/2  loss 0.2500  accuracy 40.0 %')
    expect(end).toContain('\x1b[?25h')
    progress.stop()
    expect(stream.read()).toBe(null)
  })
})
