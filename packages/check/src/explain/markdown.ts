import { elements } from '@cotangent/core/internal'
import type { ComparedExplanation, LayerExplanation } from './explanation-data'
import { backwardRows, forwardRows, verdictLines } from './rows'
import { otherGradients, parametersOf } from './text'

/** The Markdown of an explanation: a table for each layer of a plain stack, else one table of the nodes. */
export function toMarkdown(explanation: ComparedExplanation): string {
  const { layers } = explanation
  const parts =
    layers === null ? nodeTable(explanation) : layers.flatMap((layer, l) => layerTable(layer, layers[l + 1]))
  const others = otherGradients(explanation, layers).map((line) => `- ${line}`)
  const list = others.length === 0 ? [] : ['', ...others]
  const x = layers === null ? [] : [`x = ${explanation.x}`, '']
  const verdict = verdictLines(explanation).flatMap((line) => ['', line])
  return [`# Backpropagation of C = ${explanation.cost.item()}`, '', ...x, ...parts, ...list, ...verdict, ''].join('\n')
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

function nodeTable(explanation: ComparedExplanation): string[] {
  const named = [
    ...explanation.inputs.map(({ position, name }) => `- %${position} = ${name}`),
    ...explanation.constants.map(({ position, value }) => `- %${position} = constant ${elements(value)}`),
  ]
  const rows = explanation.nodes.map(({ position, application, rule, value, cotangent }) => [
    `%${position}`,
    application,
    rule.map((each) => `\`${each}\``).join('<br>'),
    elements(value),
    cotangent === null ? '' : elements(cotangent),
  ])
  return [...named, '', ...table(['value', 'application', 'rule', 'result', 'cotangent'], rows)]
}
