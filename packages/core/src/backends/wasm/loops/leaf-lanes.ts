import type { Emitter } from '../emitter'
import type { Code, Local } from '../format/code'
import { plainContext } from '../lanes/context'
import { vectorCode } from '../lanes/lanes'
import { copyQuad, newQuad, type Quad, storeQuad } from '../lanes/quad'
import { VectorProgram } from '../lanes/vector-program'
import { storeResults } from './loop-nest'
import { combine, identityQuad, type PartialSum, type RangeFunction, type Summation } from './partial-sums'
import { cursorsFrom } from './reduced-axes'

/** The eight accumulators of one reduction: the lanes of two quads, which take turns. */
interface Accumulators {
  readonly sum: PartialSum
  readonly identity: Quad
  /** The quad that the next four elements are combined into, and the other one. They change places after each step. */
  readonly next: Quad
  readonly other: Quad
}

/**
 * Writes a leaf block along the innermost axis. Four adjacent elements are combined into the two quads in turn. If
 * several axes are reduced, a row of the innermost one is a multiple of four elements long.
 */
export function emitLeafOfLanes(summation: Summation, range: RangeFunction): void {
  const { emitter, kernel, space, sums } = summation
  const { code, from, to, target } = range
  const [first, end] = space.reduced
  const axis = end - 1
  const { readers, writers, column, nextRow } = cursorsFrom(summation, range)
  const inputs = readers.map(({ pointer }, read) => ({ pointer, stride: space.strides[read][axis] }))
  const program = new VectorProgram(code, emitter.helpers, kernel.instructions, inputs)
  const accumulators = newAccumulators(code, sums.list)
  const at = code.local()
  const mask = code.local('v128')
  const hasTail = space.shape[axis] % 4 !== 0
  const fourBy = (end: Local) => {
    program.begin()
    code.repeat(
      () => {
        program.step()
        if (hasTail) maskBelow(code, at, to, mask)
        for (const each of accumulators)
          accumulate(emitter, code, each, program.quadOf(each.sum.value), hasTail ? mask : null)
        const targets = writers.map(({ pointer }) => pointer)
        storeResults(code, kernel, program, targets)
      },
      () => code.push(at, 4).op('i32.add').tee(at).get(end).op('i32.lt_s'),
    )
  }
  code.get(from).set(at)
  if (first === axis) fourBy(to)
  else {
    const [rowEnd, blockEnd] = code.locals(2)
    code.get(from, column).op('i32.sub').set(rowEnd)
    code.repeat(
      () => {
        code.advance(rowEnd, space.shape[axis])
        code.get(rowEnd, to).get(rowEnd, to).op('i32.lt_s', 'select').set(blockEnd)
        fourBy(blockEnd)
        nextRow()
      },
      () => code.get(at, to).op('i32.lt_s'),
    )
  }
  // After an odd number of steps the two quads have changed places.
  code.get(at, from).op('i32.sub').i32(4).op('i32.and')
  code.if(() => accumulators.forEach((each) => changePlaces(code, each)))
  for (const { sum, next, other } of accumulators) {
    for (const quad of [next, other]) combineLanes(emitter, code, sum, quad)
    combine(emitter, code, sum, next, next, other)
    storeQuad(code, target, next, sum.offset)
  }
}

function newAccumulators(code: Code, sums: readonly PartialSum[]): Accumulators[] {
  const identities = sums.map((sum) => identityQuad(code, sum))
  return sums.map((sum, i) => {
    const [next, other] = [newQuad(code, sum.dtype), newQuad(code, sum.dtype)]
    for (const quad of [next, other]) copyQuad(code, identities[i], quad)
    return { sum, identity: identities[i], next, other }
  })
}

/** Sets the mask of the four elements from `at` on that are before `end`. */
function maskBelow(code: Code, at: Local, end: Local, mask: Local): void {
  code
    .get(at)
    .op('i32x4.splat')
    .vector(Int32Array.of(0, 1, 2, 3))
  code.op('i32x4.add').get(end).op('i32x4.splat', 'i32x4.lt_s').set(mask)
}

/** Combines four elements into the next quad; where the mask is not set, the identity element replaces them. */
function accumulate(emitter: Emitter, code: Code, each: Accumulators, value: Quad, mask: Local | null): void {
  const { sum, identity, next, other } = each
  const counted = mask === null ? value : newQuad(code, sum.dtype)
  if (mask !== null)
    vectorCode.select(plainContext(emitter.helpers, code, sum.dtype), counted, [[mask], value, identity])
  const combined = newQuad(code, sum.dtype)
  combine(emitter, code, sum, combined, next, counted)
  copyQuad(code, other, next)
  copyQuad(code, combined, other)
}

function changePlaces(code: Code, { sum, next, other }: Accumulators): void {
  const kept = newQuad(code, sum.dtype)
  copyQuad(code, next, kept)
  copyQuad(code, other, next)
  copyQuad(code, kept, other)
}

/** For `shuffle`: swaps adjacent 32-bit lanes, or the 64-bit halves. */
const swapNeighbours = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11]
const swapHalves = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]

/** Computes `(0 + 1) + (2 + 3)` of four elements, in the first of them. */
function combineLanes(emitter: Emitter, code: Code, sum: PartialSum, quad: Quad): void {
  const other = newQuad(code, sum.dtype)
  const combineWithShuffled = (bytes: readonly number[]) => {
    quad.forEach((local, vector) => code.get(local, local).shuffle(bytes).set(other[vector]))
    combine(emitter, code, sum, quad, quad, other)
  }
  if (quad.length === 1) {
    combineWithShuffled(swapNeighbours)
    combineWithShuffled(swapHalves)
  } else {
    combineWithShuffled(swapHalves)
    copyQuad(code, [quad[1], quad[0]], other)
    combine(emitter, code, sum, quad, quad, other)
  }
}
