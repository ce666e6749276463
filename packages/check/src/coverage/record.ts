import { checkArguments, type Kind } from '@cotangent/core'
import type { OpReport } from '../op/report'

const reportList: Kind = {
  expected: 'an array of reports of checkOp',
  accepts: (value) => Array.isArray(value) && value.every(isReport),
}

function isReport(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'fingerprint' in value && 'summaries' in value
}

/** States that an op kept its laws. `gradientCoverage` reads it. It is plain data, so that a file can hold it. */
export interface CoverageRecord {
  readonly op: string
  /** The highest order of derivative that was checked. */
  readonly order: number
  readonly dtypes: readonly string[]
  /** Changes with the source of the op. A record of another version does not count. */
  readonly fingerprint: string
  /** The number of cases for each law. */
  readonly runs: number
}

/** One record for each report in which every law held on drawn cases. Other reports give none. */
export function coverageRecords(reports: readonly OpReport[]): CoverageRecord[] {
  checkArguments('coverageRecords', [reportList], arguments)
  return reports.filter(({ ok, isExample, runs }) => ok && !isExample && runs > 0).map(recordOf)
}

function recordOf({ name, laws, runs, fingerprint }: OpReport): CoverageRecord {
  const order = laws.includes('second derivatives agree with differences of the first, in both modes')
    ? 2
    : laws.includes('reverse mode agrees with differences, and forward mode with reverse mode')
      ? 1
      : 0
  const isSingle = laws.includes('float32 in, float32 out: value within its rounding, gradients of the same dtype')
  return { op: name, order, dtypes: isSingle ? ['float32', 'float64'] : ['float64'], fingerprint, runs }
}
