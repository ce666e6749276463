import type { Explanation, LayerExplanation } from './explanation'
import { superscript } from './scripts'
import { agreement, backwardRows, elements, forwardRows, type Row, typeOf, verdictLines } from './rows'

/** Layer by layer where there are layers, else node by node. */
export function toText(told: Explanation): string {
  const body = told.layers === null ? nodeLines(told) : layerLines(told, told.layers)
  return [`C = ${told.cost.item()}`, '', ...body, '', ...verdictLines(told)].join('\n')
}

function layerLines(told: Explanation, layers: readonly LayerExplanation[]): string[] {
  const forward = layers.map(forwardRows)
  const backward = layers.map((layer, l) => backwardRows(layer, layers[l + 1]))
  const rows = [...forward, ...backward].flat()
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length))
  const widths = [width(0), width(1)] as const
  const line = ([equation, shapes, numbers, agrees]: Row) =>
    `  ${equation.padEnd(widths[0])}  ${shapes.padEnd(widths[1])}  ${numbers} ${agrees}`.trimEnd()
  const others = otherGradients(told, layers)
  return [
    `x = ${told.x}`,
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

/** The gradients of parameters that belong to no layer. */
export function otherGradients(told: Explanation, layers: readonly LayerExplanation[] | null): string[] {
  const own = new Set((layers ?? []).flatMap(({ weight, bias }) => [weight.name, bias?.name]))
  return told.gradients
    .filter(({ name }) => !own.has(name))
    .map(({ name, value, difference }) => `∂C/∂${name}   ${elements(value)}   ${agreement(difference)}`)
}

function nodeLines(told: Explanation): string[] {
  return [
    ...told.inputs.map(({ position, name }) => `%${position} = ${name}`),
    ...told.constants.map(({ position, value }) => `%${position} = constant ${elements(value)}`),
    ...told.nodes.flatMap(({ position, application, rule, value, cotangent, difference, line }) => [
      `%${position} = ${application}   ${typeOf(value)}${line === undefined ? '' : `   at ${line}`}`,
      `    value      ${elements(value)}`,
      ...(cotangent === null ? [] : [`    cotangent  ${elements(cotangent)}${beside(difference)}`]),
      ...rule.map((each) => `    rule       ${each}`),
    ]),
    ...(told.gradients.length === 0 ? [] : ['', ...otherGradients(told, null)]),
  ]
}

/** Said only where there is something to say. */
function beside(difference: number | null): string {
  return difference === null || difference === 0
    ? ''
    : ` (the rules give what differs by ${difference.toExponential(0)})`
}
