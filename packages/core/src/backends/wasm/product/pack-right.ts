import { functionOf } from '../format/code'
import type { Module } from '../format/module'
import { copyElements, copyVectors } from './copy'
import { blockLength, type ElementType } from './tiles'

/** Rows of B that are packed at a time. Together they write two cache lines of each panel. */
const rowsAtOnce = 4

/** The parameters and local variables of the function. */
type Variables = ReturnType<typeof declareVariables>

function declareVariables() {
  const { code, ...parameters } = functionOf('b', 'rowStep', 'columnStep', 'rows', 'columns', 'to')
  const [width, row, from, target] = code.locals(4)
  return { code, ...parameters, width, row, from, target }
}

/**
 * Adds the function `(b, rowStep, columnStep, rows, columns, to)`, which packs B into panels of two vectors, row after row. The
 * last panel has one vector if that is enough. Columns that B lacks are not written.
 */
export function emitPackRight(module: Module, elements: ElementType, transpose: number): number {
  const { bytes, lanes } = elements
  const variables = declareVariables()
  const { code, b, columnStep, rows, columns, to, width } = variables
  const packPanels = () =>
    code.repeat(
      () => {
        code.push(columns, lanes).op('i32.gt_s')
        code.if(
          () => packPanel(variables, elements, 2, transpose),
          () => packPanel(variables, elements, 1, transpose),
        )
        code.element(b, width, columnStep).set(b)
        code.get(to, width, rows).op('i32.mul').i32(bytes).op('i32.mul', 'i32.add').set(to)
        code.get(columns, width).op('i32.sub').set(columns)
      },
      () => code.push(columns, 0).op('i32.gt_s'),
    )
  code.push(columnStep, bytes).op('i32.eq').push(rows, blockLength).op('i32.eq', 'i32.and')
  code.if(() => packFullPanels(variables, elements))
  code.get(columns).if(packPanels)
  return module.add(code)
}

/**
 * Packs all full panels of a whole block whose rows are contiguous, some rows at a time. A large B is then read from end to
 * end. Panel by panel it would be read in leaps. In a short block this does not matter, as its rows are near each other.
 */
function packFullPanels(variables: Variables, { lanes }: ElementType): void {
  const { code, b, rowStep, columns, to, row, from, target } = variables
  const [panels, panel] = code.locals(2)
  const sources = [from, ...code.locals(rowsAtOnce - 1)]
  const panelWidth = 2 * 16
  const panelBytes = blockLength * panelWidth
  code.push(columns, 2 * lanes).op('i32.div_u')
  code.set(panels)
  code.count(row, blockLength, rowsAtOnce, () => {
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

/** Packs one panel of `vectors` vectors. It copies vectors if the rows of B are contiguous, and transposes if the columns are. */
function packPanel(variables: Variables, elements: ElementType, vectors: number, transpose: number): void {
  const { code, b, rowStep, columnStep, rows, columns, to, width, row, from, target } = variables
  const { bytes, lanes } = elements
  const full = lanes * vectors
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
  const copyEach = () => copyElements(code, elements, { from, rows, columns, rowStep, columnStep }, target, full)
  code.i32(full).set(width)
  code.get(b).set(from).get(to).set(target)
  code.push(columnStep, bytes).op('i32.eq').push(columns, full).op('i32.ge_s', 'i32.and')
  code.if(copyRows, () => {
    code.push(rowStep, bytes).op('i32.eq').push(columns, full).op('i32.ge_s', 'i32.and')
    code.if(transposeColumns, copyEach)
  })
}
