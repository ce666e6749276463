import { attributesOf, type Attributes } from '../target/attributes'
import { tensorOf } from '../target/elements-of'
import { type ElementType, elementTypes } from '../target/values'
import type { NodeProto, TensorProto } from '../proto/messages'
import type { Affine } from './affine'

/** Writes what is computed from the size of the batch, which is the first size of an input. */
export class BatchValues {
  readonly nodes: NodeProto[] = []
  readonly initializers: TensorProto[] = []
  readonly #known = new Map<string, string>()
  #count = 0

  constructor(
    private readonly input: string,
    private readonly taken: ReadonlySet<string>,
  ) {}

  /** A list of integers under a name that nodes use already. */
  list(name: string, entries: readonly (number | Affine)[]): void {
    const parts: string[] = []
    let fixed: number[] = []
    const close = () => {
      if (fixed.length > 0) parts.push(this.#integers(fixed))
      fixed = []
    }
    for (const entry of entries) {
      if (typeof entry === 'number') fixed.push(entry)
      else {
        close()
        parts.push(this.#size(entry))
      }
    }
    close()
    this.#node('Concat', parts, name, { axis: 0 })
  }

  /** A number of any type and shape under a name that nodes use already: a size, or one divided by it. */
  number(name: string, size: Affine, isReciprocal: boolean, dtype: ElementType, shape: readonly number[]): void {
    const wide = isReciprocal ? this.#cast(this.#size(size), 'float64') : this.#size(size)
    const value = isReciprocal ? this.#node('Div', [this.#one(), wide]) : wide
    this.#node('Reshape', [this.#cast(value, dtype), this.#integers(shape)], name)
  }

  /** A tensor that is the same at all positions of some axes, which have size 1 in `first`. */
  repeated(name: string, first: TensorProto, shape: readonly (number | Affine)[]): void {
    const [value, sizes] = [this.#fresh(), this.#fresh()]
    this.initializers.push({ ...first, name: value })
    this.list(sizes, shape)
    this.#node('Expand', [value, sizes], name)
  }

  /** A size as a list of one. */
  #size({ slope, rest }: Affine): string {
    const batch = this.#once('batch', () => this.#node('Shape', [this.input], this.#fresh(), { start: 0, end: 1 }))
    const multiple =
      slope === 1 ? batch : this.#once(`${slope}`, () => this.#node('Mul', [batch, this.#integers([slope])]))
    if (rest === 0) return multiple
    return this.#once(`${slope} ${rest}`, () => this.#node('Add', [multiple, this.#integers([rest])]))
  }

  #once(key: string, write: () => string): string {
    const known = this.#known.get(key) ?? write()
    this.#known.set(key, known)
    return known
  }

  #cast(value: string, dtype: ElementType): string {
    return this.#node('Cast', [value], this.#fresh(), { to: elementTypes[dtype] })
  }

  #one(): string {
    const name = this.#fresh()
    this.initializers.push(tensorOf(name, 'float64', [1], [1]))
    return name
  }

  #integers(list: readonly number[]): string {
    const name = this.#fresh()
    this.initializers.push(tensorOf(name, 'int64', [list.length], list))
    return name
  }

  #node(operator: string, input: readonly string[], output = this.#fresh(), attributes: Attributes = {}): string {
    const attribute = attributesOf(attributes)
    this.nodes.push({
      ...{ input, output: [output], name: output, op_type: operator },
      ...(attribute.length > 0 && { attribute }),
      doc_string: 'size of the batch',
    })
    return output
  }

  #fresh(): string {
    const name = `batch_${this.#count++}`
    return this.taken.has(name) ? this.#fresh() : name
  }
}
