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
import { type AnyFunction, copiedArgs, needFloats, Snapshot, synchronous } from '../arguments'
import { nodesWithin } from '../graph/bodies'
import { followingOutside, type Outside } from '../graph/closures'
import { cutsOfAll } from '../graph/cuts'
import { graphDifference } from '../graph/determinism'
import { isUsed, lintGraph } from '../graph/lint'
import { narrowingNotes, narrowingTypes } from '../graph/narrowing'
import { inheritStops } from '../graph/stop-gradient'
import { eagerSubject, type EvaluatedGraph, graphSubject } from '../graph/subject'
import { numbersFrom } from '../numeric/random'
import type { Subject } from '../numeric/subject'
import { isFloating } from '../numeric/tensors'
import { describeError, isNotConverged, rethrowOwn } from '../numeric/thrown'
import { compareDerivatives } from './compare'
import type { Comparison, Effort } from './comparison-types'
import { conclude } from './conclude'
import { blameError, blameNode } from './culprit'
import { derivativeOf, tangentOf } from './derivative'
import { effortFor } from './effort'
import { Findings } from './findings'
import { blameThrowing, checkKernels, checkKernelsOfDerivative, checkNativeRun } from './native-run'
import type { CheckOptions } from './options'
import type { GradientReport } from './report'
import { Watch } from './watch'

type Settings = CheckOptions & Required<Pick<CheckOptions, 'seed' | 'tolerance' | 'order'>>

/** One run of `checkGradients`. */
export class GradientCheck {
  /** Copies of the arguments. The function gets these. */
  readonly #args: readonly unknown[]
  readonly #leaves: readonly Tensor[]
  readonly #before: Snapshot
  readonly #random: () => number
  readonly #watch: Watch
  /** The graph of the function itself. */
  #graph: Graph | null = null
  readonly #findings = new Findings()
  /** Whether the function stops gradients and could not be traced. */
  #hasUntracedStops = false

