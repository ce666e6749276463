import {
  CotangentError,
  type Domain,
  type Op,
  type Sample,
  type Tensor,
  ValueError,
  type WithOp,
} from '@cotangent/core'
import fc from 'fast-check'
import { freshSeed } from '../random'
import { isFloat } from '../replay'
import { forLaw, type LawName, laws } from './laws'
import { OpReport, type OpFailure } from './report'
import { simplified } from './simplify'
import { type Case, drawCase, makeCase, type OpSubject, subjectOf } from './subject'

/** Options of `checkOp`. */
export interface CheckOpOptions {
  /** What to test on; the op's own domain where absent. Of a plain function: as many inputs as it has, all of one shape. */
  readonly domain?: Domain
  /** Shown in the report; the name of the op or function where absent. */
  readonly name?: string
  /** Cases for each law; 100 where absent. */
  readonly runs?: number
  /** Which laws to hold; all where absent. */
  readonly laws?: readonly LawName[]
  /** The output has one dtype whatever the inputs have, as that of a conversion. */
  readonly fixedDType?: boolean
  /** Draws the cases; a new one each time where absent. The report names it. */
  readonly seed?: number
  /** One case to look at, in place of drawn ones: what a report says to paste. */
  readonly example?: { readonly inputs: readonly Tensor[]; readonly attributes?: unknown; readonly seed?: number }
}

/** What `checkOp` takes: what `defineOp` and `defineElementwise` make, an op itself, or any function of tensors. */
export type Checkable = WithOp<any> | Op | ((...inputs: any[]) => Tensor)

/**
 * Holds every law against an op of yours, made through any of the four doors: a plain function of ops, `defineElementwise`,
 * `customGradient` or `defineOp`. The laws say that value, both modes, second order, traces, dtypes and what the op states
 * about itself agree, on inputs drawn from its domain: empty and single axes, broadcast pairs, ties, the ends of intervals,
 * larger shapes, one tensor given twice. A failing case is shrunk to its smallest, its numbers made simple, and printed with
 * a line that repeats it.
 *
 * @throws ValueError where there is nothing to check.
 */
export function checkOp(op: Checkable, options: CheckOpOptions = {}): OpReport {
  const { runs = 100, laws: chosen = lawNames, seed = freshSeed() } = options
  const subject = toSubject(op, options)
  const failures = chosen.flatMap((law) => {
    const failure = options.example ? failureOfExample(subject, law, options.example) : check(subject, law, runs, seed)
    return failure === undefined ? [] : [failure]
  })
  return new OpReport(subject, chosen, failures, options.example ? 1 : runs, seed)
}

const lawNames = Object.keys(laws) as LawName[]

function toSubject(op: Checkable, { domain, name, fixedDType = false }: CheckOpOptions): OpSubject {
  const isOp = 'infer' in op && 'body' in op
  const own = isOp ? op : 'op' in op ? op.op : undefined
  if (own !== undefined) {
    const subject = subjectOf(own, fixedDType)
    return { ...subject, domain: domain ?? subject.domain, name: name ?? subject.name }
  }
  if (typeof op !== 'function')
    throw new ValueError(
      'nothing-to-check',
      `[checkOp] takes an op or a function of tensors, got ${op === null ? 'null' : typeof op}; pass what defineOp returned, or the function itself`,
    )
  const call = (inputs: readonly Tensor[], attributes: unknown) =>
    attributes === undefined ? op(...inputs) : op(...inputs, attributes)
  return {
    ...{ name: name ?? (op.name || 'function'), call, fixedDType },
    ...{ domain: domain ?? sameShapes(Math.max(1, op.length)), isGuess: domain === undefined },
  }
}

/** A domain of inputs of one shape, for functions that declare none. */
function sameShapes(count: number): Domain {
  return (draw) => {
    const shape = draw.shape({ maxRank: 2 })
    return { inputs: Array.from({ length: count }, () => ({ shape })), attributes: undefined }
  }
}

function accepts({ f, xs }: Case): boolean {
  try {
    f(...xs)
    return true
  } catch (error) {
    if (error instanceof CotangentError) return false
    throw error
  }
}

/** What is wrong with a case, in words; nothing where the law holds. */
function wrongWith(given: Case, law: LawName): string | undefined {
  try {
    return laws[law](forLaw(given, law))
  } catch (error) {
    return `threw ${String(error)}`
  }
}

function check(subject: OpSubject, law: LawName, runs: number, seed: number): OpFailure | undefined {
  let smallest: { given: Case; detail: string } | undefined
  const property = fc.property(fc.gen(), (g) => {
    const given = drawCase(subject, g)
    fc.pre(!subject.isGuess || accepts(given))
    const detail = wrongWith(given, law)
    if (detail !== undefined) smallest = { given, detail }
    return detail === undefined
  })
  const { failed, numSkips } = fc.check(property, {
    numRuns: runs,
    seed,
    interruptAfterTimeLimit: 20_000,
    markInterruptAsFailure: false,
  })
  if (smallest === undefined && numSkips > runs)
    throw new ValueError(
      'no-domain',
      `[checkOp] ${subject.name} refused most of the inputs that were drawn, which have one shape; say what it takes: checkOp(f, { domain })`,
    )
  if (!failed || smallest === undefined) return undefined
  const { given, detail } = simplified(smallest, (other) => wrongWith(other, law))
  return toFailure(law, detail, given)
}

function failureOfExample(
  subject: OpSubject,
  law: LawName,
  { inputs, attributes, seed = 0 }: NonNullable<CheckOpOptions['example']>,
): OpFailure | undefined {
  const sample: Sample<unknown> = { inputs: inputs.map(({ shape }) => ({ shape: shape as number[] })), attributes }
  const given = makeCase(subject, inputs, sample, seed, inputs.some(isFloat))
  const detail = wrongWith(given, law)
  return detail === undefined ? undefined : toFailure(law, detail, given)
}

function toFailure(law: LawName, detail: string, { inputs, attributes, seed }: Case): OpFailure {
  return { law, detail, inputs, attributes, seed }
}
