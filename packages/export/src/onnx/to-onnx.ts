import { checkArguments, type Graph, kinds, type Path } from '@cotangent/core'
import { aGraph, aRoot } from '../kinds'
import { encodeModel } from './proto/tables'
import { finished } from './target/finish'
import { writeModel } from './write-model'

/** Options of exports to ONNX. */
export interface ONNXOptions {
  /**
   * The folder that the call sites in the model are relative to. A file outside of it is told by its base name.
   * Default: the current folder, if there is one.
   */
  readonly root?: string
}

const parameters = [aGraph, /* @__PURE__ */ kinds.optional(/* @__PURE__ */ kinds.options({ root: aRoot }))]

/**
 * A traced graph as the bytes of an ONNX model (operator set 18, IR version 8).
 *
 * The inputs are named `input.` and their path in the arguments, `input.0.weight`; the outputs `output` and their path
 * in the result. Tensors that the function used are initializers. Each node tells its op and call site in its
 * `doc_string`. Equal graphs give equal bytes.
 *
 * ONNX Runtime computes what Cotangent computes, except for the order of sums, and up to 4 ulp in named functions (in
 * `sin`, `cos` and `sigmoid` 4 units of the last place of 1). The sign of a zero may differ. An index out of range,
 * where Cotangent throws, counts from the end if it is negative.
 *
 * @throws ExportError if an op is computed by a kernel in JavaScript.
 */
export function toONNX(graph: Graph, options: ONNXOptions = {}): Uint8Array<ArrayBuffer> {
  checkArguments('toONNX', parameters, arguments)
  const names = {
    inputs: graph.paths.map((path) => nameOf('input', path)),
    outputs: graph.outputPaths.map((path) => nameOf('output', path)),
  }
  const model = writeModel('toONNX', graph, names, options.root)
  return encodeModel({ ...model, graph: finished(model.graph!) })
}

const nameOf = (stem: string, path: Path) => [stem, ...path].join('.')
