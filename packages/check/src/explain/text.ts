import { elements, formatType } from '@cotangent/core/internal'
import type { ComparedExplanation, LayerExplanation } from './explanation-data'
import { agreement, backwardRows, forwardRows, type Row, verdictLines } from './rows'
import { superscript } from './scripts'

/** The text of an explanation: layer by layer for a plain stack, else node by node. */
export function toText(explanation: ComparedExplanation): string {
  const body = explanation.layers === null ? nodeLines(explanation) : layerLines(explanation, explanation.layers)
  return [`C = ${explanation.cost.item()}`, '', ...body, '', ...verdictLines(explanation)].join('\n')
}

function layerLines(explanation: ComparedExplanation, layers: readonly LayerExplanation[]): string[] {
  const forward = layers.map(forwardRows)
  const backward = layers.map((layer, l) => backwardRows(layer, layers[l + 1]))
  const rows = [...forward, ...backward].flat()
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length))
  const widths = [width(0), width(1)] as const
  const line = ([equation, shapes, numbers, agrees]: Row) =>
    `  ${equation.padEnd(widths[0])}  ${shapes.padEnd(widths[1])}  ${numbers} ${agrees}`.trimEnd()
  const others = otherGradients(explanation, layers)
  return [
    `x = ${explanation.x}`,
    ...layers.flatMap((layer, l) => [`layer ${layer.index}, forward: ${parametersOf(layer)}`, ...forward[l].map(line)]),
    '',
    ...[...layers]
      .reverse()
      .flatMap((layer) => [`layer ${layer.index}, backward`, ...backward[layer.index - 1].map(line)]),
    ...(others.length === 0 ? [] : ['', 'parameters outside of the layers', ...others.map((each) => `  ${each}`)]),
  ]
}

export function parametersOf({ index, weight, bias }: LayerExplanation): string {
  const l = superscript(index)
  return [`W${l} = ${weight.name}`, ...(bias === null ? [] : [`b${l} = ${bias.name}`])].join(', ')
}

/** The gradients of parameters outside of the layers. */
export function otherGradients(explanation: ComparedExplanation, layers: readonly LayerExplanation[] | null): string[] {
  const own = new Set((layers ?? []).flatMap(({ weight, bias }) => [weight.name, bias?.name]))
  return explanation.gradients
    .filter(({ name }) => !own.has(name))
    .map(({ name, value, difference }) => `∂C/∂${name}   ${elements(value)}   ${agreement(difference)}`)
}

function nodeLines(explanation: ComparedExplanation): string[] {
  return [
    ...explanation.inputs.map(({ position, name }) => `%${position} = ${name}`),
    ...explanation.constants.map(({ position, value }) => `%${position} = constant ${elements(value)}`),
    ...explanation.nodes.flatMap(({ position, application, rule, value, cotangent, difference, line }) => [
      `%${position} = ${application}   ${formatType(value.dtype, value.shape)}${line === undefined ? '' : `   at ${line}`}`,
      `    value      ${elements(value)}`,
      ...(cotangent === null ? [] : [`    cotangent  ${elements(cotangent)}${deviation(difference)}`]),
      ...rule.map((each) => `    rule       ${each}`),
    ]),
    ...(explanation.gradients.length === 0 ? [] : ['', ...otherGradients(explanation, null)]),
  ]
}

/** How far the rules are from a cotangent of autodiff; empty where they agree. */
function deviation(difference: number | null): string {
  return difference === null || difference === 0 ? '' : ` (the rules differ from it by ${difference.toExponential(0)})`
}
