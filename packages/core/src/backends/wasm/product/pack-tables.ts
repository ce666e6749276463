import { type Code, functionOf, type Local } from '../format/code'
import type { Module } from '../format/module'
import { type ElementType, tileRows } from './tiles'
import { transposed } from './transpose'

/** The parameters of the function, and the address of each of four rows. */
type Variables = ReturnType<typeof declareVariables>

function declareVariables() {
  const parameters = functionOf('a', 'rowTable', 'columnTable', 'rows', 'columns', 'to')
  return { ...parameters, ...parameters.code.named('entry', 'from'), starts: parameters.code.locals(tileRows) }
}

/**
 * Adds the function `(a, rowTable, columnTable, rows, columns, to)`, which packs up to four rows of A side by side, as
 * `emitPackLeft` does. The element in row i and column p is at `a + rowTable[i] + columnTable[p]` (block-scatter: D.
 * Matthews, High-performance tensor contraction without transposition, SIAM J. Sci. Comput. 40, 2018).
 */
export function emitPackByTables(module: Module, elements: ElementType): number {
  const variables = declareVariables()
  const { code, a, rowTable, rows, starts } = variables
  code.push(rows, tileRows).op('i32.eq')
  code.if(
    () => {
      starts.forEach((start, i) => {
        code.get(a, rowTable).memory('i32.load', 4 * i)
        code.i32(-2).op('i32.and', 'i32.add').set(start)
      })
      code.get(rowTable).memory('i32.load').i32(1).op('i32.and')
      code.if(
        () => copyAdjacentRows(variables, elements),
        () => copyFourRows(variables, elements),
      )
    },
    () => copyFewRows(variables, elements),
  )
  return module.add(code)
}

/** Reads the entry of the next column, without its lowest bit, to `from`, and the entry itself to `entry`. */
function nextColumn({ code, columnTable, entry, from }: Variables): Code {
  code.get(columnTable).memory('i32.load').tee(entry).i32(-2)
  return code.op('i32.and').set(from)
}

/** Runs `body` while there are columns; it advances past those that it packs. */
function whileColumns({ code, columns }: Variables, body: () => void): void {
  code.get(columns)
  code.if(() => code.repeat(body, () => code.get(columns)))
}

function pass({ code, columns, columnTable, to }: Variables, count: number, bytes: number): void {
  code
    .advance(columnTable, 4 * count)
    .advance(to, count * tileRows * bytes)
    .advance(columns, -count)
}

/** The elements of a column are adjacent: they are copied as vectors. */
function copyAdjacentRows(variables: Variables, { bytes }: ElementType): void {
  const { code, starts, from, to } = variables
  whileColumns(variables, () => {
    nextColumn(variables)
    code.get(starts[0], from).op('i32.add').set(from)
    for (let at = 0; at < tileRows * bytes; at += 16)
      code.get(to, from).memory('v128.load', at).memory('v128.store', at)
    pass(variables, 1, bytes)
  })
}

/** Adjacent columns are transposed in registers, others are copied element by element. */
function copyFourRows(variables: Variables, elements: ElementType): void {
  const { code, columns, starts, entry, from, to } = variables
  const { bytes, lanes, load, store } = elements
  const addressOf = (start: Local) => code.get(start, from).op('i32.add')
  const transposeColumns = () => {
    for (let first = 0; first < tileRows; first += lanes) {
      const square = starts.slice(first, first + lanes).map((start) => {
        const vector = code.local('v128')
        addressOf(start).memory('v128.load').set(vector)
        return vector
      })
      transposed(code, square).forEach((vector, column) => {
        code.get(to, vector)
        code.memory('v128.store', column * tileRows * bytes + first * bytes)
      })
    }
    pass(variables, lanes, bytes)
  }
  const copyColumn = () => {
    starts.forEach((start, i) => {
      code.get(to)
      addressOf(start)
        .memory(load)
        .memory(store, i * bytes)
    })
    pass(variables, 1, bytes)
  }
  whileColumns(variables, () => {
    nextColumn(variables)
    code.get(entry).i32(1).op('i32.and').push(columns, lanes).op('i32.ge_s', 'i32.and')
    code.if(transposeColumns, copyColumn)
  })
}

/** The last rows of A, element by element. */
function copyFewRows(variables: Variables, { bytes, load, store }: ElementType): void {
  const { code, a, rowTable, rows, from, to } = variables
  const [row, place] = code.locals(2)
  whileColumns(variables, () => {
    nextColumn(variables)
    code.get(a, from).op('i32.add').set(from).get(to).set(place)
    code.count(row, rows, 1, () => {
      code.get(place, from).element(rowTable, row, 4).memory('i32.load')
      code.i32(-2).op('i32.and', 'i32.add').memory(load).memory(store)
      code.advance(place, bytes)
    })
    pass(variables, 1, bytes)
  })
}
