import {
  CotangentError,
  GradientError,
  debugNaN,
  flatten,
  formatIndex,
  inlined,
  trace,
  TraceError,
  ValueError,
  type Graph,
  type Tensor,
} from '@cotangent/core'
import { aboutNode, blame, describeFinding, describeReason, type Blame, type Kink } from './blame'
import { compareDerivatives } from './compare'
import type { Comparison, Effort, Finding, Subject } from './comparison'
import { type AnyFunction, derivativeOf, differenceOf } from './derivative'
import { hiddenMistakes } from './hidden'
import { eagerSubject, type Graphed, graphSubject } from './graph-subject'
import { blameThrowing, checkOwnRun, copiedArgs } from './own-run'
import { freshSeed, numbersFrom } from './random'
import { isFloat } from './replay'
import { type Failure, GradientReport, type Inconclusive, type OrderSummary } from './report'
import { isUsed, nameOf, type Note, structureNotes } from './structure'

/** Options of `checkGradients`. */
export interface CheckOptions {
  /** Highest order of derivative to check; 2 where absent. */
  readonly order?: number
  /** Relative tolerance, on top of the estimated error of the differences; 1e-7 where absent. */
  readonly tolerance?: number
  /** Draws the directions; a new one each time where absent. The report names it. */
  readonly seed?: number
  /** Arguments of at most so many entries are checked one by one, larger ones in groups; chosen by cost where absent. */
  readonly everyEntryUpTo?: number
}

/**
 * Checks the derivatives of `f` at `args`, in all their floating-point tensors, against differences of its values.
 *
 * The function is traced, and the graph computed in float64 whatever dtype it has, so that a float32 model is checked as
 * sharply as a float64 one. Differences are central, extrapolated (Richardson, Ridders), with steps that suit each entry and
 * an estimate of their error. Small arguments are checked entry by entry, large ones in groups of entries of similar
 * influence along random directions, searched by halves where they fail. Reverse mode is compared with differences and with
 * forward mode, to the given order. Where something is wrong, every node of the graph is checked on its own to find the op.
 *
 * A result that is not scalar is weighted with random numbers.
 *
 * @throws ValueError where no argument or no result is floating point. Whatever `f` itself throws passes through.
 */
export function checkGradients<Args extends readonly any[]>(
  f: (...args: Args) => unknown,
  args: Args,
  options: CheckOptions = {},
): GradientReport {
  const { seed = freshSeed(), tolerance = 1e-7, order = 2 } = options
  return new Check(f as AnyFunction, args, numbersFrom(seed), { ...options, seed, tolerance, order }).run()
}

class Check {
  readonly #leaves: readonly Tensor[]
  readonly #orders: OrderSummary[] = []
  readonly #failures: Failure[] = []
  readonly #inconclusive: Inconclusive[] = []
  readonly #blame: Blame[] = []
  readonly #kinks: Kink[] = []
  readonly #notes: Note[] = []

