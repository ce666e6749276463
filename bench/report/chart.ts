import type { Timing } from '../measure/timing'
import { formatRatio, formatSeconds } from './format'
import { ratioOf, type Results, type Row } from './results'

// Colours that colour-blind readers can distinguish (Okabe & Ito); the baseline's is the strongest.
const colours: Readonly<Record<string, string>> = {
  'cotangent-compiled': '#d55e00',
  'cotangent-eager': '#e69f00',
  'jax-js': '#0072b2',
  'tfjs-wasm': '#009e73',
  'tfjs-cpu': '#999999',
}

const layout = { labels: 120, bars: 560, values: 140, bar: 12, gap: 10, top: 64, bottom: 28 } as const

interface Scale {
  readonly ticks: readonly number[]
  position(seconds: number): number
}

/** Whole powers of ten around all times. */
function scaleOf(seconds: readonly number[]): Scale {
  const low = Math.floor(Math.log10(Math.min(...seconds)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...seconds))))
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)),
    position: (value) => layout.labels + (layout.bars * (Math.log10(value) - low)) / (high - low),
  }
}

const escape = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${attributes && ` ${attributes}`}>${escape(content)}</text>`
}

/** One group of bars, with its top at y. */
function group(row: Row, engines: readonly string[], y: number, { position }: Scale): string[] {
  const middle = y + (engines.length * layout.bar) / 2 + 4
  const bars = engines.flatMap((engine, i) => {
    const { seconds } = row.timings[engine]
    const top = y + i * layout.bar
    const width = Math.max(1, position(seconds) - layout.labels)
    const ratio = ratioOf(row, engine)
    const value = `${formatSeconds(seconds)}${ratio === undefined ? '' : ` (${formatRatio(ratio)})`}`
    const shape = `x="${layout.labels}" y="${top}" width="${width.toFixed(1)}" height="${layout.bar - 2}"`
    return [
      `<rect ${shape} fill="${colours[engine]}"><title>${escape(`${row.title}, ${engine}: ${value}`)}</title></rect>`,
      text(layout.labels + width + 4, top + layout.bar - 3, value, 'font-size="9"'),
    ]
  })
  return [text(layout.labels - 8, middle, row.id, 'text-anchor="end"'), ...bars]
}

/** Horizontal bars on a logarithmic scale, a group for each row, as an SVG. Shorter is faster. */
export function chart({ rows, versions, machine, date }: Results): string {
  const engines = Object.keys(versions)
  const groups = rows
    .map((row) => ({ row, names: engines.filter((name) => (row.timings[name] as Timing | undefined) !== undefined) }))
    .filter(({ names }) => names.length > 0)
  const scale = scaleOf(groups.flatMap(({ row, names }) => names.map((name) => row.timings[name].seconds)))

  let y: number = layout.top
  const bars = groups.flatMap(({ row, names }) => {
    const lines = group(row, names, y, scale)
    y += names.length * layout.bar + layout.gap
    return lines
  })
  const width = layout.labels + layout.bars + layout.values
  const height = y + layout.bottom
  const grid = scale.ticks.flatMap((tick) => {
    const x = scale.position(tick).toFixed(1)
    const label = text(scale.position(tick), y + 12, formatSeconds(tick).replace(/\.0+ /, ' '), 'text-anchor="middle"')
    return [`<line x1="${x}" y1="${layout.top - 6}" x2="${x}" y2="${y}" stroke="#ddd"/>`, label]
  })
  const legend = engines.flatMap((engine, i) => {
    const x = layout.labels + i * 140
    const name = text(x + 14, 44, `${engine} ${versions[engine]}`, 'font-size="10"')
    return [`<rect x="${x}" y="35" width="10" height="10" fill="${colours[engine]}"/>`, name]
  })
  const caption = `Median time, logarithmic: ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${date}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(layout.labels, 20, caption, 'font-weight="bold"'),
    ...legend,
    ...grid,
    ...bars,
    '</svg>',
    '',
  ].join('\n')
}
