import {
  checkArguments,
  CotangentError,
  type Domain,
  type Op,
  type Sample,
  type Structure,
  type Tensor,
  ValueError,
  type WithOp,
} from '@cotangent/core'
import fc from 'fast-check'
import { copied } from '../arguments'
import { type Progress, Watch } from '../gradients/watch'
import { checkable, opOptions } from '../kinds'
import { freshSeed } from '../numeric/random'
import { isFloating } from '../numeric/tensors'
import { shrinking } from './draw'
import { failureOf } from './failure'
import { forLaw, type LawName, laws, type Silence } from './laws'
import { type LawSummary, type OpFailure, OpReport } from './report'
import { type Failing, simplified, smaller } from './simplify'
import { accepts, guessedDomains } from './guess'
import { type Case, copiedCase, drawCase, makeCase, noFacts, type OpSubject, subjectOf } from './subject'

/** Options of `checkOp`. */
export interface CheckOpOptions {
  /**
   * Draws the inputs. Default: the op's own domain. For a plain function, one input per parameter, all of one shape:
   * most of rank 2 or less with numbers in [-2, 2]; where the function takes them, also of rank 3 and 4, and with
   * numbers up to 10 and 1000.
   */
  readonly domain?: Domain
  /** Shown in the report. Default: the name of the op or function. */
  readonly name?: string
  /** The number of cases for each law, 1 or more. Default: 100. */
  readonly runs?: number
  /** Which laws to check. Default: all. */
  readonly laws?: readonly LawName[]
  /** Whether the output has one dtype whatever the inputs have, as in a conversion. Default: false. */
  readonly fixedDType?: boolean
  /** Seed of the cases. Default: a new one each time, which the report names. */
  readonly seed?: number
  /** Stops after about this many milliseconds, and reports how many cases ran. Default: 20 seconds for each law. */
  readonly budgetMs?: number
  /**
   * Called with the progress of the check. A check of more than two seconds also shows it on standard error, if that is
   * a terminal.
   */
  readonly onProgress?: (progress: Progress) => void
  /** Checks this one case instead of drawn ones. A report prints it for you to paste. */
  readonly example?: {
    readonly inputs: readonly Tensor[]
    readonly attributes?: unknown
    readonly structures?: readonly (Structure | undefined)[]
    readonly seed?: number
  }
}

/**
 * What `checkOp` accepts: a function made by `defineOp` or `defineElementwise`, an op itself, or any function of
 * tensors.
 */
export type Checkable = WithOp<any> | Op | ((...inputs: any[]) => Tensor)

/**
 * Checks every law on an op of yours: a plain function of ops, or one made by `defineElementwise`, `customGradient` or
 * `defineOp`. The laws state that value, both modes, second order, traces, dtypes and the op's own statements agree.
 * The inputs are drawn from the op's domain. They include axes of size 0 and 1, an axis of size 17 to 70, broadcast
 * pairs, ties, the ends of intervals, larger shapes, and one tensor passed twice. A failing case is shrunk, its numbers
 * are simplified, and the report prints a call that repeats it.
 *
 * @throws ValueError where there is nothing to check, or the domain throws.
 */
export function checkOp(op: Checkable, options: CheckOpOptions = {}): OpReport {
  checkArguments('checkOp', [checkable, opOptions(lawNames)], arguments)
  const { runs = 100, laws: chosen = lawNames, seed = freshSeed(), budgetMs, example } = options
  const subject = toSubject(op, options)
  const watch = new Watch('checkOp', budgetMs, options.onProgress)
  const failures: OpFailure[] = []
  const summaries: LawSummary[] = []
  const limit = budgetMs === undefined ? 20_000 : budgetMs / chosen.length
  try {
    chosen.forEach((law, i) => {
      // An op that is wrong for all inputs is wrong for tied ones too.
      if (law === tieLaw && failures.some((failure) => failure.law === derivativeLaw)) return
      watch.begin(`law ${i + 1} of ${chosen.length}`, runs)
      const { failing, summary } =
        example === undefined
          ? new LawRun(subject, law, watch).run(runs, seed, limit)
          : runExample(subject, law, example)
      if (failing !== undefined) failures.push(failureOf(law, failing))
      summaries.push(summary)
    })
  } finally {
    watch.end()
  }
  if (failures.length === 0) rejectEmptyRun(subject, summaries)
  return new OpReport(subject, chosen, failures, summaries, {
    runs: example ? 1 : runs,
    seed,
    isExample: example !== undefined,
  })
}

const lawNames = Object.keys(laws) as LawName[]
const derivativeLaw: LawName = 'reverse mode agrees with differences, and forward mode with reverse mode'
const tieLaw: LawName = 'an input given several times gets the sum of the cotangents, and that is the derivative'

/** Rejects a run that verified nothing: no law applied, or one applied and had nothing to compare in any case. */
function rejectEmptyRun({ name }: OpSubject, summaries: readonly LawSummary[]): void {
  if (summaries.every(({ applied }) => applied === 0))
    throw new ValueError(
      'nothing-to-check',
      `[checkOp] none of the chosen laws applies to any case of ${name}; use floating-point inputs in its domain`,
    )
  const idle = summaries.find(({ applied, compared }) => applied > 0 && compared === 0)
  if (idle !== undefined)
    throw new ValueError(
      'nothing-to-check',
      `[checkOp] nothing could be compared in ${idle.applied} cases of ${name}: "${idle.law}"; its values are not finite there, or it has ` +
        'no derivative: pass a domain on which it is smooth',
    )
}

