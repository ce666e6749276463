import type { Explanation, LayerExplanation } from './explanation'
import { backwardRows, elements, forwardRows, verdictLines } from './rows'
import { otherGradients, parametersOf } from './text'

/** A table for each layer, or one of the nodes. */
export function toMarkdown(told: Explanation): string {
  const { layers } = told
  const parts = layers === null ? nodeTable(told) : layers.flatMap((layer, l) => layerTable(layer, layers[l + 1]))
  const others = otherGradients(told, layers).map((line) => `- ${line}`)
  const list = others.length === 0 ? [] : ['', ...others]
  const x = layers === null ? [] : [`x = ${told.x}`, '']
  const verdict = verdictLines(told).flatMap((line) => ['', line])
  return [`# Backpropagation of C = ${told.cost.item()}`, '', ...x, ...parts, ...list, ...verdict, ''].join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)]
}

function layerTable(layer: LayerExplanation, next: LayerExplanation | undefined): string[] {
  const rows = [...forwardRows(layer), ...backwardRows(layer, next)]
  const cells = rows.map(([equation, shapes, numbers, agrees]) => [equation, shapes, `${numbers} ${agrees}`.trim()])
  return [
    ...[`## Layer ${layer.index}: ${layer.activation}`, '', parametersOf(layer), ''],
    ...table(['equation', 'shapes', 'numbers'], cells),
    '',
  ]
}

function nodeTable(told: Explanation): string[] {
  const named = [
    ...told.inputs.map(({ position, name }) => `- %${position} = ${name}`),
    ...told.constants.map(({ position, value }) => `- %${position} = constant ${elements(value)}`),
  ]
  const rows = told.nodes.map(({ position, application, rule, value, cotangent }) => [
    `%${position}`,
    application,
    rule.map((each) => `\`${each}\``).join('<br>'),
    elements(value),
    cotangent === null ? '' : elements(cotangent),
  ])
  return [...named, '', ...table(['value', 'application', 'rule', 'result', 'cotangent'], rows)]
}
