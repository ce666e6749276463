import { cleaned, given } from '../autodiff/masks'
import { eachOf, replay } from '../batching/replay'
import { repeated } from '../batching/rules'
import { placesOf } from '../control/loop-form'
import type { Graph } from '../graph/graph'
import { traceLeaves } from '../graph/trace'
import { outputTypes } from '../graph/widening'
import { square } from '../ops/exponential'
import { sumAxes } from '../ops/broadcasting'
import { applyAll, detached } from '../recording/apply'
import { type Cotangents, regionRule } from '../recording/law'
import type { Contribution } from '../recording/mask'
import type { Batched, BatchedApplication, Op, TensorType } from '../recording/op'
import { placesInList } from '../trees/places'
import type { Tensor } from '../values/tensor'

/** The inputs and outputs of an application, which derivatives may use. */
export interface Applied {
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
}

/** Derivative rules over lists of tensors, made of ops. null stands for zero. */
export interface Rules {
  /** One cotangent for each input, given those of the outputs. Only those that are `needed` are used. */
  pullback(cotangents: Cotangents, at: Applied, needed: readonly boolean[]): Cotangents
  /** One tangent for each output, given those of the inputs. */
  jvp(tangents: Cotangents, at: Applied): Cotangents
}

/** The attributes of a computation with rules of its own. The graph takes all inputs and captures only constants. */
export interface Ruled {
  readonly graphs: readonly [Graph]
  readonly rules: Rules
}

/**
 * A computation whose derivative is not that of its steps. The rules may use the outputs, so the derivative of a
 * derivative depends on how the outputs depend on the inputs, and has any order.
 */
/* @__NO_SIDE_EFFECTS__ */
export function ruledOp(name: string): Op<Ruled> {
  return {
    name,
    infer: (inputs, { graphs: [graph] }) => {
      const types = outputTypes(graph, inputs)
      return placesOf(graph).map((at) => types[at])
    },
    body: {
      kind: 'region',
      run: (inputs, { graphs: [graph] }) => callClosed(graph, inputs).map(detachedIfKnown),
      batch,
    },
    law: regionRule({
      pullback: (cotangents, { inputs, outputs, attributes: { rules } }, needed) =>
        rules.pullback(values(cotangents), { inputs, outputs }, needed).map(given),
      jvp: (tangents, { inputs, outputs, attributes: { rules } }) =>
        rules.jvp(values(tangents), { inputs, outputs }).map(given),
    }),
    domain: (draw) => {
      const type: TensorType = { shape: draw.shape(), dtype: 'float32' }
      const graph = traceLeaves([type], placesInList(1), ([x]) => [square(x)])
      const double = (each: Tensor | null, { inputs: [x] }: Applied) => [each && each.mul(x).mul(2)]
      const rules: Rules = { pullback: ([g], at) => double(g, at), jvp: ([t], at) => double(t, at) }
      return { inputs: [{ shape: type.shape }], attributes: { graphs: [graph], rules } }
    },
  }
}

/** The list that a graph returns which captured only constants. */
export function callClosed(graph: Graph, inputs: readonly Tensor[]): readonly Tensor[] {
  return graph.rebuild(graph.evaluate(inputs)) as readonly Tensor[]
}

const detachedIfKnown = (tensor: Tensor) => (tensor.isSymbolic ? tensor : detached(tensor))

const values = (list: readonly Contribution[]): Cotangents => list.map((each) => each && cleaned(each).value)

/** Batches the graph, and the rules for each example. An unbatched input gets the sum of its examples' cotangents. */
function batch({ op, inputs, attributes, size }: BatchedApplication<Ruled>): readonly Batched[] {
  const { graphs: [graph], rules } = attributes // prettier-ignore
  const tensors = inputs.map(({ tensor }) => tensor)
  const flagged = (list: readonly Tensor[]) => list.map((tensor, i) => ({ tensor, isBatched: inputs[i].isBatched }))
  const batched = traceLeaves(tensors, placesInList(tensors.length), (list) =>
    (graph.rebuild(replay(graph, flagged(list), size)) as readonly Batched[]).map((each) => repeated(each, size)),
  )
  const each = (rule: (derivatives: Cotangents, at: Applied) => Cotangents, isGivenBatched: (i: number) => boolean) => {
    return (derivatives: Cotangents, { inputs: own, outputs }: Applied): Cotangents => {
      const present = derivatives.flatMap((value, i) => (value === null ? [] : [i]))
      const all: Batched[] = [
        ...present.map((i) => ({ tensor: derivatives[i]!, isBatched: isGivenBatched(i) })),
        ...flagged(own),
        ...outputs.map((tensor) => ({ tensor, isBatched: true })),
      ]
      const one = (list: readonly Tensor[]) =>
        rule(
          derivatives.map((value, i) => (value === null ? null : list[present.indexOf(i)])),
          { inputs: list.slice(present.length, present.length + own.length), outputs: list.slice(-outputs.length) },
        )
      return eachOf(one, all, size)
    }
  }
  const ofBatch: Rules = {
    pullback: (cotangents, at, needed) =>
      each(
        (own, example) => rules.pullback(own, example, needed),
        () => true,
      )(cotangents, at).map((value, i) =>
        value === null || inputs[i].isBatched ? value : sumAxes(value, { axes: [0] }),
      ),
    jvp: (tangents, at) => each(rules.jvp.bind(rules), (i) => inputs[i].isBatched)(tangents, at),
  }
  return applyAll(op, tensors, { graphs: [batched], rules: ofBatch }).map((tensor) => ({ tensor, isBatched: true }))
}
