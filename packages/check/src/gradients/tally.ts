import type { Judgement } from '../numeric/verdict'
import type { Finding } from './comparison-types'

/** The outcome for one derivative: of an entry, or of a group along a direction. */
export interface Outcome extends Pick<Finding, 'expected' | 'got' | 'error'> {
  readonly judgement: Judgement
}

/** Counts the findings of a comparison. */
export class Tally {
  passed = 0
  failed = 0
  inconclusive = 0
  skipped = 0
  /** Failed entries and groups, each counted once. */
  failures = 0
  covered = 0
  coverable = 0
  resolution = 0
  readonly findings: Finding[] = []
  readonly entries: Finding[] = []

  /** Counts entries of an input. With `isAgain` they were counted before, so only a failure counts. */
  count(
    input: number,
    entries: readonly number[],
    { judgement, expected, got, error }: Outcome,
    isAgain: boolean,
  ): void {
    const { verdict } = judgement
    if (verdict === 'fail') {
      this.failures++
      this.failed += entries.length
    } else if (!isAgain && verdict === 'pass') this.passed += entries.length
    else if (!isAgain) this.inconclusive += entries.length
    if (verdict !== 'pass') this.findings.push({ ...judgement, input, entries, expected, got, error })
  }

  /** Counts an entry whose derivative is not zero, and whether an error of 0.1 % in it would have shown. */
  cover(isSeen: boolean): void {
    this.coverable++
    if (isSeen) this.covered++
  }
}
