import type { Code, Local } from '../format/code'
import { loadQuad, newQuad, type Quad, quadBytes, storeQuad } from '../lanes/quad'
import { innerLoopOf, storeResults } from './loop-nest'
import { combine, identityQuad, type PartialSum, type RangeFunction, type Summation } from './partial-sums'
import { cursorsFrom } from './reduced-axes'

/** Writes a leaf block of rows. Row i is combined into accumulator i modulo 8, which is a row in scratch memory. */
export function emitLeafOfRows(summation: Summation, range: RangeFunction): void {
  const { emitter, kernel, space, width, sums, accumulators } = summation
  const { code, from, to, target } = range
  const { readers, writers, nextElement } = cursorsFrom(summation, range)
  const strides = space.strides.map((list) => list[space.reduced[1]])
  const { program, targets, enter } = innerLoopOf(emitter, code, kernel, strides)
  const cursors = [...readers, ...writers]
  const [at, accumulator] = code.locals(2)
  for (const sum of sums.list) clearAccumulators(summation, code, sum)
  code.get(from).set(at)
  code.repeat(
    () => {
      code.get(at, from).op('i32.sub').i32(7).op('i32.and')
      code.i32(sums.bytes).op('i32.mul').i32(accumulators).op('i32.add').set(accumulator)
      const places = sums.list.map(({ offset }) => {
        const place = code.local()
        code.push(accumulator, offset).op('i32.add').set(place)
        return place
      })
      enter(cursors.map(({ pointer }) => pointer))
      code.times(width, 4, () => {
        program.step()
        sums.list.forEach((sum, i) => accumulate(summation, code, sum, places[i], program.quadOf(sum.value)))
        storeResults(code, kernel, program, targets)
      })
      nextElement()
    },
    () => code.push(at, 1).op('i32.add').tee(at).get(to).op('i32.lt_s'),
  )
  for (const sum of sums.list) combineAccumulators(summation, code, sum, target)
}

/** Combines four elements into those at `place`, and advances past them. */
function accumulate({ emitter }: Summation, code: Code, sum: PartialSum, place: Local, value: Quad): void {
  const total = newQuad(code, sum.dtype)
  loadQuad(code, place, total)
  combine(emitter, code, sum, total, total, value)
  storeQuad(code, place, total)
  code.advance(place, quadBytes(sum.dtype))
}

/** Fills the eight accumulators of a reduction with the identity element. */
function clearAccumulators({ sums, accumulators }: Summation, code: Code, sum: PartialSum): void {
  const identity = identityQuad(code, sum)
  const [row, at, end] = code.locals(3)
  const nextOffset = sums.list.find(({ offset }) => offset > sum.offset)?.offset ?? sums.bytes
  code.i32(accumulators + sum.offset).set(row)
  code.times(8, 1, () => {
    code.get(row).tee(at)
    code.i32(nextOffset - sum.offset).op('i32.add')
    code.set(end)
    code.repeat(
      () => {
        storeQuad(code, at, identity)
        code.advance(at, quadBytes(sum.dtype))
      },
      () => code.get(at, end).op('i32.lt_u'),
    )
    code.advance(row, sums.bytes)
  })
}

/** Computes `((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7))` of the eight accumulators. */
function combineAccumulators(summation: Summation, code: Code, sum: PartialSum, target: Local): void {
  const { emitter, width, sums, accumulators } = summation
  const [row, to] = code.locals(2)
  code.i32(accumulators + sum.offset).set(row)
  code.push(target, sum.offset).op('i32.add').set(to)
  const combined = (first: number, count: number): Quad => {
    const quad = newQuad(code, sum.dtype)
    if (count === 1) loadQuad(code, row, quad, first * sums.bytes)
    else {
      const half = count / 2
      combine(emitter, code, sum, quad, combined(first, half), combined(first + half, half))
    }
    return quad
  }
  code.times(width, 4, () => {
    storeQuad(code, to, combined(0, 8))
    code.advance(row, quadBytes(sum.dtype)).advance(to, quadBytes(sum.dtype))
  })
}
