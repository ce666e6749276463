import type { DType, Tensor } from '@cotangent/core'
import { ExportError } from '../errors'
import type { GraphProto, ModelProto, NodeProto, ValueInfoProto } from '../onnx/proto/messages'
import { damaged } from '../onnx/proto/wire'
import { atNode } from './named'
import { type Apply, Inputs, NodeView, type Operator, Unsupported } from './node'
import { operators } from './ops'
import { dtypeOf, typeName, valueOf } from './tensor-proto'
import { type Value, WideIntegers } from './values'

/** An input or output of a model. */
export interface OnnxValue {
  readonly name: string
  /** The dtype here: int32 for integers of all widths. */
  readonly dtype: DType
  /** A number is a fixed size, a text the name of a size, null a size that nothing is known of. Null: any rank. */
  readonly shape: readonly (number | string | null)[] | null
}

/** A node that is ready to be computed. */
export interface Step {
  readonly label: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly apply: Apply
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
  if ((graph.sparse_initializer ?? []).length > 0)
    throw new ExportError('onnx-sparse', 'the model has sparse tensors, which have no counterpart here; export it with dense ones') // prettier-ignore
  const nodes = graph.node ?? []
  const stored = storedValues(graph)
  const apart = namesApart(nodes)
  const byDefault = (name: string, { rank }: Tensor) => rank > 0 && !apart.has(name)
  const chosen = isParameter ?? byDefault
  const parameters = new Map<string, Tensor>()
  const constants = new Map<string, Value>()
  for (const [name, value] of stored) {
    const isFloat = !(value instanceof WideIntegers) && (value.dtype === 'float32' || value.dtype === 'float64')
    if (isFloat && chosen(name, value)) parameters.set(name, value)
    else constants.set(name, value)
  }
  const inputs = (graph.input ?? []).filter(({ name }) => !stored.has(name ?? '')).map(describe)
  const known = new Set([...stored.keys(), ...inputs.map(({ name }) => name)])
  if (known.size < stored.size + inputs.length) throw damaged('inputs with different names', 'two of one name')
  const steps = stepsOf(nodes, opset, constants, known)
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

function storedValues({ initializer = [] }: GraphProto): Map<string, Value> {
  const stored = new Map<string, Value>()
  for (const proto of initializer) {
    const name = proto.name ?? ''
    if (name === '' || stored.has(name)) throw damaged('tensors with different names', `'${name}'`)
    stored.set(name, valueOf(proto))
  }
  return stored
}

const operatorOf = ({ domain = '', op_type: type = '' }: NodeProto): Operator | undefined =>
  (domain === '' || domain === 'ai.onnx') && Object.hasOwn(operators, type) ? operators[type] : undefined

/** The names of values that operators read as numbers, or that are statistics. */
function namesApart(nodes: readonly NodeProto[]): Set<string> {
  return new Set(
    nodes.flatMap((node) => (operatorOf(node)?.constants ?? []).flatMap((input) => node.input?.[input] ?? [])),
  )
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

function stepsOf(
  nodes: readonly NodeProto[],
  opset: number,
  constants: Map<string, Value>,
  known: Set<string>,
): Step[] {
  const steps: Step[] = []
  const missing = new Map<string, string[]>()
  for (const proto of nodes) {
    const node = new NodeView(proto, opset, constants)
    const unknown = node.inputs.find((name) => name !== '' && !known.has(name))
    if (unknown !== undefined) throw damaged(`a value '${unknown}' before ${node.label}`, 'none')
    for (const name of node.outputs) {
      if (name !== '' && known.has(name)) throw damaged(`one value of the name '${name}'`, 'two')
      known.add(name)
    }
    try {
      const step = { label: node.label, inputs: node.inputs, outputs: node.outputs, apply: translated(node) }
      if (node.inputs.every((name) => name === '' || constants.has(name))) compute(step, constants)
      else steps.push(step)
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error
      const { domain, op_type: type, name } = proto
      const what = `${domain ? `${domain}.` : ''}${type}${error.message === '' ? '' : ` with ${error.message}`}`
      missing.set(what, [...(missing.get(what) ?? []), `'${name || node.outputs[0]}'`])
    }
  }
  if (missing.size > 0) throw unsupported(missing)
  return steps
}

function translated(node: NodeView): Apply {
  const operator = operatorOf(node.proto)
  if (operator === undefined) throw new Unsupported()
  const [fewest, most] = operator.inputs
  const count = node.inputs.findLastIndex((name) => name !== '') + 1
  if (count < fewest || count > most) throw new Unsupported(`${count} inputs`)
  const last = node.outputs.findLastIndex((name) => name !== '')
  if (last >= operator.outputs) throw new Unsupported(`output ${last}`)
  const apply = operator.translate(node)
  node.checkAllRead()
  return apply
}

function unsupported(missing: ReadonlyMap<string, readonly string[]>): ExportError {
  const shown = 8
  const lines = Array.from(missing, ([what, names]) => {
    const more = names.length > shown ? ` and ${names.length - shown} more` : ''
    return `  ${what}: ${names.length} (${names.slice(0, shown).join(', ')}${more})`
  })
  return new ExportError(
    'onnx-unsupported',
    `these operators of the model have no counterpart here:\n${lines.join('\n')}\n` +
      'Express them by others before the export; the README of @cotangent/export lists those that are known',
  )
}

/** Computes a node and adds its outputs to the values. */
export function compute({ label, inputs, outputs, apply }: Step, values: Map<string, Value>): void {
  const given = inputs.map((name) => (name === '' ? undefined : values.get(name)))
  const found = atNode(label, () => apply(new Inputs(label, given)))
  const results = Array.isArray(found) ? (found as readonly Value[]) : [found as Value]
  outputs.forEach((name, at) => {
    if (name !== '') values.set(name, results[at])
  })
}
