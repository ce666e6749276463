import { Code, type Local } from '../format/code'
import { blockLength, type Elements, tileRows } from './tiles'
import type { Module } from '../format/module'

/** Rows of B that are packed at a time: of each panel two lines of the cache. */
const rowsAtOnce = 4

/**
 * The function `(b, rowStep, columnStep, rows, columns, to)`: B in panels of two vectors, row after row; the last panel has
 * one vector where that is enough, and what B lacks is left as it is.
 */
export function emitPackRight(module: Module, elements: Elements, transpose: number): number {
  const { bytes, lanes } = elements
  const code = new Code(Array.from({ length: 6 }, () => 'i32' as const))
  const [b, rowStep, columnStep, rows, columns, to] = [0, 1, 2, 3, 4, 5]
  const [width, row, from, target] = Array.from({ length: 4 }, () => code.local('i32'))
  const vectors = (count: number) =>
    code.countTo(row, rows, 1, () => {
      for (let v = 0; v < count; v++) {
        code.get(target).get(from)
        code.memory('v128.load', 16 * v).memory('v128.store', 16 * v)
      }
      code.get(from, rowStep).op('i32.add').set(from)
      code.advance(target, 16 * count)
    })
  /**
   * All full panels of a whole block, some rows at a time: a large B is then read from end to end, and not in leaps as it is panel
   * by panel. Rows of a short block are near anyway.
   */
  const fullPanels = () => {
    const [panels, panel] = [code.local('i32'), code.local('i32')]
    const sources = [from, ...Array.from({ length: rowsAtOnce - 1 }, () => code.local('i32'))]
    const panelWidth = 2 * 16
    const panelBytes = blockLength * panelWidth
    code
      .get(columns)
      .i32(2 * lanes)
      .op('i32.div_u')
      .set(panels)
    code.count(row, blockLength, rowsAtOnce, () => {
      code.get(b).get(row, rowStep).op('i32.mul', 'i32.add').set(from)
      for (let i = 1; i < rowsAtOnce; i++)
        code
          .get(sources[i - 1], rowStep)
          .op('i32.add')
          .set(sources[i])
      code.get(to).get(row).i32(panelWidth).op('i32.mul', 'i32.add').set(target)
      code.countTo(panel, panels, 1, () => {
        sources.forEach((source, i) => {
          for (let v = 0; v < 2; v++) {
            code.get(target, source)
            code.memory('v128.load', 16 * v).memory('v128.store', i * panelWidth + 16 * v)
          }
        })
        for (const source of sources) code.advance(source, panelWidth)
        code.advance(target, panelBytes)
      })
    })
    code.get(b).get(panels).i32(panelWidth).op('i32.mul', 'i32.add').set(b)
    code.get(to).get(panels).i32(panelBytes).op('i32.mul', 'i32.add').set(to)
    code
      .get(columns)
      .i32(2 * lanes - 1)
      .op('i32.and')
      .set(columns)
  }
  const transposed = (count: number) => {
    for (let v = 0; v < count; v++) {
      code.get(from, columnStep, rows, target)
      code.i32(16 * count).call(transpose)
      code.advance(target, 16)
      code.get(from, columnStep).i32(lanes).op('i32.mul', 'i32.add').set(from)
    }
  }
  const panel = (count: number) => {
    const full = lanes * count
    const isFull = () => code.get(columns).i32(full).op('i32.ge_s')
    code.i32(full).set(width)
    code.get(b).set(from).get(to).set(target)
    code.get(columnStep).i32(bytes).op('i32.eq')
    isFull()
      .op('i32.and')
      .if(
        () => vectors(count),
        () => {
          code.get(rowStep).i32(bytes).op('i32.eq')
          isFull()
            .op('i32.and')
            .if(
              () => transposed(count),
              () => elementwise(code, elements, { from, target, rows, columns, rowStep, columnStep, width: full }),
            )
        },
      )
  }
  code.get(columnStep).i32(bytes).op('i32.eq').get(rows).i32(blockLength).op('i32.eq', 'i32.and').if(fullPanels)
  code.get(columns).if(() =>
    code.repeat(
      () => {
        code.get(columns).i32(lanes).op('i32.gt_s')
        code.if(
          () => panel(2),
          () => panel(1),
        )
        code.get(b).get(width, columnStep).op('i32.mul', 'i32.add').set(b)
        code.get(to).get(width, rows).op('i32.mul').i32(bytes).op('i32.mul', 'i32.add').set(to)
        code.get(columns, width).op('i32.sub').set(columns)
      },
      () => code.get(columns).i32(0).op('i32.gt_s'),
    ),
  )
  return module.add(code)
}

interface Area {
  readonly from: Local
  readonly target: Local
  readonly rows: Local
  readonly columns: Local
  readonly rowStep: Local
  readonly columnStep: Local
  /** Elements of a packed row. */
  readonly width: number
}

