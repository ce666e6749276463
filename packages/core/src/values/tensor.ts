import { ShapeError, TraceError, ValueError } from '../errors'
import { checkArguments, type Kind } from '../arguments/arguments'
import { brand, ownBrand } from '../arguments/brand'
import type { DType, TypedArray } from './dtype'
import { describeTensor, nested, type NestedNumbers } from './printing'
import { formatShape, frozenShape, sizeOf } from './shape'
import type { Expected, FrozenShape, Shape } from '../types/shapes'
import type { TensorMethods } from '../types/methods'
import { atUserLine } from './call-site'

/** What the graph layer hangs on a tensor that depends on an open scope. */
export interface Producer {
  /** Creation number; inputs always have smaller ones, so ascending order is a topological order. */
  readonly id: number
}

/** Memory that holds a tensor's elements for a while. */
export interface Home {
  /** A copy of the elements. */
  read(): TypedArray
  /** Why there is nothing to read any more. */
  readonly gone?: string
}

const expectedSizes: Kind = {
  expected: 'an array of sizes, undefined or negative for any',
  accepts: (value) => Array.isArray(value) && value.every((size) => size === undefined || Number.isInteger(size)),
}

const pipeParameters: readonly Kind[] = [
  { expected: 'a function of the tensor', accepts: (value) => typeof value === 'function' },
  { expected: 'anything', accepts: () => true, isRest: true },
]

let unreadable = 0

/**
 * Runs `body` with all values unreadable. Derivative rules run so: a rule that looked at a value would be right only
 * for that value, and wrong when its gradient is traced or differentiated again.
 */
export function withoutReading<T>(body: () => T): T {
  unreadable++
  try {
    return body()
  } finally {
    unreadable--
  }
}

/** The elements of a tensor, where they can be read now; null in a trace and inside a derivative rule. */
export function readable(x: Tensor): Readonly<TypedArray> | null {
  return unreadable > 0 ? null : x.values
}

// The merged interface gives the fluent methods, which `ops/methods` installs: `values` cannot import ops.
// eslint-disable-next-line @typescript-eslint/no-unused-vars -- merged declarations name the same parameters
export interface Tensor<out S extends Shape = any> extends TensorMethods {}

/**
 * An immutable n-dimensional array, and a node of the computation graph while a transform is recording.
 *
 * `S` is its shape as a type: `Tensor<[2, 3]>`; a size that is not known is `number`, and plain `Tensor` is any shape.
 */
export class Tensor<out S extends Shape = any> {
  // Shape, dtype and elements are ordinary properties, so that tools that compare objects compare them; what follows a tensor is
  // not. They are read through accessors, so that nobody assigns to them.
  private readonly sizes: FrozenShape<S>
  private readonly type: DType
  private elements: TypedArray | null
  #producer: Producer | null = null
  #home: Home | null = null

  static {
    // Which copy of this library makes them.
    Object.defineProperty(this.prototype, brand, { value: ownBrand })
  }

  /** @internal Use `tensor`, `zeros` and their like. `values` is null where the tensor is symbolic, or has a home. */
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

  /** @internal The op application that made this tensor, while some open scope needs it. */
  get producer(): Producer | null {
    return this.#producer
  }

  set producer(producer: Producer | null) {
    this.#producer = producer
  }

  /** @internal Where the elements are, as long as they are in the memory of a compiled program. */
  get home(): Home | null {
    return this.#home
  }

  set home(home: Home | null) {
    this.#home = home
  }

  /** @internal Elements in row-major order, never written once they are here; null in a trace. */
  get values(): TypedArray | null {
    if (this.elements === null && this.home !== null) this.elements = this.home.read()
    return this.elements
  }

  /** @internal Whether there are no elements, because the tensor stands for any in a trace. */
  get isSymbolic(): boolean {
    return this.elements === null && this.home === null
  }

  /** @internal Takes the elements out of their home, which is about to be used for others. */
  leaveHome(): void {
    void this.values
    this.home = null
  }

  /** @internal Gives the elements up: from now on only `home` says what to do where they are asked for. */
  surrender(home: Home): void {
    this.home = home
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
   * The elements in row-major order, as a typed array that must not be written to: it may be shared with other tensors.
   *
   * @throws TraceError where the tensor is symbolic, or inside a derivative rule.
   */
  get data(): Readonly<TypedArray> {
    return this.#read('data')
  }

  /**
   * The value of a tensor with exactly one element, as a number (booleans as 0 and 1).
   *
   * @throws ValueError where there is not exactly one element; TraceError as for `data`.
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

  /** The elements as nested arrays; a number for rank 0; booleans as true and false. */
  toArray(): NestedNumbers {
    checkArguments('toArray', [], arguments)
    return nested(this.#read('toArray()'), this.shape, this.dtype)
  }

  /**
   * The same tensor with its shape known to the type system, checked now. Negative and `undefined` entries stand for any size.
   *
   * @throws ShapeError where the shape differs; ValueError for anything but an array of integers and `undefined`.
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

  /** Shape, dtype and, where there are any, the leading elements. */
  toString(): string {
    const gone = this.home?.gone
    return describeTensor(this.shape, this.dtype, gone ? null : this.values, gone)
  }

  /** For `JSON.stringify`: the elements as nested arrays, or what is printed where there are none. */
  toJSON(): NestedNumbers | string {
    return this.isSymbolic || this.home?.gone ? this.toString() : this.toArray()
  }

  /**
   * What JavaScript's operators take: text for text, else the value of a tensor with exactly one element.
   *
   * @throws ValueError where there is not exactly one element; TraceError as for `data`.
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
              'choose with where(), or compute the branch outside the trace',
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
