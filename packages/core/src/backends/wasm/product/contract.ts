import type { DType } from '../../../values/dtype'
import type { ContractKernel } from '../../../kernels/schedule'
import { Code, type Local } from '../format/code'
import type { Call, Emitter } from '../emitter'
import { nest, rowSteps, type Walker } from '../loops/loop-nest'
import { emitEpilogue, epilogueType } from '../loops/epilogue'
import { pointersOf } from '../loops/loop'
import type { Module } from '../format/module'
import { emitPackLeft, emitPackRight, emitTranspose } from './pack'
import { blockLength, type Elements, elementTypes, tileRows } from './tiles'

/** Columns of the right operand that are packed at once, so that they stay in the second-level cache. */
const columnBlock = 512

/** Columns of B up to which it does not pay to pack A: its elements are used so few times. */
const fewColumns = 48

/** Adds the function of a contraction kernel. */
export function emitContract(emitter: Emitter, kernel: ContractKernel): Call {
  const { dtype, batch, m, n, k, a, b, output, epilogue } = kernel
  const { bytes } = elementTypes[dtype as keyof typeof elementTypes]
  const rank = batch.length
  // Packed columns, packed rows, and one tile.
  const scratch = emitter.scratch((columnBlock + 3 * tileRows) * blockLength * bytes)
  const multiply = emitter.once(`contract ${dtype}`, (module) => emitMultiply(module, dtype))
  const pointers = [
    { buffer: a.buffer, offset: a.offset * bytes },
    { buffer: b.buffer, offset: b.offset * bytes },
    { buffer: output, offset: 0 },
  ]
  const steps = [a.strides, b.strides].map((strides) => strides.slice(rank).map((stride) => stride * bytes))
  const sizes = [m, n, k, scratch, epilogue === null ? -1 : emitter.module.place(emitEpilogue(emitter, epilogue, n))]
  if (rank === 0) {
    const given = [pointers[0], ...steps[0], pointers[1], ...steps[1], pointers[2], ...sizes]
    return { index: multiply, arguments: given, ...(epilogue && { passed: pointersOf(emitter, epilogue) }) }
  }
  const scaled = (strides: readonly number[]) => strides.slice(0, rank).map((stride) => stride * bytes)
  const walked = [scaled(a.strides), scaled(b.strides), rowSteps(batch, m * n, bytes)]
  const key = `batched ${multiply};${batch.join()};${[...walked, ...steps, sizes].join(';')}`
  const index = emitter.once(key, (module) => {
    const code = new Code(['i32', 'i32', 'i32'])
    const walkers = walked.map((step, pointer): Walker => ({ pointer, steps: step }))
    nest(code, batch, walkers, () => {
      code.get(0).i32(steps[0][0]).i32(steps[0][1]).get(1).i32(steps[1][0]).i32(steps[1][1]).get(2)
      for (const size of sizes) code.i32(size)
      code.call(multiply)
    })
    return module.add(code)
  })
  return { index, arguments: pointers }
}

/**
 * The function `(a, aRow, aColumn, b, bRow, bColumn, c, m, n, k, scratch, epilogue)`, strides in bytes, the last a place in the
 * table or -1: Goto and van de Geijn's scheme
 * (ACM TOMS 34, 2008). For each block of the contracted axis, columns of B are packed into panels as wide as a tile, rows of A
 * side by side, and each tile of C gets the total of the block in the canon's order: k ascending, block totals added in order.
 */
