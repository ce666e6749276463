import type { SampleInput, Tensor } from '@cotangent/core'
import type { Finding } from '../gradients/comparison-types'
import { short } from '../gradients/wording'
import type { Reason } from '../numeric/verdict'

/** A part of the domain in which no derivative could be compared with differences. */
export interface Uncompared {
  /** `input 0 from -1.97 to -0.02`, or `attributes {"mode":"log"}`. */
  readonly where: string
  /** The numbers of the input, or the cases, that were drawn there. */
  readonly drawn: number
  /** The most frequent reason. */
  readonly reason: Reason
}

/** A range with a smaller share of the numbers drawn may be an accident: one NaN makes a whole case incomparable. */
const share = 1 / 8

/** Fewer draws than this say nothing about a part. */
const enough = 3

/** Draws in one part of the domain. */
class Draws {
  drawn = 0
  isCompared = false
  least = Infinity
  most = -Infinity
  readonly reasons: Reason[] = []

  constructor(readonly where: string) {}

  add(reason: Reason | undefined, value = 0): void {
    this.drawn++
    if (reason === undefined) this.isCompared = true
    else this.reasons.push(reason)
    this.least = Math.min(this.least, value)
    this.most = Math.max(this.most, value)
  }

  get isGap(): boolean {
    return !this.isCompared && this.drawn >= enough
  }

  uncompared(range = ''): Uncompared {
    const count = (reason: Reason) => this.reasons.filter((each) => each === reason).length
    const [reason] = [...new Set(this.reasons)].sort((a, b) => count(b) - count(a))
    return { where: `${this.where}${range}`, drawn: this.drawn, reason }
  }
}

interface Entry {
  readonly value: number
  readonly reason: Reason | undefined
}

/** What is read of a case. */
interface Compared {
  readonly xs: readonly Tensor[]
  /** Position of each of `xs` among the inputs. */
  readonly floats: readonly number[]
  readonly sample: readonly SampleInput[]
  readonly attributes: unknown
  readonly isPlain: boolean
}

/** Which parts of a domain the comparison of derivatives reached: ranges of each input, and attributes. */
export class Reach {
  readonly #entries = new Map<number, Entry[]>()
  readonly #attributes = new Map<string, Draws>()

  /** Adds the findings of a case. Numbers on purpose at kinks and ends of intervals say nothing about the domain. */
  add({ xs, floats, sample, attributes, isPlain }: Compared, findings: readonly Finding[]): void {
    if (!isPlain) return
    let first: Reason | undefined
    let isCompared = false
    xs.forEach((x, i) => {
      const reasons = new Map<number, Reason | undefined>()
      for (const { input, entries, reason = 'cancellation' } of findings)
        if (input === i) for (const at of entries) reasons.set(at, reason)
      for (let at = 0; at < x.size; at++) {
        if (reasons.has(at)) first ??= reasons.get(at)
        else isCompared = true
      }
      if (sample[floats[i]].structure !== undefined) return
      const list = this.#entries.get(floats[i]) ?? []
      this.#entries.set(floats[i], list)
      for (let at = 0; at < x.size; at++) list.push({ value: x.data[at], reason: reasons.get(at) })
    })
    if (attributes === undefined || (first === undefined && !isCompared)) return
    const text = JSON.stringify(attributes)
    const draws = this.#attributes.get(text) ?? new Draws(`attributes ${text}`)
    this.#attributes.set(text, draws)
    draws.add(isCompared ? undefined : first)
  }

  /** The parts in which nothing was compared, though enough was drawn there. */
  get uncompared(): Uncompared[] {
    const ranges = [...this.#entries].flatMap(([input, entries]) => gapsOf(`input ${input}`, entries))
    const attributes = [...this.#attributes.values()].filter(({ isGap }) => isGap)
    return [...ranges, ...attributes.map((draws) => draws.uncompared())]
  }
}

/** Ranges of one input in which nothing was compared: runs of its numbers in ascending order, long enough to matter. */
function gapsOf(where: string, entries: readonly Entry[]): Uncompared[] {
  const runs = [new Draws(where)]
  for (const { value, reason } of entries.toSorted((a, b) => a.value - b.value)) {
    if (reason === undefined) runs.push(new Draws(where))
    else runs[runs.length - 1].add(reason, value)
  }
  const digits = (value: number) => short(Number(value.toPrecision(3)))
  return runs
    .filter((run) => run.isGap && run.drawn >= share * entries.length)
    .map((run) => run.uncompared(` from ${digits(run.least)} to ${digits(run.most)}`))
}
