import { CotangentError, jvp, type Tensor, vjp } from '@cotangent/core'
import { type Noise, roundingError, type Slope, slopeAtAnyScale } from './differences'
import type { Comparison, Effort, Subject } from './comparison'
import { signedWeight } from './random'
import { float64 } from './replay'
import { type Outcome, Tally } from './tally'
import { judge, type Judgement, negligible } from './verdict'
import { nudged, products, scalesOf, strata, total, weightsOf } from './weights'

/** The rounding error of the weighted values, which are of size 1. */
const unit = 2 ** -53

const atLeast = (least: number, { absolute, relative }: Noise): Noise => ({
  absolute: Math.max(absolute, least),
  relative,
})

/** Relative rounding errors above this are beyond what float32 explains. */
const hopeless = 1e-3

const worthReporting = 8
const searches = 80

/** Compares the derivatives of a function, in reverse and forward mode, with differences of its values. */
export function compareDerivatives(subject: Subject, random: () => number, effort: Effort): Comparison {
  try {
    return new Comparing(subject, random, effort).run()
  } catch (threw) {
    return { ...new Tally(), noise: 0, forward: undefined, threw }
  }
}

class Comparing {
  readonly #subject: Subject
  readonly #values: (inputs: readonly Tensor[]) => readonly Tensor[]
  readonly #random: () => number
  readonly #effort: Effort
  readonly #base: readonly Tensor[]
  /** Weights of the outputs: their sum, weighted, is the scalar function that is differentiated. */
  readonly #weights: readonly Float64Array[]
  /** Of a function with a single output, its weight, which reports leave out. */
  readonly #outputWeight: number
  readonly #gradients: readonly Float64Array[]
  /** How far each entry is moved by a direction of weight 1. */
  readonly #scales: readonly Float64Array[]
  #noise: Noise | undefined
  #level = 0
  #nearby: readonly (readonly Float64Array[])[] | undefined
  #searches = searches
  readonly #tally = new Tally()