function emitMultiply(module: Module, dtype: DType): number {
  const elements = elementTypes[dtype as keyof typeof elementTypes]
  const { bytes, lanes } = elements
  const tileColumns = 2 * lanes
  const transpose = emitTranspose(module, elements)
  const packRight = emitPackRight(module, elements, transpose)
  const packLeft = emitPackLeft(module, elements, transpose)
  const panels = [4, 2, 1].map((rows) => ({ rows, index: emitPanel(module, elements, rows, true) }))
  const unpacked = emitPanel(module, elements, tileRows, false)

  const code = new Code(Array.from({ length: 12 }, () => 'i32' as const))
  const [a, aRow, aColumn, b, bRow, bColumn, c, m, n, k, scratch, epilogue] = Array.from({ length: 12 }, (_, i) => i)
  const [kFrom, kSpan, kEnd, kAt, kCount] = Array.from({ length: 5 }, () => code.local('i32'))
  const [jAt, jCount, width, i, rows] = Array.from({ length: 5 }, () => code.local('i32'))
  const [packed, cRow, row, columns, target, tile] = Array.from({ length: 6 }, () => code.local('i32'))
  const rest = (limit: number, end: Local, at: Local, out: Local) =>
    code.get(end, at).op('i32.sub').tee(out).i32(limit).get(out).i32(limit).op('i32.lt_s', 'select').set(out)
  /** Runs `body` for each block of the canon between kFrom and kEnd, with its packed columns in place. */
  const forEachBlock = (body: () => void) => {
    code.get(kFrom).set(kAt).get(scratch).set(columns)
    code.repeat(
      () => {
        rest(blockLength, kEnd, kAt, kCount)
        body()
        code.get(columns).get(kCount, width).op('i32.mul', 'i32.add').set(columns)
      },
      () => code.get(kAt).i32(blockLength).op('i32.add').tee(kAt).get(kEnd).op('i32.lt_u'),
    )
  }
  const packedColumns = columnBlock * blockLength * bytes
  const packedRows = tileRows * blockLength * bytes
  code.get(scratch).i32(packedColumns).op('i32.add').tee(packed).i32(packedRows).op('i32.add').set(tile)
  code.get(n).i32(bytes).op('i32.mul').set(cRow)
  // Where all of B fits, it is packed at once, so that rows of A are read from end to end.
  code.get(k).i32(blockLength)
  code
    .get(k)
    .i32(columnBlock * blockLength)
    .get(n)
    .i32(tileColumns)
    .op('i32.add', 'i32.div_u', 'i32.le_u', 'select')
  code.set(kSpan)
  code.repeat(
    () => {
      code.get(kFrom, kSpan).op('i32.add').tee(kEnd).get(k, kEnd).get(k).op('i32.lt_u', 'select').set(kEnd)
      code.countTo(jAt, n, columnBlock, () => {
        rest(columnBlock, n, jAt, jCount)
        // A panel of two vectors for each tile, and one for what is left, which one vector may hold.
        code
          .get(jCount)
          .i32(lanes - 1)
          .op('i32.add')
          .i32(-lanes)
          .op('i32.and')
          .i32(bytes)
          .op('i32.mul')
          .set(width)
        forEachBlock(() => {
          code.get(b).get(kAt, bRow).op('i32.mul', 'i32.add').get(jAt, bColumn).op('i32.mul', 'i32.add')
          code.get(bRow, bColumn, kCount, jCount, columns).call(packRight)
        })
        code.countTo(i, m, tileRows, () => {
          forEachBlock(() => {
            rest(tileRows, m, i, rows)
            code.get(a).get(i, aRow).op('i32.mul', 'i32.add').get(kAt, aColumn).op('i32.mul', 'i32.add').set(row)
            code.get(c).get(i, cRow).op('i32.mul', 'i32.add').get(jAt).i32(bytes).op('i32.mul', 'i32.add').set(target)
            const multiply = (index: number) =>
              code.get(row, aRow, columns, kCount, target, cRow, jCount, kAt, tile).call(index)
            code.get(aColumn).i32(bytes).op('i32.eq').get(n).i32(fewColumns).op('i32.le_s', 'i32.and')
            code.get(rows).i32(tileRows).op('i32.eq', 'i32.and')
            code.if(
              () => multiply(unpacked),
              () => {
                code.get(row, aRow, aColumn, rows, kCount, packed).call(packLeft)
                code.get(packed).set(row)
                for (const panel of panels) {
                  code.get(rows).i32(panel.rows).op('i32.ge_s')
                  code.if(() => {
                    multiply(panel.index)
                    code.advance(row, panel.rows * bytes).advance(rows, -panel.rows)
                    code.get(target).get(cRow).i32(panel.rows).op('i32.mul', 'i32.add').set(target)
                  })
                }
              },
            )
          })
          code.get(epilogue).i32(0).op('i32.ge_s').get(kEnd, k).op('i32.eq', 'i32.and')
          code.if(() => {
            rest(tileRows, m, i, rows)
            code.get(i, rows, jAt, jCount, epilogue).callIndirect(module.typeOf(epilogueType))
          })
        })
      })
    },
    () => code.get(kFrom, kSpan).op('i32.add').tee(kFrom).get(k).op('i32.lt_u'),
  )
  return module.add(code)
}

