import { type Noise, roundingError, type Slope, slopeAtAnyScale } from '../numeric/differences'
import { signedWeight } from '../numeric/random'
import type { Subject } from '../numeric/subject'
import { judge, type Judgement, negligible } from '../numeric/verdict'
import { rethrowOwn } from '../numeric/thrown'
import { atLeast, WeightedFunction } from '../numeric/weighted'
import { scalesOf, strata } from '../numeric/weights'
import type { Comparison, Effort } from './comparison-types'
import { GivenDerivative, hopeless } from './given-derivative'
import { type Outcome, Tally } from './tally'

/** Bisection stops after this many findings, or this many steps. */
const [worthReporting, searches] = [8, 40]

/** Compares the derivatives of a function, in reverse and in forward mode, with differences of its values. */
export function compareDerivatives(subject: Subject, random: () => number, effort: Effort): Comparison {
  try {
    return new Comparing(subject, random, effort).run()
  } catch (threw) {
    rethrowOwn(threw)
    return { ...new Tally(), noise: 0, forward: undefined, forwardIs: undefined, nonlinear: undefined, threw }
  }
}

class Comparing {
  readonly #subject: Subject
  readonly #function: WeightedFunction
  readonly #random: () => number
  readonly #effort: Effort
  readonly #given: GivenDerivative
  /** How far a direction of weight 1 moves each entry. */
  readonly #scales: readonly Float64Array[]
  #level = 0
  #searches = searches
  readonly #tally = new Tally()

  constructor(subject: Subject, random: () => number, effort: Effort) {
    this.#subject = subject
    this.#random = random
    this.#effort = effort
    this.#scales = subject.inputs.map(({ data }) => scalesOf(data as Float64Array))
    this.#function = new WeightedFunction(subject, random)
    this.#given = new GivenDerivative(subject, this.#function)
  }

  run(): Comparison {
    const nonlinear = this.#effort.linear === true ? this.#given.nonlinearity() : undefined
    const forward = this.#given.forward()
    this.#subject.inputs.forEach((input, i) => {
      const all = Array.from({ length: input.size }, (_, at) => at)
      if (input.size > this.#effort.everyEntryUpTo) this.#checkGroups(i, all)
      else
        for (const at of all) {
          if (this.#isDone()) this.#tally.skipped++
          else this.#checkEntry(i, at)
          this.#effort.watch?.advance()
        }
    })
    const { measuredNoise: noise } = this.#function
    return {
      ...this.#tally,
      noise,
      forward,
      forwardIs: this.#given.forwardIs(this.#tally.entries),
      nonlinear,
      threw: undefined,
    }
  }

