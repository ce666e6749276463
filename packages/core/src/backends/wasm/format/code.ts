import { type Lane, lane, memory, type MemoryAccess, type MemoryLane, memoryLane, plain, type Plain } from './opcodes'

/** Types of values on the WebAssembly stack. */
export const valueTypes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const
export type ValueType = keyof typeof valueTypes

/** A local variable of a function. */
export type Local = number

/** For `shuffle`: the upper half of a vector, twice. */
export const upperHalf = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]

/** For `shuffle`: the lower half of one vector and then of another. */
export const lowerHalves = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = []
  do {
    const rest = Math.floor(value / 128)
    bytes.push((value % 128) | (rest > 0 ? 128 : 0))
    value = rest
  } while (value > 0)
  return bytes
}

/** Signed LEB128 of an int32. */
function signed(value: number): number[] {
  const bytes: number[] = []
  for (;;) {
    const byte = value & 127
    value >>= 7
    const done = (value === 0 && (byte & 64) === 0) || (value === -1 && (byte & 64) !== 0)
    bytes.push(done ? byte : byte | 128)
    if (done) return bytes
  }
}

/** The body of one function while it is written, instruction by instruction, for WebAssembly's stack machine. */
export class Code {
  readonly #bytes: number[] = []
  readonly #locals: ValueType[] = []
  /** Vector constants by their bytes. */
  readonly #constants = new Map<string, Local>()

  constructor(
    readonly parameters: readonly ValueType[] = [],
    readonly results: readonly ValueType[] = [],
  ) {}

  /** A new local variable, zero at first. */
  local(type: ValueType): Local {
    return this.parameters.length + this.#locals.push(type) - 1
  }

  op(...names: Plain[]): this {
    for (const name of names) this.#bytes.push(...plain[name])
    return this
  }

  get(...locals: Local[]): this {
    for (const local of locals) this.#bytes.push(0x20, ...unsigned(local))
    return this
  }

  set(local: Local): this {
    this.#bytes.push(0x21, ...unsigned(local))
    return this
  }

  tee(local: Local): this {
    this.#bytes.push(0x22, ...unsigned(local))
    return this
  }

  i32(value: number): this {
    this.#bytes.push(0x41, ...signed(value | 0))
    return this
  }

  f32(value: number): this {
    this.#bytes.push(0x43, ...new Uint8Array(Float32Array.of(value).buffer))
    return this
  }

  f64(value: number): this {
    this.#bytes.push(0x44, ...new Uint8Array(Float64Array.of(value).buffer))
    return this
  }

  /** A vector constant, its lanes in the order of the array. */
  vector(lanes: Float32Array | Float64Array | Int32Array): this {
    return this.get(this.constant(lanes))
  }

  /** A local that holds a vector constant from the beginning of the function on: inside loops it costs nothing. */
  constant(lanes: Float32Array | Float64Array | Int32Array): Local {
    const key = new Uint8Array(lanes.buffer, lanes.byteOffset, 16).join()
    let local = this.#constants.get(key)
    if (local === undefined) this.#constants.set(key, (local = this.local('v128')))
    return local
  }

  /** Picks 16 bytes of two vectors. */
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

  /** Calls the function whose place in the table is on the stack. */
  callIndirect(type: number): this {
    this.#bytes.push(0x11, ...unsigned(type), 0)
    return this
  }

  /** `local += amount`. */
  advance(local: Local, amount: number): this {
    return amount === 0 ? this : this.get(local).i32(amount).op('i32.add').set(local)
  }

  /** Runs `body` where the i32 on the stack is not 0. */
  if(body: () => void, otherwise?: () => void): this {
    this.#bytes.push(0x04, 0x40)
    body()
    if (otherwise !== undefined) {
      this.op('else')
      otherwise()
    }
    return this.op('end')
  }

  /** Repeats `body` as long as the i32 that `condition` leaves is not 0; `body` runs at least once. */
  repeat(body: () => void, condition: () => void): this {
    this.#bytes.push(0x03, 0x40)
    body()
    condition()
    this.#bytes.push(0x0d, 0)
    return this.op('end')
  }

  /** Counts `counter` from 0 in steps of `step` while it is below `limit`, which is a number above 0. */
  count(counter: Local, limit: number, step: number, body: () => void): this {
    this.i32(0).set(counter)
    return this.repeat(body, () => this.get(counter).i32(step).op('i32.add').tee(counter).i32(limit).op('i32.lt_u'))
  }

  /** Counts `counter` from 0 in steps of `step` while it is below the local `limit`; not at all where that is 0. */
  countTo(counter: Local, limit: Local, step: number, body: () => void): this {
    this.i32(0).set(counter)
    return this.get(limit).if(() => {
      this.repeat(body, () => this.get(counter).i32(step).op('i32.add').tee(counter).get(limit).op('i32.lt_u'))
    })
  }

  /** The function as the code section wants it. */
  encode(): Uint8Array<ArrayBuffer> {
    const runs: [ValueType, number][] = []
    for (const type of this.#locals) {
      const last = runs.at(-1)
      if (last?.[0] === type) last[1]++
      else runs.push([type, 1])
    }
    const locals = runs.flatMap(([type, count]) => [...unsigned(count), valueTypes[type]])
    const constants = [...this.#constants].flatMap(([key, local]) => {
      const bytes = key.split(',').map(Number)
      return bytes.every((byte) => byte === 0) ? [] : [0xfd, 12, ...bytes, 0x21, ...unsigned(local)]
    })
    const body = joined([[...unsigned(runs.length), ...locals, ...constants], this.#bytes, plain.end])
    return joined([unsigned(body.length), body])
  }
}

/** Bytes one after the other. */
export function joined(parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
