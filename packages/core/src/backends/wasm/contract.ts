import type { DType } from '../../values/dtype'
import type { ContractKernel } from '../plan'
import { Code, type Local } from './code'
import type { Emitter } from './emitter'
import { nest, rowSteps, type Walker } from './walk'
import type { Module } from './module'
import { emitPackLeft, emitPackRight } from './pack'
import { type Elements, elementTypes, tileRows } from './tiles'

/** Length of the blocks into which the canon cuts the contracted axis. */
export const blockLength = 256

/** Columns of the right operand that are packed at once, so that they stay in the second-level cache. */
const columnBlock = 512

/** Adds the function of a contraction kernel and returns its index. */
export function emitContract(emitter: Emitter, kernel: ContractKernel): number {
  const { dtype, batch, m, n, k, a, b, output } = kernel
  const { bytes } = elementTypes[dtype as keyof typeof elementTypes]
  const rank = batch.length
  const code = new Code()
  const walker = (buffer: number, offset: number, steps: readonly number[]): Walker => ({
    pointer: emitter.pointerTo(code, buffer, offset * bytes),
    steps,
  })
  const scaled = (strides: readonly number[]) => strides.slice(0, rank).map((stride) => stride * bytes)
  const left = walker(a.buffer, a.offset, scaled(a.strides))
  const right = walker(b.buffer, b.offset, scaled(b.strides))
  const result = walker(output, 0, rowSteps(batch, m * n, bytes))
  const multiply = emitter.once(`contract ${dtype}`, (module) => emitMultiply(module, dtype))
  // Packed columns, packed rows, and one tile.
  const scratch = emitter.scratch((columnBlock + 3 * tileRows) * blockLength * bytes)
  nest(code, batch, [left, right, result], () => {
    code
      .get(left.pointer)
      .i32(a.strides[rank] * bytes)
      .i32(a.strides[rank + 1] * bytes)
    code
      .get(right.pointer)
      .i32(b.strides[rank] * bytes)
      .i32(b.strides[rank + 1] * bytes)
    code.get(result.pointer).i32(m).i32(n).i32(k).i32(scratch).call(multiply)
  })
  return emitter.module.add(code)
}

/**
 * The function `(a, aRow, aColumn, b, bRow, bColumn, c, m, n, k, scratch)`, strides in bytes: Goto and van de Geijn's scheme
 * (ACM TOMS 34, 2008). For each block of the contracted axis, columns of B are packed into panels as wide as a tile, and
 * each tile of C gets the total of the block in the canon's order: k ascending, block totals added in order.
 */
function emitMultiply(module: Module, dtype: DType): number {
  const elements = elementTypes[dtype as keyof typeof elementTypes]
  const { bytes } = elements
  const packRight = emitPackRight(module, elements)
  const packLeft = emitPackLeft(module, elements)
  const panels = { many: emitPanel(module, elements, tileRows), one: emitPanel(module, elements, 1) }

  const code = new Code(Array.from({ length: 11 }, () => 'i32' as const))
  const [a, aRow, aColumn, b, bRow, bColumn, c, m, n, k, scratch] = Array.from({ length: 11 }, (_, i) => i)
  const [kAt, kCount, jAt, jCount, i] = Array.from({ length: 5 }, () => code.local('i32'))
  const [rows, row, rowStep, columnStep, target, tile] = Array.from({ length: 6 }, () => code.local('i32'))
  const minimum = (limit: number, total: Local, at: Local, out: Local) =>
    code.get(total, at).op('i32.sub').tee(out).i32(limit).get(out).i32(limit).op('i32.lt_s', 'select').set(out)
  // select(out, limit, out < limit)
  const packedRows = columnBlock * blockLength * bytes
  code
    .get(scratch)
    .i32(packedRows + tileRows * blockLength * bytes)
    .op('i32.add')
    .set(tile)
  const panel = (index: number) =>
    code
      .get(row, rowStep, columnStep, scratch, kCount, target)
      .get(n)
      .i32(bytes)
      .op('i32.mul')
      .get(jCount, kAt, tile)
      .call(index)
  code.countTo(kAt, k, blockLength, () => {
    minimum(blockLength, k, kAt, kCount)
    code.countTo(jAt, n, columnBlock, () => {
      minimum(columnBlock, n, jAt, jCount)
      code.get(b).get(kAt, bRow).op('i32.mul', 'i32.add').get(jAt, bColumn).op('i32.mul', 'i32.add')
      code.get(bRow, bColumn, kCount, jCount, scratch).call(packRight)
      code.countTo(i, m, tileRows, () => {
        minimum(tileRows, m, i, rows)
        code.get(a).get(i, aRow).op('i32.mul', 'i32.add').get(kAt, aColumn).op('i32.mul', 'i32.add').set(row)
        code.get(aColumn).i32(bytes).op('i32.eq')
        code.if(
          () => code.get(aRow).set(rowStep).get(aColumn).set(columnStep),
          () => {
            code.get(row, aRow, aColumn, rows, kCount).get(scratch).i32(packedRows).op('i32.add').call(packLeft)
            code.get(scratch).i32(packedRows).op('i32.add').set(row)
            code
              .i32(bytes)
              .set(rowStep)
              .i32(tileRows * bytes)
              .set(columnStep)
          },
        )
        code.get(c).get(i, n).op('i32.mul').get(jAt).op('i32.add').i32(bytes).op('i32.mul', 'i32.add').set(target)
        code.get(rows).i32(tileRows).op('i32.eq')
        code.if(
          () => panel(panels.many),
          () => {
            code.repeat(
              () => {
                panel(panels.one)
                code.get(row, rowStep).op('i32.add').set(row)
                code.get(target).get(n).i32(bytes).op('i32.mul', 'i32.add').set(target)
              },
              () => code.get(rows).i32(1).op('i32.sub').tee(rows),
            )
          },
        )
      })
    })
  })
  return module.add(code)
}

