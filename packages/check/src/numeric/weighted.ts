import type { Tensor } from '@cotangent/core'
import { sameBits } from './bits'
import { type Noise, roundingError } from './differences'
import { isRoundedToSingle } from './precision'
import { signedWeight } from './random'
import type { Subject } from './subject'
import { float64 } from './tensors'
import { describeError, rethrowOwn } from './thrown'
import { entrySizes, total, weightsOf } from './weights'

/** The rounding error of the weighted values, whose size is 1. */
const unit = 2 ** -53

/** The noise, raised to at least `least`. */
export const atLeast = (least: number, { absolute, relative }: Noise): Noise => ({
  absolute: Math.max(absolute, least),
  relative,
})

/** A function that throws this often in a row is not called again. */
const mostThrows = 12

/** Relative rounding errors above this cannot come from float64. */
const coarse = 1e-11

/** Turns a function of tensors into real functions: the weighted sum of its outputs, along directions of its inputs. */
export class WeightedFunction {
  readonly base: readonly Tensor[]
  /** Weights of the outputs. Their weighted sum is the scalar function that is differentiated. */
  readonly weights: readonly Float64Array[]
  /** The weight of a single output, which reports divide by; 1 where there are several outputs. */
  readonly outputWeight: number
  /** Where and what the function throws; undefined if it does not. */
  threw: string | undefined
  readonly #subject: Subject
  readonly #random: () => number
  readonly #values: (inputs: readonly Tensor[]) => readonly Tensor[]
  readonly #count: number
  /** Whether values are rounded to float32. Steps below their last digit would not show it. */
  readonly #isSingle: boolean
  #noise: Noise | undefined
  #throws = 0
  #single: number | undefined

  constructor(subject: Subject, random: () => number) {
    this.#subject = subject
    this.#random = random
    this.#values = subject.values ?? subject.call
    this.base = this.#values(subject.inputs)
    this.#count = this.base.reduce((sum, { size }) => sum + size, 0)
    const nearby = this.#valuesAt(this.#moved(this.direction(), 2 ** -4))
    this.#isSingle = subject.isSingle ?? this.#roundsToSingle(nearby)
    this.weights = this.base.map(({ data }, i) =>
      weightsOf(data as Float64Array, nearby[i].data as Float64Array, this.#count, random),
    )
    this.outputWeight = this.#count === 1 ? this.weights.find(({ length }) => length === 1)![0] : 1
  }

  /**
   * The values at a point that differences use. Where the function throws, as a solver that does not converge there, it
   * has none.
   */
  #valuesAt(inputs: readonly Tensor[], values = this.#values): readonly Tensor[] {
    try {
      return values(inputs)
    } catch (error) {
      rethrowOwn(error)
      this.#throws++
      this.threw ??= `next to this point: ${describeError(error)}`
      return this.base.map(({ size, shape }) => float64(new Float64Array(size).fill(NaN), shape))
    }
  }

  /** The relative noise; 0 where nothing measured it. */
  get measuredNoise(): number {
    return this.#noise?.relative ?? 0
  }