  constructor(
    private readonly f: AnyFunction,
    private readonly args: readonly unknown[],
    private readonly options: Settings,
  ) {
    needFloats('checkGradients', 'no argument holds a floating-point tensor', args)
    this.#before = new Snapshot(args)
    this.#args = copiedArgs(args)
    this.#leaves = flatten(this.#args).leaves
    this.#random = numbersFrom(options.seed)
    this.#watch = new Watch('checkGradients', options.budgetMs, options.onProgress)
    if (!this.#leaves.some((leaf) => isFloating(leaf) && leaf.size > 0))
      throw new ValueError(
        'nothing-to-check',
        '[checkGradients] the floating-point tensors of the arguments have no elements; pass some that have',
      )
  }

  run(): GradientReport {
    try {
      this.#checkOrders()
      const changed = !this.#findings.isWrong ? this.#before.changed(this.args) : undefined
      if (changed !== undefined)
        this.#findings.fail('kernel', 1, `${changed} changed during the check: a kernel writes to it through a closure`)
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
        this.#findings.note('order-skipped', `order ${order} was not checked: fix order ${order - 1} first`)
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
      }
      try {
        if (order > 1 && !hasFloats(f(...copiedArgs(this.#args)))) return
        this.#checkOrder(f, order)
      } catch (error) {
        if (order === 1 || !isNotConverged(error)) throw error
        this.#findings.throwsHere(order, error)
        return
      }
    }
  }

  #checkOrder(f: AnyFunction, order: number): void {
    const graph = this.#traceOf(f, order)
    if (graph === undefined) return
    if (graph === null ? this.#writes(f, order) : this.#findings.failAll(checkKernels(graph, this.#leaves), order))
      return
    const subject: Subject & { evaluated?: EvaluatedGraph } =
      graph === null ? eagerSubject(f, this.#args) : graphSubject(graph, this.#leaves)
    const outputs = subject.call(subject.inputs)
    if (order === 1 && outputs.length === 0)
      throw new ValueError(
        'nothing-to-check',
        '[checkGradients] the function returns no floating-point tensor; return the tensor itself, not .item() or .data',
      )
    if (order === 1 && outputs.every(({ size }) => size === 0))
      throw new ValueError('nothing-to-check', '[checkGradients] the result has no elements; pass other arguments')
    const exists = this.#checkNativeRun(f, order, subject.evaluated)
    if (!exists || this.#findings.isWrong) return
    const comparison = this.#compare(subject, effortFor(graph, order, this.options, this.#watch), `order ${order}`)
    this.#report(comparison, order, f, subject.evaluated)
    const odd = outputs.flatMap(({ data }) => Array.from(data)).find((value) => !Number.isFinite(value))
    if (order === 1 && comparison.passed === 0 && odd !== undefined && !this.#findings.isWrong)
      this.#findings.fail('not-finite', 1, `the function gives ${odd} at these arguments, so nothing could be compared`)
    const cuts = order === 1 && graph !== null && !this.#findings.isWrong ? cutsOfAll(graph) : null
    if (cuts !== null)
      this.#findings.fail(
        'disconnected',
        1,
        `every path from the arguments to the result is cut by ${cuts.join(', ')}: there is no derivative, and grad throws`,
      )
  }

  /**
   * Traces a function, and lints the graph of order 1. Returns null where it cannot be traced, undefined where a rule
   * threw.
   */
  #traceOf(f: AnyFunction, order: number): Graph | null | undefined {
    try {
      const traced = this.#trace(f)
      if (traced === null) return null
      const graph = traced.result
      if (order === 1) this.#lint(f, (this.#graph = graph), traced)
      else if (this.#graph !== null) inheritStops(graph, this.#graph)
      return graph
    } catch (error) {
      if (!(error instanceof GradientError) || (order > 1 && error.code === 'pullback-not-linear')) throw error
      // Rules of derivatives inside the function run when it is traced.
      this.#findings.fail('threw', order, error.message)
      this.#findings.blame.push(blameError(error, order))
      return undefined
    }
  }

  /** Traces `f` without regions, which would hide their ops; null where it reads values. */
  #trace(f: AnyFunction): Outside<Graph> | null {
    try {
      return followingOutside(flatten(this.args).leaves, () =>
        trace(inlined(synchronous('checkGradients', f)), ...this.#args),
      )
    } catch (error) {
      if (!(error instanceof TraceError) || error.code !== 'symbolic-read') throw error
      this.#findings.note(
        'not-traceable',
        `the function reads values, so it was called instead of traced, and no op can be blamed: ${error.message}`,
      )
      return null
    }
  }

  #lint(f: AnyFunction, graph: Graph, { from }: Outside<Graph>): void {
    const again = this.#trace(f)?.result ?? null
    const constants = new Set(again?.constants.values())
    const { notes, closures, unused } = lintGraph(graph, this.args, flatten(this.args).leaves, from, constants)
    const { unused: onUnused = 'note', closures: onClosures = 'fail' } = this.options
    for (const note of closures)
      if (onClosures === 'fail') this.#findings.fail('stale-closure', 1, note.text)
      else this.#findings.notes.push(note)
    for (const note of unused)
      if (onUnused === 'fail') this.#findings.fail('unused', 1, note.text)
      else this.#findings.notes.push(note)
    this.#findings.notes.push(...notes)
    const isConnected = graph.inputs.some((position, i) => isFloating(this.#leaves[i]) && isUsed(graph, position))
    if (!isConnected && closures.length === 0)
      this.#findings.fail(
        'disconnected',
        1,
        'no argument reaches the result: compute it from the arguments of the function',
      )
    const difference = again && graphDifference(graph, again)
    if (difference) {
      this.#findings.fail('not-deterministic', 1, difference.detail)
      if (difference.at >= 0) this.#findings.blame.push(blameNode(graph, difference.at, 'it differs between calls'))
    }
    for (const { at, detail } of narrowingTypes(graph)) {
      this.#findings.fail('float32', 1, `${graph.nodes[at].op.name}: ${detail}`)
      this.#findings.blame.push(blameNode(graph, at, detail))
    }
  }

  /** Whether a function that cannot be traced writes to its arguments. */
  #writes(f: AnyFunction, order: number): boolean {
    const args = copiedArgs(this.#args)
    const applied = ({ law }: Op) => {
      if (law.kind === 'constant' && law.stopsGradient === true) this.#hasUntracedStops = true
    }
    observe({ applied, differentiated: () => {} }, () => f(...args))
    const changed = this.#before.changed(args)
    if (changed !== undefined) this.#findings.fail('kernel', order, `a kernel writes to ${changed}`)
    return changed !== undefined
  }

  /**
   * Runs the derivative in its native dtypes. Returns false where there is no derivative of this order, or it throws.
   */
  #checkNativeRun(f: AnyFunction, order: number, evaluated: EvaluatedGraph | undefined): boolean {
    try {
      if (evaluated !== undefined && this.#findings.failAll(checkKernelsOfDerivative(f, this.#args), order))
        return false
      this.#findings.failAll(checkNativeRun(f, this.#args, evaluated), order)
      return true
    } catch (error) {
      if (order > 1 && error instanceof CotangentError && error.code === 'no-gradient') {
        this.#findings.note('order-skipped', `there is no derivative of order ${order}: ${error.message}`)
        return false
      }
      rethrowOwn(error)
      if (isNotConverged(error)) {
        this.#findings.throwsHere(order, error)
        return false
      }
      this.#findings.fail('threw', order, describeError(error))
      if (evaluated !== undefined) this.#findings.blame.push(...blameThrowing(evaluated.graph, this.#leaves, order))
      return false
    }
  }

  /**
   * Differentiates forward mode too, where a rule states it. Values that such a rule saves can lose their derivatives
   * as well.
   */
  #checkForward(): void {
    const states = ({ op: { law } }: Graph['nodes'][number]) => law.kind === 'vjp' && law.jvp !== undefined
    if (this.#graph === null || !nodesWithin(this.#graph).some(states)) return
    try {
      const f = tangentOf(this.f, this.#random)
      const graph = this.#traceOf(f, 2)
      if (!graph) return
      const subject = graphSubject(graph, this.#leaves)
      const comparison = this.#compare(
        subject,
        effortFor(graph, 2, this.options, this.#watch),
        'order 2 of forward mode',
      )
      if (comparison.failed > 0) this.#report(comparison, 2, f, subject.evaluated)
    } catch (error) {
      // There may be no forward mode, or no second derivative. Reverse mode is checked anyway.
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

  #report(comparison: Comparison, order: number, f: AnyFunction, evaluated: EvaluatedGraph | undefined): void {
    const { tolerance, budgetMs } = this.options
    conclude(this.#findings, comparison, {
      ...{ order, f, evaluated, tolerance, hasUntracedStops: this.#hasUntracedStops },
      ...{ args: this.#args, random: this.#random, watch: this.#watch },
    })
    if (evaluated !== undefined && order === 1) this.#findings.notes.push(...narrowingNotes(evaluated))
    if (comparison.skipped === 0) return
    const why = this.#watch.isOver ? `the time of ${budgetMs} ms was up` : 'enough are wrong'
    this.#findings.note('stopped', `${comparison.skipped} entries of order ${order} were not checked: ${why}`)
  }
}

function hasFloats(result: unknown): boolean {
  return flatten(result).leaves.some(isFloating)
}
