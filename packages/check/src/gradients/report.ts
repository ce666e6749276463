import { CotangentError } from '@cotangent/core'
import type { Note } from '../graph/lint'
import type { Reason, Verdict } from '../numeric/verdict'
import type { Blame, BlamedFrame, Kink } from './culprit'

/** A wrong derivative, or another property that does not hold. */
export interface Failure {
  /**
   * `derivative`: reverse mode disagrees with differences. `forward`: the two modes disagree. `threw`: a rule threw.
   * `not-deterministic`: two runs gave different bits. `kernel`: a kernel wrote to its inputs, or to an output that it
   * had returned. `float32`: the gradient in float32 is not that of float64. `region`: a compiled function or a
   * checkpoint gives other numbers than its ops. `stale-closure`: the function uses an argument through a closure.
   * `disconnected`: no argument reaches the result. `unused`: an argument does not reach the result, or only through
   * constants, and the option `unused` is `fail`. `not-finite`: the function gives NaN or an infinity, and nothing
   * could be compared.
   */
  readonly kind:
    | 'derivative'
    | 'forward'
    | 'threw'
    | 'not-deterministic'
    | 'kernel'
    | 'float32'
    | 'region'
    | 'stale-closure'
    | 'disconnected'
    | 'unused'
    | 'not-finite'
  /** Order of the derivative. */
  readonly order: number
  /** `args[0].weight[1, 2]`; undefined where it is not about one entry. */
  readonly where: string | undefined
  readonly detail: string
}

/** Entries for which the comparison is inconclusive. */
export interface Inconclusive {
  readonly order: number
  readonly where: string
  readonly reason: Reason
  readonly detail: string
}

/** The counts for one order of derivative. */
export interface OrderSummary {
  readonly order: number
  readonly passed: number
  readonly failed: number
  readonly inconclusive: number
  /** Entries that were not checked, because enough had failed or the time was up. */
  readonly skipped: number
  /** The probability that an error of 0.1 % would have shown, in an entry drawn evenly from those that are not zero. */
  readonly detection: number
  /** The largest estimated error of a difference, relative to the derivative that it confirmed. */
  readonly resolution: number
  /** A bound for the rounding errors of the differenced values, relative to them. */
  readonly noise: number
}

/** The result of `checkGradients`. */
export class GradientReport {
  /** Whether the verdict is `pass`. */
  readonly ok: boolean
  /** `fail` where something failed, `pass` where something was confirmed and nothing failed, else `inconclusive`. */
  readonly verdict: Verdict

  /** @internal */
  constructor(
    readonly orders: readonly OrderSummary[],
    readonly failures: readonly Failure[],
    readonly inconclusive: readonly Inconclusive[],
    /** Applications of ops whose own derivative is wrong: the ops to fix. */
    readonly blame: readonly Blame[],
    /** Applications of ops that stand at a kink. */
    readonly kinks: readonly Kink[],
    readonly notes: readonly Note[],
    /** Pass it as an option to draw the same directions again. */
    readonly seed: number,
    /** Relative tolerance. */
    readonly tolerance: number,
  ) {
    const passed = orders.some((order) => order.passed > 0)
    this.verdict = failures.length > 0 ? 'fail' : passed ? 'pass' : 'inconclusive'
    this.ok = this.verdict === 'pass'
  }

  /** The report as plain data. Later versions only add fields. */
  toJSON(): Record<string, unknown> {
    const { ok, verdict, seed, tolerance, orders, failures, inconclusive, blame, kinks, notes } = this
    return { ok, verdict, seed, tolerance, orders, failures, inconclusive, blame, kinks, notes }
  }

  /** The report as text: what was checked, what is wrong, where to look. */
  toString(): string {
    return [
      headline(this),
      ...this.orders.map(describeOrder),
      ...section('wrong', this.failures, ({ order, where, detail }) => {
        const place = [order > 1 ? `order ${order}` : '', where ?? ''].filter((part) => part !== '').join(', ')
        return place === '' ? detail : `${place}: ${detail}`
      }),
      ...section(
        'to blame',
        this.blame,
        ({ op, ruleOf, detail, diagnosis, order, application, line, place: frames }) => {
          const rule = ruleOf === undefined ? '' : `, in the rule of ${ruleOf}`
          const words = diagnosis === undefined ? '' : `\n    ${diagnosis}`
          const around = frames
            .map((frame) => `\n    in ${describeFrame(frame)}`)
            .reverse()
            .join('')
          const place = `\n    ${application}${line === undefined ? '' : `\n    at ${line}`}${around}`
          return `${order > 1 ? `order ${order}, ` : ''}${op}${rule}: ${detail}${words}${place}`
        },
      ),
      ...section('cannot tell', this.inconclusive, ({ where, detail }) => `${where} ${detail}`),
      ...section('kinks', this.inconclusive.length > 0 ? this.kinks : [], ({ op, detail, line }) => {
        return `${op}: ${detail}${line === undefined ? '' : ` at ${line}`}`
      }),
      ...section('note', this.notes, ({ text }) => text),
      `seed ${this.seed}, relative tolerance ${this.tolerance}`,
    ].join('\n')
  }

  /** Throws GradientCheckError, with the report as its message, where something failed or nothing could be compared. */
  throwIfFailed(): void {
    if (!this.ok) throw new GradientCheckError(this)
  }
}

/** Thrown by `throwIfFailed`. */
export class GradientCheckError extends CotangentError {
  override readonly name = 'GradientCheckError'
  constructor(readonly report: GradientReport) {
    super('gradient-check', String(report))
  }
}

const shown = 5

function section<T>(title: string, items: readonly T[], text: (item: T) => string): string[] {
  if (items.length === 0) return []
  const lines = [...new Set(items.slice(0, shown).map((item) => `  ${text(item)}`))]
  const more = items.length > shown ? [`  and ${items.length - shown} more`] : []
  return [`${title}:`, ...lines, ...more]
}

/** `iteration 2 of the scan at file:3:4`. */
function describeFrame({ region, role, iteration, line }: BlamedFrame): string {
  const what = iteration === null ? role : `${role === 'body' ? '' : `the ${role} of `}iteration ${iteration}`
  return `${what} of the ${region}${line === undefined ? '' : ` at ${line}`}`
}

function headline({ verdict, orders }: GradientReport): string {
  const wrong = orders.filter(({ failed }) => failed > 0)
  const failed = wrong.reduce((sum, order) => sum + order.failed, 0)
  const right = orders.filter(({ order }) => wrong.length > 0 && order < wrong[0].order)
  const before = right.map(({ order }) => `; order ${order} is right`).join('')
  switch (verdict) {
    case 'pass':
      return 'gradients: correct, as far as was checked'
    case 'fail':
      return `gradients: WRONG${failed > 0 ? ` in ${failed} ${failed === 1 ? 'entry' : 'entries'} of order ${wrong[0].order}${before}` : ''}`
    case 'inconclusive':
      return 'gradients: inconclusive, nothing could be compared'
  }
}

function describeOrder({ order, passed, failed, inconclusive, skipped, detection, resolution }: OrderSummary): string {
  const counts = [
    ...[`${passed} passed`, `${failed} failed`, `${inconclusive} inconclusive`],
    ...(skipped > 0 ? [`${skipped} not checked`] : []),
  ].join(', ')
  if (failed > 0 || passed === 0) return `order ${order}: ${counts}`
  const seen = `an error of 0.1 % in one entry is seen with probability ${Number(detection.toFixed(4))}`
  return `order ${order}: ${counts}; ${seen}; differences good to ${resolution === 0 ? 'the last digit' : resolution.toExponential(0)}`
}
