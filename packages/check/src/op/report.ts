import { CotangentError, type Structure, type Tensor } from '@cotangent/core'
import { fingerprintOf } from './fingerprint'
import type { LawName } from './laws'
import type { Uncompared } from './reach'
import type { OpSubject } from './subject'

/** A law that does not hold, on the smallest case found. */
export interface OpFailure {
  /** The law, in words. */
  readonly law: LawName
  /** What is wrong. */
  readonly detail: string
  /** The pattern of the wrong derivatives; undefined where none shows. */
  readonly diagnosis: string | undefined
  readonly inputs: readonly Tensor[]
  readonly attributes: unknown
  /** The structure of each input. */
  readonly structures: readonly (Structure | undefined)[]
  /** Seed of the random directions. */
  readonly seed: number
}

/** How often a law was checked. */
export interface LawSummary {
  readonly law: LawName
  /** Cases that were run. */
  readonly runs: number
  /** Cases to which the law applies. The law of second derivatives, for example, does not apply to integers. */
  readonly applied: number
  /** Cases in which something could be compared. */
  readonly compared: number
}

interface Request {
  readonly runs: number
  readonly seed: number
  readonly isExample: boolean
}

/** The result of `checkOp`. */
export class OpReport {
  /** Whether every law held. */
  readonly ok: boolean
  readonly name: string
  /** The kind of law by which the op states its derivative; `function` for a function made of ops. */
  readonly kind: string
  /** Differs between versions of the op. Empty for a function made of ops. */
  readonly fingerprint: string
  /** Cases that were run for each law. Fewer than requested where the time was up. */
  readonly runs: number
  /** Pass it as an option to draw the same cases again. */
  readonly seed: number
  /** Whether one given case was checked instead of drawn ones. */
  readonly isExample: boolean
  /** Why it has no forward mode; undefined where it has one. */
  readonly noForward: string | undefined
  /**
   * Parts of the domain in which no derivative could be compared with differences: ranges of an input, and attributes.
   * Empty where a law does not hold.
   */
  readonly uncompared: readonly Uncompared[]
  readonly #requested: number

  /** @internal */
  constructor(
    subject: OpSubject,
    /** The laws that were checked. */
    readonly laws: readonly LawName[],
    readonly failures: readonly OpFailure[],
    /** How often each law was checked, in the order of `laws`. */
    readonly summaries: readonly LawSummary[],
    { runs, seed, isExample }: Request,
  ) {
    this.ok = failures.length === 0
    const failed = new Set(failures.map(({ law }) => law))
    const complete = summaries.filter(({ law }) => !failed.has(law))
    this.runs = Math.min(runs, ...complete.map((each) => each.runs))
    this.seed = seed
    this.isExample = isExample
    this.noForward = subject.facts.noForward
    this.uncompared = this.ok ? subject.facts.reach.uncompared : []
    this.#requested = runs
    this.name = subject.name
    this.kind = subject.law?.kind ?? 'function'
    this.fingerprint = subject.op === undefined ? '' : fingerprintOf(subject.op)
  }

  /** The report as plain data. Later versions only add fields. */
  toJSON(): Record<string, unknown> {
    const { ok, name, kind, laws, runs, seed, fingerprint, summaries, noForward, uncompared } = this
    const failures = this.failures.map(({ law, detail, diagnosis, inputs, attributes, seed }) => ({
      ...{ law, detail, diagnosis, attributes, seed },
      inputs: inputs.map(({ shape, dtype, data }) => ({ shape, dtype, data: Array.from(data, String) })),
    }))
    return { ok, name, kind, laws, runs, seed, fingerprint, failures, summaries, noForward, uncompared }
  }

  /** The report as text: which laws hold, and the smallest case of each that does not, with a call that repeats it. */
  toString(): string {
    const { ok, name, kind, laws, failures, runs, seed, noForward } = this
    const applied = this.summaries.filter((each) => each.applied > 0).length
    const which =
      applied === laws.length ? `all ${laws.length} laws` : `the ${applied} laws that apply (of ${laws.length})`
    const cases = runs < this.#requested ? `${runs} of ${this.#requested} cases, as the time was up` : `${runs} cases`
    const head = ok
      ? `${name} (${kind}): keeps ${which}, on ${cases} each`
      : `${name} (${kind}): BREAKS ${failures.length} of ${laws.length} laws`
    const forward = noForward === undefined ? [] : [`it has no forward mode: ${noForward}`]
    const gaps = this.uncompared.map(describeGap)
    return [head, ...gaps, ...forward, ...failures.flatMap((failure) => describe(name, failure)), `seed ${seed}`].join(
      '\n',
    )
  }

  /** Throws OpCheckError, with the report as its message, where a law does not hold. */
  throwIfFailed(): void {
    if (!this.ok) throw new OpCheckError(this)
  }
}

/** Thrown by `throwIfFailed`. */
export class OpCheckError extends CotangentError {
  override readonly name = 'OpCheckError'
  constructor(readonly report: OpReport) {
    super('op-check', String(report))
  }
}

function describeGap({ where, drawn, reason }: Uncompared): string {
  const why = reason === 'not-finite' ? 'the values or derivatives are not finite' : `the reason is ${reason}`
  return `no derivative was compared for ${where} (${drawn} draws): ${why}; pass a domain without this part, or fix the op there`
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

/** A call of `checkOp` that checks the failing case alone. */
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
