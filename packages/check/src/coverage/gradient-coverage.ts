import { checkArguments, type Graph, inlined, kinds, mapTree, onesLike, type Op, trace, vjp } from '@cotangent/core'
import type { AnyFunction } from '../gradients/derivative'
import { CoverageReport, type OpCoverage } from './report'
import { argumentList, coverageOptions } from '../kinds'
import { needFloats, synchronous } from '../guards'
import { libraryOps } from '../graph/library-ops'
import { type CoverageRecord, fingerprintOf } from './record'

/** Options of `gradientCoverage`. */
export interface CoverageOptions {
  /** What `coverageRecords` gave for your own ops. */
  readonly records?: readonly CoverageRecord[]
  /** The order of derivative to which every op has to be verified; 2 where absent. */
  readonly order?: number
}

/** The law suite of the library holds every law against each of its ops, in both dtypes and both orders. */
const byTheLibrary = { order: 2, dtypes: ['float32', 'float64'] } as const

/**
 * Lists the ops that the gradient of `f` at `args` uses, those of the function and those that their rules apply, and for each
 * to which order and in which dtypes it is verified: the library's own by its law suite, yours by the records of your runs of
 * `checkOp`. `report.ok` where none falls short; `report.throwIfFailed()` can fail a build.
 *
 * @throws what tracing `f` throws.
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
  /** The ops in whose rules it is applied; empty where the function itself applies it. */
  readonly inRulesOf: Set<string>
  isDirect: boolean
}

function collect(graph: Graph, uses: Map<Op, Use>): void {
  for (const node of graph.nodes) {
    const use = uses.get(node.op) ?? {
      count: 0,
      dtypes: new Set(),
      line: undefined,
      inRulesOf: new Set(),
      isDirect: false,
    }
    uses.set(node.op, use)
    use.count++
    node.outputs.forEach((position) => use.dtypes.add(graph.values[position].dtype))
    use.line ??= (node.origin ?? node).site?.line
    if (node.origin === null) use.isDirect = true
    else use.inRulesOf.add(node.origin.op.name)
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
  // A derivative that follows from a formula is an op of its own, checked with the op that it belongs to.
  const parent = records.find((record) => inRulesOf.has(record.op) && op.name.startsWith(`d(${record.op})`))
  const record = named.find(({ fingerprint }) => fingerprint === fingerprintOf(op) || isCustom(op)) ?? parent
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

/** An op that computes nothing has no text of its own to tell versions apart: its name has to do. */
function isCustom({ body }: Op): boolean {
  return body.kind === 'region' && body.replaces !== undefined
}
