import { contractionBlock } from '../../../kernels/numerics'
import { functionOf, type Local } from '../format/code'
import type { Module } from '../format/module'
import { epilogueType } from '../loops/epilogue'
import { emitPackLeft, emitPackRight } from './pack'
import type { emitPackByTables } from './pack-tables'
import { emitPanel } from './panel'
import { columnBlock, type ElementType, scratchAreas, tileRows } from './tiles'
import { emitTranspose } from './transpose'

/** Columns of B up to which packing A does not pay: each element of A is used too few times. */
const fewColumns = 48

/** Indices of the functions that a product calls. */
interface Functions {
  readonly packRight: number
  readonly packLeft: number
  /** Each multiplies a number of packed rows of A. */
  readonly panels: readonly { readonly rows: number; readonly index: number }[]
  /** Multiplies `tileRows` rows of A where they are. */
  readonly unpackedPanel: number
}

/** The parameters and local variables of the function. */
type Variables = ReturnType<typeof declareVariables>

function declareVariables() {
  const parameters = functionOf(
    'a',
    'aRow',
    'aColumn',
    'b',
    'bRow',
    'bColumn',
    'c',
    'm',
    'n',
    'k',
    'scratch',
    'epilogue',
  )
  const { code } = parameters
  return {
    ...parameters,
    // The contracted axis: the span `[kFrom, kEnd)` for which B is packed at once, and a block of it.
    ...code.named('kFrom', 'kSpan', 'kEnd', 'kAt', 'kCount'),
    // The columns of B that are packed at once, and the bytes of a packed row.
    ...code.named('jAt', 'jCount', 'width'),
    // The rows of A and C that are multiplied at once.
    ...code.named('i', 'rows'),
    // Addresses of packed rows of A, of rows of A, of packed columns of B, and of tiles in C and in scratch memory.
    ...code.named('packed', 'cRow', 'row', 'columns', 'target', 'tile'),
  }
}

const shared = /* @__PURE__ */ new WeakMap<Module, Map<ElementType, Functions>>()

/** The functions that all products of a dtype share. The first product adds them to the module. */
export function functionsOf(module: Module, elements: ElementType): Functions {
  const known = shared.get(module) ?? new Map<ElementType, Functions>()
  shared.set(module, known)
  const transpose = known.has(elements) ? 0 : emitTranspose(module, elements)
  const functions = known.get(elements) ?? {
    packRight: emitPackRight(module, elements, transpose),
    packLeft: emitPackLeft(module, elements, transpose),
    panels: [4, 2, 1].map((rows) => ({ rows, index: emitPanel(module, elements, rows, true) })),
    unpackedPanel: emitPanel(module, elements, tileRows, false),
  }
  known.set(elements, functions)
  return functions
}

/**
 * Adds the function `(a, aRow, aColumn, b, bRow, bColumn, c, m, n, k, scratch, epilogue)`, which computes C = A B by
 * the scheme of K. Goto and R. van de Geijn (Anatomy of high-performance matrix multiplication, ACM TOMS 34, 2008).
 * Strides are in bytes; `epilogue` is a table index, or -1. If A is read through tables, `aRow` and `aColumn` are the
 * addresses of its tables of rows and columns.
 *
 * The contracted axis is cut into the blocks of the numerics specification. For each block, columns of B are packed
 * into panels as wide as a tile, and rows of A are packed side by side. A tile of C gets the sum over a block with k
 * ascending, and the sums of the blocks are added in order.
 */
export function emitMultiply(
  module: Module,
  elements: ElementType,
  functions: Functions,
  byTables?: typeof emitPackByTables,
): number {
  const { bytes } = elements
  const packByTables = byTables?.(module, elements)
  const variables = declareVariables()
  const { code, scratch, packed, tile, n, cRow, jAt, jCount, i, m } = variables
  const areas = scratchAreas(bytes)
  code.push(scratch, areas.rows).op('i32.add').tee(packed)
  code.i32(areas.tile - areas.rows).op('i32.add')
  code.set(tile)
  code.push(n, bytes).op('i32.mul').set(cRow)
  forEachSpan(variables, elements, () => {
    code.count(jAt, n, columnBlock, () => {
      setRest(variables, columnBlock, n, jAt, jCount)
      packColumns(variables, elements, functions.packRight)
      code.count(i, m, tileRows, () => {
        forEachBlock(variables, () => multiplyRows(variables, bytes, functions, packByTables))
        runEpilogue(variables, module.typeIndexOf(epilogueType))
      })
    })
  })
  return module.add(code)
}

