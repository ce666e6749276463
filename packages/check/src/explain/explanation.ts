import type { Tensor } from '@cotangent/core'
import { superscript } from './formula'
import type { NodeExplanation } from './nodes'

/** The gradient in a parameter, by the equations and by autodiff. */
export interface Gradient {
  readonly name: string
  /** By the equations. */
  readonly value: Tensor
  /** Largest difference from autodiff, relative to the largest entry. */
  readonly difference: number
}

/** A parameter of a layer. */
export interface LayerParameter {
  readonly name: string
  readonly value: Tensor
  /** By the equations, by way of z. */
  readonly gradient: Tensor
  /** Largest difference from autodiff of the whole gradient, a penalty included. */
  readonly difference: number
}

/** One layer of a feed-forward network, in both directions. */
export interface LayerExplanation {
  /** From 1. */
  readonly index: number
  readonly activation: string
  /** W is `[out, in]`; else `[in, out]`. */
  readonly isTransposed: boolean
  /** a₋₁, `[m, in]`. */
  readonly input: Tensor
  readonly weight: LayerParameter
  readonly bias: LayerParameter | null
  /** `[m, out]`. */
  readonly z: Tensor
  readonly a: Tensor
  /** ∂C/∂z, `[m, out]`. */
  readonly delta: Tensor
  /** What reaches W past z, such as `(λ/m) W`; null where there is none. */
  readonly penalty: Tensor | null
}

/** What `explain` tells. */
export class Explanation {
  /** The largest difference between the equations and autodiff, relative to the largest entry of each gradient. */
  readonly largestDifference: number
  /** Whether the equations and autodiff agree within the rounding errors of the dtype. */
  readonly ok: boolean

  /** @internal */
  constructor(
    /** C. */
    readonly cost: Tensor,
    /** null where the network is not a plain stack. */
    readonly layers: readonly LayerExplanation[] | null,
    /** Where the tensors of the model and of the data stand in the graph. */
    readonly inputs: readonly { readonly position: number; readonly name: string }[],
    readonly nodes: readonly NodeExplanation[],
    /** In the parameters, summed from node to node. */
    readonly gradients: readonly Gradient[],
  ) {
    const ofLayers = layers?.flatMap(({ weight, bias }) => [weight.difference, bias?.difference ?? 0]) ?? []
    this.largestDifference = Math.max(0, ...ofLayers, ...gradients.map(({ difference }) => difference))
    this.ok = this.largestDifference <= (cost.dtype === 'float32' ? 1e-4 : 1e-10)
  }

  /** As text: layer by layer where there are layers, else node by node. */
  toString(): string {
    const { layers } = this
    const title = `C = ${this.cost.item()}`
    const body =
      layers === null
        ? this.#nodeLines()
        : [
            ...layers.flatMap(forwardLines),
            '',
            ...[...layers].reverse().flatMap((layer) => backwardLines(layer, layers.length)),
          ]
    return [title, '', ...body, '', this.#verdict()].join('\n')
  }

  /** As Markdown: a table for each layer, or one of the nodes. */
  toMarkdown(): string {
    const { layers, nodes } = this
    const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
    const table = (head: readonly string[], rows: readonly (readonly string[])[]) => [
      row(head),
      row(head.map(() => '---')),
      ...rows.map(row),
    ]
    const parts =
      layers === null
        ? table(
            ['value', 'op', 'rule', 'result', 'cotangent'],
            nodes.map(({ position, op, inputs, rule, value, cotangent }) => [
              `%${position}`,
              `${op}(${inputs.map((input) => `%${input}`).join(', ')})`,
              rule.map((each) => `\`${each}\``).join('<br>'),
              elements(value),
              cotangent === null ? '' : elements(cotangent),
            ]),
          )
        : layers.flatMap((layer) => [
            `## Layer ${layer.index}: ${layer.activation}`,
            '',
            ...table(['equation', 'shape', 'numbers'], [...forwardRows(layer), ...backwardRows(layer, layers.length)]),
            '',
          ])
    return [`# Backpropagation of C = ${this.cost.item()}`, '', ...parts, '', this.#verdict(), ''].join('\n')
  }

  /** As plain data; fields are only ever added. */
  toJSON(): Record<string, unknown> {
    const { cost, layers, inputs, nodes, gradients, largestDifference, ok } = this
    const plain = (tensor: Tensor | null) =>
      tensor && { dtype: tensor.dtype, shape: tensor.shape as number[], data: Array.from(tensor.data) }
    const parameter = (given: LayerParameter | null) =>
      given && {
        name: given.name,
        value: plain(given.value),
        gradient: plain(given.gradient),
        difference: given.difference,
      }
    return {
      ...{ ok, largestDifference, cost: cost.item() },
      layers:
        layers?.map((layer) => ({
          ...{
            index: layer.index,
            activation: layer.activation,
            weight: parameter(layer.weight),
            bias: parameter(layer.bias),
          },
          ...{
            input: plain(layer.input),
            z: plain(layer.z),
            a: plain(layer.a),
            delta: plain(layer.delta),
            penalty: plain(layer.penalty),
          },
        })) ?? null,
      inputs,
      nodes: nodes.map(({ value, cotangent, ...rest }) => ({
        ...rest,
        value: plain(value),
        cotangent: plain(cotangent),
      })),
      gradients: gradients.map(({ name, value, difference }) => ({ name, value: plain(value), difference })),
    }
  }

  #nodeLines(): string[] {
    return [
      ...this.inputs.map(({ position, name }) => `%${position} = ${name}`),
      ...this.nodes.flatMap(({ position, op, inputs, rule, value, cotangent, line }) => [
        `%${position} = ${op}(${inputs.map((input) => `%${input}`).join(', ')})   ${typeOf(value)}${line === undefined ? '' : `   at ${line}`}`,
        `    value      ${elements(value)}`,
        ...(cotangent === null ? [] : [`    cotangent  ${elements(cotangent)}`]),
        ...rule.map((each) => `    rule       ${each}`),
      ]),
      '',
      ...this.gradients.map(
        ({ name, value, difference }) => `∂C/∂${name}   ${elements(value)}   ${agreement(difference)}`,
      ),
    ]
  }

  #verdict(): string {
    return this.ok
      ? `The equations agree with autodiff ${this.largestDifference === 0 ? 'exactly' : `to ${this.largestDifference.toExponential(0)}`}.`
      : `THE EQUATIONS AND AUTODIFF DISAGREE by ${this.largestDifference.toExponential(1)}: a rule is wrong. checkGradients finds which.`
  }
}