/** Copies up to `width` columns, one element at a time. */
function elementwise(code: Code, { bytes, load, store }: Elements, area: Area): void {
  const { from, target, rows, columns, rowStep, columnStep, width } = area
  const [valid, column, row, source, place] = Array.from({ length: 5 }, () => code.local('i32'))
  code.get(columns).i32(width).get(columns).i32(width).op('i32.lt_s', 'select').set(valid)
  code.countTo(column, valid, 1, () => {
    code.get(from).get(column, columnStep).op('i32.mul', 'i32.add').set(source)
    code.get(target).get(column).i32(bytes).op('i32.mul', 'i32.add').set(place)
    code.countTo(row, rows, 1, () => {
      code.get(place, source).memory(load).memory(store)
      code.get(source, rowStep).op('i32.add').set(source)
      code.advance(place, width * bytes)
    })
  })
}

/** The function `(a, rowStep, columnStep, rows, columns, to)`: up to four rows of A side by side, column after column. */
export function emitPackLeft(module: Module, elements: Elements, transpose: number): number {
  const { bytes, lanes } = elements
  const code = new Code(Array.from({ length: 6 }, () => 'i32' as const))
  const [a, rowStep, columnStep, rows, columns, to] = [0, 1, 2, 3, 4, 5]
  const column = code.local('i32')
  const isFull = () => code.get(rows).i32(tileRows).op('i32.ge_s')
  code.get(rowStep).i32(bytes).op('i32.eq')
  isFull()
    .op('i32.and')
    .if(
      () =>
        code.countTo(column, columns, 1, () => {
          for (let v = 0; v < tileRows / lanes; v++) {
            code.get(to, a)
            code.memory('v128.load', 16 * v).memory('v128.store', 16 * v)
          }
          code.get(a, columnStep).op('i32.add').set(a)
          code.advance(to, tileRows * bytes)
        }),
      () => {
        code.get(columnStep).i32(bytes).op('i32.eq')
        isFull()
          .op('i32.and')
          .if(
            () => {
              for (let v = 0; v < tileRows / lanes; v++) {
                code.get(a, rowStep, columns, to)
                code.i32(tileRows * bytes).call(transpose)
                code.advance(to, 16)
                code.get(a, rowStep).i32(lanes).op('i32.mul', 'i32.add').set(a)
              }
            },
            () => {
              const rotated = { rows: columns, columns: rows, rowStep: columnStep, columnStep: rowStep }
              elementwise(code, elements, { ...rotated, from: a, target: to, width: tileRows })
            },
          )
      },
    )
  return module.add(code)
}

const words = (...list: number[]) => list.flatMap((word) => [4 * word, 4 * word + 1, 4 * word + 2, 4 * word + 3])

/** Shuffles that turn a square of vectors, in rounds: which two vectors, and what is picked of them. */
const turns: Record<number, readonly (readonly [a: number, b: number, words: readonly number[]])[][]> = {
  4: [
    [
      [0, 1, [0, 4, 1, 5]],
      [0, 1, [2, 6, 3, 7]],
      [2, 3, [0, 4, 1, 5]],
      [2, 3, [2, 6, 3, 7]],
    ],
    [
      [0, 2, [0, 1, 4, 5]],
      [0, 2, [2, 3, 6, 7]],
      [1, 3, [0, 1, 4, 5]],
      [1, 3, [2, 3, 6, 7]],
    ],
  ],
  2: [
    [
      [0, 1, [0, 1, 4, 5]],
      [0, 1, [2, 3, 6, 7]],
    ],
  ],
}

/**
 * The function `(from, columnStep, rows, to, width)`: a vector's number of columns, each adjacent in memory, become rows
 * `width` bytes apart, square by square in registers.
 */
export function emitTranspose(module: Module, { bytes, lanes, load, store }: Elements): number {
  const code = new Code(Array.from({ length: 5 }, () => 'i32' as const))
  const [from, columnStep, rows, to, width] = [0, 1, 2, 3, 4]
  const pointers = [from, ...Array.from({ length: lanes - 1 }, () => code.local('i32'))]
  const next = (local: Local, step: Local) => code.get(local, step).op('i32.add').set(local)
  for (let i = 1; i < lanes; i++)
    code
      .get(pointers[i - 1], columnStep)
      .op('i32.add')
      .set(pointers[i])
  const square = () => {
    let vectors = pointers.map((pointer) => {
      const vector = code.local('v128')
      code.get(pointer).memory('v128.load').set(vector)
      return vector
    })
    for (const round of turns[lanes])
      vectors = round.map(([a, b, picked]) => {
        const vector = code.local('v128')
        code
          .get(vectors[a], vectors[b])
          .shuffle(words(...picked))
          .set(vector)
        return vector
      })
    for (const vector of vectors) {
      code.get(to, vector).memory('v128.store')
      next(to, width)
    }
    for (const pointer of pointers) code.advance(pointer, 16)
  }
  const isSquareLeft = () => code.i32(lanes).op('i32.ge_s')
  code.get(rows)
  isSquareLeft().if(() =>
    code.repeat(square, () => {
      code.get(rows).i32(lanes).op('i32.sub').tee(rows)
      isSquareLeft()
    }),
  )
  code.get(rows).if(() =>
    code.repeat(
      () => {
        pointers.forEach((pointer, i) => {
          code.get(to, pointer).memory(load)
          code.memory(store, bytes * i)
          code.advance(pointer, bytes)
        })
        next(to, width)
      },
      () => code.get(rows).i32(1).op('i32.sub').tee(rows),
    ),
  )
  return module.add(code)
}
