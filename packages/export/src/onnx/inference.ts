import {
  checkArguments,
  checkValue,
  CotangentError,
  flattenFor,
  type Graph,
  type Kind,
  kinds,
  type Path,
  type Tensor,
  trace,
  zeros,
} from '@cotangent/core'
import { evaluating } from '@cotangent/nn'
import { ExportError } from '../errors'
import { aRoot } from '../kinds'
import type { ModelProto } from './proto/messages'
import { encodeModel } from './proto/tables'
import { unified } from './symbolic/unify'
import { finished } from './target/finish'
import type { ONNXOptions } from './to-onnx'
import { writeModel } from './write-model'

/** A layer of `@cotangent/nn`, or a function. It gets the input and, if it is a layer, the mode `evaluating`. */
export type InferenceModel = ((input: any) => unknown) | { forward(input: any, mode: any): unknown }

/** Options of `exportInference`. */
export interface InferenceOptions extends ONNXOptions {
  /**
   * `symbolic`: the model takes any size of the batch, which is the first axis of the input; in a tree of inputs, of
   * those that have there the size of the first. `fixed`: it takes the size of the example. Default: `fixed`.
   */
  readonly batch?: 'fixed' | 'symbolic'
}

const aModel: Kind = {
  expected: 'a layer (an object with a forward method) or a function of the input',
  accepts: (value) =>
    typeof value === 'function' || typeof (value as { forward?: unknown } | null | undefined)?.forward === 'function',
}
const someTensors: Kind = {
  expected: 'a tensor or a tree of tensors',
  accepts: (value) => value instanceof Object && flattenFor('exportInference', value).leaves.length > 0,
}
const aBatch: Kind = {
  expected: "'fixed' or 'symbolic'",
  accepts: (value) => value === 'fixed' || value === 'symbolic',
}
const parameters = [
  aModel,
  someTensors,
  /* @__PURE__ */ kinds.optional(/* @__PURE__ */ kinds.options({ root: aRoot, batch: aBatch })),
]

/**
 * A trained model as the bytes of an ONNX file, for its use: `exportInference(model, input, { batch: 'symbolic' })`.
 *
 * `input` is an example: a tensor, or a tree of tensors. The file names it `input`, and the tensors of a tree by their
 * paths. The result is named `output`, or by its paths. Tensors of the model are initializers, named by their paths:
 * `layers.0.weight`.
 *
 * For a symbolic batch, the model is traced for three sizes of the batch, and for that of the input unless it is 1.
 * The computations must be the same, and the sizes in them affine in that of the batch. The dimension is named `batch`.
 * What changes at another size, such as `Math.min(x.shape[0], 100)`, goes unnoticed: a model must not branch on the
 * size.
 *
 * @throws ExportError if an op is computed by a kernel in JavaScript, if two tensors have one name, or if the
 * computation depends on the size of the batch.
 */
export function exportInference(
  model: InferenceModel,
  input: unknown,
  options: InferenceOptions = {},
): Uint8Array<ArrayBuffer> {
  checkArguments('exportInference', parameters, arguments)
  const { batch = 'fixed', root } = options
  // Layers check their values in a call. In a trace there are none.
  checkValue('exportInference', someTensors, runOf(model)(model, input), 'the result of the model')
  const written = batch === 'fixed' ? writeInference(model, input, root) : writeSymbolic(model, input, root)
  return encodeModel({ ...written, graph: finished(written.graph!) })
}

function writeInference(model: InferenceModel, input: unknown, root: string | undefined): ModelProto {
  const graph = trace(runOf(model), model, input)
  const names = {
    inputs: graph.paths.map(([argument, ...path]) => (argument === 0 ? path.join('.') : nameOf('input', path))),
    outputs: graph.outputPaths.map((path) => nameOf('output', path)),
  }
  return writeModel('exportInference', graph, names, root, parametersOf(model, graph))
}

const runOf = (model: InferenceModel) => (own: InferenceModel, input: unknown) =>
  typeof model === 'function' ? model(input) : (own as typeof model).forward(input, evaluating)

/** The tensors of the model, by the position of the inputs of the graph that stand for them. */
function parametersOf(model: InferenceModel, { paths }: Graph): ReadonlyMap<number, Tensor> {
  const { leaves } = flattenFor('exportInference', model)
  const positions = paths.flatMap(([argument], i) => (argument === 0 ? [i] : []))
  return new Map(positions.map((position, i) => [position, leaves[i]]))
}

const nameOf = (whole: string, path: Path) => (path.length === 0 ? whole : path.join('.'))

function writeSymbolic(model: InferenceModel, input: unknown, root: string | undefined): ModelProto {
  const flat = flattenFor('exportInference', input)
  const first = flat.leaves.findIndex(({ shape }) => shape.length > 0)
  if (first < 0)
    throw new ExportError(
      'no-batch',
      "[exportInference] expected an input whose first axis is the batch, got none; leave out batch: 'symbolic'",
    )
  const [batch] = flat.leaves[first].shape as readonly number[]
  const sized = (size: number) =>
    flat.rebuild(flat.leaves.map((leaf) => (leaf.shape[0] === batch ? withBatch(leaf, size) : leaf)))
  const sizes = sizesFor(model, flat.leaves)
  if (batch > 1) sizes.push(batch)
  const models = sizes.map((size) => ({ size, model: written(model, sized(size), root, size) }))
  const graphs = models.map(({ size, model: { graph } }) => ({ size, graph: graph! }))
  const graph = unified(graphs, nameOf('input', flat.paths[first]))
  return { ...models[0].model, graph }
}

const withBatch = ({ shape, dtype }: Tensor, size: number) => zeros([size, ...shape.slice(1)], { dtype })

function written(model: InferenceModel, input: unknown, root: string | undefined, size: number): ModelProto {
  try {
    return writeInference(model, input, root)
  } catch (cause) {
    if (cause instanceof ExportError || !(cause instanceof CotangentError)) throw cause
    throw new ExportError(
      'batch-dependent',
      `[exportInference] expected a model for every size of the batch, but it fails for ${size}: ${cause.message}; leave ` +
        "out batch: 'symbolic', for the batch of the input",
      { cause },
    )
  }
}

const primes = [5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103]

/** Three sizes of the batch that divide no other size, so that no size of the model is taken for them. */
function sizesFor(model: InferenceModel, inputs: readonly Tensor[]): number[] {
  const all = [...flattenFor('exportInference', model).leaves, ...inputs]
  const sizes = new Set(all.flatMap(({ shape }) => shape as readonly number[]))
  const free = primes.filter((prime) => [...sizes].every((size) => size === 0 || size % prime !== 0))
  return [...free, 1009, 1013, 1019].slice(0, 3)
}
