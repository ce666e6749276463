import type { Graph, Tensor } from '@cotangent/core'
import { elements } from '@cotangent/core/internal'
import type { Values } from '../graph/evaluate'
import { backpropagate, type LayerNumbers } from './backpropagation'
import type { LayerExplanation, LayerParameter } from './explanation-data'
import { writeExpression } from './expression'
import type { FoundLayer } from './layers'
import { magnitudeOf, relativeDifference } from './relative-difference'
import { superscript } from './scripts'

/** What the numbers of the layers are computed from and compared with. */
export interface Computed {
  readonly graph: Graph
  readonly values: Values
  /** The values in float64. */
  readonly wide: Values
  /** The cotangent of the cost. */
  readonly seed: Tensor
  /** By autodiff, at each position. */
  readonly cotangents: Values
  readonly leafName: (position: number) => string
  /** The gradient of a leaf of the model, by autodiff. */
  readonly truth: (position: number) => Tensor | undefined
}

/** Explains the layers that were found, with their numbers. */
export function explainLayers(computed: Computed, layers: readonly FoundLayer[]): readonly LayerExplanation[] {
  const { graph, values, wide, seed } = computed
  const numbers = backpropagate(graph, values, wide, layers, seed)
  return layers.map((layer, l) => explainLayer(computed, layer, numbers[l], l + 1))
}

function explainLayer(computed: Computed, layer: FoundLayer, numbers: LayerNumbers, index: number): LayerExplanation {
  const { values, cotangents } = computed
  const { isTransposed, side } = layer
  const { z, a, delta, flowing, refuted, penalty, sizes } = numbers
  const expected = cotangents[layer.z]
  return {
    ...{ index, isTransposed, side, z, a, delta, flowing, refuted, penalty },
    activation: activationName(computed, layer),
    formula: formulaOf(computed, layer, `z${superscript(index)}`),
    input: values[layer.viewed]!,
    weight: explainParameter(computed, layer.weight, numbers.weight, penalty, sizes.weight),
    bias:
      layer.bias === null
        ? null
        : explainParameter(computed, layer.bias, numbers.bias!, numbers.biasPenalty, sizes.bias),
    difference: expected === undefined ? 0 : relativeDifference(delta, expected, sizes.delta),
  }
}

function explainParameter(
  { values, leafName: nameOf, truth }: Computed,
  position: number,
  gradient: Tensor,
  penalty: Tensor | null,
  size: number,
): LayerParameter {
  const whole = penalty === null ? gradient : gradient.add(penalty)
  const difference = relativeDifference(whole, truth(position)!, size + (penalty === null ? 0 : magnitudeOf(penalty)))
  return { name: nameOf(position), value: values[position]!, gradient, penalty, difference }
}

/** The name of σ where it is one op of z alone, else its formula. */
function activationName(computed: Computed, layer: FoundLayer): string {
  if (layer.activation.length === 0) return 'identity'
  const formula = formulaOf(computed, layer, 'z')
  return formula.endsWith('(z)') && !formula.includes(' ') ? formula.slice(0, -'(z)'.length) : formula
}

function formulaOf({ graph }: Computed, { z, a, activation }: FoundLayer, name: string): string {
  if (activation.length === 0) return name
  const literals = [...graph.constants].map(([position, value]) => [position, elements(value)] as const)
  return writeExpression(graph.nodes, new Map([...literals, [z, name]]), a)
}
