import type { Tensor } from '@cotangent/core'
import { callSiteWithin } from '../../lowering/call-site'
import type { Place } from '../../lowering/target'
import type { GraphProto, NodeProto, TensorProto, ValueInfoProto } from '../proto/messages'
import { type Attributes, attributesOf } from './attributes'
import { constantOf, tensorOf } from './elements-of'
import { type AnyValue, type ElementType, elementTypes, type Value, type ValueType } from './values'

/** A graph that is being written: the main graph, or the body of a loop or branch. */
interface OpenGraph {
  readonly nodes: NodeProto[]
  /** Names of the values that its nodes computed. */
  readonly computed: Set<string>
}

/**
 * Writes nodes, and keeps count of names. Constants become initializers of the main graph, which the bodies of loops
 * and branches may use. Each has a name of its own, also where the number is the same, so that two traces of a function
 * get the same names (`symbolic`); `finished` merges them in the end.
 */
export class Writer {
  readonly initializers: TensorProto[] = []
  readonly #main = opened()
  #open = this.#main
  #count = 0
  #place: Place = { op: 'graph', line: undefined }

  /** `taken`: names that inputs, outputs and parameters have. `root`: the folder that call sites are relative to. */
  constructor(
    private readonly taken: ReadonlySet<string>,
    private readonly root: string | undefined,
  ) {}

  from(place: Place): void {
    this.#place = place
  }

  /** Writes a node with one result. An input that is left out is null. */
  node<D extends ElementType>(
    operator: string,
    inputs: readonly (AnyValue | null)[],
    type: ValueType<D>,
    attributes?: Attributes,
  ): Value<D> {
    return this.nodes(operator, inputs, [type], attributes)[0] as Value<D>
  }

  /** Writes a node with results of the given types. */
  nodes(
    operator: string,
    inputs: readonly (AnyValue | null)[],
    types: readonly ValueType[],
    attributes: Attributes = {},
  ): readonly AnyValue[] {
    const name = this.#fresh(this.#place.op)
    const results = types.map(({ shape, dtype }, i) => ({
      ...{ shape, dtype },
      name: types.length === 1 ? name : `${name}.${i}`,
    }))
    this.#open.nodes.push({
      input: inputs.map((input) => input?.name ?? ''),
      output: results.map((result) => result.name),
      name,
      op_type: operator,
      ...(Object.keys(attributes).length > 0 && { attribute: attributesOf(attributes) }),
      doc_string: this.#origin(),
    })
    for (const result of results) this.#open.computed.add(result.name)
    return results
  }

  /** A number, as a scalar. */
  scalar<D extends ElementType>(number: number, dtype: D): Value<D> {
    return { ...this.#initializer(tensorOf(this.#fresh('scalar'), dtype, [], [number]), dtype), number }
  }

  /** A list of integers: a shape, axes, or limits of slices. */
  integers(list: readonly number[]): Value<'int64'> {
    return this.#initializer(tensorOf(this.#fresh('sizes'), 'int64', [list.length], list), 'int64')
  }

  /** A list of numbers. */
  list<D extends ElementType>(numbers: readonly number[], dtype: D): Value<D> {
    return this.#initializer(tensorOf(this.#fresh('list'), dtype, [numbers.length], numbers), dtype)
  }

  /** A tensor that the function captured. */
  constant(tensor: Tensor): Value {
    return this.#tensor(tensor, this.#fresh('constant'), 'constant')
  }

  /** A tensor of the model, under its name. */
  parameter(tensor: Tensor, name: string): Value {
    return this.#tensor(tensor, name, 'parameter')
  }

  /** What has a `doc_string` stays as it is: `finished` merges the other initializers. */
  #tensor(tensor: Tensor, name: string, doc_string: string): Value {
    const isNumber = tensor.shape.length === 0 && doc_string === 'constant'
    const message = constantOf(name, tensor)
    const value = this.#initializer(isNumber ? message : { ...message, doc_string }, tensor.dtype)
    return tensor.shape.length === 0 ? { ...value, number: tensor.item() } : value
  }

  /** The body of a loop or branch: a function of values of the given types. */
  body(inputs: readonly ValueType[], write: (inputs: readonly AnyValue[]) => readonly AnyValue[]): GraphProto {
    const before = this.#open
    const place = this.#place
    this.#open = opened()
    const given = inputs.map(({ shape, dtype }) => ({ shape, dtype, name: this.#fresh('input') }))
    const results = write(given)
    this.#place = place
    const graph = this.graphOf(this.#fresh('body'), given, this.#separate(results))
    this.#open = before
    return graph
  }

  /** The open graph as a message. */
  graphOf(name: string, inputs: readonly AnyValue[], outputs: readonly AnyValue[]): GraphProto {
    return { node: this.#open.nodes, name, input: inputs.map(infoOf), output: outputs.map(infoOf) }
  }

  /** The results under given names. Each is then computed by a node of its own. */
  named(results: readonly AnyValue[], names: readonly string[]): readonly AnyValue[] {
    return results.map((result, i) => {
      const renamed = { ...result, name: names[i] }
      this.#open.nodes.push({
        input: [result.name],
        output: [names[i]],
        name: this.#fresh('output'),
        op_type: 'Identity',
        doc_string: 'output',
      })
      return renamed
    })
  }

  /** Results of a body: a graph of ONNX must compute each of them, and each only once. */
  #separate(results: readonly AnyValue[]): readonly AnyValue[] {
    const seen = new Set<string>()
    return results.map((result) => {
      const own = this.#open.computed.has(result.name) && !seen.has(result.name)
      seen.add(result.name)
      return own ? result : this.node('Identity', [result], result)
    })
  }

  #initializer<D extends ElementType>(tensor: TensorProto, dtype: D): Value<D> {
    this.initializers.push(tensor)
    return { name: tensor.name!, shape: tensor.dims!, dtype }
  }

  #fresh(stem: string): string {
    const name = `${stem}_${this.#count++}`
    return this.taken.has(name) ? this.#fresh(stem) : name
  }

  /** The op that is being written, and its call site. */
  #origin(): string {
    const { op, line } = this.#place
    const site = line === undefined ? undefined : callSiteWithin(this.root, line)
    return site === undefined ? op : `${op} at ${site.file}:${site.line}:${site.column}`
  }
}

const opened = (): OpenGraph => ({ nodes: [], computed: new Set() })

/** The name and type of a value, as a message. */
export function infoOf({ name, shape, dtype }: AnyValue): ValueInfoProto {
  const dim = shape.map((dim_value) => ({ dim_value }))
  return { name, type: { tensor_type: { elem_type: elementTypes[dtype], shape: { dim } } } }
}
