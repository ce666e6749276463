import { CotangentError, type Structure, type Tensor } from '@cotangent/core'
import { fingerprintOf } from '../coverage/record'
import type { LawName } from './laws'
import type { OpSubject } from './subject'

/** A law that does not hold, on the smallest case found. */
export interface OpFailure {
  /** What should hold, in words. */
  readonly law: LawName
  /** What does not. */
  readonly detail: string
  /** How the derivatives differ from what they should be, where a pattern shows. */
  readonly diagnosis: string | undefined
  readonly inputs: readonly Tensor[]
  readonly attributes: unknown
  /** What the numbers of each input have in common. */
  readonly structures: readonly (Structure | undefined)[]
  /** Drew the directions. */
  readonly seed: number
}

/** How often a law was held against an op. */
export interface LawSummary {
  readonly law: LawName
  /** Cases that were run. */
  readonly runs: number
  /** Cases to which the law applies: that of second derivatives, say, not to integers. */
  readonly applied: number
  /** Cases in which something could be compared. */
  readonly compared: number
}

interface Asked {
  readonly runs: number
  readonly seed: number
  readonly isExample: boolean
}

/** What `checkOp` found. */
export class OpReport {
  /** Whether every law held. */
  readonly ok: boolean
  readonly name: string
  /** How the op states its derivative; `function` for a function made of ops. */
  readonly kind: string
  /** Tells versions of the op apart; empty for a function made of ops. */
  readonly fingerprint: string
  /** Cases that were run for each law: fewer than were asked for where the time was up. */
  readonly runs: number
  /** Give it as an option to draw the same cases again. */
  readonly seed: number
  /** Whether one given case was looked at, in place of drawn ones. */
  readonly isExample: boolean
  /** Why it has no forward mode, if it has none. */
  readonly noForward: string | undefined
  readonly #asked: number

  /** @internal */
  constructor(
    subject: OpSubject,
    /** The laws that were held against it. */
    readonly laws: readonly LawName[],
    readonly failures: readonly OpFailure[],
    /** How often each law was held against it, in the order of `laws`. */
    readonly summaries: readonly LawSummary[],
    { runs, seed, isExample }: Asked,
  ) {
    this.ok = failures.length === 0
    const failed = new Set(failures.map(({ law }) => law))
    const complete = summaries.filter(({ law }) => !failed.has(law))
    this.runs = Math.min(runs, ...complete.map((each) => each.runs))
    this.seed = seed
    this.isExample = isExample
    this.noForward = subject.facts.noForward
    this.#asked = runs
    this.name = subject.name
    this.kind = subject.law?.kind ?? 'function'
    this.fingerprint = subject.op === undefined ? '' : fingerprintOf(subject.op)
  }

  /** The report as plain data; fields are only ever added. */
  toJSON(): Record<string, unknown> {
    const { ok, name, kind, laws, runs, seed, fingerprint, summaries, noForward } = this
    const failures = this.failures.map(({ law, detail, diagnosis, inputs, attributes, seed }) => ({
      ...{ law, detail, diagnosis, attributes, seed },
      inputs: inputs.map(({ shape, dtype, data }) => ({ shape, dtype, data: Array.from(data, String) })),
    }))
    return { ok, name, kind, laws, runs, seed, fingerprint, failures, summaries, noForward }
  }

  /** The report for people: which laws hold, and for one that does not the smallest case and how to repeat it. */
  toString(): string {
    const { ok, name, kind, laws, failures, runs, seed, noForward } = this
    const applied = this.summaries.filter((each) => each.applied > 0).length
    const which =
      applied === laws.length ? `all ${laws.length} laws` : `the ${applied} laws that apply (of ${laws.length})`
    const cases = runs < this.#asked ? `${runs} of ${this.#asked} cases, as the time was up` : `${runs} cases`
    const head = ok
      ? `${name} (${kind}): keeps ${which}, on ${cases} each`
      : `${name} (${kind}): BREAKS ${failures.length} of ${laws.length} laws`
    const forward = noForward === undefined ? [] : [`it has no forward mode: ${noForward}`]
    return [head, ...forward, ...failures.flatMap((failure) => describe(name, failure)), `seed ${seed}`].join('\n')
  }

  /** Throws where a law does not hold. @throws OpCheckError with the report as its message. */
  throwIfFailed(): void {
    if (!this.ok) throw new OpCheckError(this)
  }
}

/** Thrown by the forms for tests. */
export class OpCheckError extends CotangentError {
  override readonly name = 'OpCheckError'
  constructor(readonly report: OpReport) {
    super('op-check', String(report))
  }
}

function describe(name: string, failure: OpFailure): string[] {
  const { law, detail, diagnosis, inputs, attributes } = failure
  const attributesText = attributes === undefined ? [] : [`  attributes ${JSON.stringify(attributes)}`]
  return [
    `law: ${law}`,
    `  ${detail}`,
    ...(diagnosis === undefined ? [] : [`  ${diagnosis}`]),
    ...inputs.map((input, i) => `  input ${i}: ${String(input)}`),
    ...attributesText,
    `  repeat with: ${reproduction(name, failure)}`,
  ]
}

/** A call of `checkOp` that looks at the failing case alone. */
function reproduction(name: string, { law, inputs, attributes, structures, seed }: OpFailure): string {
  const literals = inputs.map(({ data, shape, dtype }) => {
    const numbers = Array.from(data, (value) => (Object.is(value, -0) ? '-0' : String(value)))
    return `tensor([${numbers.join(', ')}], { shape: [${shape.join(', ')}], dtype: '${dtype}' })`
  })
  const given = attributes === undefined ? '' : `, attributes: ${JSON.stringify(attributes)}`
  const isStructured = structures.some((structure) => structure !== undefined)
  const more = `${given}${isStructured ? `, structures: ${JSON.stringify(structures.map((each) => each ?? null))}` : ''}`
  return `checkOp(${name}, { laws: ['${law}'], example: { inputs: [${literals.join(', ')}]${more}, seed: ${seed} } })`
}
