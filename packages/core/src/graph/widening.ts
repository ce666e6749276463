import { applyAll } from '../recording/apply'
import { castTo } from '../recording/cast'
import type { Op, TensorType } from '../recording/op'
import type { DType } from '../values/dtype'
import type { Tensor } from '../values/tensor'
import type { GraphData } from './graph-data'

// A graph that was traced in float32 also runs on float64 inputs, and then computes in float64. Checkers compute
// reference values this way. This file holds all that there is to it.

/** Whether a value stands in for one that was traced in float32, with more digits. */
export function isWider(given: DType, traced: DType): boolean {
  return given === 'float64' && traced === 'float32'
}

/**
 * Whether a graph that was traced with float32 gets float64. `given` are its inputs, followed by its constants if these
 * are replaced.
 */
export function isWidened({ inputs, constants, values }: GraphData, given: readonly TensorType[]): boolean {
  const traced = [...inputs, ...constants.keys()]
  return given.some(({ dtype }, i) => isWider(dtype, values[traced[i]].dtype))
}

/** The types of a graph's outputs: float64 in place of float32 if what it is given is widened. */
export function outputTypes(graph: GraphData, given: readonly TensorType[]): TensorType[] {
  const outputs = graph.outputs.map((output) => graph.values[output])
  return isWidened(graph, given) ? outputs.map(widenedType) : outputs
}

/** What a graph is given, with all float32 tensors as float64 if one is widened: it then computes in float64. */
export function widenedAll(
  graph: GraphData,
  given: readonly Tensor[],
  isWide = isWidened(graph, given),
): readonly Tensor[] {
  if (!isWide) return given
  const traced = [...graph.inputs, ...graph.constants.keys()]
  return given.map((tensor, i) => (graph.values[traced[i]].dtype === 'float32' ? castTo(tensor, 'float64') : tensor))
}

/** The type with float64 in place of float32. */
export function widenedType(type: TensorType): TensorType {
  return type.dtype === 'float32' ? { ...type, dtype: 'float64' } : type
}

/**
 * Applies a node. If a float64 tensor replaces one that was traced as float32, the node computes in float64: its
 * float32 inputs are widened, and a rounding to float32 is left out. An op that accepts only float32 gets float32
 * inputs, and its outputs are widened.
 */
export function applyWidened({ nodes, values }: GraphData, at: number, inputs: readonly Tensor[]): readonly Tensor[] {
  const { op, attributes, inputs: from, outputs: to } = nodes[at]
  const traced = (position: number) => values[position].dtype
  if (!inputs.some(({ dtype }, i) => isWider(dtype, traced(from[i])))) return applyAll(op, inputs, attributes)
  const widen = (x: Tensor, position: number) => (traced(position) === 'float32' ? castTo(x, 'float64') : x)
  const wide = inputs.map((input, i) => widen(input, from[i]))
  const isWide = takes(op, wide, attributes)
  if (isWide && roundsToFloat32(op, wide)) return wide
  const given = isWide ? wide : inputs.map((input, i) => castTo(input, traced(from[i])))
  // In reverse mode, an op may return what its rule reads as further outputs.
  return applyAll(op, given, attributes)
    .slice(0, to.length)
    .map((output, i) => widen(output, to[i]))
}

/** Whether an op accepts inputs of these types. */
function takes(op: Op, inputs: readonly Tensor[], attributes: unknown): boolean {
  try {
    op.infer(inputs, attributes)
    return true
  } catch {
    // If the types were not the reason, the op throws again on inputs of the traced types.
    return false
  }
}

/** Whether an op is a map that only converts to float32. */
export function roundsToFloat32({ body }: Op, inputs: readonly TensorType[]): boolean {
  if (body.kind !== 'map') return false
  const { instructions, dtype } = body.work(inputs, inputs[0], undefined).program
  return dtype === 'float32' && instructions.map(({ name }) => name).join(' ') === 'input convert'
}
