import type { Timing } from '../measure/timing'
import { digits, formatRatio, formatSeconds } from './format'
import { baselineOf, ratioOf, type Results, type Row } from './results'

/** Aligned columns; the first is left-aligned, the others are right-aligned. */
export function formatTable(lines: readonly (readonly string[])[]): string {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  const rule = widths.map((width) => '-'.repeat(width))
  return [lines[0], rule, ...lines.slice(1)]
    .map((line) => line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '))
    .map((line) => line.trimEnd())
    .join('\n')
}

function cell(row: Row, engine: string): string {
  const timing = row.timings[engine] as Timing | undefined
  if (timing === undefined) return engine in row.failures ? 'failed' : '-'
  const ratio = ratioOf(row, engine)
  const time = formatSeconds(timing.seconds)
  return ratio === undefined ? time : `${time} ${`(${formatRatio(ratio)})`.padStart(9)}`
}

/** The text that the terminal shows at the end of a run. */
export function formatResults({ machine, date, versions, rows }: Results): string {
  const engines = Object.keys(versions)
  const parts = [
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.platform}, ${date}`,
    formatTable([
      ['median time', ...engines],
      ...rows.map((row) => [row.id, ...engines.map((name) => cell(row, name))]),
    ]),
  ]
  const base = [...new Set(rows.flatMap((row) => baselineOf(row) ?? []))]
  if (base.length > 0) parts.push(`In brackets: times as long as ${base.join(' or ')}.`)
  const counted = rows.filter((row): row is Row & { flops: number } => row.flops !== undefined)
  if (counted.length > 0) {
    const speed = ({ flops, timings }: Row & { flops: number }, engine: string) =>
      engine in timings ? digits(flops / timings[engine].seconds / 1e9) : '-'
    const lines = counted.map((row) => [row.id, ...engines.map((name) => speed(row, name))])
    parts.push(formatTable([['GFLOP/s', ...engines], ...lines]))
  }
  const failed = rows.flatMap((row) => Object.entries(row.failures).map(([name, why]) => `${row.id}, ${name}: ${why}`))
  if (failed.length > 0) parts.push(`Failed:\n${failed.join('\n')}`)
  parts.push(rows.map(({ id, title }) => `${id}: ${title}`).join('\n'))
  return parts.join('\n\n')
}
