import { type DType, Tensor } from '@cotangent/core'
import { ExportError } from '../errors'
import type { ModelProto, NodeProto, ValueInfoProto } from '../onnx/proto/messages'
import { damaged } from '../onnx/proto/wire'
import { dtypeOf, typeName } from './tensor-proto'
import { operatorOf, type Step, storedValues, Translation } from './translation'
import type { Value } from './values'

/** An input or output of a model. */
export interface OnnxValue {
  readonly name: string
  /** The dtype here: int32 for integers of all widths. */
  readonly dtype: DType
  /** A number is a fixed size, a text the name of a size, null a size that nothing is known of. Null: any rank. */
  readonly shape: readonly (number | string | null)[] | null
}

/** A graph that is ready to be computed: steps in order, and the values that no input changes. */
export interface Program {
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly parameters: ReadonlyMap<string, Tensor>
  readonly constants: ReadonlyMap<string, Value>
  readonly steps: readonly Step[]
}

/** Versions of ONNX's operators that are understood. */
const [oldest, newest] = [13, 22]

/** Tells whether a float tensor of the file is a parameter; undefined leaves it to the default. */
export type Choice = ((name: string, value: Tensor) => boolean) | undefined

/**
 * Translates a model. Nodes that depend on constants alone are computed here, once.
 *
 * @throws ExportError for a damaged model, and one error for all nodes without a counterpart.
 */
export function programOf(model: ModelProto, isParameter: Choice): Program {
  const { graph } = model
  if (graph === undefined || model.ir_version === undefined) throw damaged('a model with a graph and a version', 'none')
  const opset = opsetOf(model)
  const nodes = graph.node ?? []
  const stored = storedValues(graph)
  const apart = namesApart(nodes)
  const byDefault = (name: string, { rank }: Tensor) => rank > 0 && !apart.has(name)
  const chosen = isParameter ?? byDefault
  const parameters = new Map<string, Tensor>()
  const constants = new Map<string, Value>()
  for (const [name, value] of stored) {
    if (isFloat(value) && chosen(name, value)) parameters.set(name, value)
    else constants.set(name, value)
  }
  const inputs = (graph.input ?? []).filter(({ name }) => !stored.has(name ?? '')).map(describe)
  const known = new Set([...stored.keys(), ...inputs.map(({ name }) => name)])
  if (known.size < stored.size + inputs.length) throw damaged('inputs with different names', 'two of one name')
  const translation = new Translation(opset)
  const steps = translation.steps(nodes, constants, known)
  translation.checkSupported()
  const outputs = (graph.output ?? []).map(describe)
  for (const { name } of outputs) if (!known.has(name)) throw damaged(`a node that computes the output '${name}'`, 'none') // prettier-ignore
  return { inputs, outputs, parameters, constants, steps }
}

function opsetOf({ opset_import: imports = [] }: ModelProto): number {
  const version = imports.find(({ domain = '' }) => domain === '' || domain === 'ai.onnx')?.version
  if (version === undefined) throw damaged('the version of the operators', 'none')
  if (version < oldest || version > newest)
    throw new ExportError(
      'onnx-opset',
      `the model uses version ${version} of ONNX's operators, and versions ${oldest} to ${newest} are understood; ` +
        'export it with one of them (opset_version in PyTorch), or convert it with onnx.version_converter',
    )
  return version
}

const isFloat = (value: Value): value is Tensor =>
  value instanceof Tensor && (value.dtype === 'float32' || value.dtype === 'float64')

/** The names of values that operators read as numbers, or that are statistics. */
function namesApart(nodes: readonly NodeProto[]): Set<string> {
  const ofNode = (node: NodeProto): string[] => [
    ...(operatorOf(node)?.constants ?? []).flatMap((input) => node.input?.[input] ?? []),
    ...(node.attribute ?? []).flatMap(({ g }) => (g?.node ?? []).flatMap(ofNode)),
  ]
  return new Set(nodes.flatMap(ofNode))
}

function describe({ name = '', type }: ValueInfoProto): OnnxValue {
  const dtype = dtypeOf(type?.tensor_type?.elem_type)
  if (dtype === undefined)
    throw new ExportError(
      'onnx-dtype',
      `'${name}' is ${type?.tensor_type === undefined ? 'no tensor' : `a tensor of ${typeName(type.tensor_type.elem_type)}`}, ` +
        'which has no counterpart here; export the model with float32, float64, int64, int32 or bool',
    )
  const dims = type?.tensor_type?.shape?.dim
  const shape = type?.tensor_type?.shape && (dims ?? []).map(({ dim_value: size, dim_param: param }) => size ?? (param || null)) // prettier-ignore
  return { name, dtype, shape: shape ?? null }
}
