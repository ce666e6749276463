import { ShapeError, TraceError, ValueError } from '../errors'
import { checkArguments, type Kind } from '../arguments/arguments'
import { brand, ownBrand } from '../arguments/brand'
import type { DType, TypedArray } from './dtype'
import { describeTensor, nested } from './printing'
import { formatShape, frozenShape, sizeOf } from './shape'
import type { Expected, FrozenShape, NestedArrays, NestedNumbers, Shape } from '../types/shapes'
import type { TensorMethods } from '../types/methods'
import { atUserLine } from './call-site'

/** Record that a tensor carries while it depends on an open scope. */
export interface Producer {
  /** Creation number. Inputs always have smaller ones, so ascending order is a topological order. */
  readonly id: number
}

/** External storage that currently backs a tensor. */
export interface Storage {
  /** Returns a copy of the elements. */
  read(): TypedArray
  /** Why the elements can no longer be read, if they were released. */
  readonly released?: string
  /** The number that every element is, if they are not stored one by one. */
  readonly value?: number
}

const expectedSizes: Kind = {
  expected: 'an array of sizes, undefined or negative for any',
  accepts: (value) => Array.isArray(value) && value.every((size) => size === undefined || Number.isInteger(size)),
  remedy: 'use undefined for any size: expectShape([undefined, 2])',
}

const pipeParameters: readonly Kind[] = [
  { expected: 'a function of the tensor', accepts: (value) => typeof value === 'function' },
  { expected: 'anything', accepts: () => true, isRest: true },
]

let unreadable = 0

/**
 * Runs `body` with all values unreadable. Derivative rules run this way: a rule that reads a value is right for that
 * value only, and it is wrong when its gradient is traced or differentiated again.
 */
export function withoutReading<T>(body: () => T): T {
  unreadable++
  try {
    return body()
  } finally {
    unreadable--
  }
}

/** The elements of a tensor if they can be read now; null in a trace and inside a derivative rule. */
export function readable(x: Tensor): Readonly<TypedArray> | null {
  return unreadable > 0 ? null : x.values
}

// The merged interface declares the fluent methods. `ops/methods` installs them, because `values` cannot import ops.
// eslint-disable-next-line @typescript-eslint/no-unused-vars -- merged declarations name the same parameters
export interface Tensor<out S extends Shape = any> extends TensorMethods {}

/**
 * An immutable n-dimensional array, and a node of the computation graph while a transform is recording.
 *
 * `S` is the shape as a type: `Tensor<[2, 3]>`. An unknown size is `number`, and plain `Tensor` has any shape.
 */
export class Tensor<out S extends Shape = any> {
  // Shape, dtype and elements are ordinary properties, so that deep equality sees them; bookkeeping is #private.
  // Accessors expose them read-only.
  private readonly sizes: FrozenShape<S>
  private readonly type: DType
  private elements: TypedArray | null
  #producer: Producer | null = null
  #storage: Storage | null = null

  static {
    // Identifies the copy of this library that made the tensor.
    Object.defineProperty(this.prototype, brand, { value: ownBrand })
  }

  /**
   * @internal Use `tensor`, `zeros` and similar functions. `values` is null if the tensor is symbolic or has
   * external storage.
   */
  constructor(shape: FrozenShape<S>, dtype: DType, values: TypedArray | null) {
    this.sizes = frozenShape(shape)
    this.type = dtype
    this.elements = values
  }

  /** Sizes of the axes, frozen. */
  get shape(): FrozenShape<S> {
    return this.sizes
  }

  /** Element type. */
  get dtype(): DType {
    return this.type
  }

  /** @internal The op application that made this tensor, while an open scope needs it. */
  get producer(): Producer | null {
    return this.#producer
  }

  /** @internal */
  set producer(producer: Producer | null) {
    this.#producer = producer
  }

  /** @internal The storage that holds the elements while they are in the memory of a compiled program. */
  get storage(): Storage | null {
    return this.#storage
  }

  /** @internal */
  set storage(storage: Storage | null) {
    this.#storage = storage
  }

  /** @internal Elements in row-major order, never modified once they are present; null in a trace. */
  get values(): TypedArray | null {
    if (this.elements === null && this.storage !== null) this.elements = this.storage.read()
    return this.elements
  }

  /** @internal Whether the tensor has no elements because it is a placeholder in a trace. */
  get isSymbolic(): boolean {
    return this.elements === null && this.storage === null
  }

  /** @internal Copies the elements out of the storage, which is about to be reused. */
  detach(): void {
    void this.values
    this.storage = null
  }

  /** @internal Gives up the elements. From now on `storage` reports what happened to them. */
  release(storage: Storage): void {
    this.storage = storage
    this.elements = null
  }

