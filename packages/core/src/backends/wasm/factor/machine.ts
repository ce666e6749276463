import type { RowMachine, Rows } from '../../../kernels/factor/rows'
import { type LinearMemory, loadAll, newMemory, pageBytes } from '../format/webassembly'
import { rowModule } from './row-code'

/** Pages that stay between calls, at most: 256 MiB. A factorization that needs more runs elsewhere. */
const mostPages = 4096

/** Thrown where the memory is too small. */
export const noRoom = /* @__PURE__ */ Symbol('no room')

const elementBytes = 8

type Operands = [
  to: number,
  toStep: number,
  scale: number,
  factors: number,
  factorStep: number,
  from: number,
  fromStep: number,
]

/** Addresses and steps are in bytes. */
interface RowFunctions {
  addRows(...given: [...Operands, length: number, growth: number, count: number]): void
  addProduct(...given: [...Operands, length: number, inner: number, count: number]): void
  dotRows(out: number, rows: number, step: number, v: number, length: number, count: number): void
  rotateRows(rows: number, step: number, turns: number, length: number, count: number): void
}

const addressOf = (x: Float64Array, at: number) => x.byteOffset + at * elementBytes
const start = ({ x, at }: Rows) => addressOf(x, at)

const operands = (to: Rows, scale: number, factors: Rows, from: Rows): Operands => [
  start(to),
  to.step * elementBytes,
  scale,
  start(factors),
  factors.step * elementBytes,
  start(from),
  from.step * elementBytes,
]

/** The operations on rows, two elements at a time, on one memory from which arrays are taken. */
export class VectorRows implements RowMachine {
  readonly #memory: LinearMemory = newMemory(16, mostPages)
  readonly #functions = loadAll(rowModule(), this.#memory) as unknown as RowFunctions
  #end = 0

  /** Gives all arrays up that were taken before. */
  restart(): this {
    this.#end = 0
    return this
  }

  /** Doubles the memory. Returns whether it could. */
  grow(): boolean {
    const pages = this.#memory.buffer.byteLength / pageBytes
    if (2 * pages > mostPages) return false
    try {
      this.#memory.grow(pages)
      return true
    } catch {
      return false
    }
  }

  take(length: number): Float64Array {
    const address = this.#end
    this.#end += Math.ceil(length / 2) * 2 * elementBytes
    if (this.#end > this.#memory.buffer.byteLength) throw noRoom
    return new Float64Array(this.#memory.buffer, address, length).fill(0)
  }

  addRows(to: Rows, scale: number, factors: Rows, from: Rows, length: number, count: number, growth = 0): void {
    this.#functions.addRows(...operands(to, scale, factors, from), length, growth, count)
  }

  addProduct(to: Rows, scale: number, factors: Rows, from: Rows, length: number, inner: number, count: number): void {
    this.#functions.addProduct(...operands(to, scale, factors, from), length, inner, count)
  }

  dotRows(out: Float64Array, rows: Rows, v: Float64Array, vAt: number, length: number, count: number): void {
    const { step } = rows
    this.#functions.dotRows(addressOf(out, 0), start(rows), step * elementBytes, addressOf(v, vAt), length, count)
  }

  rotateRows(rows: Rows, turns: Float64Array, length: number, count: number): void {
    this.#functions.rotateRows(start(rows), rows.step * elementBytes, addressOf(turns, 0), length, count)
  }
}