  #isDone(): boolean {
    const { enough = Infinity, watch } = this.#effort
    return this.#tally.failures >= enough || watch?.isOver === true
  }

  #checkEntry(input: number, at: number, isSample = false): void {
    const gradient = this.#given.gradients[input][at]
    const value = Math.abs(this.#subject.inputs[input].data[at])
    const along = (scale: number, isAlone: boolean) => {
      const f = this.#function.along(input, () => scale, [at])
      const got = gradient * scale
      // The bound for all entries together can be far too large for this one.
      const noise = isAlone ? atLeast(this.#function.leastNoise(), roundingError(f, 1)) : this.#function.noise()
      const derivativeError = () => this.#given.roundingError(input, [at], () => scale)
      const { found, judgement } = this.#decide(f, noise, got, Math.abs(got), true, derivativeError)
      const unscaled = scale * this.#function.outputWeight
      const error = Math.abs(found.error / unscaled)
      return { judgement, expected: found.value / unscaled, got: got / unscaled, error }
    }
    const scale = this.#scales[input][at]
    let outcome = along(scale, false)
    if (outcome.judgement.verdict !== 'pass') outcome = along(scale, true)
    // A small entry next to larger ones can need steps of its own, as in log(x) at 1e-8.
    if (outcome.judgement.verdict !== 'pass' && value > 0 && value < scale) {
      const finer = along(value, true)
      if (finer.judgement.verdict !== 'inconclusive') outcome = finer
    }
    this.#tally.count(input, [at], outcome, isSample)
    if (this.#effort.keep === true) this.#tally.entries.push({ ...outcome.judgement, input, entries: [at], ...outcome })
    if (!isSample && gradient !== 0) this.#tally.cover(outcome.judgement.verdict === 'pass')
  }

  #checkGroups(input: number, all: readonly number[]): void {
    const { decades } = this.#effort
    const [scales, values] = [this.#scales[input], this.#subject.inputs[input].data as Float64Array]
    const sizes = this.#given.gradients[input].map((gradient, at) => Math.abs(gradient * scales[at]))
    for (const group of decades === undefined ? [all] : strata(sizes, values, decades)) {
      const { failed } = this.#tally
      this.#effort.watch?.advance(group.length)
      if (this.#isDone()) {
        this.#tally.skipped += group.length
        continue
      }
      for (let turn = 0; turn < this.#effort.directions && this.#tally.failed === failed; turn++) {
        const weights = scales.map((scale) => scale * signedWeight(this.#random))
        this.#checkGroup(input, group, (at) => weights[at], turn > 0)
      }
      for (let i = 0; i < this.#effort.samples; i++)
        this.#checkEntry(input, group[Math.floor(this.#random() * group.length)], true)
    }
  }

  /** Checks a group along a direction, and bisects it where it does not pass. */
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
      // Failures first, because the search is for them.
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
      const term = this.#given.gradients[input][at] * direction(at)
      got += term
      squares += term * term
    }
    const size = Math.sqrt(squares)
    const { found, judgement } = this.#decide(
      this.#function.along(input, direction, group),
      this.#function.noise(),
      got,
      size,
      group.length === 1,
      () => this.#given.roundingError(input, group, direction),
    )
    const threshold = this.#effort.tolerance * size + 32 * found.error
    return {
      judgement,
      threshold,
      expected: found.value / this.#function.outputWeight,
      got: got / this.#function.outputWeight,
      error: Math.abs(found.error / this.#function.outputWeight),
    }
  }

  /**
   * Judges a derivative along a direction. Where it would fail, and kernels compute in float32, it is judged again with
   * their roundings as the noise: where such a kernel is flat, its values show no rounding error.
   */
  #decide(
    f: (t: number) => number,
    noise: Noise,
    got: number,
    size: number,
    isSingle: boolean,
    derivativeError: () => number,
  ): { readonly found: Slope; readonly judgement: Judgement } {
    const found = this.#slope(f, noise, size)
    const judgement = this.#judge(got, found, size, isSingle, derivativeError)
    const rounding = judgement.verdict === 'fail' ? this.#function.singleRounding() : 0
    if (rounding <= noise.absolute) return { found, judgement }
    this.#level = 0
    const coarse = this.#slope(f, atLeast(rounding, noise), size)
    return { found: coarse, judgement: this.#judge(got, coarse, size, isSingle, derivativeError) }
  }

  #slope(f: (t: number) => number, noise: Noise, size: number): Slope {
    // The best step for the last direction is usually good for this one, so skip steps that were far too large for it.
    const wanted = Math.max(this.#effort.tolerance * size * 1e-2, negligible * 1e-2)
    const found = slopeAtAnyScale(f, 1, noise, wanted, Math.max(0, this.#level - 3))
    this.#level = found.level
    return found
  }

  #judge(got: number, found: Slope, size: number, isSingle: boolean, derivativeError: () => number): Judgement {
    const { tolerance } = this.#effort
    // A group can stand at many kinks. Some bend to the left of the point and others to the right.
    const isStrict = isSingle && this.#subject.isStrict
    // Many small kinks add up in a group, so a failure must be clear.
    const seen = isSingle ? found : { ...found, error: 8 * found.error }
    let judgement = judge(got, seen, size, tolerance, isStrict)
    // Values that are mostly rounding error, such as a sum that is always zero, refute nothing.
    if (judgement.verdict === 'fail' && this.#function.noise().relative > hopeless)
      judgement = { verdict: 'inconclusive', reason: 'cancellation' }
    if (judgement.verdict === 'fail' && found.kind === 'smooth' && Number.isFinite(got))
      judgement = judge(got, { ...seen, error: seen.error + derivativeError() }, size, tolerance, isStrict)
    const { threw } = this.#function
    if (threw !== undefined && (judgement.reason === 'edge' || judgement.reason === 'not-finite'))
      judgement = { verdict: 'inconclusive', reason: 'threw', detail: threw }
    if (judgement.verdict === 'pass' && size > negligible)
      this.#tally.resolution = Math.max(this.#tally.resolution, Math.min(1, found.error / size))
    return judgement
  }

  /** Counts the entries in which a single error of 0.1 % would exceed the tolerance of their group. */
  #cover(input: number, group: readonly number[], threshold: number): void {
    for (const at of group) {
      const size = Math.abs(this.#given.gradients[input][at] * this.#scales[input][at])
      if (size > 0) this.#tally.cover(size * 0.5 * 1e-3 > threshold)
    }
  }
}
