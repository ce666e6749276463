import { formatRatio, formatSeconds } from './format'
import { ratioOf, type Results, type Row } from './results'

/** Rows that the README shows. */
const shown = [
  'W1',
  'W2',
  'W3',
  'W4',
  'W5',
  'C',
  'T',
  'L-cholesky',
  'L-solve',
  'L-svd',
  'M-512',
  'M-512-bt',
  'M-512-at',
  'E',
  'call',
]

const baseline = 'cotangent-compiled'

/** The table of the README: the time of compiled Cotangent, and the times of the others as multiples of it. */
export function summary({ machine, date, versions, rows }: Results): string {
  const others = Object.keys(versions).filter((name) => name !== baseline)
  const lines = rows
    .filter(({ id }) => shown.includes(id))
    .map((row) => [row.title, timeOf(row), ...others.map((name) => ratioCell(row, name))])
  const head = ['', 'compiled', ...others.map((name) => name.replace('cotangent-', ''))]
  const widths = head.map((_, column) => Math.max(3, ...[head, ...lines].map((line) => line[column].length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  const peers = others.filter((name) => !name.startsWith('cotangent')).map((name) => `${name} ${versions[name]}`)
  return [
    line(head),
    rule,
    ...lines.map(line),
    '',
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${date}; ${peers.join(', ')}.`,
  ].join('\n')
}

function timeOf({ timings }: Row): string {
  return baseline in timings ? formatSeconds(timings[baseline].seconds) : '-'
}

function ratioCell(row: Row, engine: string): string {
  const ratio = ratioOf(row, engine)
  return ratio === undefined ? '-' : formatRatio(ratio)
}