/** `out = min(limit, end - at)`. */
function setRest({ code }: Variables, limit: number, end: Local, at: Local, out: Local): void {
  code.get(end, at).op('i32.sub').tee(out)
  code.push(limit, out, limit).op('i32.lt_s', 'select').set(out)
}

/**
 * Runs `body` for each span of the contracted axis. If all of B fits in the packed columns, one span covers the whole
 * axis, so that rows of A are read from end to end. Otherwise a span is one block.
 */
function forEachSpan(variables: Variables, { lanes }: ElementType, body: () => void): void {
  const { code, k, n, kFrom, kSpan, kEnd } = variables
  const tileColumns = 2 * lanes
  code.push(k, contractionBlock, k, columnBlock * contractionBlock, n, tileColumns)
  code.op('i32.add', 'i32.div_u', 'i32.le_u', 'select').set(kSpan)
  code.repeat(
    () => {
      code.get(kFrom, kSpan).op('i32.add').tee(kEnd).get(k, kEnd, k).op('i32.lt_u', 'select').set(kEnd)
      body()
    },
    () => code.get(kFrom, kSpan).op('i32.add').tee(kFrom).get(k).op('i32.lt_u'),
  )
}

/** Runs `body` for each block of the span, with `columns` at the packed columns of the block. */
function forEachBlock(variables: Variables, body: () => void): void {
  const { code, scratch, kFrom, kEnd, kAt, kCount, columns, width } = variables
  code.get(kFrom).set(kAt).get(scratch).set(columns)
  code.repeat(
    () => {
      setRest(variables, contractionBlock, kEnd, kAt, kCount)
      body()
      code.element(columns, kCount, width).set(columns)
    },
    () => code.push(kAt, contractionBlock).op('i32.add').tee(kAt).get(kEnd).op('i32.lt_u'),
  )
}

/** Packs the columns of B for the whole span. */
function packColumns(variables: Variables, { bytes, lanes }: ElementType, packRight: number): void {
  const { code, b, bRow, bColumn, kAt, kCount, jAt, jCount, width, columns } = variables
  // There is a panel of two vectors for each tile. What is left over takes a panel of one vector if that is enough.
  code.push(jCount, lanes - 1).op('i32.add')
  code.i32(-lanes).op('i32.and').i32(bytes).op('i32.mul').set(width)
  forEachBlock(variables, () => {
    code.element(b, kAt, bRow).offset(jAt, bColumn)
    code.get(bRow, bColumn, kCount, jCount, columns).call(packRight)
  })
}

/** Multiplies up to `tileRows` rows of A by the packed columns of a block, and adds the product to C. */
function multiplyRows(variables: Variables, bytes: number, functions: Functions, packByTables?: number): void {
  const { code, a, aRow, aColumn, c, m, n, kAt, kCount, jAt, jCount, i, rows } = variables
  const { packed, cRow, row, columns, target, tile } = variables
  setRest(variables, tileRows, m, i, rows)
  code.element(c, i, cRow).offset(jAt, bytes).set(target)
  const multiply = (index: number) => code.get(row, aRow, columns, kCount, target, cRow, jCount, kAt, tile).call(index)
  const multiplyPacked = () => {
    code.get(packed).set(row)
    for (const panel of functions.panels) {
      code.push(rows, panel.rows).op('i32.ge_s')
      code.if(() => {
        multiply(panel.index)
        code.advance(row, panel.rows * bytes).advance(rows, -panel.rows)
        code.element(target, cRow, panel.rows).set(target)
      })
    }
  }
  if (packByTables !== undefined) {
    code.get(a).element(aRow, i, 4).element(aColumn, kAt, 4).get(rows, kCount, packed).call(packByTables)
    return multiplyPacked()
  }
  code.element(a, i, aRow).offset(kAt, aColumn).set(row)
  code.push(aColumn, bytes).op('i32.eq').push(n, fewColumns).op('i32.le_s', 'i32.and')
  code.push(rows, tileRows).op('i32.eq', 'i32.and')
  code.if(
    () => multiply(functions.unpackedPanel),
    () => {
      code.get(row, aRow, aColumn, rows, kCount, packed).call(functions.packLeft)
      multiplyPacked()
    },
  )
}

/** Runs the epilogue, if there is one, on rows of C that the last span has completed. */
function runEpilogue(variables: Variables, type: number): void {
  const { code, epilogue, kEnd, k, m, i, rows, jAt, jCount } = variables
  code.push(epilogue, 0).op('i32.ge_s').get(kEnd, k).op('i32.eq', 'i32.and')
  code.if(() => {
    setRest(variables, tileRows, m, i, rows)
    code.get(i, rows, jAt, jCount, epilogue).callIndirect(type)
  })
}
