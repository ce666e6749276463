import { checkArguments, type Kind, type Op } from '@cotangent/core'
import type { OpReport } from '../op/report'

const reportList: Kind = {
  expected: 'an array of reports of checkOp',
  accepts: (value) => Array.isArray(value) && value.every(isReport),
}

function isReport(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'fingerprint' in value && 'summaries' in value
}

/** That an op kept its laws: what `gradientCoverage` goes by. Plain data, to be kept in a file. */
export interface CoverageRecord {
  readonly op: string
  /** Highest order of derivative that was checked. */
  readonly order: number
  readonly dtypes: readonly string[]
  /** Changes when the source of the op does: a record of another version does not count. */
  readonly fingerprint: string
  /** Cases for each law. */
  readonly runs: number
}

/** The records of reports in which every law held on drawn cases; the others have none. */
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

/** A short digest of what an op is made of: its name, its kind, its law, and the texts of its functions. */
export function fingerprintOf(op: Op): string {
  const texts: string[] = []
  const visit = (value: unknown, depth: number) => {
    if (typeof value === 'function') texts.push(Function.prototype.toString.call(value))
    else if (typeof value !== 'object' || value === null) texts.push(String(value))
    else if (depth < 4)
      for (const [key, each] of Object.entries(value)) {
        texts.push(key)
        visit(each, depth + 1)
      }
  }
  visit({ name: op.name, body: op.body, law: op.law as unknown, program: programOf(op) }, 0)
  return digest(texts.join('\n'))
}

/** The scalar program of a map: a formula's own text says nothing of the functions that it calls. */
function programOf({ body, domain }: Op): unknown {
  if (body.kind !== 'map') return null
  const { inputs } = domain({
    integer: (min) => min,
    pick: ([first]) => first,
    shape: () => [],
    broadcastable: (count) => Array.from({ length: count }, () => []),
  })
  const types = inputs.map(({ shape, dtype }) => ({ shape, dtype: dtype ?? ('float64' as const) }))
  return body.work(types, types[0], undefined).program.instructions
}

/** FNV-1a, 32 bits. */
function digest(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
