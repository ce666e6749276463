import { abs, type Graph, matmul, mul, onesLike, sum, type Tensor, transpose, vjp } from '@cotangent/core'
import { nodesAfter, runNodes, type Values } from '../graph/evaluate'
import type { FoundLayer } from './layers'
import { magnitudeOf } from './relative-difference'
import { slopesOf } from './slopes'

/** The numbers of one layer, in both directions. */
export interface LayerNumbers {
  readonly z: Tensor
  readonly a: Tensor
  /** ∂C/∂a. δ is computed from it. */
  readonly flowing: Tensor
  /** ∂C/∂z. */
  readonly delta: Tensor
  /** The part of ∂C/∂W that flows through z. */
  readonly weight: Tensor
  /** The part of ∂C/∂b that flows through z; null without a bias. */
  readonly bias: Tensor | null
  /** The part of ∂C/∂W that does not flow through z: the derivative of a penalty; null where there is none. */
  readonly penalty: Tensor | null
  /** The same for b. */
  readonly biasPenalty: Tensor | null
  /** How many entries of σ'(z) by its rules are not the slope of σ. The slope replaces them. */
  readonly refuted: number
  /** The largest sums of magnitudes in their entries. Their rounding errors are relative to these. */
  readonly sizes: { readonly delta: number; readonly weight: number; readonly bias: number }
}

/**
 * Pulls a cotangent back from one position to another, at given values. Nodes that produce a `constant` position do not
 * run.
 */
function pullThrough(
  graph: Graph,
  values: Values,
  from: number,
  to: number,
  cotangent: Tensor,
  constant: ReadonlySet<number>,
): Tensor {
  const only = nodesAfter(graph, [from]).filter(
    (at) => !graph.nodes[at].outputs.some((position) => constant.has(position)),
  )
  const call = (x: Tensor) => {
    const again = [...values]
    again[from] = x
    return runNodes(graph, again, { only })[to]!
  }
  return vjp(call, values[from]!)[1](cotangent)[0]
}

const none: ReadonlySet<number> = new Set()
const magnitudes = (x: Tensor) => abs(x)
const shaped = (x: Tensor, like: Tensor) => x.reshape([...like.shape])

/**
 * The equations of backpropagation (Rumelhart, Hinton & Williams 1986), from the last layer to the first; for rows of
 * examples `δᴸ = ∂C/∂aᴸ ⊙ σ'(zᴸ)`, `δˡ = (δˡ⁺¹ Wˡ⁺¹) ⊙ σ'(zˡ)`, `∂C/∂W = δᵀ a₋₁`, `∂C/∂b = Σ rows of δ`. Only σ' and
 * ∂C/∂aᴸ are taken from the graph, and σ' is compared with differences. The recursion is written out here.
 *
 * @param wide float64 values of the graph.
 */
export function backpropagate(
  graph: Graph,
  values: Values,
  wide: Values,
  layers: readonly FoundLayer[],
  seed: Tensor,
): LayerNumbers[] {
  const cost = graph.outputs[0]
  const products = new Set(layers.map(({ product }) => product))
  // The part of a parameter's gradient that does not flow through its layer.
  const penaltyOf = (position: number, constant: ReadonlySet<number>): Tensor | null => {
    const penalty = pullThrough(graph, values, position, cost, seed, constant)
    return penalty.data.every((value) => value === 0) ? null : penalty
  }
  const numbers: LayerNumbers[] = []
  let flowing: Tensor = pullThrough(graph, values, layers.at(-1)!.a, cost, seed, none)
  let size = magnitudes(flowing)
  for (let l = layers.length - 1; l >= 0; l--) {
    const layer = layers[l]
    const [z, a, input, w] = [layer.z, layer.a, layer.input, layer.weight].map((position) => values[position]!)
    const product = values[layer.product]!
    const { value: slope, refuted } = slopes(graph, values, wide, layer)
    const delta = (slope === null ? shaped(flowing, z) : mul(flowing, slope)).astype(z.dtype)
    const deltaSize = slope === null ? shaped(size, z) : mul(size, magnitudes(slope))
    const through = throughProduct(layer, input, w, shaped(delta, product))
    const sizes = throughProduct(layer, magnitudes(input), magnitudes(w), shaped(deltaSize, product))
    const bias = layer.bias === null ? null : values[layer.bias]!
    const biasSize = bias === null ? 0 : magnitudeOf(sumToBias(layer, deltaSize, bias))
    numbers.unshift({
      ...{ z, a, flowing, delta, refuted, weight: through.weight },
      bias: bias && sumToBias(layer, delta, bias),
      penalty: penaltyOf(layer.weight, products),
      biasPenalty: bias && penaltyOf(layer.bias!, new Set([layer.z])),
      sizes: { delta: magnitudeOf(deltaSize), weight: magnitudeOf(sizes.weight), bias: biasSize },
    })
    if (l === 0) break
    const before = values[layers[l - 1].a]!
    flowing = shaped(through.input, before)
    size = shaped(sizes.input, before)
  }
  return numbers
}

/** σ'(z); null for the identity. */
function slopes(graph: Graph, values: Values, wide: Values, { z, a, activation }: FoundLayer) {
  if (activation.length === 0) return { value: null, refuted: 0 }
  const one = (given: Values) => pullThrough(graph, given, z, a, onesLike(given[a]!), none)
  const { value, refuted } = slopesOf(graph, wide, { z, a, nodes: activation }, one(wide))
  return { value: refuted === 0 ? one(values) : value.astype(values[a]!.dtype), refuted }
}

/** `z = a W` gives `aᵀ δ` to W and `δ Wᵀ` to a; `z = W a` gives `δ aᵀ` and `Wᵀ δ`. */
function throughProduct({ side, isTransposed }: FoundLayer, a: Tensor, w: Tensor, delta: Tensor) {
  const t = (x: Tensor) => transpose(x)
  const [weight, input] =
    side === 'right'
      ? [isTransposed ? matmul(t(delta), a) : matmul(t(a), delta), matmul(delta, isTransposed ? w : t(w))]
      : [isTransposed ? matmul(a, t(delta)) : matmul(delta, t(a)), matmul(isTransposed ? w : t(w), delta)]
  return { weight, input }
}

/** δ summed over the examples. */
function sumToBias({ side }: FoundLayer, delta: Tensor, bias: Tensor): Tensor {
  if (delta.rank === 1) return shaped(delta, bias)
  return shaped(sum(delta, { axis: side === 'right' ? 0 : 1 }), bias)
}
