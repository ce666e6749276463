import { CotangentError, jvp, type Tensor, vjp } from '@cotangent/core'
import { perturbed, singleUnit } from '../numeric/perturb'
import type { Subject } from '../numeric/subject'
import { float64, largestMagnitude } from '../numeric/tensors'
import { isNotConverged } from '../numeric/thrown'
import { negligible } from '../numeric/verdict'
import type { WeightedFunction } from '../numeric/weighted'
import { products, total } from '../numeric/weights'
import type { Comparison } from './comparison-types'
import { nonlinearity } from './linearity'

/** Relative rounding errors above this cannot come from float32 alone. */
export const hopeless = 1e-3

/** The derivative that the rules of a function give, in both modes, with its own rounding errors. */
export class GivenDerivative {
  /** The cotangents of the inputs, for the weights of the function. */
  readonly gradients: readonly Float64Array[]
  readonly #subject: Subject
  readonly #function: WeightedFunction
  readonly #pullback: (weights: readonly Float64Array[]) => readonly Float64Array[]
  #directional: { readonly value: number; readonly directions: readonly Float64Array[] } | undefined
  #nearby: readonly (readonly Float64Array[])[] | undefined

  constructor(subject: Subject, weighted: WeightedFunction) {
    this.#subject = subject
    this.#function = weighted
    this.#pullback = this.#reverse(subject.inputs)
    this.gradients = this.#pullback(weighted.weights)
  }

  /** The pullback at given inputs, as a function of the weights of the outputs. */
  #reverse(inputs: readonly Tensor[], call = this.#subject.call) {
    const [outputs, pullback] = vjp((...given: Tensor[]) => call(given), ...inputs)
    return (weights: readonly Float64Array[]): readonly Float64Array[] =>
      pullback(outputs.map(({ shape }, i) => float64(weights[i], shape))).map((each) => each.data as Float64Array)
  }

  /** How the rule is not linear in the cotangents; undefined if it is. */
  nonlinearity(): string | undefined {
    const errorAt = (input: number, at: number) => this.roundingError(input, [at], () => 1)
    const { weights } = this.#function
    // A rule in float32 loses what cancels in it, such as g - g y² where y is nearly 1.
    const largest = weights.reduce((most, each) => largestMagnitude(each, most), 0)
    const slack = this.#subject.rounded === undefined ? 0 : 32 * singleUnit * largest
    return nonlinearity(this.#pullback, weights, this.gradients, errorAt, slack)
  }

  /**
   * The rounding error of the derivative itself along a direction: how much it changes when every input changes in its
   * last digits. Computed only where a derivative would fail.
   */
  roundingError(input: number, entries: readonly number[], direction: (at: number) => number): number {
    const { inputs, perturbed: perturbedCall, rounded } = this.#subject
    // Below the last digit of float32, no change shows. Rules compute in it as well, so the cotangents change too.
    const size = rounded === undefined ? undefined : singleUnit
    const nearby = (salt: number) =>
      this.#reverse(
        inputs.map((each) => float64(perturbed(each.data as Float64Array, salt, size), each.shape)),
        perturbedCall && ((given) => perturbedCall(given, salt)),
      )(this.#function.weights.map((each) => (size === undefined ? each : perturbed(each, salt, size))))
    this.#nearby ??= [1, 2, 3].flatMap((salt) => {
      try {
        return [nearby(salt)]
      } catch (error) {
        // A solver may not converge there.
        if (!isNotConverged(error)) throw error
        return []
      }
    })
    const errors = this.#nearby.map((gradients) =>
      total(entries.map((at) => Math.abs((gradients[input][at] - this.gradients[input][at]) * direction(at)))),
    )
    const most = Math.max(0, ...errors)
    return Number.isFinite(most) ? 2 * most : 0
  }

  /** Checks `<u, J v> = <Jᵀ u, v>` for one v; undefined where it holds. */
  forward(): string | undefined {
    const { call, inputs } = this.#subject
    const directions = this.#function.direction()
    const tangents = directions.map((direction, i) => float64(direction, inputs[i].shape))
    try {
      const [, outputs] = jvp((...given: Tensor[]) => call(given), [...inputs], tangents)
      const terms = outputs.flatMap((output, i) => products(output.data as Float64Array, this.#function.weights[i]))
      const others = this.gradients.flatMap((gradient, i) => products(gradient, directions[i]))
      const [left, right] = [total(terms), total(others)]
      this.#directional = { value: left, directions }
      // Each side is a sum of rounded products. Their factors carry a few dozen rounding errors of float64, or of the
      // measured noise where a kernel is less exact.
      const size = total(terms.map(Math.abs)) + total(others.map(Math.abs))
      const difference = Math.abs(left - right) - 1e-3 * negligible
      if (!Number.isFinite(size) || difference <= 1e-10 * size) return undefined
      const { absolute, relative } = this.#function.noise()
      if (relative > hopeless || difference <= 1e3 * (relative * size + absolute)) return undefined
      return `forward mode gives <u, J v> = ${left}, reverse mode <Jᵀ u, v> = ${right}`
    } catch (error) {
      if (error instanceof CotangentError && error.code === 'pullback-not-linear') return undefined
      throw error
    }
  }

  /** Whether the directional derivative of forward mode equals the sum of the differences of all entries. */
  forwardIs(entries: Comparison['entries']): 'right' | 'wrong' | undefined {
    const { inputs } = this.#subject
    if (this.#directional === undefined || entries.length !== inputs.reduce((sum, { size }) => sum + size, 0))
      return undefined
    const { value, directions } = this.#directional
    const terms = entries.map(
      ({ input, entries: [at], expected }) => expected * this.#function.outputWeight * directions[input][at],
    )
    const size = total(terms.map(Math.abs)) + Math.abs(value)
    if (!Number.isFinite(size)) return undefined
    return Math.abs(total(terms) - value) <= 1e-5 * size ? 'right' : 'wrong'
  }
}
