import type { Tensor } from '@cotangent/core'
import { ExportError } from '../errors'
import { type AttributeProto, attributeTypes, type GraphProto, type NodeProto } from '../onnx/proto/messages'
import { damaged } from '../onnx/proto/wire'
import { valueOf } from './tensor-proto'
import { numbersOf, tensorOf, type Value } from './values'

/** What a node has that has no counterpart here. `fromONNX` collects these of all nodes into one error. */
export class Unsupported extends Error {}

/** A graph in an attribute of a node: the body of a loop, or a branch. It may use values from outside. */
export interface Body {
  /** How many inputs and outputs there are. */
  readonly inputs: number
  readonly outputs: number
  /** The names of the values from outside that it uses. */
  readonly captures: readonly string[]
  /** What an output is if it is a constant, or the number of the input that it is. */
  source(output: number): Value | number | undefined
  /** The outputs for inputs, with the values outside by their names. */
  run(outside: ReadonlyMap<string, Value>, inputs: readonly Value[]): Value[]
}

const decoder = /* @__PURE__ */ new TextDecoder()

/** A node of a graph while it is translated: its attributes, by type. It knows which were read. */
export class NodeView {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** What messages call the node. */
  readonly label: string
  private readonly attributes: Map<string, AttributeProto>
  private readonly unread: Set<string>
  private readonly captured = new Set<string>()

  constructor(
    readonly proto: NodeProto,
    /** The version of ONNX's operators that the model uses. */
    readonly opset: number,
    /** The constants of the graph by name, as far as they are known. */
    private readonly constants: ReadonlyMap<string, Value>,
    private readonly translateBody: (graph: GraphProto) => Body,
  ) {
    this.inputs = proto.input ?? []
    this.outputs = proto.output ?? []
    this.label = `node '${proto.name || this.outputs[0]}' (${proto.op_type})`
    const attributes = proto.attribute ?? []
    this.attributes = new Map(attributes.map((each) => [each.name ?? '', each]))
    if (this.attributes.size < attributes.length) throw damaged(`attributes of ${this.label} with different names`, 'two of one name') // prettier-ignore
    this.unread = new Set(this.attributes.keys())
  }

  int(name: string, fallback?: number): number {
    const found = this.integer(name)
    return found === undefined ? this.must(name, fallback) : Number(found)
  }

  /** An integer with all its digits. */
  integer(name: string): bigint | undefined {
    const found = this.find(name, attributeTypes.INT)
    return found && (found.i ?? 0n)
  }

  flag(name: string, fallback: boolean): boolean {
    return this.int(name, fallback ? 1 : 0) !== 0
  }

  /** A float32. `fallback` is rounded to one, as in the definitions of the operators. */
  float(name: string, fallback?: number): number {
    const found = this.find(name, attributeTypes.FLOAT)
    return found === undefined ? Math.fround(this.must(name, fallback)) : (found.f ?? 0)
  }

  text(name: string, fallback?: string): string {
    const found = this.find(name, attributeTypes.STRING)
    return found === undefined ? this.must(name, fallback) : decoder.decode(found.s)
  }

  /** One of several texts; others are not supported. */
  choice<T extends string>(name: string, fallback: T, ...others: readonly T[]): T {
    const found = this.text(name, fallback)
    if (found !== fallback && !others.includes(found as T)) throw new Unsupported(`${name} '${found}'`)
    return found as T
  }

  ints(name: string): readonly number[] | undefined {
    return this.integers(name)?.map(Number)
  }

  /** Integers with all their digits. */
  integers(name: string): readonly bigint[] | undefined {
    const found = this.find(name, attributeTypes.INTS)
    return found && (found.ints ?? [])
  }

  floats(name: string): readonly number[] | undefined {
    const found = this.find(name, attributeTypes.FLOATS)
    return found && (found.floats ?? [])
  }

  texts(name: string): readonly string[] | undefined {
    const found = this.find(name, attributeTypes.STRINGS)
    return found && (found.strings ?? []).map((each) => decoder.decode(each))
  }

  tensor(name: string): Value | undefined {
    const found = this.find(name, attributeTypes.TENSOR)
    return found && valueOf(found.t ?? {})
  }

  body(name: string): Body {
    const found = this.find(name, attributeTypes.GRAPH)
    if (found === undefined) throw damaged(`attribute ${name} of ${this.label}`, 'none')
    const body = this.translateBody(found.g ?? {})
    for (const each of body.captures) this.captured.add(each)
    return body
  }

