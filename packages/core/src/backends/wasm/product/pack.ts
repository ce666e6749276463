import { contractionBlock } from '../../../kernels/numerics'
import { type Code, functionOf, type Local } from '../format/code'
import type { Module } from '../format/module'
import { type ElementType, tileRows } from './tiles'

/** Rows of B that are packed at a time. Together they write two cache lines of each panel. */
const rowsAtOnce = 4

/** A matrix: the address of its first element, and the steps from row to row and from column to column in bytes. */
interface Matrix {
  readonly from: Local
  readonly rows: Local
  readonly columns: Local
  readonly rowStep: Local
  readonly columnStep: Local
}

/** Where `packPanel` writes, and a variable in which it counts rows. */
interface Panel {
  readonly target: Local
  readonly vectors: number
  readonly row: Local
}

/**
 * Adds the function `(a, rowStep, columnStep, rows, columns, to)`, which packs up to four rows of A side by side: the
 * elements of a column are adjacent, and column follows column. That is the panel of the transpose of A.
 */
export function emitPackLeft(module: Module, elements: ElementType, transpose: number): number {
  const parameters = functionOf('a', 'rowStep', 'columnStep', 'rows', 'columns', 'to')
  const { code, a, rowStep, columnStep, rows, columns, to } = parameters
  const transposed = { from: a, rows: columns, columns: rows, rowStep: columnStep, columnStep: rowStep }
  const panel = { target: to, vectors: tileRows / elements.lanes, row: code.local() }
  packPanel(code, elements, transposed, panel, transpose)
  return module.add(code)
}

/** The parameters and local variables of the function that packs B. */
type Variables = ReturnType<typeof declareVariables>

function declareVariables() {
  const parameters = functionOf('b', 'rowStep', 'columnStep', 'rows', 'columns', 'to')
  return { ...parameters, ...parameters.code.named('width', 'row', 'from', 'target') }
}

/**
 * Adds the function `(b, rowStep, columnStep, rows, columns, to)`, which packs B into panels of two vectors, row after
 * row. The last panel has one vector if that is enough. Columns that B lacks are not written.
 */
export function emitPackRight(module: Module, elements: ElementType, transpose: number): number {
  const { bytes, lanes } = elements
  const variables = declareVariables()
  const { code, b, rowStep, columnStep, rows, columns, to, width, row, from, target } = variables
  const packNext = (vectors: number) => {
    code.i32(vectors * lanes).set(width)
    code.get(b).set(from).get(to).set(target)
    packPanel(code, elements, { from, rows, columns, rowStep, columnStep }, { target, vectors, row }, transpose)
  }
  const packPanels = () => {
    code.push(columns, lanes).op('i32.gt_s')
    code.if(
      () => packNext(2),
      () => packNext(1),
    )
    code.element(b, width, columnStep).set(b)
    code.get(to, width, rows).op('i32.mul').i32(bytes).op('i32.mul', 'i32.add').set(to)
    code.get(columns, width).op('i32.sub').set(columns)
  }
  code.push(columnStep, bytes).op('i32.eq').push(rows, contractionBlock).op('i32.eq', 'i32.and')
  code.if(() => packFullPanels(variables, elements))
  code.get(columns)
  code.if(() => code.repeat(packPanels, () => code.push(columns, 0).op('i32.gt_s')))
  return module.add(code)
}

/**
 * Packs all full panels of a whole block whose rows are contiguous, some rows at a time. A large B is then read from
 * end to end. Panel by panel it would be read in leaps. In a short block this does not matter, as its rows are near
 * each other.
 */
function packFullPanels(variables: Variables, { lanes }: ElementType): void {
  const { code, b, rowStep, columns, to, row, from, target } = variables
  const [panels, panel] = code.locals(2)
  const sources = [from, ...code.locals(rowsAtOnce - 1)]
  const panelWidth = 2 * 16
  const panelBytes = contractionBlock * panelWidth
  code.push(columns, 2 * lanes).op('i32.div_u')
  code.set(panels)
  code.count(row, contractionBlock, rowsAtOnce, () => {
    code.element(b, row, rowStep).set(from)
    for (let i = 1; i < rowsAtOnce; i++)
      code
        .get(sources[i - 1], rowStep)
        .op('i32.add')
        .set(sources[i])
    code.element(to, row, panelWidth).set(target)
    code.count(panel, panels, 1, () => {
      sources.forEach((source, i) => copyVectors(code, source, target, 2, i * panelWidth))
      for (const source of sources) code.advance(source, panelWidth)
      code.advance(target, panelBytes)
    })
  })
  code.element(b, panels, panelWidth).set(b)
  code.element(to, panels, panelBytes).set(to)
  code.push(columns, 2 * lanes - 1).op('i32.and')
  code.set(columns)
}

/**
 * Packs as many columns as a panel holds, or all if there are fewer, row after row. It copies vectors if the rows are
 * contiguous, transposes if the columns are, and otherwise copies single elements.
 */
function packPanel(code: Code, elements: ElementType, matrix: Matrix, panel: Panel, transpose: number): void {
  const { bytes, lanes } = elements
  const { from, rows, columns, rowStep, columnStep } = matrix
  const { target, vectors, row } = panel
  const width = lanes * vectors
  const copyRows = () =>
    code.count(row, rows, 1, () => {
      copyVectors(code, from, target, vectors)
      code.advance(from, rowStep).advance(target, 16 * vectors)
    })
  const transposeColumns = () => {
    for (let v = 0; v < vectors; v++) {
      code.push(from, columnStep, rows, target, 16 * vectors).call(transpose)
      code.advance(target, 16)
      code.element(from, columnStep, lanes).set(from)
    }
  }
  const isContiguousAndFull = (step: Local) =>
    code.push(step, bytes).op('i32.eq').push(columns, width).op('i32.ge_s', 'i32.and')
  isContiguousAndFull(columnStep).if(copyRows, () => {
    isContiguousAndFull(rowStep).if(transposeColumns, () => copyElements(code, elements, matrix, target, width))
  })
}

/** Copies adjacent vectors. */
function copyVectors(code: Code, from: Local, to: Local, count: number, targetOffset = 0): void {
  for (let v = 0; v < count; v++) {
    code.get(to, from).memory('v128.load', 16 * v)
    code.memory('v128.store', targetOffset + 16 * v)
  }
}

/** Copies up to `width` columns into rows of `width` elements, one element at a time. */
function copyElements(code: Code, elements: ElementType, matrix: Matrix, target: Local, width: number): void {
  const { bytes, load, store } = elements
  const { from, rows, columns, rowStep, columnStep } = matrix
  const [count, column, row, source, place] = code.locals(5)
  code.push(columns, width, columns, width).op('i32.lt_s', 'select').set(count)
  code.count(column, count, 1, () => {
    code.element(from, column, columnStep).set(source)
    code.element(target, column, bytes).set(place)
    code.count(row, rows, 1, () => {
      code.get(place, source).memory(load).memory(store)
      code.advance(source, rowStep).advance(place, width * bytes)
    })
  })
}
