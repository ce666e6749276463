// The printed report, as lines of plain ASCII.

import type { Dataset } from './dataset'
import type { Evaluation, Mistake } from './evaluate'
import { type GradientCheck, tolerance } from './gradient-check'

/** Width of the terminal, in columns, that pictures may use. */
const pageWidth = 100

/** Number of mistakes shown as pictures. */
const pictureCount = 8

/** From background to ink. */
const greys = ' .:-=+*#%@'

/** Columns with two spaces between them; the first is left-aligned, the others are right-aligned. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd(),
  )
}

/** The comparison of the gradients, and its verdict. */
export function gradientLines({ parameters, examples, clamped, agrees }: GradientCheck): string[] {
  const scientific = (value: number) => value.toExponential(1)
  const hasClosed = parameters.some(({ double }) => double !== undefined)
  const [most] = parameters.map(({ sampled }) => sampled).sort((a, b) => b - a)
  return [
    `gradient of one batch (${examples} examples) by automatic differentiation: largest difference, relative to the`,
    `largest entry, from ${hasClosed ? 'the closed form' : 'that in float64'} and from differences of the loss (up to ${most} entries of each parameter)`,
    ...table([
      [
        '  parameter',
        'shape',
        ...(hasClosed ? ['closed, float32', 'closed, float64'] : ['float32']),
        'differences, float64',
      ],
      ...parameters.map(({ name, shape, single, double, differences }) => [
        `  ${name}`,
        shape.join(' x '),
        ...[single, double, differences].filter((value) => value !== undefined).map(scientific),
      ]),
      [
        '  at most',
        '',
        ...[tolerance.single, ...(hasClosed ? [tolerance.double] : []), tolerance.differences].map(scientific),
      ],
    ]),
    verdict(agrees, clamped),
  ]
}

function verdict(agrees: boolean | undefined, clamped: number): string {
  if (agrees === undefined)
    return `  no verdict: ${clamped} outputs are so wrong that log-loss clamps them, which makes their gradient 0`
  return agrees ? '  they agree' : '  THEY DIFFER'
}

/** `train 99.2 % (4960 of 5000)`. */
export function accuracyText(name: string, { right, count }: Evaluation): string {
  return `${name} ${((100 * right) / count).toFixed(1)} % (${right} of ${count})`
}

/** How often each digit was read as each digit; a dot means never. */
export function confusionLines(confusion: Evaluation['confusion']): string[] {
  const digits = confusion.map((_, digit) => String(digit))
  return table([
    ['  true \\ said', ...digits],
    ...confusion.map((row, digit) => [
      `  ${String(digit).padStart(5)}`,
      ...row.map((count) => (count === 0 ? '.' : String(count))),
    ]),
  ])
}

/** An image in characters. One line of text shows two rows of pixels, because characters are twice as high as wide. */
export function picture({ rows, columns, x }: Dataset, position: number): string[] {
  // Of 256 levels, the darkest is just below 1.
  const at = (row: number, column: number) =>
    row < rows ? x.data[(position * rows + row) * columns + column] * (255 / 256) : 0
  return Array.from({ length: Math.ceil(rows / 2) }, (_, line) =>
    Array.from({ length: columns }, (_, column) => {
      const grey = (at(2 * line, column) + at(2 * line + 1, column)) / 2
      return greys[Math.floor(grey * greys.length)]
    }).join(''),
  )
}

/** `true 4, said 9 (0.83)`. */
export function caption({ actual, said, probability }: Mistake): string {
  return `true ${actual}, said ${said} (${probability.toFixed(2)})`
}

/** Pictures of the most confident mistakes side by side, each above its caption. */
export function mistakeLines(set: Dataset, mistakes: readonly Mistake[]): string[] {
  const shown = mistakes.slice(0, pictureCount)
  const width = Math.max(set.columns, 'true 4, said 9 (0.83)'.length)
  const besides = Math.max(1, Math.min(4, Math.floor(pageWidth / (width + 3))))
  const lines: string[] = []
  for (let from = 0; from < shown.length; from += besides) {
    const group = shown
      .slice(from, from + besides)
      .map((mistake) => [...picture(set, mistake.position), caption(mistake)])
    if (from > 0) lines.push('')
    for (let line = 0; line < group[0].length; line++)
      lines.push(`  ${group.map((part) => part[line].padEnd(width)).join(' | ')}`.trimEnd())
  }
  return lines
}
