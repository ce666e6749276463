import { CotangentError, debugNaN, flatten, formatIndex } from '@cotangent/core'
import { type AnyFunction, argumentName, copiedArgs } from '../arguments'
import type { EvaluatedGraph } from '../graph/subject'
import { numbersFrom } from '../numeric/random'
import { floatingPositions } from '../numeric/tensors'
import { describeError, isNotConverged } from '../numeric/thrown'
import { blame } from './blame'
import type { Comparison, Finding } from './comparison-types'
import { compensatingMistakes } from './compensating'
import { type Blame, blameError } from './culprit'
import { derivativeOf } from './derivative'
import type { Findings } from './findings'
import type { Watch } from './watch'
import { describeFinding, describeReason } from './wording'

/** The function that was compared, and how. */
export interface Compared {
  readonly order: number
  readonly f: AnyFunction
  readonly args: readonly unknown[]
  /** undefined where the function could not be traced. */
  readonly evaluated: EvaluatedGraph | undefined
  /** Whether the function stops gradients and could not be traced. Differences then see the stopped values change. */
  readonly hasUntracedStops: boolean
  readonly random: () => number
  readonly tolerance: number
  readonly watch: Watch
}

/** Turns the findings of a comparison into failures, with the ops to blame, and into inconclusive entries. */
export function conclude(findings: Findings, comparison: Comparison, compared: Compared): void {
  const { threw, forward, passed, covered, coverable, noise, resolution, skipped } = comparison
  const { order, args, evaluated, hasUntracedStops, random, tolerance, watch } = compared
  const failed = comparison.findings.filter(({ verdict }) => verdict === 'fail')
  const isWrong = failed.length > 0 || threw !== undefined || forward !== undefined
  const isLookedInto = evaluated !== undefined && (isWrong || comparison.findings.length > 0)
  const blamed = isLookedInto
    ? blame(evaluated.graph, evaluated.values, { order, random, tolerance, watch, kinks: true })
    : undefined
  if (isWrong) findings.blame.push(...(blamed?.culprits ?? []))
  findings.kinks.push(...(blamed?.kinks ?? []))
  if (isNotConverged(threw)) findings.throwsHere(order, threw)
  else if (threw !== undefined) findings.fail('threw', order, describeError(threw))
  const isBroken = failed.some(({ got, reason }) => !Number.isFinite(got) && reason !== 'kink')
  if (isBroken) findings.blame.push(...blameNonFinite(compared))
  // Where each op is right on its own, so is the derivative. Differences of the whole function are then what is wrong.
  const isExplained = (hasUntracedStops || blamed?.culprits.length === 0) && !isBroken && threw === undefined
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
      : hasUntracedStops
        ? 'the function reads values, so differences see the values behind stopGradient change'
        : 'every op is right on its own, and differences of the whole function do not resolve it'
  for (const finding of failed)
    if (isExplained) unclear(finding, why)
    else findings.fail('derivative', order, describeFinding(finding), whereIs(finding, args))
  if (forward !== undefined && !isExplained) findings.fail('forward', order, forward)
  for (const finding of comparison.findings)
    if (finding.verdict === 'inconclusive') unclear(finding, describeReason(finding))
  if (!isWrong && order === 1 && evaluated !== undefined)
    for (const { detail, blame } of compensatingMistakes(evaluated, flatten(args).leaves, random, tolerance)) {
      findings.fail('derivative', 1, detail)
      findings.blame.push(...blame)
    }
  findings.orders.push({
    ...{ order, passed, skipped, failed: isExplained ? 0 : comparison.failed },
    inconclusive: comparison.inconclusive + (isExplained ? comparison.failed : 0),
    ...{ detection: coverable === 0 ? 1 : covered / coverable, resolution, noise },
  })
}

/**
 * Blames the rule that makes NaN or an infinity from finite numbers. Checked on its own, the rule may be right there.
 */
function blameNonFinite({ f, args, order }: Compared): Blame[] {
  try {
    debugNaN(derivativeOf(f, numbersFrom(1)))(...copiedArgs(args))
    return []
  } catch (error) {
    if (!(error instanceof CotangentError)) throw error
    return [blameError(error, order)]
  }
}

function whereIs({ input, entries }: Finding, args: readonly unknown[]): string {
  const { paths, leaves } = flatten(args)
  const floats = floatingPositions(leaves)
  const shape = leaves[floats[input]].shape
  const index = shape.length === 0 ? '' : formatIndex(entries[0], shape)
  const more = entries.length > 1 ? ` and ${entries.length - 1} more` : ''
  return `${argumentName(paths[floats[input]])}${index}${more}`
}