  constructor(
    private readonly f: AnyFunction,
    private readonly args: readonly unknown[],
    private readonly random: () => number,
    private readonly options: Required<Pick<CheckOptions, 'seed' | 'tolerance' | 'order'>> & CheckOptions,
  ) {
    this.#leaves = flatten(args).leaves
    if (!this.#leaves.some(isFloat))
      throw new ValueError(
        'nothing-to-check',
        '[checkGradients] no argument holds a floating-point tensor; give numbers as tensors, and models as they are',
      )
  }

  run(): GradientReport {
    let f = this.f
    for (let order = 1; order <= this.options.order; order++) {
      if (this.#failures.length > 0) {
        this.#notes.push({
          code: 'order-skipped',
          text: `order ${order} was not checked: mend order ${order - 1} first`,
        })
        break
      }
      if (order > 1) {
        if (this.#notes.some(({ code }) => code === 'surrogate')) break
        f = derivativeOf(f, this.random)
        if (!hasFloats(f(...this.args))) break
      }
      this.#checkOrder(f, order)
    }
    const { seed, tolerance } = this.options
    const findings = [this.#orders, this.#failures, this.#inconclusive, this.#blame, this.#kinks, this.#notes] as const
    return new GradientReport(...findings, seed, tolerance)
  }

  #checkOrder(f: AnyFunction, order: number): void {
    let graph: Graph | null
    try {
      graph = this.#trace(f)
    } catch (error) {
      if (!(error instanceof GradientError)) throw error
      // Some rules are run when the function is traced.
      this.#fail('threw', order, error.message)
      this.#blame.push(blameOf(error))
      return
    }
    if (graph !== null && order === 1) this.#checkStructure(f, graph)
    const subject: Subject & { graphed?: Graphed } =
      graph === null ? eagerSubject(f, this.args) : graphSubject(graph, this.#leaves)
    if (order === 1 && subject.call(subject.inputs).length === 0)
      throw new ValueError(
        'nothing-to-check',
        '[checkGradients] the function returns no floating-point tensor; return the tensor itself, not .item() or .data',
      )
    const exists = this.#checkOwnRun(f, order, subject.graphed)
    if (!exists || this.#failures.length > 0) return
    const comparison = compareDerivatives(subject, this.random, this.#effort(graph, order))
    this.#report(comparison, order, f, subject.graphed)
  }

  /** The graph of `f` without regions, which would hide what is inside; null where it reads values on its way. */
  #trace(f: AnyFunction): Graph | null {
    try {
      return trace(inlined(f), ...this.args)
    } catch (error) {
      if (!(error instanceof TraceError) || error.code !== 'symbolic-read') throw error
      this.#notes.push({
        code: 'not-traceable',
        text: `the function reads values, so it was called instead of replayed, and no op can be blamed: ${error.message}`,
      })
      return null
    }
  }

  #checkStructure(f: AnyFunction, graph: Graph): void {
    const { notes, stale } = structureNotes(graph, this.args, this.#leaves)
    this.#notes.push(...notes)
    for (const { text } of stale) this.#fail('stale-closure', 1, text)
    const isConnected = graph.inputs.some((position, i) => isFloat(this.#leaves[i]) && isUsed(graph, position))
    if (!isConnected && stale.length === 0)
      this.#fail('disconnected', 1, 'no argument reaches the result: compute it from what the function is given')
    const again = this.#trace(f)
    if (again !== null) {
      const difference = differenceOf(graph, again)
      if (difference !== null) {
        this.#fail('not-deterministic', 1, difference.detail)
        if (difference.at >= 0) this.#blame.push(aboutNode(graph, difference.at, 'it is not the same at each call'))
      }
    }
    for (const { op, attributes } of graph.nodes)
      if (op.body.kind === 'region' && op.body.replaces?.(attributes).surrogate)
        this.#notes.push({
          code: 'surrogate',
          text: `${op.name} has a surrogate derivative, which was taken at its word; second derivatives were not checked`,
        })
  }

