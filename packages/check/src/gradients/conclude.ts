import { CotangentError, debugNaN, flatten, formatIndex } from '@cotangent/core'
import { copiedArgs } from '../arguments'
import { blame, type Blame } from './blame'
import type { Comparison, Finding } from './comparison'
import { type AnyFunction, derivativeOf } from './derivative'
import type { Findings } from './findings'
import type { Graphed } from '../graph/subject'
import { hiddenMistakes } from './compensating'
import { numbersFrom } from '../numeric/random'
import { isFloat } from '../graph/evaluate'
import { nameOf } from '../graph/lint'
import type { Watch } from './watch'
import { describeFinding, describeReason } from './wording'

/** What was compared. */
export interface Compared {
  readonly order: number
  readonly f: AnyFunction
  readonly args: readonly unknown[]
  /** Absent where the function could not be traced. */
  readonly graphed: Graphed | undefined
  /** Whether it could not be traced and holds values back: differences see them change. */
  readonly isHolding: boolean
  readonly random: () => number
  readonly tolerance: number
  readonly watch: Watch
}

/** Turns what a comparison found into failures with whom to blame, and into what cannot be told. */
export function conclude(findings: Findings, comparison: Comparison, compared: Compared): void {
  const { threw, forward, passed, covered, coverable, noise, resolution, skipped } = comparison
  const { order, args, graphed, isHolding, random, tolerance, watch } = compared
  const failed = comparison.findings.filter(({ verdict }) => verdict === 'fail')
  const isWrong = failed.length > 0 || threw !== undefined || forward !== undefined
  const isLookedInto = graphed !== undefined && (isWrong || comparison.findings.length > 0)
  const blamed = isLookedInto
    ? blame(graphed.graph, graphed.values, { order, random, tolerance, watch, kinks: true })
    : undefined
  if (isWrong) findings.blame.push(...(blamed?.culprits ?? []))
  findings.kinks.push(...(blamed?.kinks ?? []))
  if (threw !== undefined) findings.fail('threw', order, threw instanceof Error ? threw.message : String(threw))
  const isBroken = failed.some(({ got, reason }) => !Number.isFinite(got) && reason !== 'kink')
  if (isBroken) findings.blame.push(...blameNonFinite(compared))
  // Where each op is right on its own, so is the derivative, and it is differences of the whole that go astray.
  const isExplained = (isHolding || blamed?.culprits.length === 0) && !isBroken && threw === undefined
  const unclear = (finding: Finding, detail: string) =>
    findings.inconclusive.push({
      order,
      where: whereIs(finding, args),
      reason: finding.reason ?? 'cancellation',
      detail,
    })
  const why =
    (blamed?.kinks.length ?? 0) > 0
      ? 'an op inside stands at a kink, where its derivative is a convention'
      : isHolding
        ? 'the function reads values, so that differences see what it holds back change'
        : 'every op is right on its own; differences of the whole do not resolve it'
  for (const finding of failed)
    if (isExplained) unclear(finding, why)
    else findings.fail('derivative', order, describeFinding(finding), whereIs(finding, args))
  if (forward !== undefined && !isExplained) findings.fail('forward', order, forward)
  for (const finding of comparison.findings)
    if (finding.verdict === 'inconclusive') unclear(finding, describeReason(finding))
  if (!isWrong && order === 1 && graphed !== undefined)
    for (const { detail, blame } of hiddenMistakes(graphed, flatten(args).leaves, random, tolerance)) {
      findings.fail('derivative', 1, detail)
      findings.blame.push(...blame)
    }
  findings.orders.push({
    ...{ order, passed, skipped, failed: isExplained ? 0 : comparison.failed },
    inconclusive: comparison.inconclusive + (isExplained ? comparison.failed : 0),
    ...{ detection: coverable === 0 ? 1 : covered / coverable, resolution, noise },
  })
}

/** Blames the rule that makes a NaN or an infinity from finite numbers: at that point it may be right on its own. */
function blameNonFinite({ f, args, order }: Compared): Blame[] {
  try {
    debugNaN(derivativeOf(f, numbersFrom(1)))(...copiedArgs(args))
    return []
  } catch (error) {
    if (!(error instanceof CotangentError)) throw error
    return [blameOf(error, order)]
  }
}

/** Messages begin with the op that they are about. */
export function blameOf({ message }: CotangentError, order: number): Blame {
  const [, op = 'unknown'] = /^\[(.+?)\]/.exec(message) ?? []
  return {
    op,
    ruleOf: undefined,
    detail: message,
    diagnosis: undefined,
    isHeldBack: false,
    order,
    application: op,
    line: undefined,
  }
}

function whereIs({ input, entries }: Finding, args: readonly unknown[]): string {
  const { paths, leaves } = flatten(args)
  const floats = leaves.flatMap((leaf, i) => (isFloat(leaf) ? [i] : []))
  const shape = leaves[floats[input]].shape
  const index = shape.length === 0 ? '' : formatIndex(entries[0], shape)
  const more = entries.length > 1 ? ` and ${entries.length - 1} more` : ''
  return `${nameOf(paths[floats[input]])}${index}${more}`
}
