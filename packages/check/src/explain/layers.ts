import type { Graph, Tensor } from '@cotangent/core'
import { nodesAfter, type Values } from '../replay'

/** A fully connected layer found in a graph, by positions: `z = x Wᵀ + b`, `a = σ(z)`. */
export interface FoundLayer {
  /** Position of the input a₋₁. */
  readonly input: number
  /** Position of W, a leaf of the model. */
  readonly weight: number
  /** W is `[out, in]` and enters transposed; else it is `[in, out]`. */
  readonly isTransposed: boolean
  /** Position of b, if there is one. */
  readonly bias: number | null
  /** Position of `a₋₁ Wᵀ`. */
  readonly product: number
  readonly z: number
  readonly a: number
  /** Names of the ops of σ. */
  readonly activation: readonly string[]
}

/**
 * The layers of a plain feed-forward stack, from what the graph is made of: contractions of one value with a leaf of the
 * model, perhaps the addition of another leaf, and elementwise ops up to the next contraction. null where the graph is
 * anything else: a value used twice on the way, a weight that two layers share.
 */
export function findLayers(graph: Graph, values: Values, leaves: ReadonlySet<number>): readonly FoundLayer[] | null {
  const finder = new Finder(graph, values, leaves)
  return finder.layers()
}

class Finder {
  readonly #producers = new Map<number, number>()
  readonly #users = new Map<number, number[]>()

  constructor(
    private readonly graph: Graph,
    private readonly values: Values,
    private readonly leaves: ReadonlySet<number>,
  ) {
    graph.nodes.forEach(({ inputs, outputs }, at) => {
      for (const position of outputs) this.#producers.set(position, at)
      for (const position of new Set(inputs)) this.#users.set(position, [...(this.#users.get(position) ?? []), at])
    })
  }

  layers(): readonly FoundLayer[] | null {
    const products = this.graph.nodes.flatMap(({ op, inputs, outputs }) => {
      if (op.body.kind !== 'contract') return []
      const weight = this.#weightAt(inputs[1])
      return weight === null || this.values[outputs[0]]!.rank !== 2
        ? []
        : [{ ...weight, input: inputs[0], product: outputs[0] }]
    })
    if (products.length === 0 || new Set(products.map(({ weight }) => weight)).size < products.length) return null
    // The first layer takes data: what depends on the model before it is no stack.
    const dependent = new Set(this.leaves)
    for (const at of nodesAfter(this.graph, [...this.leaves]))
      for (const each of this.graph.nodes[at].outputs) dependent.add(each)
    if (dependent.has(products[0].input)) return null
    const found: FoundLayer[] = []
    for (const [i, product] of products.entries()) {
      const { bias, z } = this.#biased(product.product)
      const next = products.at(i + 1)?.input
      const chain = next === undefined ? this.#firstUnary(z) : this.#chain(z, next)
      if (chain === null) return null
      found.push({ ...product, bias, z, ...chain })
    }
    return found
  }

  /** The leaf of the model that stands at a position, as it is or transposed. */
  #weightAt(position: number): { weight: number; isTransposed: boolean } | null {
    if (this.leaves.has(position)) return { weight: position, isTransposed: false }
    const node = this.graph.nodes[this.#producers.get(position) ?? -1]
    if (node?.op.body.kind !== 'move' || node.inputs.length !== 1 || !this.leaves.has(node.inputs[0])) return null
    const { axes } = (node.attributes ?? {}) as { axes?: readonly number[] }
    return axes?.join() === '1,0' ? { weight: node.inputs[0], isTransposed: true } : null
  }

  /** The sum with a leaf, where that is what follows. */
  #biased(product: number): { bias: number | null; z: number } {
    const users = this.#users.get(product) ?? []
    const node = users.length === 1 ? this.graph.nodes[users[0]] : undefined
    const bias = node?.inputs.find((position) => position !== product && this.leaves.has(position))
    if (node === undefined || bias === undefined || node.op.law.kind !== 'elementwise')
      return { bias: null, z: product }
    const [z] = node.outputs
    const sum = this.values[product]!.add(this.values[bias]!) as Tensor
    const isSum =
      sum.size === this.values[z]!.size && sum.data.every((value, i) => Object.is(value, this.values[z]!.data[i]))
    return isSum ? { bias, z } : { bias: null, z: product }
  }

  /** The elementwise ops from z to a; null where anything else has a part in it, or uses what is between. */
  #chain(z: number, a: number): { a: number; activation: readonly string[] } | null {
    const inside = new Set<number>()
    const pending = z === a ? [] : [a]
    for (let position = pending.pop(); position !== undefined; position = pending.pop()) {
      const at = this.#producers.get(position)
      if (at === undefined || inside.has(at)) continue
      if (!this.#isPointwise(at, z)) return null
      inside.add(at)
      pending.push(...this.graph.nodes[at].inputs.filter((input) => input !== z && !this.graph.constants.has(input)))
    }
    const order = [...inside].sort((left, right) => left - right)
    const between = [z, ...order.flatMap((at) => this.graph.nodes[at].outputs)].filter((position) => position !== a)
    const isPrivate = between.every((position) => this.#users.get(position)?.every((user) => inside.has(user)))
    return isPrivate && this.#users.get(a)?.length === 1
      ? { a, activation: order.map((at) => this.graph.nodes[at].op.name) }
      : null
  }

  /** Of the last layer, the one op that follows, if it has one operand: what comes after belongs to the loss. */
  #firstUnary(z: number): { a: number; activation: readonly string[] } {
    const step = this.#unaryAfter(z)
    return step === null ? { a: z, activation: [] } : { a: step.position, activation: [step.op] }
  }

  #unaryAfter(position: number): { position: number; op: string } | null {
    const users = this.#users.get(position) ?? []
    if (users.length !== 1 || !this.#isPointwise(users[0], position)) return null
    const { op, outputs } = this.graph.nodes[users[0]]
    return { position: outputs[0], op: op.name }
  }

  /** Whether a node keeps the shape of z and combines each entry with nothing but scalars: targets belong to the loss. */
  #isPointwise(at: number, z: number): boolean {
    const { op, inputs, outputs } = this.graph.nodes[at]
    const shape = (position: number) => (this.values[position]!.shape as number[]).join()
    const isKept = inputs.every(
      (input) => shape(input) === shape(z) || (this.graph.constants.has(input) && shape(input) === ''),
    )
    const isOfTensors = !inputs.some((input) => this.graph.constants.has(input) && shape(input) !== '')
    return (
      (op.body.kind === 'map' || op.body.kind === 'move') && isKept && isOfTensors && shape(outputs[0]) === shape(z)
    )
  }
}
