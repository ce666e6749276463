import {
  CotangentError,
  flatten,
  GradientError,
  type Graph,
  inlined,
  type Op,
  type Tensor,
  trace,
  TraceError,
  ValueError,
} from '@cotangent/core'
import { observe } from '@cotangent/core/library'
import { copiedArgs, Snapshot } from '../arguments'
import { aboutNode } from './blame'
import { followingOutside, type Outside } from '../graph/closures'
import { compareDerivatives } from './compare'
import type { Comparison, Effort, Subject } from './comparison'
import { blameOf, conclude } from './conclude'
import { type AnyFunction, derivativeOf, differenceOf, tangentOf } from './derivative'
import { Findings } from './findings'
import type { CheckOptions } from './check-gradients'
import { eagerSubject, type Graphed, graphSubject } from '../graph/subject'
import { needFloats, synchronous } from '../guards'
import { inheritHeld, isHeld } from '../graph/stop-gradient'
import { narrowingNotes, narrowingTypes } from '../graph/narrowing'
import { blameThrowing, checkOwnRun, kernelsOf, kernelsOfDerivative } from './native-run'
import { numbersFrom } from '../numeric/random'
import { isFloat } from '../graph/evaluate'
import type { GradientReport } from './report'
import { cutsOfAll, isUsed, structureOf } from '../graph/lint'
import { Watch } from './watch'

/** So many wrong entries are enough to know that a function is wrong, and to see a pattern. */
const enoughFailures = 12

type Settings = CheckOptions & Required<Pick<CheckOptions, 'seed' | 'tolerance' | 'order'>>

/** One run of `checkGradients`. */
export class Check {
  /** Copies, which the function is given in place of the arguments. */
  readonly #args: readonly unknown[]
  readonly #leaves: readonly Tensor[]
  readonly #before: Snapshot
  readonly #random: () => number
  readonly #watch: Watch
  /** The graph of the function itself. */
  #graph: Graph | null = null
  readonly #findings = new Findings()
  /** Whether a function that could not be traced holds values back. */
  #isHolding = false

