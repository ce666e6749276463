import type { Graph } from '@cotangent/core'
import { nodesAfter } from '../graph/evaluate'
import { replacementOf } from '../graph/replacement'
import { isSum, isTransposition, isView } from './probe'

/** A fully connected layer found in a graph, by positions: `z = a₋₁ Wᵀ + b`, `a = σ(z)`. */
export interface FoundLayer {
  /** Position of a₋₁, as it enters the product. */
  readonly input: number
  /** Position of a₋₁ itself. A vector enters the product as a matrix. */
  readonly viewed: number
  /** Position of W, a leaf of the model. */
  readonly weight: number
  /** Whether W enters transposed. */
  readonly isTransposed: boolean
  /** `right`: examples are rows, `a₋₁ W`. `left`: they are columns, `W a₋₁`. */
  readonly side: 'left' | 'right'
  /** Position of b, if there is one. */
  readonly bias: number | null
  /** Position of the product, a matrix. */
  readonly product: number
  readonly z: number
  readonly a: number
  /** Places of the nodes of σ. */
  readonly activation: readonly number[]
}

/**
 * Finds the layers of a plain feed-forward stack in a graph. A layer is the contraction of one value with a leaf of the
 * model, perhaps the addition of another leaf, and elementwise ops up to the next contraction. null where the graph is
 * anything else, such as a value that is used twice, or a weight that two layers share.
 */
export function findLayers(graph: Graph, leaves: ReadonlySet<number>): readonly FoundLayer[] | null {
  return new Finder(graph, leaves).layers()
}

type Product = Pick<FoundLayer, 'input' | 'viewed' | 'weight' | 'isTransposed' | 'side' | 'product'>
type Chain = Pick<FoundLayer, 'a' | 'activation'>

class Finder {
  readonly #producers = new Map<number, number>()
  readonly #users = new Map<number, number[]>()

  constructor(
    private readonly graph: Graph,
    private readonly leaves: ReadonlySet<number>,
  ) {
    graph.nodes.forEach(({ inputs, outputs }, at) => {
      for (const position of outputs) this.#producers.set(position, at)
      for (const position of new Set(inputs)) this.#users.set(position, [...this.#usersOf(position), at])
    })
  }

  layers(): readonly FoundLayer[] | null {
    const products = this.graph.nodes.flatMap((_, at) => this.#productAt(at) ?? [])
    if (products.length === 0 || new Set(products.map(({ weight }) => weight)).size < products.length) return null
    // The first layer takes data. If its input depends on the model, the graph is no stack.
    const dependent = new Set(this.leaves)
    for (const at of nodesAfter(this.graph, [...this.leaves]))
      for (const each of this.graph.nodes[at].outputs) dependent.add(each)
    if (dependent.has(products[0].input)) return null
    const found: FoundLayer[] = []
    for (const [i, product] of products.entries()) {
      const { bias, z } = this.#biased(product)
      const next = products.at(i + 1)?.viewed
      const chain = next === undefined ? this.#lastChain(z) : this.#chainTo(z, next)
      if (chain === null) return null
      found.push({ ...product, bias, z, ...chain })
    }
    return found
  }

  #usersOf(position: number): readonly number[] {
    return this.#users.get(position) ?? []
  }

