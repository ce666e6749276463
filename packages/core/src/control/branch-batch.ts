import { replay } from '../batching/replay'
import { repeated } from '../batching/rules'
import type { Graph } from '../graph/graph'
import { traceLeaves } from '../graph/trace'
import { maximum, minimum } from '../ops/arithmetic'
import { sumAxes } from '../ops/broadcasting'
import { equal, notEqual } from '../ops/comparison'
import { zeros } from '../ops/creation'
import { castTo } from '../recording/cast'
import type { Batched, BatchedApplication } from '../recording/op'
import { placesInList } from '../trees/places'
import type { Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'
import { applyBranch, type Branch, fed } from './branch-form'
import { onlyActive, select } from './rows'

/**
 * A branch for a batch. With one index for all examples, the chosen branch runs on the batch. With an index for each
 * example, every branch that an example takes runs, on the examples that take it.
 */
export function batchBranch(application: BatchedApplication<Branch>): readonly Batched[] {
  const [index] = application.inputs
  return index.isBatched ? eachIndex(application) : oneIndex(application)
}

/** What branch `at` returns for a batch. */
function replayed(attributes: Branch, at: number, operands: readonly Batched[], size: number): readonly Batched[] {
  return fed(attributes, at, operands, (graph, inputs, captured) => replay(graph, inputs, size, captured))
}

function traceOn(tensors: readonly Tensor[], f: (list: readonly Tensor[]) => readonly Tensor[]): Graph {
  return traceLeaves(tensors, placesInList(tensors.length), f)
}

function oneIndex({ op, inputs, attributes, size }: BatchedApplication<Branch>): readonly Batched[] {
  const [index, ...operands] = inputs
  const tensors = operands.map(({ tensor }) => tensor)
  const batch = (list: readonly Tensor[], at: number) =>
    replayed(
      attributes,
      at,
      list.map((tensor, i) => ({ tensor, isBatched: operands[i].isBatched })),
      size,
    )
  let flags: readonly boolean[] = []
  attributes.graphs.forEach((_, at) =>
    traceOn(tensors, (list) => {
      const results = batch(list, at)
      flags = results.map(({ isBatched }, i) => isBatched || (flags[i] ?? false))
      return results.map(({ tensor }) => tensor)
    }),
  )
  const traced = attributes.graphs.map((_, at) => ({
    graph: traceOn(tensors, (list) =>
      batch(list, at).map((result, i) => (flags[i] ? repeated(result, size) : result.tensor)),
    ),
    captured: [],
  }))
  const outputs = applyBranch(op, index.tensor, tensors, traced, attributes.roles)
  return outputs.map((tensor, i) => ({ tensor, isBatched: flags[i] }))
}

function eachIndex({ op, inputs, attributes, size }: BatchedApplication<Branch>): readonly Batched[] {
  const [index, ...operands] = inputs
  const tensors = operands.map(({ tensor }) => tensor)
  const chosen = maximum(minimum(index.tensor, attributes.graphs.length - 1), 0)
  let found: readonly Tensor[] = []
  attributes.graphs.forEach((_, at) => {
    const active = equal(chosen, at)
    // Skipped where no example takes this branch: then there is none to put in the place of the others.
    const isAny = castTo(notEqual(sumAxes(castTo(active, 'int32'), { axes: [0] }), 0), 'int32')
    const shared = [active, ...tensors]
    const run = traceOn(shared, ([mask, ...list]) =>
      replayed(
        attributes,
        at,
        list.map((tensor, i) => onlyActive(mask, { tensor, isBatched: operands[i].isBatched })),
        size,
      ).map((result) => repeated(result, size)),
    )
    const types = run.rebuild(run.outputs.map((output) => run.values[output])) as readonly Tensor[]
    const skip = traceOn(shared, () => types.map(({ shape, dtype }) => zeros(shape as Shape, { dtype })))
    const traced = [skip, run].map((graph) => ({ graph, captured: [] }))
    const results = applyBranch(op, isAny, shared, traced, ['no example', attributes.roles[at]])
    found = results.map((result, i) => (found.length === 0 ? result : select(active, result, found[i])))
  })
  return found.map((tensor) => ({ tensor, isBatched: true }))
}
