import { type Code, functionOf, type Local } from '../format/code'
import type { Module } from '../format/module'
import { type ElementType, tileRows } from './tiles'

/** The parameters of a panel's function that say where a tile goes. */
interface Destination {
  /** Address of the tile in C, and the bytes of a row of C. */
  readonly c: Local
  readonly cRow: Local
  /** Columns of C that are left. */
  readonly n: Local
  /** 0 if the tile is written to C, otherwise it is added. */
  readonly accumulate: Local
  /** Address of a tile in scratch memory. */
  readonly tile: Local
}

/** The sums of a tile, by row and vector. */
type Tile = readonly (readonly Local[])[]

/**
 * Adds the function `(a, aRow, panels, count, c, cRow, n, accumulate, tile)`, which multiplies some rows of A by packed
 * panels of B, `count` steps deep, into the same rows of C. Packed rows of A lie side by side, so that one pointer
 * reads them all. Rows that are not packed are `aRow` bytes apart, and adjacent along the contracted axis.
 */
export function emitPanel(module: Module, elements: ElementType, rows: number, isPacked: boolean): number {
  const { bytes, lanes, splat, add, multiply } = elements
  const parameters = functionOf('a', 'aRow', 'panels', 'count', 'c', 'cRow', 'n', 'accumulate', 'tile')
  const { code, a, aRow, panels, count, c, n } = parameters
  const pointers = code.locals(isPacked ? 1 : rows)
  const end = code.local()
  const multiplyTile = (vectors: number) => {
    const width = vectors * lanes * bytes
    const sums = Array.from({ length: rows }, () => code.locals(vectors, 'v128'))
    const columns = code.locals(vectors, 'v128')
    const factor = code.local('v128')
    for (const sum of sums.flat()) code.vector(new Float32Array(4)).set(sum)
    pointers.forEach((pointer, i) => code.element(a, aRow, i).set(pointer))
    code.element(panels, count, width).set(end)
    const step = () => {
      columns.forEach((column, v) => loadVector(code, panels, v).set(column))
      sums.forEach((row, i) => {
        code.get(pointers[isPacked ? 0 : i])
        code.memory(splat, isPacked ? i * bytes : 0).set(factor)
        row.forEach((sum, v) => code.get(sum, factor, columns[v]).op(multiply, add).set(sum))
      })
      for (const pointer of pointers) code.advance(pointer, isPacked ? tileRows * bytes : bytes)
      code.advance(panels, width)
    }
    // NOTE: there is always a step. Behind this condition V8 keeps the loop's values in registers: 43 instead of 39
    // GFLOP/s on Node 20.
    code.get(panels, end).op('i32.ne')
    code.if(() => code.repeat(step, () => code.get(panels, end).op('i32.lt_u')))
    storeTile(code, elements, sums, width, parameters)
    code.advance(n, -vectors * lanes).advance(c, width)
  }
  const pass = () => {
    code.push(n, lanes).op('i32.gt_s')
    code.if(
      () => multiplyTile(2),
      () => multiplyTile(1),
    )
  }
  code.repeat(pass, () => code.push(n, 0).op('i32.gt_s'))
  return module.add(code)
}

function loadVector(code: Code, pointer: Local, vector: number): Code {
  return code.get(pointer).memory('v128.load', 16 * vector)
}

/** Writes a tile to C, or adds it to C. If C has fewer columns left, the tile goes through scratch memory. */
function storeTile(code: Code, elements: ElementType, sums: Tile, width: number, destination: Destination): void {
  const at = code.local()
  code.push(destination.n, width / elements.bytes).op('i32.ge_s')
  code.if(
    () => storeWholeTile(code, elements, sums, at, destination),
    () => storePartOfTile(code, elements, sums, width, destination),
  )
}

function storeWholeTile(
  code: Code,
  { add }: ElementType,
  sums: Tile,
  at: Local,
  { c, cRow, accumulate }: Destination,
): void {
  code.get(c).set(at)
  for (const row of sums) {
    row.forEach((sum, v) => {
      code.get(accumulate)
      code.if(() => loadVector(code, at, v).get(sum).op(add).set(sum))
      code.get(at, sum).memory('v128.store', 16 * v)
    })
    code.advance(at, cRow)
  }
}

function storePartOfTile(
  code: Code,
  { bytes, load, store, addScalars }: ElementType,
  sums: Tile,
  width: number,
  { c, cRow, n, accumulate, tile }: Destination,
): void {
  const [row, from, to, column] = code.locals(4)
  sums.forEach((vectors, i) =>
    vectors.forEach((sum, v) => {
      code.get(tile, sum)
      code.memory('v128.store', i * width + 16 * v)
    }),
  )
  const copyElement = () => {
    code.get(accumulate)
    code.if(() => {
      code.get(from, to).memory(load).get(from).memory(load)
      code.op(addScalars).memory(store)
    })
    code.get(to, from).memory(load).memory(store)
    code.advance(from, bytes).advance(to, bytes)
  }
  code.count(row, sums.length, 1, () => {
    code.element(tile, row, width).set(from)
    code.element(c, row, cRow).set(to)
    code.count(column, n, 1, copyElement)
  })
}
