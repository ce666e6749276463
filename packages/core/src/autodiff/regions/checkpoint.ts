import { applyAll } from '../../recording/apply'
import { regionRule } from '../../recording/law'
import { observing } from '../../recording/observer'
import type { Op } from '../../recording/op'
import type { Graph } from '../../graph/graph'
import { batchGraph } from '../../batching/replay'
import { bodyAlone } from '../../graph/bodies'
import { callTraced, traceLeaves } from '../../graph/trace'
import { outputTypes } from '../../graph/widening'
import { checkArguments } from '../../arguments/arguments'
import { transformed } from '../../arguments/kinds'
import type { Tensor } from '../../values/tensor'
import { guardMutation } from '../../trees/mutation-guard'
import { placesInList } from '../../trees/places'
import { flattenFor } from '../../trees/tree'
import { pullBackMasked, pushForwardMasked } from '../sweeps'
import { record } from '../tape'
import { square } from '../../ops/exponential'

const parameters = [/* @__PURE__ */ transformed('checkpoint')]

interface Checkpointed {
  readonly graphs: readonly [Graph]
}

/** Runs the graph. `inputs` are its inputs, followed by the tensors that it captured. */
function evaluate(inputs: readonly Tensor[], { graphs: [graph] }: Checkpointed): readonly Tensor[] {
  const own = graph.inputs.length
  return graph.evaluate(inputs.slice(0, own), inputs.slice(own))
}

/** A region that keeps only its inputs, and is recomputed when it is differentiated. */
export const checkpointed: Op<Checkpointed> = {
  name: 'checkpoint',
  infer: (inputs, { graphs: [graph] }) => outputTypes(graph, inputs),
  body: {
    kind: 'region',
    run: evaluate,
    owned: ({ graphs: [graph] }) => [bodyAlone(graph, graph.inputs.length + graph.constants.size)],
    batch: ({
      inputs,
      attributes: {
        graphs: [graph],
      },
      size,
    }) => {
      const batched = batchGraph(graph, inputs, size)
      const tensors = [...inputs.map(({ tensor }) => tensor), ...batched.graph.constants.values()]
      return batched.outputsOf(applyAll(checkpointed, tensors, { graphs: [batched.graph] }))
    },
  },
  law: regionRule({
    pullback: (cotangents, { inputs, attributes }) => {
      const { result, tape } = record('checkpoint', inputs, (aliases) => evaluate(aliases, attributes))
      return pullBackMasked(tape, result, cotangents)
    },
    jvp: (tangents, { inputs, attributes }) => {
      const { result, tape } = record('checkpoint', inputs, (aliases) => evaluate(aliases, attributes))
      return pushForwardMasked(tape, result, tangents)
    },
  }),
  domain: (draw) => {
    const shape = draw.shape()
    const x = { shape, dtype: 'float32' } as unknown as Tensor
    return { inputs: [{ shape }], attributes: { graphs: [traceLeaves([x], placesInList(1), ([y]) => square(y))] } }
  },
}

/**
 * The same function with checkpointing: it keeps only its inputs for the backward pass and recomputes its intermediate
 * values there. This saves memory at the cost of one more forward evaluation (Griewank & Walther 2000). The function is
 * traced at each call.
 *
 * @throws TraceError if `f` reads a value.
 */
export function checkpoint<Args extends readonly unknown[], R>(f: (...args: Args) => R): (...args: Args) => R {
  checkArguments('checkpoint', parameters, arguments)
  return (...args) => {
    if (observing() !== null) return f(...args)
    const { leaves, appearances, rebuild } = flattenFor('checkpoint', args)
    const graph = traceLeaves(
      leaves,
      appearances,
      (symbolic) =>
        guardMutation('checkpoint', rebuild(symbolic) as Args, (copies) => callTraced('checkpoint', f, copies)),
      'checkpoint',
    )
    const outputs = applyAll(checkpointed, [...leaves, ...graph.constants.values()], { graphs: [graph] })
    return graph.assemble(outputs) as R
  }
}