  constructor(subject: Subject, random: () => number, effort: Effort) {
    this.#subject = subject
    this.#random = random
    this.#effort = effort
    this.#values = subject.values ?? subject.call
    this.#base = this.#values(subject.inputs)
    const count = this.#base.reduce((sum, { size }) => sum + size, 0)
    this.#scales = subject.inputs.map(({ data }) => scalesOf(data as Float64Array))
    const nearby = this.#values(this.#moved(this.#direction(), 2 ** -4))
    this.#weights = this.#base.map(({ data }, i) =>
      weightsOf(data as Float64Array, nearby[i].data as Float64Array, count, random),
    )
    this.#outputWeight = count === 1 ? this.#weights.find(({ length }) => length === 1)![0] : 1
    this.#gradients = this.#reverse(subject.inputs)
  }

  run(): Comparison {
    const forward = this.#forward()
    this.#subject.inputs.forEach((input, i) => {
      const all = Array.from({ length: input.size }, (_, at) => at)
      if (input.size <= this.#effort.everyEntryUpTo) all.forEach((at) => this.#checkEntry(i, at))
      else this.#checkGroups(i, all)
    })
    return { ...this.#tally, noise: this.#noise?.relative ?? 0, forward, threw: undefined }
  }

  #reverse(inputs: readonly Tensor[]): readonly Float64Array[] {
    const { call } = this.#subject
    const [outputs, pullback] = vjp((...given: Tensor[]) => call(given) as Tensor[], ...inputs)
    const cotangents = outputs.map(({ shape }, i) => float64(this.#weights[i], shape))
    return pullback(cotangents).map((each) => each.data as Float64Array)
  }

  /**
   * How far rounding errors can carry the derivative itself, in a direction: how much it changes when every input changes in
   * its last digits. Looked at only where a derivative would fail.
   */
  #ownError(input: number, entries: readonly number[], direction: (at: number) => number): number {
    const { inputs } = this.#subject
    this.#nearby ??= [1, 2, 3].map((salt) =>
      this.#reverse(inputs.map((each) => float64(nudged(each.data as Float64Array, salt), each.shape as number[]))),
    )
    const errors = this.#nearby.map((gradients) =>
      total(entries.map((at) => Math.abs((gradients[input][at] - this.#gradients[input][at]) * direction(at)))),
    )
    const largest = Math.max(...errors)
    return Number.isFinite(largest) ? 2 * largest : 0
  }

  /** `<u, J v> = <Jᵀ u, v>` for one v; what is wrong where it does not hold. */
  #forward(): string | undefined {
    const { call, inputs } = this.#subject
    const directions = this.#direction()
    const tangents = directions.map((direction, i) => float64(direction, inputs[i].shape as number[]))
    try {
      const [, outputs] = jvp((...given: Tensor[]) => call(given) as Tensor[], [...inputs], tangents)
      const terms = outputs.flatMap((output, i) => products(output.data as Float64Array, this.#weights[i]))
      const others = this.#gradients.flatMap((gradient, i) => products(gradient, directions[i]))
      const [left, right] = [total(terms), total(others)]
      // Each side is a sum of rounded products of quantities that carry a few dozen rounding errors themselves, of float64
      // or, where a kernel knows no better, of whatever the noise of the values tells.
      const size = total(terms.map(Math.abs)) + total(others.map(Math.abs))
      const difference = Math.abs(left - right) - 1e-3 * negligible
      if (!Number.isFinite(size) || difference <= 1e-10 * size) return undefined
      if (difference <= 1e3 * this.#noiseOfAll().relative * size) return undefined
      return `forward mode gives <u, J v> = ${left}, reverse mode <Jᵀ u, v> = ${right}`
    } catch (error) {
      if (error instanceof CotangentError && error.code === 'pullback-not-linear') return undefined
      throw error
    }
  }

  /** The weighted outputs, less their value at the base point, along a direction of one input. */
  #along(input: number, direction: (at: number) => number, entries: readonly number[]): (t: number) => number {
    const { inputs } = this.#subject
    const start = inputs[input].data as Float64Array
    const steps = entries.map((at) => [at, direction(at)] as const)
    return (t) => {
      if (t === 0) return this.#base.every((output) => (output.data as Float64Array).every(Number.isFinite)) ? 0 : NaN
      const moved = Float64Array.from(start)
      for (const [at, step] of steps) moved[at] += t * step
      return this.#change(inputs.with(input, float64(moved, inputs[input].shape as number[])))
    }
  }

  // Differences come before the sum, so that outputs that do not change add no rounding error.
  #change(inputs: readonly Tensor[]): number {
    return total(
      this.#values(inputs).map((output, i) => {
        const [data, base, weights] = [
          output.data as Float64Array,
          this.#base[i].data as Float64Array,
          this.#weights[i],
        ]
        let sum = 0
        for (let at = 0; at < data.length; at++) if (data[at] !== base[at]) sum += weights[at] * (data[at] - base[at])
        return sum
      }),
    )
  }

  /** A random direction in all inputs together, in which each entry moves by about its own size. */
  #direction(): readonly Float64Array[] {
    return this.#scales.map((scales) => scales.map((scale) => scale * signedWeight(this.#random)))
  }

  #moved(directions: readonly Float64Array[], t: number): readonly Tensor[] {
    return this.#subject.inputs.map((input, i) => {
      const data = Float64Array.from(input.data, (value, at) => value + t * directions[i][at])
      return float64(data, input.shape as number[])
    })
  }

  #noiseOfAll(): Noise {
    if (this.#noise === undefined) {
      const directions = this.#direction()
      this.#noise = roundingError((t) => this.#change(this.#moved(directions, t)), 1)
      this.#noise = atLeast(unit, this.#noise)
    }
    return this.#noise
  }

  #checkEntry(input: number, at: number, isSample = false): void {
    const gradient = this.#gradients[input][at]
    const value = Math.abs(this.#subject.inputs[input].data[at])
    const along = (scale: number, own: boolean) => {
      const f = this.#along(input, () => scale, [at])
      const got = gradient * scale
      // The bound for all entries together can be far from what this one needs.
      const noise = own ? atLeast(unit, roundingError(f, 1)) : this.#noiseOfAll()
      const found = this.#slope(f, noise, Math.abs(got))
      const judgement = this.#judge(got, found, Math.abs(got), true, () => this.#ownError(input, [at], () => scale))
      const unscaled = scale * this.#outputWeight
      const error = Math.abs(found.error / unscaled)
      return { judgement, expected: found.value / unscaled, got: got / unscaled, error }
    }
    const scale = this.#scales[input][at]
    let outcome = along(scale, false)
    if (outcome.judgement.verdict !== 'pass') outcome = along(scale, true)
    // Beside larger entries a small one can need steps of its own: log(x) at 1e-8.
    if (outcome.judgement.verdict !== 'pass' && value > 0 && value < scale) {
      const finer = along(value, true)
      if (finer.judgement.verdict !== 'inconclusive') outcome = finer
    }
    this.#tally.count(input, [at], outcome, isSample)
    if (!isSample && gradient !== 0) this.#tally.cover(outcome.judgement.verdict === 'pass')
  }

  #checkGroups(input: number, all: readonly number[]): void {
    const [scales, values] = [this.#scales[input], this.#subject.inputs[input].data as Float64Array]
    const sizes = this.#gradients[input].map((gradient, at) => Math.abs(gradient * scales[at]))
    for (const group of this.#effort.strata ? strata(sizes, values) : [all]) {
      const { failed } = this.#tally
      for (let turn = 0; turn < this.#effort.directions && this.#tally.failed === failed; turn++) {
        const weights = new Map(group.map((at) => [at, this.#scales[input][at] * signedWeight(this.#random)]))
        this.#checkGroup(input, group, (at) => weights.get(at)!, turn > 0)
      }
      for (let i = 0; i < this.#effort.samples; i++)
        this.#checkEntry(input, group[Math.floor(this.#random() * group.length)], true)
    }
  }

  /** Checks a group along a direction, and searches it by halves where it does not pass. */
  #checkGroup(input: number, group: readonly number[], direction: (at: number) => number, isAgain: boolean): void {
    const pending: { group: readonly number[]; outcome: Outcome }[] = []
    const add = (part: readonly number[]) => {
      const outcome = this.#measure(input, part, direction)
      if (outcome.judgement.verdict !== 'pass') pending.push({ group: part, outcome })
      else if (!isAgain) this.#tally.count(input, part, outcome, false)
      return outcome
    }
    const { threshold } = add(group)
    if (!isAgain) this.#cover(input, group, threshold)
    while (pending.length > 0) {
      // Failures first: they are what the search is for.
      pending.sort(
        (a, b) => Number(a.outcome.judgement.verdict === 'fail') - Number(b.outcome.judgement.verdict === 'fail'),
      )
      const { group: part, outcome } = pending.pop()!
      const isFound = part.length === 1 || this.#tally.findings.length >= worthReporting || this.#searches-- <= 0
      if (!isFound) {
        const middle = part.length >> 1
        const before = pending.length
        add(part.slice(0, middle))
        add(part.slice(middle))
        if (pending.length > before) continue
      }
      if (part.length === 1) this.#checkEntry(input, part[0], isAgain)
      else this.#tally.count(input, part, outcome, isAgain)
    }
  }

  #measure(
    input: number,
    group: readonly number[],
    direction: (at: number) => number,
  ): Outcome & { readonly threshold: number } {
    let [got, squares] = [0, 0]
    for (const at of group) {
      const term = this.#gradients[input][at] * direction(at)
      got += term
      squares += term * term
    }
    const size = Math.sqrt(squares)
    const found = this.#slope(this.#along(input, direction, group), this.#noiseOfAll(), size)
    const threshold = this.#effort.tolerance * size + 4 * found.error
    return {
      judgement: this.#judge(got, found, size, group.length === 1, () => this.#ownError(input, group, direction)),
      threshold,
      expected: found.value / this.#outputWeight,
      got: got / this.#outputWeight,
      error: Math.abs(found.error / this.#outputWeight),
    }
  }

  #slope(f: (t: number) => number, noise: Noise, size: number): Slope {
    // What suited the last direction suits this one, most often: steps that were far too large then are left out.
    const wanted = Math.max(this.#effort.tolerance * size * 1e-2, negligible * 1e-2)
    const found = slopeAtAnyScale(f, 1, noise, wanted, Math.max(0, this.#level - 3))
    this.#level = found.level
    return found
  }

  #judge(got: number, found: Slope, size: number, isSingle: boolean, ownError: () => number): Judgement {
    const { tolerance } = this.#effort
    // A group can stand at many kinks, which differ by turns to the left and to the right.
    const isStrict = isSingle && this.#subject.isStrict
    let judgement = judge(got, found, size, tolerance, isStrict)
    // Values that are little but rounding error, such as a sum that is zero by its nature, refute nothing.
    if (judgement.verdict === 'fail' && this.#noiseOfAll().relative > hopeless)
      judgement = { verdict: 'inconclusive', reason: 'cancellation' }
    if (judgement.verdict === 'fail' && found.kind === 'smooth' && Number.isFinite(got))
      judgement = judge(got, { ...found, error: found.error + ownError() }, size, tolerance, isStrict)
    if (judgement.verdict === 'pass' && size > negligible)
      this.#tally.resolution = Math.max(this.#tally.resolution, Math.min(1, found.error / size))
    return judgement
  }

  /** Counts the entries in whose derivative an error of 0.1 %, alone in its group, exceeds what the group tolerates. */
  #cover(input: number, group: readonly number[], threshold: number): void {
    for (const at of group) {
      const size = Math.abs(this.#gradients[input][at] * this.#scales[input][at])
      if (size > 0) this.#tally.cover(size * 0.5 * 1e-3 > threshold)
    }
  }
}
