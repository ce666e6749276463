import { functionOf } from '../format/code'
import type { Module } from '../format/module'
import { copyElements, copyVectors } from './copy'
import { type ElementType, tileRows } from './tiles'

/**
 * Adds the function `(a, rowStep, columnStep, rows, columns, to)`, which packs up to four rows of A side by side: column after
 * column, the elements of the rows are adjacent. It copies vectors if the columns of A are contiguous, and transposes if the
 * rows are.
 */
export function emitPackLeft(module: Module, elements: ElementType, transpose: number): number {
  const { bytes, lanes } = elements
  const { code, a, rowStep, columnStep, rows, columns, to } = functionOf(
    'a',
    'rowStep',
    'columnStep',
    'rows',
    'columns',
    'to',
  )
  const column = code.local()
  const vectors = tileRows / lanes
  const copyColumns = () =>
    code.count(column, columns, 1, () => {
      copyVectors(code, a, to, vectors)
      code.advance(a, columnStep).advance(to, tileRows * bytes)
    })
  const transposeRows = () => {
    for (let v = 0; v < vectors; v++) {
      code.push(a, rowStep, columns, to, tileRows * bytes).call(transpose)
      code.advance(to, 16)
      code.element(a, rowStep, lanes).set(a)
    }
  }
  const copyEach = () => {
    const transposed = { from: a, rows: columns, columns: rows, rowStep: columnStep, columnStep: rowStep }
    copyElements(code, elements, transposed, to, tileRows)
  }
  code.push(rowStep, bytes).op('i32.eq').push(rows, tileRows).op('i32.ge_s', 'i32.and')
  code.if(copyColumns, () => {
    code.push(columnStep, bytes).op('i32.eq').push(rows, tileRows).op('i32.ge_s', 'i32.and')
    code.if(transposeRows, copyEach)
  })
  return module.add(code)
}
