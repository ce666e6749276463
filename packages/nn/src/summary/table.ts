import type { SummaryRow, SummaryTotals } from './summary'

const number = (value: number) => value.toLocaleString('en-US')
const unlessNone = (value: number) => (value === 0 ? '' : number(value))

const header = ['', 'layer', 'output', 'parameters', 'state', 'FLOPs', 'multiply-adds']
/** Columns of text; the others are numbers, aligned at the right. */
const textColumns = 3

/** A summary as text. */
export function printTable(rows: readonly SummaryRow[], totals: SummaryTotals): string {
  const lines = [header, ...rows.map(cells)]
  // A column that would be empty is left out.
  const shown = header.map((_, column) => column < 2 || rows.some((_, row) => lines[row + 1][column] !== ''))
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  const print = (line: readonly string[]) =>
    line
      .map((text, column) => (column < textColumns ? text.padEnd(widths[column]) : text.padStart(widths[column])))
      .filter((_, column) => shown[column])
      .join('  ')
      .trimEnd()
  const rule = '-'.repeat(Math.max(...lines.map((line) => print(line).length)))
  return [print(header), rule, ...rows.map((row) => print(cells(row))), rule, ...footer(totals)].join('\n')
}

function cells({ path, layer, calls, sharedWith, output, ...counts }: SummaryRow): string[] {
  const shared = unlessNone(counts.sharedParameters)
  return [
    path === '' ? 'model' : path,
    `${layer}${sharedWith === null ? '' : `, as ${sharedWith}`}${calls > 1 ? `, ${calls} calls` : ''}`,
    output.map((shape) => `[${shape.join(', ')}]`).join(' '),
    [unlessNone(counts.parameters), shared && `${shared} shared`].filter((text) => text !== '').join(' + '),
    ...[counts.state, counts.flops, counts.multiplyAdds].map(unlessNone),
  ]
}

function footer({ parameters, trainable, state, bytes, flops, multiplyAdds }: SummaryTotals): string[] {
  return [
    `parameters: ${number(parameters)}${trainable === parameters ? '' : `, trainable ${number(trainable)}`}`,
    ...(state === 0 ? [] : [`state: ${number(state)} numbers`]),
    `memory: ${number(bytes)} bytes`,
    `FLOPs: ${number(flops)}, with ${number(multiplyAdds)} multiply-adds`,
  ]
}