  constructor(
    private readonly f: AnyFunction,
    private readonly args: readonly unknown[],
    private readonly options: Settings,
  ) {
    this.#before = new Snapshot(args)
    this.#args = copiedArgs(args)
    this.#leaves = flatten(this.#args).leaves
    this.#random = numbersFrom(options.seed)
    this.#watch = new Watch('checkGradients', options.budgetMs, options.onProgress)
    needFloats('checkGradients', 'no argument holds a floating-point tensor', this.#args)
    if (!this.#leaves.some((leaf) => isFloat(leaf) && leaf.size > 0))
      throw new ValueError(
        'nothing-to-check',
        '[checkGradients] the floating-point tensors of the arguments have no elements; give some that have',
      )
  }

  run(): GradientReport {
    try {
      this.#checkOrders()
      const changed = !this.#findings.isWrong ? this.#before.changed(this.args) : undefined
      if (changed !== undefined)
        this.#findings.fail(
          'kernel',
          1,
          `${changed} is not what it was before the check: a kernel writes to it through a closure`,
        )
    } finally {
      this.#watch.end()
    }
    const { seed, tolerance } = this.options
    return this.#findings.toReport(seed, tolerance)
  }

  #checkOrders(): void {
    let f = this.f
    for (let order = 1; order <= this.options.order; order++) {
      if (this.#findings.isWrong) {
        this.#findings.note('order-skipped', `order ${order} was not checked: mend order ${order - 1} first`)
        return
      }
      if (order > 1) {
        if (this.#findings.notes.some(({ code }) => code === 'surrogate')) return
        if (this.#watch.isOver) {
          this.#findings.note(
            'stopped',
            `order ${order} was not checked: the time of ${this.options.budgetMs} ms was up`,
          )
          return
        }
        if (order === 2) this.#checkForward()
        f = derivativeOf(f, this.#random)
        if (!hasFloats(f(...copiedArgs(this.#args)))) return
      }
      this.#checkOrder(f, order)
    }
  }

  #checkOrder(f: AnyFunction, order: number): void {
    const graph = this.#traceOf(f, order)
    if (graph === undefined) return
    if (graph === null ? this.#writes(f, order) : this.#findings.failAll(kernelsOf(graph, this.#leaves), order)) return
    const subject: Subject & { graphed?: Graphed } =
      graph === null ? eagerSubject(f, this.#args) : graphSubject(graph, this.#leaves)
    const outputs = subject.call(subject.inputs)
    if (order === 1 && outputs.length === 0)
      throw new ValueError(
        'nothing-to-check',
        '[checkGradients] the function returns no floating-point tensor; return the tensor itself, not .item() or .data',
      )
    if (order === 1 && outputs.every(({ size }) => size === 0))
      throw new ValueError('nothing-to-check', '[checkGradients] the result has no elements; give other arguments')
    const exists = this.#checkOwnRun(f, order, subject.graphed)
    if (!exists || this.#findings.isWrong) return
    const comparison = this.#compare(subject, this.#effort(graph, order), `order ${order}`)
    this.#report(comparison, order, f, subject.graphed)
    const odd = outputs.flatMap(({ data }) => Array.from(data)).find((value) => !Number.isFinite(value))
    if (order === 1 && comparison.passed === 0 && odd !== undefined && !this.#findings.isWrong)
      this.#findings.fail(
        'not-finite',
        1,
        `the function gives ${odd} at these arguments, so that nothing could be compared`,
      )
    const cuts = order === 1 && graph !== null && !this.#findings.isWrong ? cutsOfAll(graph) : null
    if (cuts !== null)
      this.#findings.fail(
        'disconnected',
        1,
        `every path from the arguments to the result is cut by ${cuts.join(', ')}: there is no derivative, and grad throws`,
      )
  }

  /** The graph of a function, looked at for all that is wrong beside derivatives; null without one, undefined where a rule threw. */
  #traceOf(f: AnyFunction, order: number): Graph | null | undefined {
    try {
      const traced = this.#trace(f)
      if (traced === null) return null
      const graph = traced.result
      if (order === 1) this.#checkStructure(f, (this.#graph = graph), traced)
      else if (this.#graph !== null) inheritHeld(graph, this.#graph, (at) => isHeld(this.#graph!, at))
      return graph
    } catch (error) {
      if (!(error instanceof GradientError) || (order > 1 && error.code === 'pullback-not-linear')) throw error
      // Some rules are run when the function is traced.
      this.#findings.fail('threw', order, error.message)
      this.#findings.blame.push(blameOf(error, order))
      return undefined
    }
  }

  /** Traces `f` without regions, which would hide what is inside; null where it reads values on its way. */
  #trace(f: AnyFunction): Outside<Graph> | null {
    try {
      return followingOutside(flatten(this.args).leaves, () =>
        trace(inlined(synchronous('checkGradients', f)), ...this.#args),
      )
    } catch (error) {
      if (!(error instanceof TraceError) || error.code !== 'symbolic-read') throw error
      this.#findings.note(
        'not-traceable',
        `the function reads values, so it was called instead of replayed, and no op can be blamed: ${error.message}`,
      )
      return null
    }
  }

  #checkStructure(f: AnyFunction, graph: Graph, { from }: Outside<Graph>): void {
    const again = this.#trace(f)?.result ?? null
    const constants = new Set(again?.constants.values())
    const { notes, closures, unused } = structureOf(graph, this.args, flatten(this.args).leaves, from, constants)
    const { unused: onUnused = 'note', closures: onClosures = 'fail' } = this.options
    for (const note of closures)
      if (onClosures === 'fail') this.#findings.fail('stale-closure', 1, note.text)
      else this.#findings.notes.push(note)
    for (const note of unused)
      if (onUnused === 'fail') this.#findings.fail('unused', 1, note.text)
      else this.#findings.notes.push(note)
    this.#findings.notes.push(...notes)
    const isConnected = graph.inputs.some((position, i) => isFloat(this.#leaves[i]) && isUsed(graph, position))
    if (!isConnected && closures.length === 0)
      this.#findings.fail(
        'disconnected',
        1,
        'no argument reaches the result: compute it from what the function is given',
      )
    const difference = again && differenceOf(graph, again)
    if (difference) {
      this.#findings.fail('not-deterministic', 1, difference.detail)
      if (difference.at >= 0)
        this.#findings.blame.push(aboutNode(graph, difference.at, 'it is not the same at each call'))
    }
    for (const { at, detail } of narrowingTypes(graph)) {
      this.#findings.fail('float32', 1, `${graph.nodes[at].op.name}: ${detail}`)
      this.#findings.blame.push(aboutNode(graph, at, detail))
    }
    for (const { op, attributes } of graph.nodes)
      if (op.body.kind === 'region' && op.body.replaces?.(attributes).surrogate)
        this.#findings.note(
          'surrogate',
          `${op.name} has a surrogate derivative, which was taken at its word; second derivatives were not checked`,
        )
  }

  /** Whether a function that is called and not traced writes to what it is given. */
  #writes(f: AnyFunction, order: number): boolean {
    const args = copiedArgs(this.#args)
    const applied = ({ law }: Op) => {
      if (law.kind === 'constant' && law.held === true) this.#isHolding = true
    }
    observe({ applied, differentiated: () => {} }, () => f(...args))
    const changed = this.#before.changed(args)
    if (changed !== undefined) this.#findings.fail('kernel', order, `a kernel writes to ${changed}`)
    return changed !== undefined
  }

  /** Runs the derivative as the user would; false where there is none of this order, and the engine says so. */
  #checkOwnRun(f: AnyFunction, order: number, graphed: Graphed | undefined): boolean {
    try {
      if (graphed !== undefined && this.#findings.failAll(kernelsOfDerivative(f, this.#args), order)) return false
      this.#findings.failAll(checkOwnRun(f, this.#args, graphed), order)
      return true
    } catch (error) {
      if (order > 1 && error instanceof CotangentError && error.code === 'no-gradient') {
        this.#findings.note('order-skipped', `there is no derivative of order ${order}: ${error.message}`)
        return false
      }
      this.#findings.fail('threw', order, error instanceof Error ? error.message : String(error))
      if (graphed !== undefined) this.#findings.blame.push(...blameThrowing(graphed.graph, this.#leaves, order))
      return false
    }
  }

  /** Differentiates forward mode too, where a rule states it: what that rule saves can be cut off as well. */
  #checkForward(): void {
    const states = ({ op: { law } }: Graph['nodes'][number]) => law.kind === 'vjp' && law.jvp !== undefined
    if (this.#graph === null || !this.#graph.nodes.some(states)) return
    try {
      const f = tangentOf(this.f, this.#random)
      const graph = this.#traceOf(f, 2)
      if (!graph) return
      const subject = graphSubject(graph, this.#leaves)
      const comparison = this.#compare(subject, this.#effort(graph, 2), 'order 2 of forward mode')
      if (comparison.failed > 0) this.#report(comparison, 2, f, subject.graphed)
    } catch (error) {
      // What has no forward mode, or no second derivative, says so; reverse mode is checked by itself.
      if (!(error instanceof CotangentError)) throw error
    }
  }

  #compare(subject: Subject, effort: Effort, stage: string): Comparison {
    this.#watch.begin(
      stage,
      subject.inputs.reduce((sum, { size }) => sum + size, 0),
    )
    return compareDerivatives(subject, this.#random, effort)
  }

  #effort(graph: Graph | null, order: number): Effort {
    const cost = graph === null ? 1e6 : graph.cost().flops + 3000 * graph.nodes.length
    // Ten evaluations an entry; a few seconds in all.
    const affordable = Math.min(1000, Math.floor(3e8 / (10 * cost)))
    const everyEntryUpTo = this.options.everyEntryUpTo ?? affordable
    const { tolerance } = this.options
    const common = { tolerance, everyEntryUpTo, enough: enoughFailures, watch: this.#watch }
    if (cost < 1e6) return { ...common, decades: 2, directions: 2, samples: 4 }
    return { ...common, directions: 1, samples: 0, ...(order === 1 && { decades: 4 }) }
  }

  #report(comparison: Comparison, order: number, f: AnyFunction, graphed: Graphed | undefined): void {
    const { tolerance, budgetMs } = this.options
    conclude(this.#findings, comparison, {
      ...{ order, f, graphed, tolerance, isHolding: this.#isHolding },
      ...{ args: this.#args, random: this.#random, watch: this.#watch },
    })
    if (graphed !== undefined && order === 1) this.#findings.notes.push(...narrowingNotes(graphed.graph, this.#leaves))
    if (comparison.skipped === 0) return
    const why = this.#watch.isOver ? `the time of ${budgetMs} ms was up` : 'enough are wrong'
    this.#findings.note('stopped', `${comparison.skipped} entries of order ${order} were not looked at: ${why}`)
  }
}

function hasFloats(result: unknown): boolean {
  return flatten(result).leaves.some(isFloat)
}
