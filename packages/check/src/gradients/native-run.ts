import { flatten, type Graph, inlined, type Tensor, trace } from '@cotangent/core'
import { type AnyFunction, copied, copiedArgs } from '../arguments'
import { runNodes, startingValues } from '../graph/evaluate'
import { kernelFailures } from '../graph/kernels'
import { nodeSubject } from '../graph/node-subject'
import type { EvaluatedGraph } from '../graph/subject'
import { sameBits } from '../numeric/bits'
import { numbersFrom } from '../numeric/random'
import { widened } from '../numeric/tensors'
import { describeError, rethrowOwn } from '../numeric/thrown'
import { type Blame, blameNode } from './culprit'
import { derivativeOf } from './derivative'
import { nativeRun } from './native-gradients'
import { regionDifference } from './regions'
import type { Failure } from './report'
import { blameSinglePrecision } from './single-precision'

/** A mistake that shows when the derivative runs in its native dtypes, as it does for the user. */
export interface NativeRunFailure {
  readonly kind: Failure['kind']
  readonly detail: string
  readonly blame: readonly Blame[]
}

/**
 * Runs the derivative twice in its native dtypes. It must give the same bits each time, and the numbers of its graph,
 * of its ops without regions, and of float64.
 */
export function checkNativeRun(
  f: AnyFunction,
  args: readonly unknown[],
  evaluated: EvaluatedGraph | undefined,
): NativeRunFailure[] {
  const { leaves } = flatten(args)
  const failed = (kind: Failure['kind'], detail: string): NativeRunFailure[] => [{ kind, detail, blame: [] }]
  const runs = [0, 1].map(() => flatten(derivativeOf(f, numbersFrom(1))(...copiedArgs(args))).leaves)
  const isSteady = runs[0].every((leaf, i) => sameBits(leaf.data, runs[1][i].data))
  if (!isSteady) return failed('not-deterministic', 'two runs on the same arguments gave derivatives of different bits')
  if (evaluated === undefined) return []
  // A trace keeps a branch that a call can decide, and its derivatives are summed in another order. Then both keep it.
  const isOpen = evaluated.graph.nodes.every(({ op }) => op.body.kind !== 'region' || op.body.replaces !== undefined)
  if (!isTraced(isOpen ? inlined(f) : f, args, isOpen ? evaluated.graph : trace(f, ...args), leaves))
    return failed(
      'not-deterministic',
      'the function gives other values when it is called than when it was traced, so it depends on more than its arguments',
    )
  const difference = regionDifference(f, args, evaluated.graph)
  if (difference !== undefined) return failed('region', difference)
  if (!leaves.some(({ dtype }) => dtype === 'float32')) return []
  return blameSinglePrecision(evaluated.graph, leaves).map((blame) => ({
    kind: 'float32',
    detail: `${blame.op}: ${blame.detail}`,
    blame: [blame],
  }))
}

/** Checks the kernels that only derivative rules apply. */
export function checkKernelsOfDerivative(f: AnyFunction, args: readonly unknown[]): NativeRunFailure[] {
  return checkKernels(trace(inlined(derivativeOf(f, numbersFrom(1))), ...args), flatten(args).leaves)
}

/** Checks kernels in their native dtypes, and in float64, where small differences are not rounded away. */
export function checkKernels(graph: Graph, leaves: readonly Tensor[]): NativeRunFailure[] {
  const native = kernelFailures(graph, leaves.map(copied))
  const found = native.length > 0 ? native : kernelFailures(graph, leaves.map(copied).map(widened))
  return found.map(({ at, detail }) => ({
    kind: 'kernel',
    detail: `${graph.nodes[at].op.name}: ${detail}`,
    blame: [blameNode(graph, at, detail)],
  }))
}

function isTraced(f: AnyFunction, args: readonly unknown[], graph: Graph, leaves: readonly Tensor[]): boolean {
  const values = runNodes(graph, startingValues(graph, leaves))
  const called = flatten(f(...copiedArgs(args))).leaves
  return called.every((leaf, i) => sameBits(leaf.data, values[graph.outputs[i]]!.data))
}

/** The nodes whose rules throw, at their values in their native dtypes. */
export function blameThrowing(graph: Graph, leaves: readonly Tensor[], order: number): Blame[] {
  const values = runNodes(graph, startingValues(graph, leaves))
  return graph.nodes.flatMap((_, at) => {
    const subject = nodeSubject(graph, at, values)
    try {
      if (subject !== undefined) nativeRun(subject)
      return []
    } catch (error) {
      rethrowOwn(error)
      return [blameNode(graph, at, `its rule threw: ${describeError(error)}`, order)]
    }
  })
}
