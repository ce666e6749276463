import { bytesPerElement, type DType, isFloat } from '../../../values/dtype'
import type { Position } from '../../../kernels/work'
import type { Lines } from '../../../kernels/space'
import { load, newQuad } from '../lanes/access'
import { Code, type Local } from '../format/code'
import type { Emitter } from '../emitter'
import { converted, isWithin, keptAs } from './rows'
import { accesses } from '../moves/move'
import { combinations } from '../loops/partial-sums'

/** Lines that are summed at the same time, as each addition waits for the one before it in its line. */
const linesAtOnce = 4

/** Elements that are compared with an extreme at once. */
const blockLength = 16

/** Floats are kept in float64, in which they compare and add as they should; others as integers. */
function scalarOf(dtype: DType): 'f64' | 'i32' {
  return isFloat(dtype) ? 'f64' : 'i32'
}

/** Whether an element is within an extreme; NaN, on either side, is not. */
const comparisons = {
  argmaximum: { f64: 'f64.le', i32: 'i32.le_s' },
  argminimum: { f64: 'f64.ge', i32: 'i32.ge_s' },
} as const

const splats = { float32: 'f32x4.splat', float64: 'f64x2.splat', int32: 'i32x4.splat' } as const

function loadScalar(code: Code, dtype: DType, pointer: Local, offset = 0): Code {
  code.get(pointer).memory(accesses[dtype][0], offset)
  return dtype === 'float32' ? code.op('f64.promote_f32') : code
}

/** Running sums of lines whose elements are neighbours. */
export function emitScan(emitter: Emitter, { outer, length }: Lines, from: DType, to: DType): number {
  const code = new Code(['i32', 'i32'])
  const [input, output] = [0, 1]
  const type = scalarOf(from)
  const zero = code.local(type)
  const sumLines = (lines: number) => {
    const totals = Array.from({ length: lines }, () => code.local(type))
    for (const total of totals) code.get(zero).set(total)
    code.count(code.local('i32'), length, 1, () => {
      totals.forEach((total, line) => {
        const at = line * length
        code.get(output)
        loadScalar(code, from, input, at * bytesPerElement(from))
          .get(total)
          .op(`${type}.add`)
          .tee(total)
        if (to === 'float32') code.op('f32.demote_f64')
        code.memory(accesses[to][1], at * bytesPerElement(to))
      })
      code.advance(input, bytesPerElement(from)).advance(output, bytesPerElement(to))
    })
    const passed = (lines - 1) * length
    code.advance(input, passed * bytesPerElement(from)).advance(output, passed * bytesPerElement(to))
  }
  const groups = Math.floor(outer / linesAtOnce)
  if (groups > 0) code.count(code.local('i32'), groups, 1, () => sumLines(linesAtOnce))
  if (outer % linesAtOnce > 0) code.count(code.local('i32'), outer % linesAtOnce, 1, () => sumLines(1))
  return emitter.module.add(code)
}

/**
 * Positions of the first extremes of lines whose elements are neighbours. Elements are compared one by one only where a block has
 * one that is not within the extreme so far.
 */
export function emitPosition(emitter: Emitter, { outer, length }: Lines, work: Position, dtype: DType): number {
  const code = new Code(['i32', 'i32'])
  const [input, output] = [0, 1]
  const type = scalarOf(dtype)
  const [x, best] = [code.local(type), code.local(type)]
  const [at, position] = [code.local('i32'), code.local('i32')]
  const compareEach = (count: number) => {
    code.count(code.local('i32'), count, 1, () => {
      loadScalar(code, dtype, input).tee(x).get(best).op(comparisons[work][type], 'i32.eqz')
      code.if(() => {
        // Nothing is beyond the first NaN.
        code.get(best, best).op(`${type}.eq`)
        code.if(() => code.get(x).set(best).get(at).set(position))
      })
      code.advance(input, bytesPerElement(dtype)).advance(at, 1)
    })
  }
  const kept = keptAs(work, dtype)
  const start = combinations[work === 'argmaximum' ? 'maximum' : 'minimum'].identity(kept)
  const bound = newQuad(code, kept)
  const cursor = code.local('i32')
  const setBound = () => {
    code.get(best)
    if (dtype === 'float32') code.op('f32.demote_f64')
    code.op(splats[kept])
    for (const local of bound) code.tee(local)
    code.op('drop')
  }
  const areWithin = () => {
    const quad = newQuad(code, dtype)
    const within = code.local('v128')
    code.get(input).set(cursor)
    for (let i = 0; i < blockLength; i += 4) {
      load(code, dtype, 1, cursor, quad)
      isWithin(emitter, code, work, kept, converted(emitter, code, quad, dtype, kept), bound, within)
      code.get(within)
      if (i > 0) code.op('v128.and')
      code.advance(cursor, 4 * bytesPerElement(dtype))
    }
    code.op('i32x4.all_true')
  }
  const blocks = Math.floor(length / blockLength)
  code.count(code.local('i32'), outer, 1, () => {
    if (type === 'f64') code.f64(start)
    else code.i32(start)
    code.set(best).i32(0).tee(at).set(position)
    if (blocks > 0) {
      setBound()
      code.count(code.local('i32'), blocks, 1, () => {
        areWithin()
        code.if(
          () => code.get(cursor).set(input).advance(at, blockLength),
          () => {
            compareEach(blockLength)
            setBound()
          },
        )
      })
    }
    if (length % blockLength > 0) compareEach(length % blockLength)
    code.get(output, position).memory('i32.store').advance(output, 4)
  })
  return emitter.module.add(code)
}
