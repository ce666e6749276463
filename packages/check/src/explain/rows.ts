import type { Tensor } from '@cotangent/core'
import { elements, formatShape } from '@cotangent/core/internal'
import type { ComparedExplanation, LayerExplanation, LayerParameter } from './explanation-data'
import { superscript } from './scripts'

/** One equation of a layer: the equation, its shapes, its numbers, and how far these are from autodiff. */
export type Row = readonly [equation: string, shapes: string, numbers: string, agreement: string]

const shapeOf = ({ shape }: Tensor) => formatShape(shape)

/** The end of a line: how far its numbers are from autodiff. */
export function agreement(difference: number | null): string {
  if (difference === null) return ''
  return `(autodiff: ${difference === 0 ? 'the same' : `differs by ${difference.toExponential(0)}`})`
}

const transposed = (name: string, isTransposed: boolean) => `${name}${isTransposed ? 'ᵀ' : ''}`

function namesOf({ index }: LayerExplanation) {
  const l = superscript(index)
  return { l, w: `W${l}`, before: index === 1 ? 'x' : `a${superscript(index - 1)}` }
}

/** `z = a₋₁ Wᵀ + b` and `a = σ(z)`. */
export function forwardRows(layer: LayerExplanation): Row[] {
  const { input, weight, bias, z, a, formula, isTransposed, side } = layer
  const { l, w, before } = namesOf(layer)
  const ordered = (...pair: [string, string]) => (side === 'right' ? pair : [...pair].reverse())
  const product = ordered(before, transposed(w, isTransposed)).join(' ')
  const shapes = ordered(shapeOf(input), transposed(shapeOf(weight.value), isTransposed)).join(' · ')
  const [plus, plusShape] = bias === null ? ['', ''] : [` + b${l}`, ` + ${shapeOf(bias.value)}`]
  return [
    [`z${l} = ${product}${plus}`, `${shapes}${plusShape} → ${shapeOf(z)}`, elements(z), ''],
    [`a${l} = ${formula}`, shapeOf(a), elements(a), ''],
  ]
}

/** δ, and the gradients of the parameters that follow from it. */
export function backwardRows(layer: LayerExplanation, next: LayerExplanation | undefined): Row[] {
  const { delta, flowing, weight, bias, a, index, activation, refuted } = layer
  const { l } = namesOf(layer)
  const rows: Row[] = []
  if (next === undefined) rows.push([`∂C/∂a${l}`, shapeOf(a), elements(flowing), ''])
  const isIdentity = activation === 'identity'
  const received = next === undefined ? `∂C/∂a${l}` : receivedFrom(next)
  const product = next === undefined ? received : `(${received})`
  const equation = isIdentity ? received : `${product} ⊙ σ'(z${l})`
  rows.push([`δ${l} = ${equation}`, shapeOf(delta), elements(delta), agreement(layer.difference)])
  if (refuted > 0)
    rows.push([
      'with the slope of σ in place of its rule',
      `${refuted} of ${delta.size}`,
      `THE RULE OF ${activation} IS NOT ITS DERIVATIVE in layer ${index}`,
      '',
    ])
  const [outer, shapes] = weightGradient(layer)
  rows.push(...gradientRows(`W${l}`, outer, shapes, weight))
  if (bias !== null) rows.push(...gradientRows(`b${l}`, biasGradient(layer), '', bias))
  return rows
}

/** The cotangent that a receives from δ of the next layer. */
function receivedFrom({ index, side, isTransposed }: LayerExplanation): string {
  const w = transposed(`W${superscript(index)}`, !isTransposed)
  const delta = `δ${superscript(index)}`
  return side === 'right' ? `${delta} ${w}` : `${w} ${delta}`
}

/** ∂C/∂W in the layout of W. For vectors it is the outer product. */
function weightGradient(layer: LayerExplanation): readonly [equation: string, shapes: string] {
  const { delta, input, isTransposed, side } = layer
  const { l, before } = namesOf(layer)
  const ofDelta = [`δ${l}`, shapeOf(delta)]
  const ofInput = [before, shapeOf(input)]
  // W is [out, in] where it stands transposed on the right, or not transposed on the left.
  const isOutFirst = (side === 'right') === isTransposed
  const [first, second] = isOutFirst ? [ofDelta, ofInput] : [ofInput, ofDelta]
  if (delta.rank === 1) return [`${first[0]} ⊗ ${second[0]}`, `${first[1]} ⊗ ${second[1]}`]
  const left = side === 'right'
  return [
    `${transposed(first[0], left)} ${transposed(second[0], !left)}`,
    `${transposed(first[1], left)} · ${transposed(second[1], !left)}`,
  ]
}

function biasGradient({ delta, side, index }: LayerExplanation): string {
  const name = `δ${superscript(index)}`
  if (delta.rank === 1) return name
  return `Σ ${side === 'right' ? 'rows' : 'columns'} of ${name}`
}

function gradientRows(name: string, equation: string, shapes: string, parameter: LayerParameter): Row[] {
  const { gradient, penalty, difference } = parameter
  const shape = shapes === '' ? shapeOf(gradient) : `${shapes} → ${shapeOf(gradient)}`
  const agrees = agreement(difference)
  if (penalty === null) return [[`∂C/∂${name} = ${equation}`, shape, elements(gradient), agrees]]
  return [
    [`∂C/∂${name} = ${equation}`, shape, elements(gradient), ''],
    ['+ penalty gradient', shapeOf(penalty), elements(penalty), agrees],
  ]
}

/** The last lines of an explanation: whether the equations agree with autodiff, and which rules are wrong. */
export function verdictLines({ agrees, ok, largestDifference, mistakes }: ComparedExplanation): string[] {
  const lines = agrees
    ? [
        `The equations agree with autodiff ${largestDifference === 0 ? 'exactly' : `to ${largestDifference.toExponential(0)}`}.`,
      ]
    : [`THE EQUATIONS AND AUTODIFF DISAGREE by ${largestDifference.toExponential(1)}.`]
  for (const { op, detail, line } of mistakes ?? [])
    lines.push(`THE RULE OF ${op} IS WRONG: ${detail}${line === undefined ? '' : ` (at ${line})`}`)
  if (mistakes === null)
    lines.push('The graph is too large to compare the rule of each op with differences: checkGradients samples it.')
  else if (ok) lines.push('Differences of the values refute no rule of an op.')
  else if (mistakes.length === 0) lines.push('No rule of an op is wrong on its own: checkGradients looks further.')
  return lines
}
