import { CotangentError } from '@cotangent/core'

/** How well an op of a gradient is verified. */
export interface OpCoverage {
  readonly op: string
  /** How many times the gradient applies it. */
  readonly count: number
  readonly dtypes: readonly string[]
  /** `file:line:column` of the user's first call. */
  readonly line: string | undefined
  /** The ops in whose rules alone it is applied. */
  readonly ruleOf: string | undefined
  /** By whom, to which order, and in which dtypes. */
  readonly verified:
    { readonly by: 'library' | 'record'; readonly order: number; readonly dtypes: readonly string[] } | undefined
  /** What it falls short of. */
  readonly missing: string | undefined
}

/** What `gradientCoverage` found. */
export class CoverageReport {
  /** Whether every op is verified to the order asked for, in the dtypes in use. */
  readonly ok: boolean

  /** @internal */
  constructor(
    readonly ops: readonly OpCoverage[],
    /** The order asked for. */
    readonly order: number,
  ) {
    this.ok = ops.every(({ missing }) => missing === undefined)
  }

  /** The report as plain data; fields are only ever added. */
  toJSON(): Record<string, unknown> {
    return { ok: this.ok, order: this.order, ops: this.ops }
  }

  /** The report for people. */
  toString(): string {
    const { ops, order } = this
    const missing = ops.filter((op) => op.missing !== undefined)
    const by = (who: 'library' | 'record') =>
      ops
        .filter((op) => op.missing === undefined && op.verified?.by === who)
        .map(({ op, count }) => (count > 1 ? `${op} (${count})` : op))
    const list = (title: string, names: readonly string[]) =>
      names.length === 0 ? [] : [`${title}: ${names.join(', ')}`]
    return [
      ops.length === 0
        ? 'gradient coverage: the gradient uses no op'
        : `gradient coverage: ${ops.length - missing.length} of ${ops.length} ops verified to order ${order}`,
      ...list('by the law suite of the library', by('library')),
      ...list('by your records', by('record')),
      ...(missing.length === 0 ? [] : ['not verified:']),
      ...missing.map(({ op, ruleOf, missing, dtypes, line }) => {
        const rule = ruleOf === undefined ? '' : `, in the rule of ${ruleOf}`
        return `  ${op}${rule} (${dtypes.join(', ')}): ${missing}${line === undefined ? '' : ` at ${line}`}`
      }),
      ...(missing.length === 0 ? [] : ['run checkOp on each, and record the reports with coverageRecords']),
    ].join('\n')
  }

  /** Throws where an op falls short. @throws CoverageError with the report as its message. */
  throwIfFailed(): void {
    if (!this.ok) throw new CoverageError(this)
  }
}

/** Thrown by `throwIfFailed`. */
export class CoverageError extends CotangentError {
  override readonly name = 'CoverageError'
  constructor(readonly report: CoverageReport) {
    super('gradient-coverage', String(report))
  }
}
