import type { Note } from '../graph/lint'
import type { Blame, Kink } from './culprit'
import type { NativeRunFailure } from './native-run'
import { type Failure, GradientReport, type Inconclusive, type OrderSummary } from './report'

/** The results of a check so far. */
export class Findings {
  readonly orders: OrderSummary[] = []
  readonly failures: Failure[] = []
  readonly inconclusive: Inconclusive[] = []
  readonly blame: Blame[] = []
  readonly kinks: Kink[] = []
  readonly notes: Note[] = []

  get isWrong(): boolean {
    return this.failures.length > 0
  }

  fail(kind: Failure['kind'], order: number, detail: string, where?: string): void {
    this.failures.push({ kind, order, where, detail })
  }

  /** Adds failures and the ops that they blame. Returns whether there were any. */
  failAll(failures: readonly NativeRunFailure[], order: number): boolean {
    for (const { kind, detail, blame } of failures) {
      this.fail(kind, order, detail)
      this.blame.push(...blame.map((each) => ({ ...each, order })))
    }
    return failures.length > 0
  }

  /** Records that a derivative throws where a solver does not converge, so that nothing shows whether it is right. */
  throwsHere(order: number, { message }: Error): void {
    const detail = `was not compared, because it throws at these arguments: ${message}`
    this.inconclusive.push({ order, where: `the derivative of order ${order}`, reason: 'threw', detail })
  }

  note(code: Note['code'], text: string): void {
    this.notes.push({ code, text })
  }

  toReport(seed: number, tolerance: number): GradientReport {
    const { orders, failures, inconclusive, blame, kinks, notes } = this
    return new GradientReport(orders, failures, inconclusive, blame, kinks, notes, seed, tolerance)
  }
}
