import type { Tensor } from '@cotangent/core'
import type { Subject } from '../gradients/comparison'
import { type Noise, roundingError } from './differences'
import { sameBits } from './bits'
import { isRoundedToSingle } from '../graph/narrowing'
import { signedWeight } from './random'
import { float64 } from '../graph/evaluate'
import { ownSizes, total, weightsOf } from './weights'

/** The rounding error of the weighted values, which are of size 1. */
const unit = 2 ** -53

/** A noise that is no smaller. */
export const atLeast = (least: number, { absolute, relative }: Noise): Noise => ({
  absolute: Math.max(absolute, least),
  relative,
})

/** Relative rounding errors above this are not those of float64. */
const coarse = 1e-11

/** A function of tensors as a function of numbers: its outputs, weighted and summed, along directions of its inputs. */
export class WeightedFunction {
  readonly base: readonly Tensor[]
  /** Weights of the outputs: their sum, weighted, is the scalar function that is differentiated. */
  readonly weights: readonly Float64Array[]
  /** Of a function with a single output, its weight, which reports leave out. */
  readonly outputWeight: number
  readonly #subject: Subject
  readonly #random: () => number
  readonly #values: (inputs: readonly Tensor[]) => readonly Tensor[]
  readonly #count: number
  /** Whether values are rounded to float32, which steps below their last digit do not show. */
  readonly #isSingle: boolean
  #noise: Noise | undefined

  constructor(subject: Subject, random: () => number) {
    this.#subject = subject
    this.#random = random
    this.#values = subject.values ?? subject.call
    this.base = this.#values(subject.inputs)
    this.#count = this.base.reduce((sum, { size }) => sum + size, 0)
    const nearby = this.#values(this.#moved(this.direction(), 2 ** -4))
    this.#isSingle = this.#roundsToSingle(nearby)
    this.weights = this.base.map(({ data }, i) =>
      weightsOf(data as Float64Array, nearby[i].data as Float64Array, this.#count, random),
    )
    this.outputWeight = this.#count === 1 ? this.weights.find(({ length }) => length === 1)![0] : 1
  }

  /** The relative noise, if it was asked for. */
  get measuredNoise(): number {
    return this.#noise?.relative ?? 0
  }

  /** The weighted outputs, less their value at the base point, along a direction of one input. */
  along(input: number, direction: (at: number) => number, entries: readonly number[]): (t: number) => number {
    const { inputs } = this.#subject
    const start = inputs[input].data as Float64Array
    const steps = Float64Array.from(entries, direction)
    return (t) => {
      if (t === 0) return this.base.every((output) => (output.data as Float64Array).every(Number.isFinite)) ? 0 : NaN
      const moved = start.slice()
      for (let i = 0; i < steps.length; i++) moved[entries[i]] += t * steps[i]
      return this.#change(inputs.with(input, float64(moved, inputs[input].shape)))
    }
  }

  // Differences come before the sum, so that outputs that do not change add no rounding error.
  #change(inputs: readonly Tensor[]): number {
    return this.#difference(this.#values(inputs))
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

  /** What the noise of a single entry cannot be below: of a kernel that rounds to float32, its steps may hide it. */
  leastNoise(): number {
    const { absolute, relative } = this.noise()
    return Math.max(unit, relative > coarse ? absolute / Math.sqrt(this.#count) : 0)
  }

  /** Whether a kernel rounds to float32: beside a value that small changes leave as it is, further away. */
  #roundsToSingle(nearby: readonly Tensor[]): boolean {
    const isFlat = nearby.every(({ data }, i) => sameBits(data, this.base[i].data))
    if (!isFlat) return nearby.some(isRoundedToSingle)
    const directions = this.#subject.inputs.map(
      ({ data }) => data.map(() => signedWeight(this.#random)) as Float64Array,
    )
    try {
      return this.#values(this.#moved(directions, 2 ** -4)).some(isRoundedToSingle)
    } catch {
      // There the function need not be defined.
      return false
    }
  }

  /** The rounding to float32 of the weighted outputs, if there is one. */
  #singleRounding(): number {
    if (!this.#isSingle) return 0
    const squares = this.base.flatMap(({ data }, i) =>
      Array.from(data, (value, at) => (this.weights[i][at] * value) ** 2 || 0),
    )
    return 2 ** -24 * Math.sqrt(total(squares))
  }

  /** A random direction in all inputs together, in which each entry moves by about its own size; zeros stay. */
  direction(): readonly Float64Array[] {
    return this.#subject.inputs.map(({ data }) =>
      ownSizes(data as Float64Array).map((size) => size * signedWeight(this.#random)),
    )
  }

  #moved(directions: readonly Float64Array[], t: number): readonly Tensor[] {
    return this.#subject.inputs.map((input, i) => {
      const data = Float64Array.from(input.data)
      for (let at = 0; at < data.length; at++) data[at] += t * directions[i][at]
      return float64(data, input.shape)
    })
  }

  /** How far roundings on the way carry the result: a sum that is zero by its nature shows it, where its neighbours do not. */
  #disturbance(): number {
    const { disturbed, inputs } = this.#subject
    if (disturbed === undefined) return 0
    return 2 * Math.max(...[1, 2].map((salt) => Math.abs(this.#difference(disturbed(inputs, salt)))))
  }

  noise(): Noise {
    if (this.#noise === undefined) {
      const directions = this.direction()
      this.#noise = roundingError((t) => this.#change(this.#moved(directions, t)), 1)
      const disturbance = this.#disturbance()
      const { absolute, relative } = atLeast(Math.max(unit, disturbance, this.#singleRounding()), this.#noise)
      this.#noise = { absolute, relative: Math.max(relative, disturbance) }
    }
    return this.#noise
  }
}
