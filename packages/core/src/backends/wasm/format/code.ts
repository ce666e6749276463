import { joined, signed, unsigned } from './bytes'
import { type Lane, lane, memory, type MemoryAccess, type MemoryLane, memoryLane, plain, type Plain } from './opcodes'

/** Types of values on the WebAssembly stack. */
export const valueTypes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const
export type ValueType = keyof typeof valueTypes

/** What a function takes and returns. */
export interface FunctionType {
  readonly parameters: readonly ValueType[]
  readonly results: readonly ValueType[]
}

/** A parameter or a local variable of a function. It is an object, so that it cannot be confused with a constant. */
export interface Local {
  readonly index: number
}

/** For `shuffle`: the upper half of a vector, twice. */
export const upperHalf = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]

/** For `shuffle`: the lower half of one vector, followed by the lower half of another. */
export const lowerHalves = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]

/**
 * The body of one function. Each method appends instructions for WebAssembly's stack machine and returns the body, so
 * that calls chain. A `Local | number` is a variable, or a constant of type i32.
 */
export class Code implements FunctionType {
  readonly parameters: ValueType[] = []
  readonly results: ValueType[] = []
  readonly #bytes: number[] = []
  readonly #locals: ValueType[] = []
  /** Locals that hold vector constants, by the bytes of the constant. */
  readonly #constants = new Map<string, Local>()

  /** Adds a parameter. All parameters come before the first local variable. */
  parameter(type: ValueType = 'i32'): Local {
    return { index: this.parameters.push(type) - 1 }
  }

  /** Declares the type of the result. Without it the function returns nothing. */
  returns(type: ValueType): this {
    this.results.push(type)
    return this
  }