/**
 * The function `(a, rowStep, columnStep, panels, count, c, cRow, n, accumulate, tile)`: some rows of A times packed panels of
 * B, into the same rows of C.
 */
function emitPanel(module: Module, elements: Elements, rows: number): number {
  const { bytes, lanes } = elements
  const code = new Code(Array.from({ length: 10 }, () => 'i32' as const))
  const [a, rowStep, columnStep, panels, count, c, , n] = Array.from({ length: 8 }, (_, i) => i)
  const locals = Array.from({ length: rows }, () => code.local('i32'))
  const end = code.local('i32')
  const multiply = (vectors: number) => {
    const width = vectors * lanes * bytes
    const sums = locals.map(() => Array.from({ length: vectors }, () => code.local('v128')))
    const columns = Array.from({ length: vectors }, () => code.local('v128'))
    const factor = code.local('v128')
    sums.flat().forEach((sum) => code.vector(new Float32Array(4)).set(sum))
    locals.forEach((row, i) => code.get(a).get(rowStep).i32(i).op('i32.mul', 'i32.add').set(row))
    code.get(panels).get(count).i32(width).op('i32.mul', 'i32.add').set(end)
    code.repeat(
      () => {
        columns.forEach((column, v) =>
          code
            .get(panels)
            .memory('v128.load', 16 * v)
            .set(column),
        )
        locals.forEach((row, i) => {
          code.get(row).memory(elements.splat).set(factor)
          columns.forEach((column, v) =>
            code.get(sums[i][v]).get(factor, column).op(elements.multiply, elements.add).set(sums[i][v]),
          )
          code.get(row, columnStep).op('i32.add').set(row)
        })
        code.advance(panels, width)
      },
      () => code.get(panels, end).op('i32.lt_u'),
    )
    storeTile(code, elements, sums, width)
    code
      .get(n)
      .i32(vectors * lanes)
      .op('i32.sub')
      .set(n)
    code.advance(c, width)
  }
  code.repeat(
    () =>
      code
        .get(n)
        .i32(lanes)
        .op('i32.gt_s')
        .if(
          () => multiply(2),
          () => multiply(1),
        ),
    () => code.get(n).i32(0).op('i32.gt_s'),
  )
  return module.add(code)
}

/** Writes a tile into C, or adds it; where fewer columns are left, by way of scratch memory. */
function storeTile(code: Code, elements: Elements, sums: readonly (readonly Local[])[], width: number): void {
  const [c, cRow, n, accumulate, tile] = [5, 6, 7, 8, 9]
  const at = code.local('i32')
  const { bytes } = elements
  code
    .get(n)
    .i32(width / bytes)
    .op('i32.ge_s')
  code.if(
    () => {
      code.get(c).set(at)
      sums.forEach((row) => {
        row.forEach((sum, v) => {
          code.get(accumulate).if(() =>
            code
              .get(at)
              .memory('v128.load', 16 * v)
              .get(sum)
              .op(elements.add)
              .set(sum),
          )
          code.get(at, sum).memory('v128.store', 16 * v)
        })
        code.get(at, cRow).op('i32.add').set(at)
      })
    },
    () => {
      const [row, from, to, column] = [code.local('i32'), code.local('i32'), code.local('i32'), code.local('i32')]
      sums.forEach((vectors, i) =>
        vectors.forEach((sum, v) => code.get(tile, sum).memory('v128.store', i * width + 16 * v)),
      )
      code.count(row, sums.length, 1, () => {
        code.get(tile).get(row).i32(width).op('i32.mul', 'i32.add').set(from)
        code.get(c).get(row, cRow).op('i32.mul', 'i32.add').set(to)
        code.countTo(column, n, 1, () => {
          code.get(accumulate).if(() => {
            code.get(from, to).memory(elements.load).get(from).memory(elements.load).op(elements.addScalars)
            code.memory(elements.store)
          })
          code.get(to, from).memory(elements.load).memory(elements.store)
          code.advance(from, bytes).advance(to, bytes)
        })
      })
    },
  )
}