function toSubject(op: Checkable, { domain, name, fixedDType = false }: CheckOpOptions): OpSubject {
  const own = ownOp(op)
  if (own !== undefined) {
    const subject = subjectOf(own, fixedDType)
    return { ...subject, domain: domain ?? subject.domain, name: name ?? subject.name }
  }
  if (typeof op !== 'function')
    throw new ValueError('nothing-to-check', '[checkOp] expected an op or a function of tensors')
  const call = (inputs: readonly Tensor[], attributes: unknown) =>
    attributes === undefined ? op(...inputs) : op(...inputs, attributes)
  return {
    ...{ name: name ?? (op.name || 'function'), call, fixedDType, facts: noFacts() },
    ...(domain === undefined ? guessedDomains(Math.max(1, op.length)) : { domain }),
  }
}

/** The op itself, or the op that a function carries. */
function ownOp(op: Checkable): Op | undefined {
  if ('infer' in op && 'body' in op) return op
  return 'op' in op ? op.op : undefined
}

/** Runs a law on a copy of a case. A law that throws is broken. */
function wrongWith(given: Case, law: LawName): { readonly wrong: string } | Silence | undefined {
  try {
    return laws[law](forLaw(copiedCase(given), law))
  } catch (error) {
    return { wrong: `threw ${String(error)}` }
  }
}

function messageOf(result: ReturnType<typeof wrongWith>): string | undefined {
  return typeof result === 'object' ? result.wrong : undefined
}

/** One law, run on drawn cases. */
class LawRun {
  #failing: Failing | undefined
  #runs = 0
  #applied = 0
  #compared = 0

  constructor(
    private readonly subject: OpSubject,
    private readonly law: LawName,
    private readonly watch: Watch,
  ) {}

  run(cases: number, seed: number, limitMs: number): { failing: Failing | undefined; summary: LawSummary } {
    const start = Date.now()
    this.#check(cases, seed, limitMs, false)
    // A kernel may be wrong only past the length of a block.
    const isInTime = Date.now() - start < limitMs
    if (this.#failing === undefined && isInTime) this.#check(Math.ceil(cases / 25), seed, limitMs, true)
    const wrong = (other: Case) => messageOf(wrongWith(other, this.law))
    const failing = this.#failing && simplified(smaller(this.#failing, this.subject, wrong), wrong)
    const [runs, applied, compared] = [this.#runs, this.#applied, this.#compared]
    return { failing, summary: { law: this.law, runs, applied, compared } }
  }

  #check(runs: number, seed: number, limitMs: number, isLong: boolean): void {
    const { subject, law } = this
    const property = fc.property(fc.gen(), (g) => {
      const given = drawCase(subject, shrinking(g), isLong ? 'long' : undefined)
      fc.pre(subject.bold === undefined || accepts(copiedCase(given)))
      const result = wrongWith(given, law)
      const detail = messageOf(result)
      if (this.#failing === undefined) this.#count(result)
      if (detail !== undefined) this.#failing = { given, detail }
      return detail === undefined
    })
    const { errorInstance, numSkips } = fc.check(property, {
      ...{ numRuns: runs, seed, interruptAfterTimeLimit: limitMs, markInterruptAsFailure: false },
      maxSkipsPerRun: isLong ? 3 : 10,
    })
    if (this.#failing !== undefined) return
    if (errorInstance !== undefined && errorInstance !== null && this.#isThrown(errorInstance)) throw errorInstance
    if (!isLong && numSkips > runs)
      throw new ValueError(
        'no-domain',
        `[checkOp] ${subject.name} rejected most of the drawn inputs, which have one shape; pass a domain: checkOp(f, { domain })`,
      )
  }

  /**
   * Whether an error comes from the code under test, and not from fast-check, which may be interrupted or run out of
   * cases.
   */
  #isThrown(error: unknown): boolean {
    return error instanceof CotangentError || (error instanceof Error && this.#runs === 0)
  }

  #count(result: ReturnType<typeof wrongWith>): void {
    this.#runs++
    if (result !== 'not applicable') this.#applied++
    if (result !== 'not applicable' && result !== 'not comparable') this.#compared++
    this.watch.advance()
  }
}

function runExample(
  subject: OpSubject,
  law: LawName,
  { inputs, attributes, structures = [], seed = 0 }: NonNullable<CheckOpOptions['example']>,
): { failing: Failing | undefined; summary: LawSummary } {
  const sample: Sample<unknown> = {
    inputs: inputs.map(({ shape }, i) => ({ shape, structure: structures[i] })),
    attributes,
  }
  const given = makeCase(subject, inputs.map(copied), sample, seed, inputs.some(isFloating))
  const result = wrongWith(given, law)
  const detail = messageOf(result)
  const applied = result === 'not applicable' ? 0 : 1
  const summary = { law, runs: 1, applied, compared: result === 'not comparable' ? 0 : applied }
  return { failing: detail === undefined ? undefined : { given, detail }, summary }
}