  #fail(kind: Failure['kind'], order: number, detail: string, where?: string): void {
    this.#failures.push({ kind, order, where, detail })
  }

  /** Runs the derivative as the user would; false where there is none of this order, and the engine says so. */
  #checkOwnRun(f: AnyFunction, order: number, graphed: Graphed | undefined): boolean {
    try {
      for (const { kind, detail, blame } of checkOwnRun(f, this.args, graphed)) {
        this.#fail(kind, order, detail)
        this.#blame.push(...blame)
      }
      return true
    } catch (error) {
      if (order > 1 && error instanceof CotangentError && error.code === 'no-gradient') {
        this.#notes.push({ code: 'order-skipped', text: `there is no derivative of order ${order}: ${error.message}` })
        return false
      }
      this.#fail('threw', order, error instanceof Error ? error.message : String(error))
      if (graphed !== undefined) this.#blame.push(...blameThrowing(graphed.graph, this.#leaves))
      return false
    }
  }

  #effort(graph: Graph | null, order: number): Effort {
    const cost = graph === null ? 1e6 : graph.cost().flops + 3000 * graph.nodes.length
    // Ten evaluations an entry; a few seconds in all.
    const affordable = Math.min(1000, Math.floor(3e8 / (10 * cost)))
    const everyEntryUpTo = this.options.everyEntryUpTo ?? affordable
    const isCheap = cost < 1e6
    const { tolerance } = this.options
    if (isCheap) return { tolerance, everyEntryUpTo, decades: 2, directions: 2, samples: 4 }
    return { tolerance, everyEntryUpTo, directions: 1, samples: 0, ...(order === 1 && { decades: 4 }) }
  }

  #report(comparison: Comparison, order: number, f: AnyFunction, graphed: Graphed | undefined): void {
    const { findings, threw, forward, passed, covered, coverable, noise, resolution } = comparison
    const failed = findings.filter(({ verdict }) => verdict === 'fail')
    if (threw !== undefined) this.#fail('threw', order, threw instanceof Error ? threw.message : String(threw))
    if (forward !== undefined) this.#fail('forward', order, forward)
    const isWrong = failed.length > 0 || threw !== undefined || forward !== undefined
    const blamed =
      graphed !== undefined && (isWrong || findings.length > 0) ? this.#blameNodes(graphed, isWrong) : undefined
    if (!isWrong && order === 1 && graphed !== undefined) {
      const hidden = hiddenMistakes(graphed, this.#leaves, this.random, this.options.tolerance)
      for (const { detail, blame } of hidden) {
        this.#fail('derivative', 1, detail)
        this.#blame.push(...blame)
      }
    }
    const isBroken = failed.some(({ got, reason }) => !Number.isFinite(got) && reason !== 'kink')
    if (isBroken) this.#blameNonFinite(f)
    // An error at a kink of an op inside, each op being right, is what derivatives at kinks are like: x = relu(x) - relu(-x).
    const isExplained = !isBroken && blamed?.culprits.length === 0 && blamed.kinks.length > 0
    for (const finding of failed) {
      const where = this.#where(finding)
      if (isExplained)
        this.#unclear(finding, order, 'an op inside stands at a kink, where its derivative is a convention')
      else
        this.#failures.push({
          kind: 'derivative',
          order,
          where,
          detail: describeFinding(finding),
        })
    }
    for (const finding of findings.filter(({ verdict }) => verdict === 'inconclusive'))
      this.#unclear(finding, order, describeReason(finding))
    this.#orders.push({
      ...{ order, passed, failed: isExplained ? 0 : comparison.failed },
      inconclusive: comparison.inconclusive + (isExplained ? comparison.failed : 0),
      ...{ detection: coverable === 0 ? 1 : covered / coverable, resolution, noise },
    })
    if (noise > 1e-11)
      this.#notes.push({
        code: 'float32-only',
        text: `values carry rounding errors of ${noise.toExponential(0)} although computed in float64 (a kernel that knows float32 only?): differences are that much coarser`,
      })
  }

  /** Blames the rule that makes a NaN or an infinity from finite numbers: at that point it may be right on its own. */
  #blameNonFinite(f: AnyFunction): void {
    try {
      debugNaN(derivativeOf(f, numbersFrom(1)))(...copiedArgs(this.args))
    } catch (error) {
      if (!(error instanceof CotangentError)) throw error
      this.#blame.push(blameOf(error))
    }
  }

  #unclear(finding: Finding, order: number, detail: string): void {
    this.#inconclusive.push({ order, where: this.#where(finding), reason: finding.reason ?? 'kink', detail })
  }

  #input({ input }: Finding): Tensor {
    return this.#leaves.filter(isFloat)[input]
  }

  #where(finding: Finding): string {
    const { paths, leaves } = flatten(this.args)
    const path = paths.filter((_, i) => isFloat(leaves[i]))[finding.input]
    const { shape } = this.#input(finding)
    const [at] = finding.entries
    const index = (shape as number[]).length === 0 ? '' : formatIndex(at, shape as number[])
    const more = finding.entries.length > 1 ? ` and ${finding.entries.length - 1} more` : ''
    return `${nameOf(path)}${index}${more}`
  }

  #blameNodes({ graph, values }: Graphed, isWrong = true) {
    const blamed = blame(graph, values, this.random, this.options.tolerance)
    if (isWrong) this.#blame.push(...blamed.culprits)
    this.#kinks.push(...blamed.kinks)
    return blamed
  }
}

function hasFloats(result: unknown): boolean {
  return flatten(result).leaves.some(isFloat)
}

/** Messages begin with the op that they are about. */
function blameOf({ message }: CotangentError): Blame {
  const [, op = 'unknown'] = /^\[(.+?)\]/.exec(message) ?? []
  return { op, ruleOf: undefined, detail: message, application: op, line: undefined }
}