  #shape(position: number): string {
    return this.graph.values[position].shape.join()
  }

  /** The matrix product of a leaf, on one side, and of something else. */
  #productAt(at: number): Product | null {
    const { op, inputs, outputs } = this.graph.nodes[at]
    if (op.body.kind !== 'contract' || this.graph.values[outputs[0]].shape.length !== 2) return null
    const [left, right] = inputs.map((position) => this.#leafAt(position))
    if ((left === null) === (right === null)) return null
    const side = right === null ? 'left' : 'right'
    const input = inputs[right === null ? 1 : 0]
    return { ...(right ?? left)!, side, input, viewed: this.#viewed(input), product: outputs[0] }
  }

  /** The leaf of the model at a position, transposed or not. */
  #leafAt(position: number): { weight: number; isTransposed: boolean } | null {
    if (this.leaves.has(position)) return { weight: position, isTransposed: false }
    const at = this.#producers.get(position)
    if (at === undefined) return null
    const [input] = this.graph.nodes[at].inputs
    return this.leaves.has(input) && isTransposition(this.graph, at) ? { weight: input, isTransposed: true } : null
  }

  /** The position behind views that have a single user; the position itself where there is no such view. */
  #viewed(position: number): number {
    const at = this.#producers.get(position)
    return at !== undefined && this.#usersOf(position).length === 1 && isView(this.graph, at)
      ? this.#viewed(this.graph.nodes[at].inputs[0])
      : position
  }

  /** The addition of a leaf with one number for each output, if it follows the product, perhaps after views. */
  #biased({ product, side }: Product): { bias: number | null; z: number } {
    let z = product
    for (;;) {
      const users = this.#usersOf(z)
      if (users.length !== 1) return { bias: null, z }
      const [at] = users
      const { inputs, outputs } = this.graph.nodes[at]
      // A view that keeps the shape is the identity as an activation.
      if (this.#shape(z) !== this.#shape(outputs[0]) && isView(this.graph, at)) {
        z = outputs[0]
        continue
      }
      const bias = inputs.find((position) => position !== z && this.leaves.has(position))
      const isBias = bias !== undefined && this.#isPerOutput(bias, z, side) && isSum(this.graph, at)
      return isBias ? { bias, z: outputs[0] } : { bias: null, z }
    }
  }

  #isPerOutput(bias: number, z: number, side: 'left' | 'right'): boolean {
    const [ofBias, ofZ] = [bias, z].map((position) => this.graph.values[position].shape)
    if (ofBias.length > ofZ.length) return false
    const aligned = [...new Array<number>(ofZ.length - ofBias.length).fill(1), ...ofBias]
    const axis = side === 'left' && ofZ.length === 2 ? 0 : ofZ.length - 1
    return aligned.every((size, i) => size === (i === axis ? ofZ[axis] : 1))
  }

  /** The elementwise ops from z to the input of the next layer; null where anything else uses it. */
  #chainTo(z: number, a: number): Chain | null {
    return this.#usersOf(a).length === 1 ? this.#chain(z, a) : null
  }

  /**
   * The activation of the last layer: the first elementwise op, or ops, on all paths from z. The rest belongs to the
   * loss.
   */
  #lastChain(z: number): Chain {
    for (const at of nodesAfter(this.graph, [z])) {
      const chain = this.#chain(z, this.graph.nodes[at].outputs[0])
      if (chain !== null) return chain
    }
    return { a: z, activation: [] }
  }

  /**
   * The elementwise ops from z to a; null where another kind of op lies between, or another op uses a value between.
   */
  #chain(z: number, a: number): Chain | null {
    const inside = new Set<number>()
    const pending = z === a ? [] : [a]
    for (let position = pending.pop(); position !== undefined; position = pending.pop()) {
      const at = this.#producers.get(position)
      if (at !== undefined && inside.has(at)) continue
      if (at === undefined || !this.#isPointwise(at, z)) return null
      inside.add(at)
      pending.push(...this.graph.nodes[at].inputs.filter((input) => input !== z && !this.graph.constants.has(input)))
    }
    const order = [...inside].sort((left, right) => left - right)
    const between = [z, ...order.flatMap((at) => this.graph.nodes[at].outputs)].filter((position) => position !== a)
    const isPrivate = between.every((position) => this.#usersOf(position).every((user) => inside.has(user)))
    if (!isPrivate) return null
    const isIdentity = order.every((at) => isView(this.graph, at))
    return { a, activation: isIdentity ? [] : order }
  }

  /**
   * Whether a node keeps the shape of z and combines each entry with single numbers only. Targets belong to the loss.
   */
  #isPointwise(at: number, z: number): boolean {
    const node = this.graph.nodes[at]
    const { op, inputs, outputs } = node
    const isKept = (position: number) => this.#shape(position) === this.#shape(z) || this.#isNumber(position)
    const isReplaced = replacementOf(node)?.values === 1
    return (
      (op.body.kind === 'map' || isReplaced || isView(this.graph, at)) &&
      this.#shape(outputs[0]) === this.#shape(z) &&
      inputs.every((input) => isKept(input) && (!this.graph.constants.has(input) || this.#isNumber(input)))
    )
  }

  #isNumber(position: number): boolean {
    return this.graph.constants.has(position) && this.#shape(position) === ''
  }
}
