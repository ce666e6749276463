import { Code, type Local } from './code'
import { type Elements, tileRows } from './tiles'
import type { Module } from './module'

/**
 * The function `(b, rowStep, columnStep, rows, columns, to)`: B in panels of two vectors, row after row; the last panel has
 * one vector where that is enough, and what B lacks is left as it is.
 */
export function emitPackRight(module: Module, elements: Elements): number {
  const { bytes, lanes } = elements
  const code = new Code(Array.from({ length: 6 }, () => 'i32' as const))
  const [b, rowStep, columnStep, rows, columns, to] = [0, 1, 2, 3, 4, 5]
  const [width, valid, row] = [code.local('i32'), code.local('i32'), code.local('i32')]
  const [from, target, column, source, place] = Array.from({ length: 5 }, () => code.local('i32'))
  const transposed = bytes === 4 ? emitTranspose(module) : null

  const vectors = () =>
    code.countTo(row, rows, 1, () => {
      code.get(target).get(from).memory('v128.load').memory('v128.store')
      code.get(width).i32(lanes).op('i32.gt_s')
      code.if(() => code.get(target).get(from).memory('v128.load', 16).memory('v128.store', 16))
      code.get(from, rowStep).op('i32.add').set(from)
      code.get(target).get(width).i32(bytes).op('i32.mul', 'i32.add').set(target)
    })
  const elementwise = () =>
    code.countTo(column, valid, 1, () => {
      code.get(from).get(column, columnStep).op('i32.mul', 'i32.add').set(source)
      code.get(target).get(column).i32(bytes).op('i32.mul', 'i32.add').set(place)
      code.countTo(row, rows, 1, () => {
        code.get(place, source).memory(elements.load).memory(elements.store)
        code.get(source, rowStep).op('i32.add').set(source)
        code.get(place).get(width).i32(bytes).op('i32.mul', 'i32.add').set(place)
      })
    })
  const isVector = () => code.get(columnStep).i32(bytes).op('i32.eq').get(valid, width).op('i32.eq', 'i32.and')
  const isTransposed = () => code.get(rowStep).i32(bytes).op('i32.eq').get(valid, width).op('i32.eq', 'i32.and')

  code.repeat(
    () => {
      code
        .i32(2 * lanes)
        .i32(lanes)
        .get(columns)
        .i32(lanes)
        .op('i32.gt_s', 'select')
        .set(width)
      code.get(columns, width).get(columns, width).op('i32.lt_s', 'select').set(valid)
      code.get(b).set(from).get(to).set(target)
      isVector().if(
        () => vectors(),
        () => {
          if (transposed === null) elementwise()
          else
            isTransposed().if(
              () => {
                code.get(from, columnStep, rows, target).get(width).i32(bytes).op('i32.mul').call(transposed)
                code
                  .get(width)
                  .i32(lanes)
                  .op('i32.gt_s')
                  .if(() => {
                    code.get(from).get(columnStep).i32(lanes).op('i32.mul', 'i32.add').get(columnStep, rows)
                    code.get(target).i32(16).op('i32.add').get(width).i32(bytes).op('i32.mul').call(transposed)
                  })
              },
              () => elementwise(),
            )
        },
      )
      code.get(b).get(width, columnStep).op('i32.mul', 'i32.add').set(b)
      code.get(to).get(width, rows).op('i32.mul').i32(bytes).op('i32.mul', 'i32.add').set(to)
      code.get(columns, width).op('i32.sub').set(columns)
    },
    () => code.get(columns).i32(0).op('i32.gt_s'),
  )
  return module.add(code)
}

/**
 * The function `(from, columnStep, rows, to, width)`: four columns that are each adjacent in memory become rows of four,
 * `width` bytes apart, four by four in registers.
 */
