import { flatten, type Graph, type Tensor } from '@cotangent/core'
import type { AnyFunction } from '../arguments'
import { perturbed } from '../numeric/perturb'
import type { Subject } from '../numeric/subject'
import { float64, floatingPositions, isFloating, widened } from '../numeric/tensors'
import { nodesAfter, runNodes, startingValues, type Values } from './evaluate'
import { roundsToSingle } from './float32-kernels'

/** A graph with the float64 value at each of its positions. */
export interface EvaluatedGraph {
  readonly graph: Graph
  readonly values: Values
}

/**
 * Whether a node may have moved or selected entries of its inputs: all entries of its result are among them. One entry
 * may be there by chance, such as the first of a running product.
 */
function isSelection(x: Tensor, inputs: readonly Tensor[]): boolean {
  const given = inputs.filter((input) => isFloating(input) && input.size > 1).map(({ data }) => data as Float64Array)
  const data = (x.data as Float64Array).filter((value) => value !== 0 && Number.isFinite(value))
  // Most nodes compute. One look at an entry shows that, and is cheaper than a set of all.
  if (data.length === 0 || !given.some((each) => each.includes(data[0]))) return false
  const known = new Set(given.flatMap((each) => Array.from(each)))
  return data.every((value) => known.has(value))
}

/**
 * The result of a node with each entry perturbed by up to half of a relative size. Transforms can follow it. The result
 * of a selection stays, because it rounds nothing: if the largest entry changed and its copy changed again, a rule that
 * looks for the largest would not find it.
 */
function perturbedTensor(x: Tensor, inputs: readonly Tensor[], salt: number, size: number): Tensor {
  if (!isFloating(x) || isSelection(x, inputs)) return x
  const factors = perturbed(new Float64Array(x.size).fill(1), salt, size, x.data as Float64Array)
  return x.mul(float64(factors, x.shape))
}

/** A graph computed in float64, as a function of its floating-point inputs. */
export function graphSubject(graph: Graph, leaves: readonly Tensor[]): Subject & { evaluated: EvaluatedGraph } {
  const floats = floatingPositions(leaves)
  const base = runNodes(graph, startingValues(graph, leaves, widened), { wide: true })
  const outputs = (values: Values) =>
    graph.outputs
      .map((position) => values[position]!)
      .filter(isFloating)
      .map(widened)
  const start = (inputs: readonly Tensor[]) => {
    const values = startingValues(graph, leaves, widened)
    floats.forEach((i, k) => (values[graph.inputs[i]] = inputs[k]))
    return values
  }
  const inputs = floats.map((i) => base[graph.inputs[i]]!)
  const isRounding = graph.nodes.some((node, at) =>
    roundsToSingle(
      graph,
      at,
      node.inputs.map((position) => base[position]!),
    ),
  )
  const dependents = new Map<string, readonly number[]>()
  // Differences change few inputs at a time, so only the nodes that depend on these run again.
  const changed = (given: readonly Tensor[]) => {
    const positions = given.flatMap((input, k) => (input === inputs[k] ? [] : [graph.inputs[floats[k]]]))
    const key = positions.join()
    let only = dependents.get(key)
    if (only === undefined) dependents.set(key, (only = nodesAfter(graph, positions)))
    return only
  }
  return {
    inputs,
    call: (given) => outputs(runNodes(graph, start(given), { wide: true })),
    values(given) {
      const values = [...base]
      given.forEach((input, k) => (values[graph.inputs[floats[k]]] = input))
      return outputs(runNodes(graph, values, { only: changed(given), base, wide: true }))
    },
    perturbed(given, salt, size = 2 ** -50) {
      const values = start(given)
      graph.nodes.forEach((node, at) => {
        runNodes(graph, values, { only: [at], base, wide: true })
        const given = node.inputs.map((position) => values[position]!)
        for (const position of node.outputs) values[position] = perturbedTensor(values[position]!, given, salt, size)
      })
      return outputs(values)
    },
    ...(isRounding && { rounded: (given, salt) => outputs(runNodes(graph, start(given), { base, wide: true, salt })) }),
    evaluated: { graph, values: base },
  }
}

/** A function that cannot be traced, called on float64 arguments, as a function of its floating-point inputs. */
export function eagerSubject(f: AnyFunction, args: readonly unknown[]): Subject {
  const { leaves, rebuild } = flatten(args)
  const floats = floatingPositions(leaves)
  const callAs = (inputs: readonly Tensor[], isWide: boolean) => {
    const given = (leaf: Tensor, i: number): Tensor => {
      const input = inputs[floats.indexOf(i)]
      return isWide ? input : input.astype(leaf.dtype)
    }
    const replaced = leaves.map((leaf, i) => (isFloating(leaf) ? given(leaf, i) : leaf))
    const result = f(...(rebuild(replaced) as unknown[]))
    return flatten(result).leaves.filter(isFloating).map(widened)
  }
  const wide = floats.map((i) => widened(leaves[i]))
  const isWide = succeeds(() => callAs(wide, true))
  const call = (inputs: readonly Tensor[]) => callAs(inputs, isWide)
  // Without a graph, nothing shows whether an op stands at a kink.
  return { inputs: wide, call, isStrict: false, ...(!isWide && { isSingle: true }) }
}

/**
 * Whether a call does not throw. One that throws in float64 is made again in the function's own dtypes, and may throw
 * there.
 */
function succeeds(body: () => unknown): boolean {
  try {
    body()
    return true
  } catch {
    return false
  }
}
