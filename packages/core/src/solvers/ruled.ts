import { cleaned, given } from '../autodiff/masks'
import { eachOf, replay, unbatched } from '../batching/replay'
import { repeated } from '../batching/rules'
import { placesOf, returnedBy } from '../control/loop-form'
import type { Graph } from '../graph/graph'
import { bodyAlone } from '../graph/bodies'
import { bodiesRunner } from '../graph/run-body'
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

/**
 * The attributes of a computation with rules of its own. Its inputs are those of the graph, then the constants of the
 * graph that belong to an enclosing trace. The rules know only the former.
 */
export interface Ruled extends Rules {
  readonly graphs: readonly [Graph]
}

/** The constants of a graph that an enclosing trace computes: those that a branch or a step has recorded. */
export function tracedConstants(graph: Graph): readonly Tensor[] {
  return [...graph.constants.values()].filter(({ isSymbolic }) => isSymbolic)
}

/** The constants of a graph, with `traced` in place of those that an enclosing trace computes. */
function constantsOf<T>(graph: Graph, traced: readonly T[], known: (tensor: Tensor) => T): readonly T[] {
  let next = 0
  return [...graph.constants.values()].map((tensor) => (tensor.isSymbolic ? traced[next++] : known(tensor)))
}

/** What a graph is given: its inputs, and its constants with those that an enclosing trace computes replaced. */
function givenTo<T>(
  graph: Graph,
  list: readonly T[],
  known: (tensor: Tensor) => T,
): [inputs: readonly T[], constants: readonly T[]] {
  const own = graph.inputs.length
  return [list.slice(0, own), constantsOf(graph, list.slice(own), known)]
}

/** The list that a graph returns, from its inputs and its traced constants. */
export function callTracedGraph(graph: Graph, inputs: readonly Tensor[]): readonly Tensor[] {
  return graph.rebuild(graph.evaluate(...givenTo(graph, inputs, (tensor) => tensor))) as readonly Tensor[]
}

/** Applies a computation with rules of its own to `inputs`. It uses no other tensors. */
export function applyRuled(
  op: Op<Ruled>,
  inputs: readonly Tensor[],
  compute: (inputs: readonly Tensor[]) => readonly Tensor[],
  rules: Rules,
): readonly Tensor[] {
  const graph = traceLeaves(inputs, placesInList(inputs.length), compute, op.name)
  return applyAll(op, [...inputs, ...tracedConstants(graph)], { graphs: [graph], ...rules })
}

/**
 * A computation whose derivative is not that of its steps. The rules may use the outputs, so the derivative of a
 * derivative depends on how the outputs depend on the inputs, and has any order.
 */
/* @__NO_SIDE_EFFECTS__ */
export function ruledOp(name: string): Op<Ruled> {
  const own = <T>(list: readonly T[], { graphs: [graph] }: Ruled) => list.slice(0, graph.inputs.length)
  return {
    name,
    infer: (inputs, { graphs: [graph] }) => {
      const types = outputTypes(graph, givenTo<TensorType>(graph, inputs, (tensor) => tensor).flat())
      return placesOf(graph).map((at) => types[at])
    },
    body: {
      kind: 'region',
      run: (inputs, { graphs: [graph] }) => {
        const given = givenTo(graph, inputs, (tensor) => tensor).flat()
        const results = bodiesRunner(name)(graph, 'body', null, given)
        return (graph.rebuild(results) as readonly Tensor[]).map(detachedIfKnown)
      },
      batch,
      owned: ({ graphs: [graph] }) => [
        {
          ...bodyAlone(graph, graph.inputs.length + graph.constants.size),
          results: returnedBy(graph),
        },
      ],
    },
    law: regionRule({
      pullback(cotangents, { inputs, outputs, attributes }, needed) {
        const at = { inputs: own(inputs, attributes), outputs }
        const found = attributes.pullback(values(cotangents), at, own(needed, attributes))
        return inputs.map((_, i) => given(found[i] ?? null))
      },
      jvp(tangents, { inputs, outputs, attributes }) {
        const at = { inputs: own(inputs, attributes), outputs }
        return attributes.jvp(values(own(tangents, attributes)), at).map(given)
      },
    }),
    domain: (draw) => {
      const type: TensorType = { shape: draw.shape(), dtype: 'float32' }
      const graph = traceLeaves([type], placesInList(1), ([x]) => [square(x)])
      const double = (each: Tensor | null, { inputs: [x] }: Applied) => [each && each.mul(x).mul(2)]
      const rules: Rules = { pullback: ([g], at) => double(g, at), jvp: ([t], at) => double(t, at) }
      return { inputs: [{ shape: type.shape }], attributes: { graphs: [graph], ...rules } }
    },
  }
}

const detachedIfKnown = (tensor: Tensor) => (tensor.isSymbolic ? tensor : detached(tensor))

const values = (list: readonly Contribution[]): Cotangents => list.map((each) => each && cleaned(each).value)

/** Batches the graph, and the rules for each example. An unbatched input gets the sum of its examples' cotangents. */
function batch({ op, inputs, attributes, size }: BatchedApplication<Ruled>): readonly Batched[] {
  const { graphs: [graph], pullback, jvp } = attributes // prettier-ignore
  const count = graph.inputs.length
  const flagged = (list: readonly Tensor[]) => list.map((tensor, i) => ({ tensor, isBatched: inputs[i].isBatched }))
  const compute = (list: readonly Tensor[]): readonly Tensor[] => {
    const all = flagged(list)
    const results = replay(graph, all.slice(0, count), size, constantsOf(graph, all.slice(count), unbatched))
    return (graph.rebuild(results) as readonly Batched[]).map((each) => repeated(each, size))
  }
  const each = (rule: (derivatives: Cotangents, at: Applied) => Cotangents, isGivenBatched: (i: number) => boolean) => {
    return (derivatives: Cotangents, { inputs: all, outputs }: Applied): Cotangents => {
      const own = all.slice(0, count)
      const present = derivatives.flatMap((value, i) => (value === null ? [] : [i]))
      const list: Batched[] = [
        ...present.map((i) => ({ tensor: derivatives[i]!, isBatched: isGivenBatched(i) })),
        ...flagged(own),
        ...outputs.map((tensor) => ({ tensor, isBatched: true })),
      ]
      const one = (each: readonly Tensor[]) =>
        rule(
          derivatives.map((value, i) => (value === null ? null : each[present.indexOf(i)])),
          { inputs: each.slice(present.length, present.length + count), outputs: each.slice(-outputs.length) },
        )
      return eachOf(one, list, size)
    }
  }
  const ofBatch: Rules = {
    pullback: (cotangents, at, needed) =>
      each(
        (own, example) => pullback(own, example, needed),
        () => true,
      )(cotangents, at).map((value, i) =>
        value === null || inputs[i].isBatched ? value : sumAxes(value, { axes: [0] }),
      ),
    jvp: (tangents, at) =>
      each(
        (own, example) => jvp(own, example),
        (i) => inputs[i].isBatched,
      )(tangents.slice(0, count), at),
  }
  return applyRuled(
    op,
    inputs.map(({ tensor }) => tensor),
    compute,
    ofBatch,
  ).map((tensor) => ({ tensor, isBatched: true }))
}
