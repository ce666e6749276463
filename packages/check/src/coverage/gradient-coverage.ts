import { checkArguments, type GraphData, inlined, kinds, mapTree, onesLike, type Op, trace, vjp } from '@cotangent/core'
import { bodiesOf, singleOp } from '@cotangent/core/internal'
import { type AnyFunction, needFloats, synchronous } from '../arguments'
import { libraryOps } from '../graph/library-ops'
import { isCustomGradient } from '../graph/replacement'
import { argumentList, coverageOptions } from '../kinds'
import { fingerprintOf } from '../op/fingerprint'
import type { CoverageRecord } from './record'
import { CoverageReport, type OpCoverage } from './report'

/** Options of `gradientCoverage`. */
export interface CoverageOptions {
  /** The result of `coverageRecords` for your own ops. */
  readonly records?: readonly CoverageRecord[]
  /** The order of derivative to which every op must be verified. Default: 2. */
  readonly order?: number
}

/** The law suite of the library checks each of its ops, in both dtypes and both orders. */
const byTheLibrary = { order: 2, dtypes: ['float32', 'float64'] } as const

/**
 * Lists the ops that the gradient of `f` at `args` uses: those of the function, and those that derivative rules apply.
 * For each op it says to which order and in which dtypes it is verified. The library's law suite verifies its own ops.
 * Records of your runs of `checkOp` verify yours. `report.ok` is true where nothing is missing;
 * `report.throwIfFailed()` can fail a build.
 *
 * @throws whatever tracing `f` throws.
 */
export function gradientCoverage<Args extends readonly any[]>(
  f: (...args: Args) => unknown,
  args: Args,
  options: CoverageOptions = {},
): CoverageReport {
  checkArguments('gradientCoverage', [kinds.aFunction, argumentList, coverageOptions], arguments)
  const { records = [], order = 2 } = options
  const library = new Set(libraryOps())
  const uses = new Map<Op, Use>()
  needFloats('gradientCoverage', 'no argument holds a floating-point tensor', args)
  collect(trace(inlined(valueAndDerivative(synchronous('gradientCoverage', f as AnyFunction))), ...args), uses)
  const ops = [...uses].map(([op, use]) => coverageOf(op, use, library, records, order))
  return new CoverageReport(ops, order)
}

function valueAndDerivative(f: AnyFunction): AnyFunction {
  return (...args) => {
    const [result, pullback] = vjp(f, ...args)
    return [result, pullback(mapTree((leaf) => onesLike(leaf), result))]
  }
}

interface Use {
  count: number
  readonly dtypes: Set<string>
  line: string | undefined
  /** The ops whose rules apply it. */
  readonly inRulesOf: Set<string>
  isDirect: boolean
}

function collect(graph: GraphData, uses: Map<Op, Use>): void {
  for (const node of graph.nodes) {
    // vmap derives an op for each example. The law suite, or a record, holds the op itself.
    const op = singleOp(node.op)
    const use = uses.get(op) ?? {
      count: 0,
      dtypes: new Set(),
      line: undefined,
      inRulesOf: new Set(),
      isDirect: false,
    }
    uses.set(op, use)
    use.count++
    node.outputs.forEach((position) => use.dtypes.add(graph.values[position].dtype))
    use.line ??= (node.origin ?? node).site?.line
    if (node.origin === null) use.isDirect = true
    else use.inRulesOf.add(singleOp(node.origin.op).name)
    for (const { graph: owned } of bodiesOf(node)) collect(owned, uses)
  }
}

function coverageOf(
  op: Op,
  { count, dtypes, line, inRulesOf, isDirect }: Use,
  library: ReadonlySet<Op>,
  records: readonly CoverageRecord[],
  order: number,
): OpCoverage {
  const base = {
    op: op.name,
    count,
    dtypes: [...dtypes],
    line,
    ruleOf: isDirect ? undefined : [...inRulesOf].join(', '),
  }
  if (library.has(op)) return { ...base, verified: { by: 'library', ...byTheLibrary }, missing: undefined }
  const named = records.filter((record) => record.op === op.name)
  // A derivative that follows from a formula is an op of its own. It is checked together with the op of the formula.
  const parent = records.find((record) => inRulesOf.has(record.op) && op.name.startsWith(`d(${record.op})`))
  // A custom gradient has no source of its own to compare, so its name is enough.
  const record = named.find(({ fingerprint }) => fingerprint === fingerprintOf(op) || isCustomGradient(op)) ?? parent
  if (record === undefined)
    return {
      ...base,
      verified: undefined,
      missing: named.length > 0 ? 'it has changed since it was recorded' : 'there is no record of it',
    }
  const verified = { by: 'record' as const, order: record.order, dtypes: record.dtypes }
  const lacking = [...dtypes].filter((dtype) => dtype.startsWith('float') && !record.dtypes.includes(dtype))
  const missing =
    record.order < order
      ? `it is verified to order ${record.order} only`
      : lacking.length > 0
        ? `it is not verified in ${lacking.join(', ')}`
        : undefined
  return { ...base, verified, missing }
}
