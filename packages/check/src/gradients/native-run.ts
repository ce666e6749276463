import { flatten, type Graph, inlined, type Tensor, trace } from '@cotangent/core'
import { copied, copiedArgs } from '../arguments'
import { aboutNode, type Blame } from './blame'
import { type AnyFunction, derivativeOf } from './derivative'
import type { Graphed } from '../graph/subject'
import { sameBits } from '../numeric/bits'
import { kernelFailures } from '../graph/kernels'
import { nodeSubject } from '../graph/node-subject'
import { ownRun } from './native-gradients'
import { numbersFrom } from '../numeric/random'
import { regionDifference } from './regions'
import { runNodes, startingValues, widened } from '../graph/evaluate'
import type { Failure } from './report'
import { blameSingle } from './single-precision'

/** What went wrong when the derivative was run as the user would. */
export interface OwnRunFailure {
  readonly kind: Failure['kind']
  readonly detail: string
  readonly blame: readonly Blame[]
}

/** Runs the derivative twice, in the dtypes that there are: the same bits each time, and no other numbers than in float64. */
export function checkOwnRun(f: AnyFunction, args: readonly unknown[], graphed: Graphed | undefined): OwnRunFailure[] {
  const { leaves } = flatten(args)
  const failures: OwnRunFailure[] = []
  const runs = [0, 1].map(() => flatten(derivativeOf(f, numbersFrom(1))(...copiedArgs(args))).leaves)
  const isSteady = runs[0].every((leaf, i) => sameBits(leaf.data, runs[1][i].data))
  if (!isSteady)
    failures.push({
      kind: 'not-deterministic',
      detail: 'two runs on the same arguments gave derivatives of different bits',
      blame: [],
    })
  if (failures.length > 0 || graphed === undefined) return failures
  if (!isTraced(inlined(f), args, graphed.graph, leaves))
    return [
      {
        kind: 'not-deterministic',
        detail:
          'the function gives other values when it is called than when it was traced, so it depends on more than its arguments',
        blame: [],
      },
    ]
  const difference = regionDifference(f, args, graphed.graph)
  if (difference !== undefined) return [{ kind: 'region', detail: difference, blame: [] }]
  if (!leaves.some(({ dtype }) => dtype === 'float32')) return []
  // Node by node: in the whole, a gradient that is zero by its nature is rounding error in either precision.
  return blameSingle(graphed.graph, leaves).map((blame) => ({
    kind: 'float32',
    detail: `${blame.op}: ${blame.detail}`,
    blame: [blame],
  }))
}

/** What is wrong with kernels that only derivative rules apply. */
export function kernelsOfDerivative(f: AnyFunction, args: readonly unknown[]): OwnRunFailure[] {
  return kernelsOf(trace(inlined(derivativeOf(f, numbersFrom(1))), ...args), flatten(args).leaves)
}

/** What is wrong with kernels, in the dtypes that there are and in float64, where small differences are not rounded away. */
export function kernelsOf(graph: Graph, leaves: readonly Tensor[]): OwnRunFailure[] {
  const own = kernelFailures(graph, leaves.map(copied))
  const found = own.length > 0 ? own : kernelFailures(graph, leaves.map(copied).map(widened))
  return found.map(({ detail, blame }) => ({ kind: 'kernel', detail, blame: [blame] }))
}

function isTraced(f: AnyFunction, args: readonly unknown[], graph: Graph, leaves: readonly Tensor[]): boolean {
  const values = runNodes(graph, startingValues(graph, leaves))
  const called = flatten(f(...copiedArgs(args))).leaves
  return called.every((leaf, i) => sameBits(leaf.data, values[graph.outputs[i]]!.data))
}

/** The nodes whose rules throw, at the values and in the dtypes that there are. */
export function blameThrowing(graph: Graph, leaves: readonly Tensor[], order: number): Blame[] {
  const own = runNodes(graph, startingValues(graph, leaves))
  return graph.nodes.flatMap((_, at) => {
    const subject = nodeSubject(graph, at, own)
    try {
      if (subject !== undefined) ownRun(subject)
      return []
    } catch (error) {
      return [aboutNode(graph, at, `its rule threw: ${error instanceof Error ? error.message : String(error)}`, order)]
    }
  })
}