  /** Adds a local variable. Its value is zero at first. */
  local(type: ValueType = 'i32'): Local {
    return { index: this.parameters.length + this.#locals.push(type) - 1 }
  }

  /** Adds several local variables of one type. */
  locals(count: number, type: ValueType = 'i32'): Local[] {
    return Array.from({ length: count }, () => this.local(type))
  }

  /** Adds local variables of type i32, under names. */
  named<Name extends string>(...names: readonly Name[]): Readonly<Record<Name, Local>> {
    return Object.fromEntries(names.map((name) => [name, this.local()])) as Record<Name, Local>
  }

  op(...names: Plain[]): this {
    for (const name of names) this.#bytes.push(...plain[name])
    return this
  }

  get(...locals: readonly Local[]): this {
    for (const { index } of locals) this.#bytes.push(0x20, ...unsigned(index))
    return this
  }

  set({ index }: Local): this {
    this.#bytes.push(0x21, ...unsigned(index))
    return this
  }

  tee({ index }: Local): this {
    this.#bytes.push(0x22, ...unsigned(index))
    return this
  }

  i32(value: number): this {
    this.#bytes.push(0x41, ...signed(value | 0))
    return this
  }

  f64(value: number): this {
    this.#bytes.push(0x44, ...new Uint8Array(Float64Array.of(value).buffer))
    return this
  }

  /** Pushes variables and i32 constants in order. */
  push(...values: readonly (Local | number)[]): this {
    for (const value of values) {
      if (typeof value === 'number') this.i32(value)
      else this.get(value)
    }
    return this
  }

  /** Pushes a vector constant. The first element of the array is lane 0. */
  vector(lanes: Float32Array | Float64Array | Int32Array): this {
    return this.get(this.constant(lanes))
  }

  /** A local that holds a vector constant. It is set when the function begins, so that reading it in loops is free. */
  constant(lanes: Float32Array | Float64Array | Int32Array): Local {
    const key = new Uint8Array(lanes.buffer, lanes.byteOffset, 16).join()
    let local = this.#constants.get(key)
    if (local === undefined) this.#constants.set(key, (local = this.local('v128')))
    return local
  }

  /** Selects 16 bytes of two vectors. */
  shuffle(bytes: readonly number[]): this {
    this.#bytes.push(0xfd, 13, ...bytes)
    return this
  }

  lane(name: Lane, index: number): this {
    this.#bytes.push(...lane[name], index)
    return this
  }

  /** Loads or stores at the address on the stack plus `offset`. */
  memory(name: MemoryAccess, offset = 0): this {
    const { opcode, align } = memory[name]
    this.#bytes.push(...opcode, align, ...unsigned(offset))
    return this
  }

  memoryLane(name: MemoryLane, index: number, offset = 0): this {
    const { opcode, align } = memoryLane[name]
    this.#bytes.push(...opcode, align, ...unsigned(offset), index)
    return this
  }

  call(index: number): this {
    this.#bytes.push(0x10, ...unsigned(index))
    return this
  }

  /** Calls the function at the table index on the stack. */
  callIndirect(type: number): this {
    this.#bytes.push(0x11, ...unsigned(type), 0)
    return this
  }

  /** Adds `index * stride` to the address on the stack. */
  offset(index: Local, stride: Local | number): this {
    return this.push(index, stride).op('i32.mul', 'i32.add')
  }

  /** Pushes the address `base + index * stride`. */
  element(base: Local, index: Local, stride: Local | number): this {
    return this.get(base).offset(index, stride)
  }

  /** `local += amount`. */
  advance(local: Local, amount: Local | number): this {
    return amount === 0 ? this : this.push(local, amount).op('i32.add').set(local)
  }

  /** Runs `body` if the i32 on the stack is not 0. */
  if(body: () => void, otherwise?: () => void): this {
    this.#bytes.push(0x04, 0x40)
    body()
    if (otherwise !== undefined) {
      this.op('else')
      otherwise()
    }
    return this.op('end')
  }

  /** Runs `body` at least once, and again as long as `condition` pushes an i32 that is not 0. */
  repeat(body: () => void, condition: () => void): this {
    this.#bytes.push(0x03, 0x40)
    body()
    condition()
    this.#bytes.push(0x0d, 0)
    return this.op('end')
  }

  /**
   * Counts `counter` from 0 in steps of `step` while it is below `limit`. A constant limit must be above 0; a variable
   * limit may be 0, in which case `body` does not run.
   */
  count(counter: Local, limit: Local | number, step: number, body: () => void): this {
    const isBelow = () => this.push(counter, step).op('i32.add').tee(counter).push(limit).op('i32.lt_u')
    this.i32(0).set(counter)
    if (typeof limit === 'number') return this.repeat(body, isBelow)
    return this.get(limit).if(() => this.repeat(body, isBelow))
  }

  /** Counts as `count` does, on a counter that `body` does not need. */
  times(limit: Local | number, step: number, body: () => void): this {
    return this.count(this.local(), limit, step, body)
  }

  /** The function as an entry of the code section. */
  encode(): Uint8Array<ArrayBuffer> {
    const runs: [ValueType, number][] = []
    for (const type of this.#locals) {
      const last = runs.at(-1)
      if (last?.[0] === type) last[1]++
      else runs.push([type, 1])
    }
    const locals = runs.flatMap(([type, count]) => [...unsigned(count), valueTypes[type]])
    const constants = [...this.#constants].flatMap(([key, { index }]) => {
      const bytes = key.split(',').map(Number)
      return bytes.every((byte) => byte === 0) ? [] : [0xfd, 12, ...bytes, 0x21, ...unsigned(index)]
    })
    const body = joined([[...unsigned(runs.length), ...locals, ...constants], this.#bytes, plain.end])
    return joined([unsigned(body.length), body])
  }
}

/**
 * A function whose parameters are all of type i32: its body and, by name, the parameters in order.
 *
 *     const { code, from, bytes } = functionOf('from', 'bytes')
 */
export function functionOf<Name extends string>(
  ...names: readonly Name[]
): { readonly code: Code } & Readonly<Record<Name, Local>> {
  const code = new Code()
  const parameters = Object.fromEntries(names.map((name) => [name, code.parameter()])) as Record<Name, Local>
  return { code, ...parameters }
}
