import { sizeOf, stridesOf } from '@cotangent/core/internal'
import { ExportError } from '../../errors'
import type { AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto } from '../proto/messages'
import { numbersOf } from '../target/elements-of'
import { type ElementType, elementTypes } from '../target/values'
import { type Affine, affineThrough, dimensionName } from './affine'
import { BatchValues } from './batch-values'
import { placesOfUse } from './uses'

/** A graph that was written for one size of the batch. */
export interface Sized {
  readonly size: number
  readonly graph: GraphProto
}

/**
 * One graph for every size of the batch, from the graphs for several sizes. They must have the same nodes. Sizes in
 * which they differ become computed from the first size of `input`, and the dimension `batch` in types.
 *
 * @throws ExportError that names the op and its call site, if the graphs differ by more.
 */
export function unified(sized: readonly Sized[], input: string): GraphProto {
  return new Unification(sized, input).graph()
}

class Unification {
  readonly #sizes: readonly number[]
  readonly #graphs: readonly GraphProto[]
  readonly #values: BatchValues
  readonly #uses: ReturnType<typeof placesOfUse>

  constructor(sized: readonly Sized[], input: string) {
    this.#sizes = sized.map(({ size }) => size)
    this.#graphs = sized.map(({ graph }) => graph)
    this.#uses = placesOfUse(this.#graphs[0])
    this.#values = new BatchValues(input, this.#uses.names)
  }