  /** The change of the weighted outputs from the base point, along a direction of one input. */
  along(input: number, direction: (at: number) => number, entries: readonly number[]): (t: number) => number {
    const { inputs } = this.#subject
    const start = inputs[input].data as Float64Array
    const steps = Float64Array.from(entries, direction)
    return this.#bounded((t) => {
      if (t === 0) return this.base.every((output) => (output.data as Float64Array).every(Number.isFinite)) ? 0 : NaN
      const moved = start.slice()
      for (let i = 0; i < steps.length; i++) moved[entries[i]] += t * steps[i]
      return this.#change(inputs.with(input, float64(moved, inputs[input].shape)))
    })
  }

  /**
   * A function that is called no more once it threw many times in a row. Each of these calls may have taken all the
   * steps that a solver is allowed.
   */
  #bounded(f: (t: number) => number): (t: number) => number {
    let inARow = 0
    return (t) => {
      if (inARow >= mostThrows) return NaN
      const before = this.#throws
      const value = f(t)
      inARow = this.#throws > before ? inARow + 1 : 0
      return value
    }
  }

  // Subtract before summing, so that outputs that do not change add no rounding error.
  #change(inputs: readonly Tensor[]): number {
    return this.#difference(this.#valuesAt(inputs))
  }

  #difference(outputs: readonly Tensor[]): number {
    return total(
      outputs.map((output, i) => {
        const [data, base, weights] = [output.data as Float64Array, this.base[i].data as Float64Array, this.weights[i]]
        let sum = 0
        for (let at = 0; at < data.length; at++) if (data[at] !== base[at]) sum += weights[at] * (data[at] - base[at])
        return sum
      }),
    )
  }

  /** A lower bound for the noise of a single entry. The steps of a kernel that rounds to float32 may hide its noise. */
  leastNoise(): number {
    const { absolute, relative } = this.noise()
    return Math.max(unit, relative > coarse ? absolute / Math.sqrt(this.#count) : 0)
  }

  /** Whether a kernel rounds to float32. Where small changes do not change the value, look at larger ones. */
  #roundsToSingle(nearby: readonly Tensor[]): boolean {
    const isFlat = nearby.every(({ data }, i) => sameBits(data, this.base[i].data))
    if (!isFlat) return nearby.some(isRoundedToSingle)
    const directions = this.#subject.inputs.map(
      ({ data }) => data.map(() => signedWeight(this.#random)) as Float64Array,
    )
    return this.#valuesAt(this.#moved(directions, 2 ** -4)).some(isRoundedToSingle)
  }

  /** The size of the roundings to float32, of the weighted outputs and in kernels; 0 where nothing is rounded. */
  singleRounding(): number {
    this.#single ??= Math.max(this.#outputRounding(), this.#kernelRounding())
    return this.#single
  }

  #outputRounding(): number {
    if (!this.#isSingle) return 0
    const squares = this.base.flatMap(({ data }, i) =>
      Array.from(data, (value, at) => (this.weights[i][at] * value) ** 2 || 0),
    )
    return 2 ** -24 * Math.sqrt(total(squares))
  }

  /**
   * How far other roundings in kernels move the outputs: twice the largest of three random ones, as each is below the
   * bound.
   */
  #kernelRounding(): number {
    const { rounded, inputs } = this.#subject
    if (rounded === undefined) return 0
    const runs = [1, 2, 3].map((salt) => this.#valuesAt(inputs, (given) => rounded(given, salt)))
    const squares = this.base.flatMap(({ data }, i) =>
      Array.from(data, (value, at) => {
        const shifts = runs.map((run) => Math.abs(run[i].data[at] - value) || 0)
        return (this.weights[i][at] * Math.max(...shifts)) ** 2
      }),
    )
    return 2 * Math.sqrt(total(squares))
  }

  /** A random direction in all inputs together. Each entry moves by about its own size, so zeros stay. */
  direction(): readonly Float64Array[] {
    return this.#subject.inputs.map(({ data }) =>
      entrySizes(data as Float64Array).map((size) => size * signedWeight(this.#random)),
    )
  }

  #moved(directions: readonly Float64Array[], t: number): readonly Tensor[] {
    return this.#subject.inputs.map((input, i) => {
      const data = Float64Array.from(input.data)
      for (let at = 0; at < data.length; at++) data[at] += t * directions[i][at]
      return float64(data, input.shape)
    })
  }

  /**
   * How far rounding of intermediate values moves the result. Nearby values do not show it where a sum is always zero.
   */
  #perturbation(): number {
    const { perturbed, inputs } = this.#subject
    if (perturbed === undefined) return 0
    const at = (salt: number) => this.#difference(this.#valuesAt(inputs, (given) => perturbed(given, salt)))
    return 2 * Math.max(...[1, 2].map((salt) => Math.abs(at(salt)) || 0))
  }

  noise(): Noise {
    if (this.#noise === undefined) {
      const directions = this.direction()
      const along = this.#bounded((t) => this.#change(this.#moved(directions, t)))
      this.#noise = roundingError(along, 1)
      const perturbation = this.#perturbation()
      const { absolute, relative } = atLeast(Math.max(unit, perturbation, this.singleRounding()), this.#noise)
      this.#noise = { absolute, relative: Math.max(relative, perturbation) }
    }
    return this.#noise
  }
}
