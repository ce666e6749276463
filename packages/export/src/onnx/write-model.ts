import type { Graph, Tensor } from '@cotangent/core'
import { ExportError } from '../errors'
import { currentFolder } from '../lowering/call-site'
import { writeGraph } from '../lowering/walk'
import type { ModelProto } from './proto/messages'
import { targetOf } from './target/target'
import type { Value } from './target/values'
import { Writer } from './target/writer'

/** The set of operators that models are written in, and the version of the format that came with it. */
const [operatorSet, formatVersion] = [18, 8]

/** The names of what a model takes and returns. */
export interface Names {
  /** The names of the inputs of the graph, in order. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

/**
 * A graph as a model. `parameters` has the inputs that are not inputs of the model but tensors that it holds, by
 * position.
 */
export function writeModel(
  operation: string,
  graph: Graph,
  names: Names,
  root = currentFolder(),
  parameters: ReadonlyMap<number, Tensor> = new Map(),
): ModelProto {
  const taken = distinct(operation, [...names.inputs, ...names.outputs])
  const writer = new Writer(taken, root)
  // A tensor that a model uses at two places, as tied weights are, is one.
  const written = new Map<Tensor, Value>()
  const inputs = graph.inputs.map((position, i): Value => {
    const { shape, dtype } = graph.values[position]
    const parameter = parameters.get(i)
    if (parameter === undefined) return { name: names.inputs[i], shape, dtype }
    const value = written.get(parameter) ?? writer.parameter(parameter, names.inputs[i])
    written.set(parameter, value)
    return value
  })
  const results = writeGraph(graph, targetOf(writer), inputs)
  const outputs = writer.named(results, names.outputs)
  const free = inputs.filter((_, i) => !parameters.has(i))
  return {
    ir_version: formatVersion,
    producer_name: '@cotangent/export',
    graph: { ...writer.graphOf('main', free, outputs), initializer: writer.initializers },
    opset_import: [{ domain: '', version: operatorSet }],
  }
}

function distinct(operation: string, names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name))
      throw new ExportError(
        'ambiguous-name',
        `[${operation}] expected a name for each tensor, got '${name}' for two; rename a key of the tree, so that no two ` +
          'paths read the same with dots between their steps',
      )
    seen.add(name)
  }
  return seen
}
