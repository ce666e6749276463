import { applyAll } from '../recording/apply'
import { castTo } from '../recording/cast'
import type { Op } from '../recording/op'
import { runAs } from '../arguments/checked'
import type { Tensor } from '../values/tensor'
import type { GraphData } from './graph-data'

/**
 * Applies a node of a graph to other inputs. If a float64 tensor replaces one that was traced as float32, the node
 * computes in float64: its float32 inputs are widened, and a rounding to float32 is left out. An op that accepts only
 * float32 gets float32 inputs, and its outputs are widened.
 */
export function applyNode(graph: GraphData, at: number, inputs: readonly Tensor[]): readonly Tensor[] {
  const { operation } = graph.nodes[at]
  return operation === null
    ? applyBare(graph, at, inputs)
    : runAs(operation, () => applyBare(graph, at, inputs), inputs)
}

function applyBare({ nodes, values }: GraphData, at: number, inputs: readonly Tensor[]): readonly Tensor[] {
  const { op, attributes, inputs: from, outputs: to } = nodes[at]
  const isSingle = (position: number) => values[position].dtype === 'float32'
  if (!inputs.some(({ dtype }, i) => dtype === 'float64' && isSingle(from[i]))) return applyAll(op, inputs, attributes)
  const wide = inputs.map((input, i) => (isSingle(from[i]) ? castTo(input, 'float64') : input))
  const isWide = takes(op, wide, attributes)
  if (isWide && isRounding(op, wide)) return wide
  const given = isWide ? wide : inputs.map((input, i) => castTo(input, values[from[i]].dtype))
  return applyAll(op, given, attributes).map((output, i) => (isSingle(to[i]) ? castTo(output, 'float64') : output))
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
function isRounding({ body }: Op, inputs: readonly Tensor[]): boolean {
  if (body.kind !== 'map') return false
  const { instructions, dtype } = body.work(inputs, inputs[0], undefined).program
  return dtype === 'float32' && instructions.map(({ name }) => name).join(' ') === 'input convert'
}
