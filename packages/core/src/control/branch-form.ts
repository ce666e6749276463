import type { Graph } from '../graph/graph'
import { applyAll } from '../recording/apply'
import type { Op, OwnedGraph } from '../recording/op'
import type { BranchForm } from '../recording/region-form'
import type { Tensor } from '../values/tensor'

/** The attributes of a branch. */
export interface Branch extends Pick<BranchForm, 'feeds'> {
  readonly graphs: readonly Graph[]
  /** The name of each branch, for people. */
  readonly roles: readonly string[]
}

/** A traced branch, and tensors from outside that are its last inputs. */
export interface TracedBranch {
  readonly graph: Graph
  readonly captured: readonly Tensor[]
}

/** Applies a branch to traced graphs. The first inputs of each are `shared`. */
export function applyBranch(
  op: Op<Branch>,
  index: Tensor,
  shared: readonly Tensor[],
  traced: readonly TracedBranch[],
  roles: readonly string[],
): readonly Tensor[] {
  const operands = [...shared]
  const positionOf = (tensor: Tensor) => {
    const known = operands.indexOf(tensor, shared.length)
    return known >= 0 ? known : operands.push(tensor) - 1
  }
  const feeds = traced.map(({ graph, captured }) => [
    ...shared.map((_, at) => at),
    ...[...captured, ...graph.constants.values()].map(positionOf),
  ])
  return applyAll(op, [index, ...operands], { graphs: traced.map(({ graph }) => graph), feeds, roles })
}

/** What the graphs of a branch are for. */
export function ownedBy({ graphs, feeds, roles }: Branch): readonly OwnedGraph[] {
  return graphs.map((graph, at) => ({
    role: roles[at],
    feeds: feeds[at].map((operand) => ({ kind: 'operand', input: 1 + operand })),
    results: graph.rebuild(graph.outputs) as readonly number[],
    runs: 1,
  }))
}

/** The list that branch `at` returns, given the operands of all branches or what stands for them. */
export function fed<T>(
  { graphs, feeds }: Branch,
  at: number,
  operands: readonly T[],
  run: (graph: Graph, inputs: readonly T[], captured: readonly T[]) => readonly T[],
): readonly T[] {
  const graph = graphs[at]
  const given = feeds[at].map((position) => operands[position])
  const own = graph.inputs.length
  return graph.rebuild(run(graph, given.slice(0, own), given.slice(own))) as readonly T[]
}
