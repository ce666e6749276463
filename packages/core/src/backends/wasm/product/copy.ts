import type { Code, Local } from '../format/code'
import type { ElementType } from './tiles'

/** Copies `count` adjacent vectors from one address to another, with constant offsets from the addresses. */
export function copyVectors(code: Code, from: Local, to: Local, count: number, targetOffset = 0): void {
  for (let v = 0; v < count; v++) {
    code.get(to, from).memory('v128.load', 16 * v)
    code.memory('v128.store', targetOffset + 16 * v)
  }
}

/** What `copyElements` reads: rows and columns at `from`, with their steps in bytes. */
export interface Area {
  readonly from: Local
  readonly rows: Local
  readonly columns: Local
  readonly rowStep: Local
  readonly columnStep: Local
}

/** Copies up to `width` columns into rows of `width` elements at `target`, one element at a time. */
export function copyElements(code: Code, elements: ElementType, area: Area, target: Local, width: number): void {
  const { bytes, load, store } = elements
  const { from, rows, columns, rowStep, columnStep } = area
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