/**
 * The function `(a, aRow, panels, count, c, cRow, n, accumulate, tile)`: some rows of A times packed panels of B, into the same
 * rows of C. Packed rows of A lie side by side, so that one pointer reads them all; others are `aRow` bytes apart.
 */
function emitPanel(module: Module, elements: Elements, rows: number, isPacked: boolean): number {
  const { bytes, lanes, splat, add, multiply } = elements
  const code = new Code(Array.from({ length: 9 }, () => 'i32' as const))
  const [a, aRow, panels, count, c, , n] = Array.from({ length: 7 }, (_, i) => i)
  const pointers = Array.from({ length: isPacked ? 1 : rows }, () => code.local('i32'))
  const end = code.local('i32')
  const tile = (vectors: number) => {
    const width = vectors * lanes * bytes
    const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => code.local('v128')))
    const columns = Array.from({ length: vectors }, () => code.local('v128'))
    const factor = code.local('v128')
    for (const sum of sums.flat()) code.vector(new Float32Array(4)).set(sum)
    pointers.forEach((pointer, i) => code.get(a).get(aRow).i32(i).op('i32.mul', 'i32.add').set(pointer))
    code.get(panels).get(count).i32(width).op('i32.mul', 'i32.add').set(end)
    const step = () => {
      columns.forEach((column, v) => {
        code.get(panels)
        code.memory('v128.load', 16 * v).set(column)
      })
      sums.forEach((row, i) => {
        code.get(pointers[isPacked ? 0 : i])
        code.memory(splat, isPacked ? i * bytes : 0).set(factor)
        row.forEach((sum, v) => code.get(sum, factor, columns[v]).op(multiply, add).set(sum))
      })
      for (const pointer of pointers) code.advance(pointer, isPacked ? tileRows * bytes : bytes)
      code.advance(panels, width)
    }
    // There is always a step to make, but behind a condition V8 gives the loop its registers: 43 instead of 39 GFLOP/s on Node 20.
    code.get(panels, end).op('i32.ne')
    code.if(() => code.repeat(step, () => code.get(panels, end).op('i32.lt_u')))
    storeTile(code, elements, sums, width)
    code.advance(n, -vectors * lanes).advance(c, width)
  }
  code.repeat(
    () => {
      code.get(n).i32(lanes).op('i32.gt_s')
      code.if(
        () => tile(2),
        () => tile(1),
      )
    },
    () => code.get(n).i32(0).op('i32.gt_s'),
  )
  return module.add(code)
}

/** Writes a tile into C, or adds it; where fewer columns are left, by way of scratch memory. */
function storeTile(code: Code, elements: Elements, sums: readonly (readonly Local[])[], width: number): void {
  const [c, cRow, n, accumulate, tile] = [4, 5, 6, 7, 8]
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
          const before = () => code.get(at).memory('v128.load', 16 * v)
          code.get(accumulate).if(() => before().get(sum).op(elements.add).set(sum))
          code.get(at, sum).memory('v128.store', 16 * v)
        })
        code.get(at, cRow).op('i32.add').set(at)
      })
    },
    () => {
      const [row, from, to, column] = [code.local('i32'), code.local('i32'), code.local('i32'), code.local('i32')]
      sums.forEach((vectors, i) =>
        vectors.forEach((sum, v) => {
          code.get(tile, sum)
          code.memory('v128.store', i * width + 16 * v)
        }),
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
