// The table of PyTorch's names in docs/files.md. `npm run docs:names` renews it.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { key } from '@cotangent/core'
import { pytorchNames, type PytorchLayer, type StoredAs, toSafetensors } from '@cotangent/io'
import { gru, lstm, pytorchLayers, rnn } from '@cotangent/nn'

const page = join(dirname(fileURLToPath(import.meta.url)), '../docs/files.md')
const [begin, end] = ['<!-- names: begin, npm run docs:names -->', '<!-- names: end -->']

/** PyTorch's classes that are not called like ours. */
const classes: Readonly<Record<string, string>> = {
  BatchNorm: '`nn.BatchNorm1d`, `2d`, `3d`',
  Dense: '`nn.Linear`',
  Gru: '`nn.GRU`',
  GruCell: '`nn.GRUCell`',
  Lstm: '`nn.LSTM`',
  LstmCell: '`nn.LSTMCell`',
  MultiHeadAttention: '`nn.MultiheadAttention`',
  RmsNorm: '`nn.RMSNorm`',
  Rnn: '`nn.RNN`',
  RnnCell: '`nn.RNNCell`',
  TransformerBlock: '`nn.TransformerEncoderLayer`',
  TransformerDecoderBlock: '`nn.TransformerDecoderLayer`',
  RunningStatistics: 'in `nn.BatchNorm1d`, `2d`, `3d`',
}

/** A layer of each class whose row names tensors by a function, which says nothing until it is asked. */
const examples: Readonly<Record<string, () => object>> = {
  Gru: () => gru(1, 1, { key: key(1), bidirectional: true }),
  Lstm: () => lstm(1, 1, { key: key(1), bidirectional: true }),
  Rnn: () => rnn(1, 1, { key: key(1), bidirectional: true }),
}

function nameText(ours: string, name: string | StoredAs): string {
  const { name: theirs, axes, shape } = typeof name === 'string' ? { name, axes: undefined, shape: undefined } : name
  const stored = axes === undefined ? '' : `, axes [${axes.join(', ')}]`
  return `\`${ours}\`: ${theirs === '' ? 'no step' : `\`${theirs}\``}${stored}${shape === undefined ? '' : ', another shape'}`
}

/** What a row of the table says of names; of functions, what they make of an example. */
function namesText({ layer, names }: PytorchLayer): string {
  const entries = Object.entries(names)
  if (entries.every(([, name]) => typeof name !== 'function'))
    return entries.map(([ours, name]) => nameText(ours, name as string | StoredAs)).join('; ')
  const example = examples[layer.name]
  if (example === undefined) throw new Error(`add an example of ${layer.name} to scripts/names-table.ts`)
  const naming = pytorchNames(pytorchLayers)
  const found: string[] = []
  const record: typeof naming = (path, owners) => {
    const stored = naming(path, owners)
    const ours = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('').replace(/^\./, '') // prettier-ignore
    found.push(nameText(ours, stored))
    return stored
  }
  toSafetensors(example(), { names: record })
  return found.join('; ')
}

/** The table, with a row for each class. */
function namesTable(): string {
  const rows = (pytorchLayers as readonly PytorchLayer[]).map((row) => [
    `\`${row.layer.name}\``,
    classes[row.layer.name] ?? `\`nn.${row.layer.name}\``,
    namesText(row),
  ])
  const lines = [['layer', 'in PyTorch', 'names'], ...rows]
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => line[column].length)))
  const print = (line: readonly string[]) =>
    `| ${line.map((text, column) => text.padEnd(widths[column])).join(' | ')} |`
  return [print(lines[0]), print(widths.map((width) => '-'.repeat(width))), ...lines.slice(1).map(print)].join('\n')
}

/** docs/files.md, with the table as it should be. */
export function filesPage(): string {
  const text = readFileSync(page, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/files.md has no lines ${begin} and ${end}`)
  return `${text.slice(0, from)}${begin}\n\n${namesTable()}\n\n${text.slice(to)}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(page, filesPage())
  console.log('wrote docs/files.md')
}
