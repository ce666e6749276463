import { Tensor } from '@cotangent/core'
import type { Blame } from '../gradients/blame'
import { toMarkdown } from './markdown'
import type { NodeExplanation } from './nodes'
import { toText } from './text'

/** The gradient in a parameter, by the equations and by autodiff. */
export interface Gradient {
  readonly name: string
  /** By the rules of the ops that use it, each run on its own. */
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
  /** What reaches it past z, such as `(λ/m) W` of a penalty; null where nothing does. */
  readonly penalty: Tensor | null
  /** Largest difference from autodiff of the whole gradient, a penalty included. */
  readonly difference: number
}

/** One layer of a feed-forward network, in both directions. Shapes are those of examples in rows. */
export interface LayerExplanation {
  /** From 1. */
  readonly index: number
  /** The name of the op σ, `identity`, or a formula in z where σ is made of several ops. */
  readonly activation: string
  /** `sigmoid(z¹)`. */
  readonly formula: string
  /** Whether W enters the product transposed. */
  readonly isTransposed: boolean
  /** `right`: examples are rows, `a₋₁ W`. `left`: they are columns, `W a₋₁`. */
  readonly side: 'left' | 'right'
  /** a₋₁, `[m, in]`. */
  readonly input: Tensor
  readonly weight: LayerParameter
  readonly bias: LayerParameter | null
  /** `[m, out]`. */
  readonly z: Tensor
  readonly a: Tensor
  /** ∂C/∂a, `[m, out]`. */
  readonly flowing: Tensor
  /** ∂C/∂z, `[m, out]`. */
  readonly delta: Tensor
  /** Largest difference of δ from autodiff, relative. */
  readonly difference: number
  /** What reaches W past z, such as `(λ/m) W`; null where there is none. */
  readonly penalty: Tensor | null
  /** How many entries of σ'(z) by its rules are not the slope of σ: there the equations go on with the slope. */
  readonly refuted: number
}

/** Everything that an explanation is made of. */
export interface Told {
  /** C. */
  readonly cost: Tensor
  /** null where the network is not a plain stack. */
  readonly layers: readonly LayerExplanation[] | null
  /** What the first layer calls x: `data[0]`. */
  readonly x: string
  /** Where the tensors of the model and of the data stand in the graph. */
  readonly inputs: readonly { readonly position: number; readonly name: string }[]
  /** Tensors that do not depend on them, but for single numbers, which formulas show. */
  readonly constants: readonly { readonly position: number; readonly value: Tensor }[]
  readonly nodes: readonly NodeExplanation[]
  /** In the parameters, summed over the nodes that use them. */
  readonly gradients: readonly Gradient[]
  /** Ops whose rule is not the derivative of their values, by differences; null where the graph is too large for these. */
  readonly mistakes: readonly Blame[] | null
}

/** What `explain` tells. */
export class Explanation implements Told {
  readonly cost: Tensor
  readonly layers: readonly LayerExplanation[] | null
  readonly x: string
  readonly inputs: Told['inputs']
  readonly constants: Told['constants']
  readonly nodes: readonly NodeExplanation[]
  readonly gradients: readonly Gradient[]
  readonly mistakes: readonly Blame[] | null
  /** The largest difference between the equations and autodiff, relative to the largest entry of each tensor. */
  readonly largestDifference: number
  /** Whether the equations and autodiff agree within the rounding errors of the dtype. */
  readonly agrees: boolean
  /** Whether they agree, and no rule of an op was found to be wrong. */
  readonly ok: boolean

  /** @internal Use `explain`. */
  constructor({ isSingle, ...told }: Told & { readonly isSingle: boolean }) {
    ;({
      cost: this.cost,
      layers: this.layers,
      x: this.x,
      inputs: this.inputs,
      constants: this.constants,
      nodes: this.nodes,
      gradients: this.gradients,
      mistakes: this.mistakes,
    } = told)
    const ofLayers = (told.layers ?? []).flatMap(({ weight, bias, difference }) => [
      ...[weight.difference, bias?.difference ?? 0, difference],
    ])
    const ofNodes = [...told.nodes, ...told.gradients].map(({ difference }) => difference ?? 0)
    this.largestDifference = Math.max(0, ...ofLayers, ...ofNodes)
    this.agrees = this.largestDifference <= (isSingle ? 1e-4 : 1e-10)
    this.ok = this.agrees && (told.mistakes ?? []).length === 0
  }

  /** As text: layer by layer where there are layers, else node by node. */
  toString(): string {
    return toText(this)
  }

  /** As Markdown: a table for each layer, or one of the nodes. */
  toMarkdown(): string {
    return toMarkdown(this)
  }

  /**
   * As plain data: tensors as dtype, shape and row-major data. Numbers that JSON lacks are the strings `NaN`, `Infinity`,
   * `-Infinity` and `-0`. Equal explanations give equal JSON, and fields are only ever added.
   */
  toJSON(): Record<string, unknown> {
    const { ok, agrees, largestDifference, cost, layers, x, inputs, constants, nodes, gradients, mistakes } = this
    const whole = { ok, agrees, largestDifference, cost: cost.item(), layers, x, inputs, constants, nodes, gradients }
    return plain({ ...whole, mistakes }) as Record<string, unknown>
  }
}

/** Objects, arrays and numbers alone. */
function plain(value: unknown): unknown {
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Tensor)
    return { dtype: value.dtype, shape: [...value.shape], data: Array.from(value.data, plain) }
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(entries.map(([name, each]) => [name, plain(each)]))
}
