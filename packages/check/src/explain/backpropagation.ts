import { matmul, sum, type Graph, type Tensor, transpose, vjp } from '@cotangent/core'
import { nodesAfter, runNodes, type Values } from '../replay'
import type { FoundLayer } from './layers'

/** The numbers of one layer, in both directions. */
export interface LayerNumbers {
  readonly z: Tensor
  readonly a: Tensor
  /** ∂C/∂z. */
  readonly delta: Tensor
  /** ∂C/∂W by way of z. */
  readonly weight: Tensor
  /** ∂C/∂b by way of z; null without a bias. */
  readonly bias: Tensor | null
  /** What reaches W past z: the derivative of a penalty; null where there is none. */
  readonly penalty: Tensor | null
}

/** The pullback of what leads from one position to others, at given values. */
function pullThrough(
  graph: Graph,
  values: Values,
  from: number,
  to: number,
  cotangent: Tensor,
  held: ReadonlySet<number>,
): Tensor {
  const only = nodesAfter(graph, [from]).filter((at) => !graph.nodes[at].outputs.some((position) => held.has(position)))
  const call = (x: Tensor) => {
    const again = [...values]
    again[from] = x
    return runNodes(graph, again, { only })[to]!
  }
  return vjp(call, values[from]!)[1](cotangent)[0]
}

/**
 * The equations of backpropagation for a batch of rows (Rumelhart, Hinton & Williams 1986), from the last layer to the first:
 * `δᴸ = ∂C/∂aᴸ ⊙ σ'(zᴸ)`, `δˡ = (δˡ⁺¹ Wˡ⁺¹) ⊙ σ'(zˡ)`, `∂C/∂W = δᵀ a₋₁`, `∂C/∂b = Σ rows of δ`. Only σ' and ∂C/∂aᴸ are
 * taken from the graph; the recursion is written out here.
 */
export function backpropagate(
  graph: Graph,
  values: Values,
  layers: readonly FoundLayer[],
  seed: Tensor,
): LayerNumbers[] {
  const cost = graph.outputs[0]
  const products = new Set(layers.map(({ product }) => product))
  const none: ReadonlySet<number> = new Set()
  const numbers: LayerNumbers[] = []
  let deltaAfter: Tensor | null = null
  for (let l = layers.length - 1; l >= 0; l--) {
    const layer = layers[l]
    const after = layers.at(l + 1)
    const w = after && values[after.weight]!
    const toActivation: Tensor =
      deltaAfter === null
        ? pullThrough(graph, values, layer.a, cost, seed, none)
        : (matmul(deltaAfter, layers[l + 1].isTransposed ? w! : transpose(w!)) as Tensor)
    const delta = layer.a === layer.z ? toActivation : pullThrough(graph, values, layer.z, layer.a, toActivation, none)
    const input = values[layer.input]!
    const weight = (layer.isTransposed ? matmul(transpose(delta), input) : matmul(transpose(input), delta)) as Tensor
    const penalty = pullThrough(graph, values, layer.weight, cost, seed, products)
    numbers.unshift({
      ...{ z: values[layer.z]!, a: values[layer.a]!, delta, weight },
      bias:
        layer.bias === null
          ? null
          : (sum(delta, { axis: 0 }).reshape([...(values[layer.bias]!.shape as number[])]) as Tensor),
      penalty: penalty.data.every((value) => value === 0) ? null : penalty,
    })
    deltaAfter = delta
  }
  return numbers
}
