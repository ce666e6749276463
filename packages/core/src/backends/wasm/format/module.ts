import { type Code, joined, unsigned, type ValueType, valueTypes } from './code'

const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/**
 * A WebAssembly module while it is put together: one imported memory, one imported function, and functions of which some
 * are exported.
 */
export class Module {
  readonly #types = new Map<string, number>()
  readonly #functions: Code[] = []
  readonly #exports: [name: string, index: number][] = []
  /** Functions that are called by their place in the table. */
  readonly #table: number[] = []

  /** Index of the imported function `host(i32)`. */
  readonly host = 0

  constructor() {
    this.#type(['i32'], [])
  }

  /** Adds a function and returns its index. */
  add(code: Code): number {
    return this.#functions.push(code)
  }

  /** Puts a function into the table and returns its place there. */
  place(index: number): number {
    const place = this.#table.indexOf(index)
    return place >= 0 ? place : this.#table.push(index) - 1
  }

  /** The number of a type, for calls by the table. */
  typeOf({ parameters, results }: Code): number {
    return this.#type(parameters, results)
  }

  export(name: string, index: number): void {
    this.#exports.push([name, index])
  }

  /** The binary format. */
  encode(): Uint8Array<ArrayBuffer> {
    const functionTypes = this.#functions.map(({ parameters, results }) => this.#type(parameters, results))
    const types = [...this.#types.keys()].map((key) => key.split('>').map((list) => list.split(',').filter(Boolean)))
    return joined([
      magic,
      section(
        1,
        types.map((lists) => [
          0x60,
          ...lists.flatMap((list) => [...unsigned(list.length), ...list.map((type) => valueTypes[type as ValueType])]),
        ]),
      ),
      section(2, [
        [...name('env'), ...name('host'), 0x00, 0],
        [...name('env'), ...name('memory'), 0x02, 0x00, 1],
      ]),
      section(
        3,
        functionTypes.map((type) => unsigned(type)),
      ),
      section(4, [[0x70, 0, ...unsigned(this.#table.length)]]),
      section(
        7,
        this.#exports.map(([text, index]) => [...name(text), 0x00, ...unsigned(index)]),
      ),
      // One run of the table, from its beginning on.
      section(9, [[0, 0x41, 0, 0x0b, ...unsigned(this.#table.length), ...this.#table.flatMap(unsigned)]]),
      section(
        10,
        this.#functions.map((code) => code.encode()),
      ),
    ])
  }

  #type(parameters: readonly ValueType[], results: readonly ValueType[]): number {
    const key = `${parameters.join()}>${results.join()}`
    const index = this.#types.get(key) ?? this.#types.size
    this.#types.set(key, index)
    return index
  }
}

function name(text: string): number[] {
  return [...unsigned(text.length), ...Array.from(text, (letter) => letter.charCodeAt(0))]
}

function section(id: number, entries: readonly ArrayLike<number>[]): Uint8Array {
  const content = joined([unsigned(entries.length), ...entries])
  return joined([[id, ...unsigned(content.length)], content])
}
