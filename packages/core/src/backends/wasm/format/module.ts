import { joined, unsigned } from './bytes'
import { type Code, type FunctionType, type ValueType, valueTypes } from './code'

const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/**
 * A WebAssembly module under construction. It imports one memory and one function, and exports some of the functions
 * that are added.
 */
export class Module {
  readonly #types = new Map<string, number>()
  readonly #functions: Code[] = []
  readonly #exports: [name: string, index: number][] = []
  /** Functions for indirect calls, by their index in the table. */
  readonly #table: number[] = []

  /** Index of the imported function `host(i32)`. */
  readonly host = 0

  constructor() {
    this.typeIndexOf({ parameters: ['i32'], results: [] })
  }

  /** Adds a function and returns its index. */
  add(code: Code): number {
    return this.#functions.push(code)
  }

  /** Adds a function to the table, unless it is there, and returns its index in the table. */
  tableIndexOf(index: number): number {
    const found = this.#table.indexOf(index)
    return found >= 0 ? found : this.#table.push(index) - 1
  }

  /** The index of a function type. Indirect calls need it. */
  typeIndexOf({ parameters, results }: FunctionType): number {
    const key = `${parameters.join()}>${results.join()}`
    const index = this.#types.get(key) ?? this.#types.size
    this.#types.set(key, index)
    return index
  }

  export(name: string, index: number): void {
    this.#exports.push([name, index])
  }

  /** The module in WebAssembly's binary format. */
  encode(): Uint8Array<ArrayBuffer> {
    const functionTypes = this.#functions.map((code) => this.typeIndexOf(code))
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
      // One segment that fills the table from index 0.
      section(9, [[0, 0x41, 0, 0x0b, ...unsigned(this.#table.length), ...this.#table.flatMap(unsigned)]]),
      section(
        10,
        this.#functions.map((code) => code.encode()),
      ),
    ])
  }
}

function name(text: string): number[] {
  return [...unsigned(text.length), ...Array.from(text, (letter) => letter.charCodeAt(0))]
}

function section(id: number, entries: readonly ArrayLike<number>[]): Uint8Array {
  const content = joined([unsigned(entries.length), ...entries])
  return joined([[id, ...unsigned(content.length)], content])
}