type Row = readonly [equation: string, shape: string, numbers: string]

const shapeOf = ({ shape }: Tensor) => `[${(shape as number[]).join(', ')}]`
const typeOf = (tensor: Tensor) => `${tensor.dtype}${shapeOf(tensor)}`
const elements = (tensor: Tensor) => String(tensor).slice(`Tensor ${typeOf(tensor)} `.length)
const agreement = (difference: number) =>
  `(autodiff: ${difference === 0 ? 'the same' : `differs by ${difference.toExponential(0)}`})`

function namesOf({ index }: LayerExplanation) {
  const l = superscript(index)
  return { l, next: superscript(index + 1), before: index === 1 ? 'x' : `a${superscript(index - 1)}` }
}

function forwardRows(layer: LayerExplanation): Row[] {
  const { input, weight, bias, z, a, activation, isTransposed } = layer
  const { l, before } = namesOf(layer)
  const shapes = `${shapeOf(input)} ${shapeOf(weight.value)}${isTransposed ? 'ᵀ' : ''}${bias === null ? '' : ` + ${shapeOf(bias.value)}`} → ${shapeOf(z)}`
  return [
    [`z${l} = ${before} W${l}${isTransposed ? 'ᵀ' : ''}${bias === null ? '' : ` + b${l}`}`, shapes, elements(z)],
    [`a${l} = ${activation}(z${l})`, shapeOf(a), elements(a)],
  ]
}

function backwardRows(layer: LayerExplanation, count: number): Row[] {
  const { delta, weight, bias, penalty, input, isTransposed, index } = layer
  const { l, next, before } = namesOf(layer)
  const flowing = index === count ? `∂C/∂a${l}` : `(δ${next} W${next}${isTransposed ? '' : 'ᵀ'})`
  const gradient = isTransposed ? `δ${l}ᵀ ${before}` : `${before}ᵀ δ${l}`
  const shapes = isTransposed ? `${shapeOf(delta)}ᵀ ${shapeOf(input)}` : `${shapeOf(input)}ᵀ ${shapeOf(delta)}`
  const rows: Row[] = [
    [`δ${l} = ${flowing} ⊙ σ'(z${l})`, shapeOf(delta), elements(delta)],
    [
      `∂C/∂W${l} = ${gradient}`,
      `${shapes} → ${shapeOf(weight.gradient)}`,
      `${elements(weight.gradient)} ${penalty === null ? agreement(weight.difference) : ''}`.trim(),
    ],
  ]
  if (penalty !== null)
    rows.push(['+ what the penalty adds', shapeOf(penalty), `${elements(penalty)} ${agreement(weight.difference)}`])
  if (bias !== null)
    rows.push([
      `∂C/∂b${l} = Σ rows of δ${l}`,
      shapeOf(bias.gradient),
      `${elements(bias.gradient)} ${agreement(bias.difference)}`,
    ])
  return rows
}

const aligned = (rows: readonly Row[]) =>
  rows.map(([equation, shape, numbers]) => `  ${equation.padEnd(30)} ${shape.padEnd(30)} ${numbers}`)

function forwardLines(layer: LayerExplanation): string[] {
  const { index, weight, bias } = layer
  const parameters = [
    `W${superscript(index)} = ${weight.name}`,
    ...(bias === null ? [] : [`b${superscript(index)} = ${bias.name}`]),
  ]
  return [`layer ${index}, forward: ${parameters.join(', ')}`, ...aligned(forwardRows(layer))]
}

function backwardLines(layer: LayerExplanation, count: number): string[] {
  return [`layer ${layer.index}, backward`, ...aligned(backwardRows(layer, count))]
}
