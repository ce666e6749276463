import { flatten, formatIndex, type Graph, inlined, tensor, type Tensor, trace } from '@cotangent/core'
import { aboutNode, type Blame, nodeSubject, short } from './blame'
import type { Subject } from './comparison'
import { type AnyFunction, derivativeOf } from './derivative'
import type { Graphed } from './graph-subject'
import { kernelFailures, sameBits } from './kernels'
import { areFinite, differingEntry, nearbyRun, ownRun, sizeOf } from './own-gradients'
import { numbersFrom } from './random'
import { regionDifference } from './regions'
import { runNodes, startingValues, widened } from './replay'
import type { Failure } from './report'

/** What went wrong when the derivative was run as the user would. */
export interface OwnRunFailure {
  readonly kind: Failure['kind']
  readonly detail: string
  readonly blame: readonly Blame[]
}

/** The arguments with tensors of their own, so that a kernel that writes to its inputs does no harm. */
export function copiedArgs(args: readonly unknown[]): readonly unknown[] {
  const { leaves, rebuild } = flatten(args)
  return rebuild(leaves.map(copied)) as readonly unknown[]
}

function copied({ data, dtype, shape }: Tensor): Tensor {
  return tensor(data.slice(), { dtype, shape: [...(shape as number[])] })
}

/** Runs the derivative twice, in the dtypes that there are: the same bits each time, and no other numbers than in float64. */
export function checkOwnRun(f: AnyFunction, args: readonly unknown[], graphed: Graphed | undefined): OwnRunFailure[] {
  const { leaves } = flatten(args)
  const failures: OwnRunFailure[] = []
  if (graphed !== undefined) failures.push(...kernelsOf(graphed.graph, leaves))
  // A kernel may be one that only rules apply.
  if (graphed !== undefined && failures.length === 0)
    failures.push(...kernelsOf(trace(inlined(derivativeOf(f, numbersFrom(1))), ...args), leaves))
  const runs = [0, 1].map(() => flatten(derivativeOf(f, numbersFrom(1))(...copiedArgs(args))).leaves)
  const isSteady = runs[0].every((leaf, i) => sameBits(leaf.data, runs[1][i].data))
  if (!isSteady && failures.length === 0)
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
  return blameNarrow(graphed, leaves).map((blame) => ({
    kind: 'float32',
    detail: `${blame.op}: ${blame.detail}`,
    blame: [blame],
  }))
}

/** What is wrong with kernels, in the dtypes that there are and in float64, where small differences are not rounded away. */
function kernelsOf(graph: Graph, leaves: readonly Tensor[]): OwnRunFailure[] {
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
export function blameThrowing(graph: Graph, leaves: readonly Tensor[]): Blame[] {
  const own = runNodes(graph, startingValues(graph, leaves))
  return graph.nodes.flatMap((_, at) => {
    const subject = nodeSubject(graph, at, own)
    try {
      if (subject !== undefined) ownRun(subject)
      return []
    } catch (error) {
      return [aboutNode(graph, at, `its rule threw: ${error instanceof Error ? error.message : String(error)}`)]
    }
  })
}

function blameNarrow({ graph }: Graphed, leaves: readonly Tensor[]): Blame[] {
  const own = runNodes(graph, startingValues(graph, leaves))
  const values = own.map((value) => value && widened(value))
  return graph.nodes.flatMap((_, at) => {
    const [narrow, wide] = [nodeSubject(graph, at, own), nodeSubject(graph, at, values)]
    if (narrow === undefined || wide === undefined) return []
    const detail = narrowDifference(narrow, { ...wide, inputs: narrow.inputs.map(widened) })
    return detail === undefined ? [] : [aboutNode(graph, at, detail)]
  })
}

/** Where the gradient in float32 is another one than in float64, beyond what changes of the inputs in their last digits do to it. */
function narrowDifference(narrow: Subject, wide: Subject): string | undefined {
  const [{ outputs, gradients: got }, { gradients: expected }] = [ownRun(narrow), ownRun(wide)]
  const nearby = [1, 2].map((salt) => nearbyRun(wide, salt, 2 ** -22))
  const isRegular = areFinite([...narrow.inputs, ...outputs])
  for (const [i, leaf] of expected.entries()) {
    const at = differingEntry(got[i], leaf, {
      relative: 0,
      // Of a saturated function nothing is left in float32 but the rounding error of its value.
      slack: 0.01 * sizeOf([leaf]) + (2 ** -20 * sizeOf(outputs)) / sizeOf([narrow.inputs[i]]),
      nearby: nearby.map(({ gradients }) => gradients[i]),
      isRegular,
    })
    if (at !== undefined)
      return (
        `the gradient of input ${i} at ${formatIndex(at, leaf.shape as number[])} is ${short(got[i].data[at])} in float32 and ` +
        `${short(leaf.data[at])} in float64`
      )
  }
  return undefined
}
