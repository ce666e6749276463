import { CotangentError } from '@cotangent/core'

/** How far an op of a gradient is verified. */
export interface OpCoverage {
  readonly op: string
  /** How often the gradient applies it. */
  readonly count: number
  readonly dtypes: readonly string[]
  /** `file:line:column` of the user's first call. */
  readonly line: string | undefined
  /** The ops whose rules apply it; undefined where the function itself applies it too. */
  readonly ruleOf: string | undefined
  /** Who verified it, to which order, and in which dtypes. */
  readonly verified:
    { readonly by: 'library' | 'record'; readonly order: number; readonly dtypes: readonly string[] } | undefined
  /** What is missing; undefined where it is verified as requested. */
  readonly missing: string | undefined
}

/** The result of `gradientCoverage`. */
export class CoverageReport {
  /** Whether every op is verified to the requested order, in the dtypes in use. */
  readonly ok: boolean

  /** @internal */
  constructor(
    readonly ops: readonly OpCoverage[],
    /** The requested order. */
    readonly order: number,
  ) {
    this.ok = ops.every(({ missing }) => missing === undefined)
  }

  /** The report as plain data. Later versions only add fields. */
  toJSON(): Record<string, unknown> {
    return { ok: this.ok, order: this.order, ops: this.ops }
  }

  /** The report as text. */
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

  /** Throws CoverageError, with the report as its message, where an op is not verified as requested. */
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
