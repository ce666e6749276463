import { Tensor } from '@cotangent/core'
import type { Blame } from '../gradients/culprit'
import type { ComparedExplanation, ExplanationData, Gradient, LayerExplanation } from './explanation-data'
import { toMarkdown } from './markdown'
import type { NodeExplanation } from './nodes'
import { toText } from './text'

/** The result of `explain`. */
export class Explanation implements ComparedExplanation {
  readonly cost: Tensor
  readonly layers: readonly LayerExplanation[] | null
  readonly x: string
  readonly inputs: ExplanationData['inputs']
  readonly constants: ExplanationData['constants']
  readonly nodes: readonly NodeExplanation[]
  readonly gradients: readonly Gradient[]
  readonly mistakes: readonly Blame[] | null
  readonly largestDifference: number
  readonly agrees: boolean
  readonly ok: boolean

  /** @internal Use `explain`. */
  constructor({ isSingle, ...data }: ExplanationData & { readonly isSingle: boolean }) {
    ;({
      cost: this.cost,
      layers: this.layers,
      x: this.x,
      inputs: this.inputs,
      constants: this.constants,
      nodes: this.nodes,
      gradients: this.gradients,
      mistakes: this.mistakes,
    } = data)
    const ofLayers = (data.layers ?? []).flatMap(({ weight, bias, difference }) => [
      ...[weight.difference, bias?.difference ?? 0, difference],
    ])
    const ofNodes = [...data.nodes, ...data.gradients].map(({ difference }) => difference ?? 0)
    this.largestDifference = Math.max(0, ...ofLayers, ...ofNodes)
    this.agrees = this.largestDifference <= (isSingle ? 1e-4 : 1e-10)
    this.ok = this.agrees && (data.mistakes ?? []).length === 0
  }

  /** As text: layer by layer for a plain stack, else node by node. */
  toString(): string {
    return toText(this)
  }

  /** As Markdown: a table for each layer, or one of the nodes. */
  toMarkdown(): string {
    return toMarkdown(this)
  }

  /**
   * As plain data, with tensors as dtype, shape and row-major data. Numbers that JSON lacks become the strings `NaN`,
   * `Infinity`, `-Infinity` and `-0`. Equal explanations give equal JSON. Later versions only add fields.
   */
  toJSON(): Record<string, unknown> {
    const { ok, agrees, largestDifference, cost, layers, x, inputs, constants, nodes, gradients, mistakes } = this
    const whole = { ok, agrees, largestDifference, cost: cost.item(), layers, x, inputs, constants, nodes, gradients }
    return plain({ ...whole, mistakes }) as Record<string, unknown>
  }
}

/** A value as objects, arrays, strings and numbers alone. */
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