function emitTranspose(module: Module): number {
  const code = new Code(Array.from({ length: 5 }, () => 'i32' as const))
  const [from, columnStep, rows, to, width] = [0, 1, 2, 3, 4]
  const pointers = [from, ...Array.from({ length: 3 }, () => code.local('i32'))]
  const columns = pointers.map(() => code.local('v128'))
  const pairs = pointers.map(() => code.local('v128'))
  const words = (...list: number[]) => list.flatMap((word) => [4 * word, 4 * word + 1, 4 * word + 2, 4 * word + 3])
  const [left, right] = [words(0, 4, 1, 5), words(2, 6, 3, 7)]
  const [low, high] = [words(0, 1, 4, 5), words(2, 3, 6, 7)]
  const next = (local: Local, step: Local) => code.get(local, step).op('i32.add').set(local)
  for (let i = 1; i < 4; i++)
    code
      .get(pointers[i - 1], columnStep)
      .op('i32.add')
      .set(pointers[i])
  code
    .get(rows)
    .i32(4)
    .op('i32.ge_s')
    .if(() =>
      code.repeat(
        () => {
          pointers.forEach((pointer, i) => code.get(pointer).memory('v128.load').set(columns[i]))
          code
            .get(columns[0], columns[1])
            .shuffle(left)
            .set(pairs[0])
            .get(columns[0], columns[1])
            .shuffle(right)
            .set(pairs[1])
          code
            .get(columns[2], columns[3])
            .shuffle(left)
            .set(pairs[2])
            .get(columns[2], columns[3])
            .shuffle(right)
            .set(pairs[3])
          for (const [a, b, half] of [
            [0, 2, low],
            [0, 2, high],
            [1, 3, low],
            [1, 3, high],
          ] as const) {
            // prettier-ignore
            code.get(to).get(pairs[a], pairs[b]).shuffle(half).memory('v128.store')
            next(to, width)
          }
          pointers.forEach((pointer) => code.advance(pointer, 16))
        },
        () => code.get(rows).i32(4).op('i32.sub').tee(rows).i32(4).op('i32.ge_s'),
      ),
    )
  code.get(rows).if(() =>
    code.repeat(
      () => {
        pointers.forEach((pointer, i) => {
          code
            .get(to, pointer)
            .memory('i32.load')
            .memory('i32.store', 4 * i)
          code.advance(pointer, 4)
        })
        next(to, width)
      },
      () => code.get(rows).i32(1).op('i32.sub').tee(rows),
    ),
  )
  return module.add(code)
}

/** The function `(a, rowStep, columnStep, rows, columns, to)`: rows of A side by side, column after column. */
export function emitPackLeft(module: Module, elements: Elements): number {
  const { bytes, lanes } = elements
  const code = new Code(Array.from({ length: 6 }, () => 'i32' as const))
  const [a, rowStep, columnStep, rows, columns, to] = [0, 1, 2, 3, 4, 5]
  const [column, row, source] = [code.local('i32'), code.local('i32'), code.local('i32')]
  code.get(rowStep).i32(bytes).op('i32.eq').get(rows).i32(tileRows).op('i32.eq', 'i32.and')
  code.if(
    () =>
      code.countTo(column, columns, 1, () => {
        for (let v = 0; v < tileRows / lanes; v++)
          code
            .get(to, a)
            .memory('v128.load', 16 * v)
            .memory('v128.store', 16 * v)
        code.get(a, columnStep).op('i32.add').set(a)
        code.advance(to, tileRows * bytes)
      }),
    () =>
      code.countTo(column, columns, 1, () => {
        code.get(a).set(source)
        code.countTo(row, rows, 1, () => {
          code.get(to).get(row).i32(bytes).op('i32.mul', 'i32.add').get(source).memory(elements.load)
          code.memory(elements.store)
          code.get(source, rowStep).op('i32.add').set(source)
        })
        code.get(a, columnStep).op('i32.add').set(a)
        code.advance(to, tileRows * bytes)
      }),
  )
  return module.add(code)
}