  /** Number of axes. */
  get rank(): number {
    return this.sizes.length
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.sizes)
  }

  /**
   * The elements in row-major order, as a typed array. Do not write to it: other tensors may share it.
   *
   * @throws TraceError if the tensor is symbolic, or inside a derivative rule.
   */
  get data(): Readonly<TypedArray> {
    return this.#read('data')
  }

  /**
   * The value of a tensor with exactly one element, as a number (booleans as 0 and 1).
   *
   * @throws ValueError unless there is exactly one element; TraceError as for `data`.
   */
  item(): number {
    checkArguments('item', [], arguments)
    if (this.size !== 1)
      throw new ValueError(
        'item-of-many',
        `[item] needs exactly one element, got shape ${formatShape(this.shape)}; reduce it first, or read .data or .toArray()`,
      )
    return this.#read('item()')[0]
  }

  /**
   * The elements as nested arrays, or the only one for rank 0: numbers, or true and false for `bool`. The shape's type
   * tells how deep they are nested. It does not tell the dtype, so state what the elements are where it matters:
   * `x.toArray<number>()`.
   *
   * @throws TraceError as for `data`.
   */
  toArray<Element extends number | boolean = number | boolean>(): NestedArrays<S, Element> {
    checkArguments('toArray', [], arguments)
    return nested(this.#read('toArray()'), this.shape, this.dtype)
  }

  /**
   * The same tensor with a shape that the type system knows, checked at run time. Negative and `undefined` entries
   * stand for any size.
   *
   * @throws ShapeError if the shape differs; ValueError for anything except an array of integers and `undefined`.
   */
  expectShape<const T extends readonly (number | undefined)[]>(expected: T): Tensor<Expected<T>> {
    checkArguments('expectShape', [expectedSizes], arguments)
    const isAny = (size: number | undefined) => size === undefined || size < 0
    if (expected.length !== this.rank || !expected.every((size, axis) => isAny(size) || size === this.shape[axis]))
      throw new ShapeError(
        'expect-shape',
        `[expectShape] expected [${expected.map((size) => (isAny(size) ? 'any' : size)).join(', ')}], got ${formatShape(this.shape)}`,
      )
    return this as Tensor
  }

  /** `f(this, ...rest)`: chains any function in fluent code. */
  pipe<Rest extends unknown[], R>(f: (x: this, ...rest: Rest) => R, ...rest: Rest): R {
    checkArguments('pipe', pipeParameters, arguments)
    return f(this, ...rest)
  }

  /** Shape, dtype and the leading elements, if there are elements. */
  toString(): string {
    const { released, value } = this.storage ?? {}
    const values = released || value !== undefined ? null : this.values
    const valueAt = value !== undefined ? () => value : values && ((offset: number) => values[offset])
    return describeTensor(this.shape, this.dtype, valueAt, released)
  }

  /** For `JSON.stringify`: the elements as nested arrays, or the result of `toString` if there are no elements. */
  toJSON(): NestedNumbers | string {
    return this.isSymbolic || this.storage?.released ? this.toString() : this.toArray()
  }

  /**
   * For JavaScript's operators: the printed tensor if they ask for text, otherwise the value of a tensor with
   * exactly one element.
   *
   * @throws ValueError unless there is exactly one element; TraceError as for `data`.
   */
  [Symbol.toPrimitive](hint: string): string | number {
    if (hint === 'string') return this.toString()
    if (this.size !== 1)
      throw new ValueError(
        'operator-of-many',
        `[tensor] JavaScript's operators and Math take numbers, but this is ${this.dtype}${formatShape(this.shape)}${atUserLine()}; ` +
          'use ops: x.add(1), x.greater(0), maximum(x, 0), and where() in place of if',
      )
    return this.#read('operator')[0]
  }

  /** Node's inspection hook, so that `console.log(x)` shows the values. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }

  #read(member: string): TypedArray {
    if (this.isSymbolic)
      throw new TraceError(
        this.producer === null ? 'symbolic-after-trace' : 'symbolic-read',
        this.producer === null
          ? `[${member}] this tensor is symbolic and its trace has ended; return what you need from the traced function`
          : `[${member}] read of a symbolic ${this.dtype}${formatShape(this.shape)}${atUserLine()}; a traced function has no values: ` +
              'choose with where() or cond(), or compute the branch outside the trace',
      )
    if (unreadable > 0)
      throw new TraceError(
        'read-in-rule',
        `[${member}] a derivative rule may not read values${atUserLine()}; write it with ops (where, greater, ...), ` +
          'or compute the value in the forward function',
      )
    return this.values!
  }
}
