import { ExportError } from '../errors'
import type { GraphProto, NodeProto } from '../onnx/proto/messages'
import { damaged } from '../onnx/proto/wire'
import { atNode } from './named'
import { type Apply, type Body, Inputs, NodeView, type Operator, Unsupported } from './node'
import { operators } from './ops'
import { valueOf } from './tensor-proto'
import type { Value } from './values'

/** A node that is ready to be computed. */
export interface Step {
  readonly label: string
  readonly inputs: readonly string[]
  /** The values that it needs: inputs, and what its bodies use. */
  readonly needs: readonly string[]
  readonly outputs: readonly string[]
  readonly apply: Apply
}

/** The operator of a node, or undefined. */
export const operatorOf = ({ domain = '', op_type: type = '' }: NodeProto): Operator | undefined =>
  (domain === '' || domain === 'ai.onnx') && Object.hasOwn(operators, type) ? operators[type] : undefined

/** The tensors of a graph by name. */
export function storedValues({ initializer = [], sparse_initializer: sparse = [] }: GraphProto): Map<string, Value> {
  if (sparse.length > 0)
    throw new ExportError('onnx-sparse', 'the model has sparse tensors, which have no counterpart here; export it with dense ones') // prettier-ignore
  const stored = new Map<string, Value>()
  for (const proto of initializer) {
    const name = proto.name ?? ''
    if (name === '' || stored.has(name)) throw damaged('tensors with different names', `'${name}'`)
    stored.set(name, valueOf(proto))
  }
  return stored
}

/** Turns nodes into steps, and collects those without a counterpart. */
export class Translation {
  private readonly missing = new Map<string, string[]>()

  /** `opset`: the version of the operators. */
  constructor(private readonly opset: number) {}

  /**
   * The steps of nodes in order. Nodes that depend on constants alone are computed, and added to them. `known`: the
   * names of all values before.
   */
  steps(nodes: readonly NodeProto[], constants: Map<string, Value>, known: Set<string>, isBody = false): Step[] {
    const steps: Step[] = []
    for (const proto of nodes) {
      const node = new NodeView(proto, this.opset, constants, (graph) => this.body(graph, constants, known))
      const unknown = node.inputs.find((name) => name !== '' && !known.has(name))
      if (unknown !== undefined) throw damaged(`a value '${unknown}' before ${node.label}`, 'none')
      try {
        const apply = translated(node)
        const step = { label: node.label, inputs: node.inputs, needs: node.needs, outputs: node.outputs, apply }
        // A body may lack nodes without a counterpart.
        const isKnown = this.missing.size === 0 && step.needs.every((name) => constants.has(name))
        if (!isKnown || !computed(step, constants, isBody)) steps.push(step)
      } catch (error) {
        if (!(error instanceof Unsupported)) throw error
        const { domain, op_type: type, name } = proto
        const what = `${domain ? `${domain}.` : ''}${type}${error.message === '' ? '' : ` with ${error.message}`}`
        this.missing.set(what, [...(this.missing.get(what) ?? []), `'${name || node.outputs[0]}'`])
      }
      for (const name of node.outputs) {
        if (name !== '' && known.has(name)) throw damaged(`one value of the name '${name}'`, 'two')
        known.add(name)
      }
    }
    return steps
  }

  /** @throws ExportError for the nodes without a counterpart. */
  checkSupported(): void {
    if (this.missing.size > 0) throw unsupported(this.missing)
  }

  private body(graph: GraphProto, outside: ReadonlyMap<string, Value>, known: ReadonlySet<string>): Body {
    const [inputs, outputs] = [graph.input ?? [], graph.output ?? []].map((list) => list.map(({ name = '' }) => name))
    const stored = storedValues(graph)
    const constants = new Map([...outside, ...stored])
    const names = new Set([...known, ...inputs, ...stored.keys()])
    if (names.size < known.size + inputs.length + stored.size) throw damaged('values with different names', 'two of one name') // prettier-ignore
    const steps = this.steps(graph.node ?? [], constants, names, true)
    const lost = outputs.find((name) => !names.has(name))
    if (lost !== undefined) throw damaged(`a node that computes the output '${lost}'`, 'none')
    const own = new Map([...constants].filter(([name]) => !known.has(name)))
    const used = new Set([...steps.flatMap(({ needs }) => needs), ...outputs])
    const captures = [...used].filter((name) => known.has(name))
    const copies = new Map(
      (graph.node ?? []).flatMap(({ op_type: type, input, output }) =>
        type === 'Identity' ? [[output?.[0] ?? '', input?.[0] ?? '']] : [],
      ),
    )
    return {
      inputs: inputs.length,
      outputs: outputs.length,
      captures,
      source(output) {
        let name = outputs[output]
        while (copies.has(name)) name = copies.get(name)!
        const input = inputs.indexOf(name)
        return input < 0 ? constants.get(name) : input
      },
      run(outside, given) {
        const values = new Map(own)
        for (const name of captures) values.set(name, outside.get(name)!)
        inputs.forEach((name, at) => values.set(name, given[at]))
        for (const step of steps) compute(step, values)
        return outputs.map((name) => values.get(name)!)
      },
    }
  }
}

/** Whether a node can be computed now. A node of a body that fails may never run: its error is left to the call. */
function computed(step: Step, constants: Map<string, Value>, isBody: boolean): boolean {
  try {
    compute(step, constants)
    return true
  } catch (error) {
    if (isBody && error instanceof ExportError) return false
    throw error
  }
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
  const found = atNode(label, () => apply(new Inputs(label, given, values)))
  const results = Array.isArray(found) ? (found as readonly Value[]) : [found as Value]
  outputs.forEach((name, at) => {
    if (name !== '') values.set(name, results[at])
  })
}
