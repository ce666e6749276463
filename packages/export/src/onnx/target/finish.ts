import {
  type AttributeProto,
  attributeTypes,
  dataTypes,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from '../proto/messages'
import { joinedTransposes } from './transposes'

/** A graph without what nothing uses, with equal numbers as one, and chains of transposes as one. */
export function finished(graph: GraphProto): GraphProto {
  const joined = joinedTransposes(graph.node!)
  const whole = { ...graph, node: withNames(joined.node, joined.renamed) }
  const kept = needed(whole, new Set(namesOf(graph.output)))
  const all = kept.initializer!
  const { initializer, renamed } = merged(all)
  const { node, outputs } = withoutCopies(kept)
  const hasParameters = all.some(({ doc_string }) => doc_string === 'parameter')
  const isTable = (each: TensorProto) =>
    isFloats(each) && (each.doc_string === undefined || (hasParameters && each.doc_string === 'constant'))
  return {
    ...kept,
    node: [...initializer.filter(isTable).map(constantNode), ...withNames(node, new Map([...renamed, ...outputs]))],
    initializer: initializer.filter((each) => !isTable(each)),
  }
}

const isFloats = ({ data_type, dims }: TensorProto) =>
  dims!.length > 0 && (data_type === dataTypes.FLOAT || data_type === dataTypes.DOUBLE)

/**
 * A table that functions are computed from, or a tensor that a model with parameters captured. As an initializer,
 * readers would take it for a parameter.
 */
function constantNode(table: TensorProto): NodeProto {
  const attribute = [{ name: 'value', type: attributeTypes.TENSOR, t: table }]
  return { input: [], output: [table.name!], name: table.name!, op_type: 'Constant', attribute }
}

/** Gives the nodes that compute an output its name, in place of a copy of it, and tells the new names. */
function withoutCopies({ node: nodes, output }: GraphProto) {
  const computed = new Set(nodes!.flatMap((node) => node.output!))
  const names = new Set(namesOf(output))
  const outputs = new Map<string, string>()
  const node = nodes!.filter(({ op_type, input, output }) => {
    const [from, to] = [input![0], output![0]]
    const isCopy = op_type === 'Identity' && names.has(to)
    if (!isCopy || !computed.has(from) || outputs.has(from)) return true
    outputs.set(from, to)
    return false
  })
  return { node, outputs }
}

const namesOf = (list: GraphProto['output']) => list!.map(({ name }) => name!)

/** The nodes that the needed names depend on. What a body uses from outside is needed too. */
function needed(graph: GraphProto, names: Set<string>): GraphProto {
  const node: NodeProto[] = []
  for (const each of [...graph.node!].reverse()) {
    if (!each.output!.some((name) => names.has(name))) continue
    const attribute = each.attribute?.map((given) => withBody(given, (body) => neededInBody(body, names)))
    for (const name of each.input!) names.add(name)
    node.push(attribute === undefined ? each : { ...each, attribute })
  }
  const initializer = graph.initializer?.filter(({ name }) => names.has(name!))
  return { ...graph, node: node.reverse(), ...(initializer && { initializer }) }
}

function neededInBody(body: GraphProto, names: Set<string>): GraphProto {
  for (const name of namesOf(body.output)) names.add(name)
  return needed(body, names)
}

function withBody(attribute: AttributeProto, change: (body: GraphProto) => GraphProto): AttributeProto {
  return attribute.g === undefined ? attribute : { ...attribute, g: change(attribute.g) }
}

/**
 * Each different number or list once, and for the others the name of their equal. Tensors of the model and of the
 * function stay apart: each may be trained by itself.
 */
function merged(all: readonly TensorProto[]): { initializer: TensorProto[]; renamed: Map<string, string> } {
  const first = new Map<string, string>()
  const renamed = new Map<string, string>()
  const initializer = all.filter(({ name, data_type, dims, raw_data, doc_string }) => {
    if (doc_string !== undefined) return true
    const key = `${data_type} ${dims!.join()} ${raw_data!.join()}`
    const known = first.get(key)
    if (known === undefined) first.set(key, name!)
    else renamed.set(name!, known)
    return known === undefined
  })
  return { initializer, renamed }
}

function withNames(nodes: readonly NodeProto[], renamed: ReadonlyMap<string, string>): readonly NodeProto[] {
  return nodes.map((node) => ({
    ...node,
    input: node.input!.map((name) => renamed.get(name) ?? name),
    output: node.output!.map((name) => renamed.get(name) ?? name),
    ...(node.attribute && {
      attribute: node.attribute.map((given) =>
        withBody(given, (body) => ({ ...body, node: withNames(body.node!, renamed) })),
      ),
    }),
  }))
}
