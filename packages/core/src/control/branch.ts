import { pack, type Parts, unpack } from '../autodiff/packing'
import { throughStep } from '../autodiff/paths'
import { pullBackMasked, pushForwardMasked } from '../autodiff/sweeps'
import { record } from '../autodiff/tape'
import type { Graph } from '../graph/graph'
import { bodiesRunner } from '../graph/run-body'
import { traceLeaves } from '../graph/trace'
import { isWidened, widenedAll, widenedType } from '../graph/widening'
import { neg } from '../ops/arithmetic'
import { sin } from '../ops/trigonometric'
import { detached } from '../recording/apply'
import { castTo } from '../recording/cast'
import { regionRule } from '../recording/law'
import type { Contribution } from '../recording/mask'
import type { Op, TensorType } from '../recording/op'
import { placesInList } from '../trees/places'
import type { Tensor } from '../values/tensor'
import { batchBranch } from './branch-batch'
import { applyBranch, type Branch, fed, ownedBy } from './branch-form'
import { placesOf } from './loop-form'
import { converted, joinParts, total } from './parts'

/** Whether a branch that was traced in float32 gets float64. Then all branches compute in float64. */
function isWide(operands: readonly TensorType[], { graphs, feeds }: Branch): boolean {
  return graphs.some((graph, at) =>
    isWidened(
      graph,
      feeds[at].map((position) => operands[position]),
    ),
  )
}

function infer([, ...operands]: readonly TensorType[], attributes: Branch): readonly TensorType[] {
  const types = fed(attributes, 0, operands, ({ outputs, values }) => outputs.map((output) => values[output]))
  return isWide(operands, attributes) ? types.map(widenedType) : types
}

function run(name: string, [index, ...operands]: readonly Tensor[], attributes: Branch): readonly Tensor[] {
  const at = Math.min(Math.max(index.values![0], 0), attributes.graphs.length - 1)
  const types = infer([index, ...operands], attributes)
  const wide = isWide(operands, attributes)
  // One tensor may be returned twice; each output is a tensor of its own.
  const runBody = bodiesRunner(name)
  const runBranch = (graph: Graph, ...given: readonly (readonly Tensor[])[]) =>
    runBody(graph, attributes.roles[at], null, widenedAll(graph, given.flat(), wide))
  return fed(attributes, at, operands, runBranch).map((each, i) => detached(castTo(each, types[i].dtype)))
}

/**
 * Differentiates each branch, as a branch. `rule` returns the derivatives of branch `at`, one for each of
 * `primals`. Where one branch has none and another has, it is zero.
 */
function derive(
  op: Op<Branch>,
  [index, ...operands]: readonly Tensor[],
  attributes: Branch,
  given: readonly Contribution[],
  primals: readonly Tensor[],
  rule: (at: number, operands: readonly Tensor[], given: readonly Contribution[]) => readonly Contribution[],
): readonly Contribution[] {
  const packed = pack(given)
  const shared = [...operands, ...packed.tensors]
  const traceBranch = (at: number, results: (derived: readonly Contribution[]) => readonly Tensor[]) =>
    traceLeaves(
      shared,
      placesInList(shared.length),
      (list) => {
        const own = list.slice(0, operands.length)
        const passed = unpack(packed.parts, list.slice(operands.length))
        return results(
          throughStep(
            () => attributes.roles[at],
            () => rule(at, own, passed),
          ),
        )
      },
      op.name,
    )
  const parts = attributes.graphs.map((_, at) => {
    let found: readonly Parts[] = []
    traceBranch(at, (derived) => {
      const made = pack(derived)
      found = made.parts
      return made.tensors
    })
    return found
  })
  const joined = primals.map((_, i) => parts.map((each) => each[i]).reduce(joinParts))
  const traced = attributes.graphs.map((_, at) => ({
    graph: traceBranch(at, (derived) => derived.flatMap((each, i) => converted(each, joined[i], primals[i]))),
    captured: [],
  }))
  return unpack(joined, applyBranch(op, index, shared, traced, attributes.roles))
}

/**
 * One of several graphs, chosen by an index that is a value. The derivative is a branch again; it computes the values
 * of the branch that it takes again. The branches that are not taken contribute nothing, not even a NaN.
 */
/* @__NO_SIDE_EFFECTS__ */
export function branchOp(name: string): Op<Branch> {
  const recorded = (attributes: Branch, at: number, operands: readonly Tensor[], mode: 'reverse' | 'forward') => {
    const used = attributes.feeds[at]
    const names = () => used.map((position) => `operand ${position}`)
    const leaves = used.map((position) => operands[position])
    const wide = isWide(operands, attributes)
    const alone = { graphs: [attributes.graphs[at]], feeds: [used.map((_, i) => i)], roles: [] }
    return record(
      name,
      leaves,
      (aliases) =>
        fed(alone, 0, aliases, (graph, ...given) => {
          const all = widenedAll(graph, given.flat(), wide)
          const own = graph.inputs.length
          return graph.evaluate(all.slice(0, own), all.slice(own))
        }),
      names,
      mode,
    )
  }
  const op: Op<Branch> = {
    name,
    infer,
    body: {
      kind: 'region',
      run: (inputs, attributes) => run(name, inputs, attributes),
      batch: batchBranch,
      owned: ownedBy,
      chooses: true,
      shown: () => ({}),
      form: ({ graphs, feeds }) => ({ kind: 'branch', feeds, results: graphs.map(placesOf) }),
    },
    law: regionRule({
      pullback: (cotangents, { inputs, attributes }, needed) => {
        const [, ...operands] = inputs
        const derived = derive(op, inputs, attributes, cotangents, operands, (at, own, given) => {
          const { result, tape } = recorded(attributes, at, own, 'reverse')
          const pulled = new Array<Contribution>(operands.length).fill(null)
          pullBackMasked(tape, result, given).forEach((each, i) => {
            const position = attributes.feeds[at][i]
            if (needed[1 + position]) pulled[position] = total(pulled[position], each)
          })
          return pulled
        })
        return [null, ...derived]
      },
      jvp: ([, ...tangents], { inputs, outputs, attributes }) =>
        derive(op, inputs, attributes, tangents, outputs, (at, own, given) => {
          const { result, tape } = recorded(attributes, at, own, 'forward')
          return pushForwardMasked(
            tape,
            result,
            attributes.feeds[at].map((position) => given[position]),
          )
        }),
    }),
    domain: (draw) => {
      const shape = draw.shape()
      const type: TensorType = { shape, dtype: 'float32' }
      const graphs = [neg, sin].map((f) => traceLeaves([type], placesInList(1), ([x]) => [f(x)]))
      return {
        inputs: [{ shape: [], dtype: 'int32', min: 0, max: 1 }, { shape }],
        attributes: { graphs, feeds: [[0], [0]], roles: ['branch 0', 'branch 1'] },
      }
    },
  }
  return op
}