  graph(): GraphProto {
    const body = this.#body(this.#graphs)
    const initializer = columns(this.#graphs.map((each) => each.initializer!)).flatMap((row) => this.#initializer(row))
    return {
      ...body,
      node: [...this.#values.nodes, ...body.node!],
      initializer: [...initializer, ...this.#values.initializers],
    }
  }

  #body(graphs: readonly GraphProto[]): GraphProto {
    const shortest = Math.min(...graphs.map(({ node }) => node!.length))
    const node = Array.from({ length: shortest }, (_, i) => this.#node(graphs.map((graph) => graph.node![i])))
    const longer = graphs.find((graph) => graph.node!.length > shortest)
    if (longer !== undefined) throw this.#dependent(longer.node![shortest])
    const infos = (which: 'input' | 'output') =>
      columns(graphs.map((graph) => graph[which]!)).map((row) => this.#info(row))
    return { ...graphs[0], node, input: infos('input'), output: infos('output') }
  }

  #node(nodes: readonly NodeProto[]): NodeProto {
    const keys = nodes.map(({ op_type, input, output }) => JSON.stringify([op_type, input, output]))
    const lists = nodes.map(({ attribute }) => attribute ?? [])
    if (!isOne(keys) || !isOne(lists.map(({ length }) => length))) throw this.#dependent(nodes[0])
    if (lists[0].length === 0) return nodes[0]
    return { ...nodes[0], attribute: columns(lists).map((row) => this.#attribute(row, nodes[0])) }
  }

  #attribute(row: readonly AttributeProto[], node: NodeProto): AttributeProto {
    if (row[0].g !== undefined) return { ...row[0], g: this.#body(row.map(({ g }) => g!)) }
    if (!isOne(row.map(({ name, i, ints, s }) => [name, i, ints, s].join(';')))) throw this.#dependent(node)
    return row[0]
  }

  #info(row: readonly ValueInfoProto[]): ValueInfoProto {
    const [first] = row
    const { elem_type } = first.type!.tensor_type!
    const dims = row.map(({ type }) => type!.tensor_type!.shape!.dim!.map(({ dim_value }) => dim_value!))
    const sizes = this.#entries(dims)
    if (sizes === null) throw this.#dependentValue(first.name!)
    const dim = sizes.map((size) =>
      typeof size === 'number' ? { dim_value: size } : { dim_param: dimensionName(size) },
    )
    return { ...first, type: { tensor_type: { elem_type, shape: { dim } } } }
  }

  /** Numbers at the same places in the lists: equal ones, or how they depend on the size; null if in another way. */
  #entries(lists: readonly (readonly number[])[]): readonly (number | Affine)[] | null {
    if (!isOne(lists.map(({ length }) => length))) return null
    const entries = columns(lists).map((row) => (isOne(row) ? row[0] : affineThrough(this.#sizes, row)))
    return entries.every((entry) => entry !== null) ? entries : null
  }

  /** The initializer that the graphs have in common; none, if nodes compute it now. */
  #initializer(row: readonly TensorProto[]): readonly TensorProto[] {
    const [first] = row
    const shape = this.#entries(row.map(({ dims }) => dims!))
    if (shape === null) throw this.#dependentValue(first.name!)
    if (!shape.every((size) => typeof size === 'number')) {
      const axes = shape.flatMap((size, axis) => (typeof size === 'number' ? [] : [axis]))
      const rows = row.map((tensor) => alike(tensor, axes))
      if (rows.includes(null) || !isOne(rows.map((each) => String(each!.raw_data))))
        throw this.#dependentValue(first.name!)
      this.#values.repeated(first.name!, rows[0]!, shape)
      return []
    }
    if (row.every(({ raw_data }) => isSame(raw_data!, first.raw_data!))) return [first]
    return this.#computed(row, shape)
  }

  #computed(row: readonly TensorProto[], shape: readonly number[]): readonly TensorProto[] {
    const [{ name, data_type }] = row
    const dtype = nameOfType(data_type!)
    const numbers = row.map((tensor) => numbersOf(tensor, dtype))
    const entries = this.#entries(numbers)
    if (dtype === 'int64' && shape.length === 1 && entries !== null) {
      if (!this.#isInferred(name!, entries)) this.#values.list(name!, entries)
      else return [inferredShape(row[0], entries)]
      return []
    }
    if (numbers[0].length !== 1) throw this.#dependentValue(name!)
    const found = entries?.[0] ?? this.#reciprocal(numbers.flat(), dtype)
    if (found === null || typeof found === 'number') throw this.#dependentValue(name!)
    this.#values.number(name!, found, entries === null, dtype, shape)
    return []
  }

  /** How the size depends on the batch of which a float is one part: `1 / size`, rounded to its type. */
  #reciprocal(parts: readonly number[], dtype: ElementType): Affine | null {
    if (dtype !== 'float32' && dtype !== 'float64') return null
    const sizes = parts.map((part) => Math.round(1 / part))
    const rounded = (x: number) => (dtype === 'float32' ? Math.fround(x) : x)
    return sizes.every((size, i) => rounded(1 / size) === parts[i]) ? affineThrough(this.#sizes, sizes) : null
  }

  /** Whether a list is the shape of a Reshape, which can find its only size that depends on the batch itself. */
  #isInferred(name: string, entries: readonly (number | Affine)[]): boolean {
    const fixed = entries.filter((entry) => typeof entry === 'number')
    return (
      fixed.length === entries.length - 1 &&
      fixed.every((size) => size > 0) &&
      this.#uses.of(name).every(({ node, position }) => node.op_type === 'Reshape' && position === 1)
    )
  }

  #dependentValue(name: string): ExportError {
    const [use] = this.#uses.of(name)
    return this.#dependent(use?.node ?? this.#uses.writerOf(name))
  }

  #dependent(node: NodeProto | undefined): ExportError {
    return new ExportError(
      'batch-dependent',
      `[exportInference] expected the same computation for every size of the batch, but ${node?.doc_string ?? 'the result'} ` +
        `depends on it (tried ${this.#sizes.join(', ')}); compute it from shapes by sums and products, or leave out ` +
        "batch: 'symbolic', for the batch of the input",
    )
  }
}

/** A tensor at the first position of axes along which all positions are alike; null if they differ. */
function alike(tensor: TensorProto, axes: readonly number[]): TensorProto | null {
  const sizes = tensor.dims!
  const dims = sizes.map((size, axis) => (axes.includes(axis) ? 1 : size))
  const bytes = tensor.raw_data!.length / sizeOf(sizes)
  const raw_data = new Uint8Array(bytes * sizeOf(dims))
  const first = stridesOf(dims)
  for (let i = 0; i < sizeOf(sizes); i++) {
    const positions = stridesOf(sizes).map((stride, axis) => Math.floor(i / stride) % sizes[axis])
    const at = positions.reduce((sum, position, axis) => sum + (axes.includes(axis) ? 0 : position * first[axis]), 0)
    const element = tensor.raw_data!.subarray(bytes * i, bytes * (i + 1))
    const isFirst = axes.every((axis) => positions[axis] === 0)
    if (isFirst) raw_data.set(element, bytes * at)
    else if (!isSame(element, raw_data.subarray(bytes * at, bytes * (at + 1)))) return null
  }
  return { ...tensor, dims, raw_data }
}

function inferredShape(tensor: TensorProto, entries: readonly (number | Affine)[]): TensorProto {
  const raw_data = tensor.raw_data!.slice()
  const view = new DataView(raw_data.buffer)
  entries.forEach((entry, i) => view.setBigInt64(8 * i, typeof entry === 'number' ? BigInt(entry) : -1n, true))
  return { ...tensor, raw_data }
}

function nameOfType(number: number): ElementType {
  return (Object.keys(elementTypes) as ElementType[]).find((dtype) => elementTypes[dtype] === number)!
}

const isOne = (list: readonly unknown[]): boolean => list.every((each) => each === list[0])

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

/** The entries at each place of lists of one length. */
function columns<T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return lists[0].map((_, i) => lists.map((list) => list[i]))
}