  /** The names of the values that the node needs: its inputs, and what its bodies use. */
  get needs(): readonly string[] {
    return [...this.inputs.filter((name) => name !== ''), ...this.captured]
  }

  /** Reads an attribute that changes nothing here. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.unread.delete(name)
  }

  /** Whether an input is there. */
  has(input: number): boolean {
    return (this.inputs[input] ?? '') !== ''
  }

  /** An input that must be a constant, as numbers; undefined if it is left out. */
  constant(input: number, what: string): readonly number[] | undefined {
    if (!this.has(input)) return undefined
    const found = this.constants.get(this.inputs[input])
    if (found === undefined) throw new Unsupported(`${what} that is no constant`)
    return numbersOf(found, what)
  }

  /** @throws Unsupported for an attribute that the translation did not read: its meaning would be lost. */
  checkAllRead(): void {
    if (this.unread.size > 0) throw new Unsupported(`attribute ${Array.from(this.unread).join(', ')}`)
  }

  private must<T>(name: string, fallback: T | undefined): T {
    if (fallback === undefined) throw damaged(`attribute ${name} of ${this.label}`, 'none')
    return fallback
  }

  private find(name: string, type: number): AttributeProto | undefined {
    this.unread.delete(name)
    const found = this.attributes.get(name)
    if (found === undefined) return undefined
    if (found.ref_attr_name) throw new Unsupported(`attribute ${name} that refers to a function's`)
    if (found.type !== type) throw damaged(`attribute ${name} of ${this.label} with type ${type}`, `type ${found.type}`)
    return found
  }
}

/** The inputs of a node in a call. */
export class Inputs {
  constructor(
    private readonly label: string,
    private readonly values: readonly (Value | undefined)[],
    /** All values that are known, by name: bodies use them. */
    readonly outside: ReadonlyMap<string, Value>,
  ) {}

  get all(): readonly Tensor[] {
    return this.values.map((_, i) => this.tensor(i))
  }

  value(at: number): Value {
    const found = this.values[at]
    if (found === undefined)
      throw new ExportError('onnx-missing-input', `${this.label} needs input ${at}, and it is left out; export the model again`) // prettier-ignore
    return found
  }

  tensor(at: number): Tensor {
    return tensorOf(this.value(at), `input ${at} of ${this.label}`)
  }

  optional(at: number): Tensor | undefined {
    return this.values[at] && this.tensor(at)
  }

  /** The elements of an input, as numbers. */
  numbers(at: number): readonly number[] {
    return numbersOf(this.value(at), `input ${at} of ${this.label}`)
  }

  optionalNumbers(at: number): readonly number[] | undefined {
    return this.values[at] && this.numbers(at)
  }

  /** The only element of an input, as a number. */
  number(at: number): number {
    const found = this.numbers(at)
    if (found.length !== 1)
      throw new ExportError('onnx-scalar', `input ${at} of ${this.label} is one number, and it has ${found.length}; export the model again`) // prettier-ignore
    return found[0]
  }
}

/** Computes the outputs of a node. */
export type Apply = (inputs: Inputs) => Value | readonly Value[]

/** How an operator of ONNX is computed here. */
export interface Operator {
  /** The fewest and the most inputs. */
  readonly inputs: readonly [fewest: number, most: number]
  /** The most outputs. */
  readonly outputs: number
  /** Inputs that are no parameters, though they be floats of the file: they are read as numbers, or are statistics. */
  readonly constants: readonly number[]
  /** Reads the attributes, once. Throws Unsupported for those without a counterpart. */
  translate(node: NodeView): Apply
}

/** The operators of a family by their types. */
export type Operators = Readonly<Record<string, Operator>>

/** An operator with so many inputs, or from so many to so many. */
export function operator(
  inputs: number | readonly [fewest: number, most: number],
  translate: (node: NodeView) => Apply,
  { outputs = 1, constants = [] }: { readonly outputs?: number; readonly constants?: readonly number[] } = {},
): Operator {
  return { inputs: typeof inputs === 'number' ? [inputs, inputs] : inputs, outputs, constants, translate }
}

/** An operator without attributes. */
export function plain(
  inputs: number | readonly [fewest: number, most: number],
  f: (...tensors: Tensor[]) => Value,
): Operator {
  return operator(inputs, () => (given) => f(...given.all))
}
