import { CotangentError, type Tensor } from '@cotangent/core'
import { fingerprintOf } from '../gradient-coverage/record'
import type { LawName } from './laws'
import type { OpSubject } from './subject'

/** A law that does not hold, on the smallest case found. */
export interface OpFailure {
  /** What should hold, in words. */
  readonly law: LawName
  /** What does not. */
  readonly detail: string
  readonly inputs: readonly Tensor[]
  readonly attributes: unknown
  /** Drew the directions. */
  readonly seed: number
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

  /** @internal */
  constructor(
    subject: OpSubject,
    /** The laws that were held against it. */
    readonly laws: readonly LawName[],
    readonly failures: readonly OpFailure[],
    /** Cases for each law. */
    readonly runs: number,
    /** Give it as an option to draw the same cases again. */
    readonly seed: number,
  ) {
    this.ok = failures.length === 0
    this.name = subject.name
    this.kind = subject.law?.kind ?? 'function'
    this.fingerprint = subject.op === undefined ? '' : fingerprintOf(subject.op)
  }

  /** The report as plain data; fields are only ever added. */
  toJSON(): Record<string, unknown> {
    const { ok, name, kind, laws, runs, seed, fingerprint } = this
    const failures = this.failures.map(({ law, detail, inputs, attributes, seed }) => ({
      ...{ law, detail, attributes, seed },
      inputs: inputs.map(({ shape, dtype, data }) => ({ shape, dtype, data: Array.from(data, String) })),
    }))
    return { ok, name, kind, laws, runs, seed, fingerprint, failures }
  }

  /** The report for people: which laws hold, and for one that does not the smallest case and how to repeat it. */
  toString(): string {
    const { ok, name, kind, laws, failures, runs, seed } = this
    const head = ok
      ? `${name} (${kind}): keeps all ${laws.length} laws on ${runs} cases each`
      : `${name} (${kind}): BREAKS ${failures.length} of ${laws.length} laws`
    return [head, ...failures.flatMap((failure) => describe(name, failure)), `seed ${seed}`].join('\n')
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
  const { law, detail, inputs, attributes } = failure
  const attributesText = attributes === undefined ? [] : [`  attributes ${JSON.stringify(attributes)}`]
  return [
    `law: ${law}`,
    `  ${detail}`,
    ...inputs.map((input, i) => `  input ${i}: ${String(input)}`),
    ...attributesText,
    `  repeat with: ${reproduction(name, failure)}`,
  ]
}

/** A call of `checkOp` that looks at the failing case alone. */
function reproduction(name: string, { law, inputs, attributes, seed }: OpFailure): string {
  const literals = inputs.map(({ data, shape, dtype }) => {
    const numbers = Array.from(data, (value) => (Object.is(value, -0) ? '-0' : String(value)))
    return `tensor([${numbers.join(', ')}], { shape: [${(shape as number[]).join(', ')}], dtype: '${dtype}' })`
  })
  const more = attributes === undefined ? '' : `, attributes: ${JSON.stringify(attributes)}`
  return `checkOp(${name}, { laws: ['${law}'], example: { inputs: [${literals.join(', ')}]${more}, seed: ${seed} } })`
}
