import type { Finding } from './comparison'
import type { Judgement } from '../numeric/verdict'

/** How a derivative, of an entry or of a group along a direction, came out. */
export interface Outcome extends Pick<Finding, 'expected' | 'got' | 'error'> {
  readonly judgement: Judgement
}

/** Counts what a comparison finds. */
export class Tally {
  passed = 0
  failed = 0
  inconclusive = 0
  skipped = 0
  /** Entries, and groups, that failed. */
  failures = 0
  covered = 0
  coverable = 0
  resolution = 0
  readonly findings: Finding[] = []
  readonly entries: Finding[] = []

  /** Counts entries of an input; `isAgain` where they have been counted before, so that only a failure is news. */
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

  /** Counts an entry with a derivative, and whether an error of 0.1 % in it would have been seen. */
  cover(isSeen: boolean): void {
    this.coverable++
    if (isSeen) this.covered++
  }
}
