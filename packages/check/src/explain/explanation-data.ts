import type { Tensor } from '@cotangent/core'
import type { Blame } from '../gradients/culprit'
import type { NodeExplanation } from './nodes'

/** The gradient of a parameter, by the equations and by autodiff. */
export interface Gradient {
  readonly name: string
  /** By the rules of the ops that use it, each run on its own. */
  readonly value: Tensor
  /** The largest difference from autodiff, relative to the largest entry. */
  readonly difference: number
}

/** A parameter of a layer. */
export interface LayerParameter {
  readonly name: string
  readonly value: Tensor
  /** The part of the gradient that flows through z, by the equations. */
  readonly gradient: Tensor
  /** The part that does not flow through z, such as `(λ/m) W` of a penalty; null where there is none. */
  readonly penalty: Tensor | null
  /** The largest difference of the whole gradient, penalty included, from autodiff. */
  readonly difference: number
}

/** One layer of a feed-forward network, in both directions. Shapes are given for examples in rows. */
export interface LayerExplanation {
  /** Counts from 1. */
  readonly index: number
  /** The name of the op σ, `identity`, or a formula in z where σ consists of several ops. */
  readonly activation: string
  /** `sigmoid(z¹)`. */
  readonly formula: string
  /** Whether W enters the product transposed. */
  readonly isTransposed: boolean
  /** `right`: examples are rows, `a₋₁ W`. `left`: examples are columns, `W a₋₁`. */
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
  /** The largest relative difference of δ from autodiff. */
  readonly difference: number
  /** The part of the gradient of W that does not flow through z, such as `(λ/m) W`; null where there is none. */
  readonly penalty: Tensor | null
  /** How many entries of σ'(z) by its rules are not the slope of σ. The equations continue with the slope there. */
  readonly refuted: number
}

/** The data of an explanation. */
export interface ExplanationData {
  /** C. */
  readonly cost: Tensor
  /** null where the network is not a plain stack. */
  readonly layers: readonly LayerExplanation[] | null
  /** The name of the first layer's input x: `data[0]`. */
  readonly x: string
  /** The positions of the tensors of model and data in the graph. */
  readonly inputs: readonly { readonly position: number; readonly name: string }[]
  /** Tensors that depend on neither model nor data. Formulas show single numbers, so these are left out. */
  readonly constants: readonly { readonly position: number; readonly value: Tensor }[]
  readonly nodes: readonly NodeExplanation[]
  /** The gradients of the parameters, summed over the nodes that use them. */
  readonly gradients: readonly Gradient[]
  /**
   * Ops whose rule is not the derivative of their values, by differences; null where the graph is too large for these.
   */
  readonly mistakes: readonly Blame[] | null
}

/** The data of an explanation, and how the equations compare with autodiff. */
export interface ComparedExplanation extends ExplanationData {
  /** The largest difference between the equations and autodiff, relative to the largest entry of each tensor. */
  readonly largestDifference: number
  /** Whether the equations and autodiff agree within the rounding errors of the dtype. */
  readonly agrees: boolean
  /** Whether they agree, and no rule of an op is wrong. */
  readonly ok: boolean
}
