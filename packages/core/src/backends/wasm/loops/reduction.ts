import { leafBlock } from '../../../kernels/numerics'
import type { LoopKernel } from '../../../kernels/schedule'
import type { Space } from '../../../kernels/space'
import { bytesPerElement } from '../../../values/dtype'
import { sizeOf } from '../../../values/shape'
import type { Emitter } from '../emitter'
import { Code, functionOf, type Local } from '../format/code'
import { storeElements, storeFirstElement } from '../lanes/access'
import { loadQuad, newQuad, quadBytes, storeQuad } from '../lanes/quad'
import { emitLeafOfLanes } from './leaf-lanes'
import { emitLeafOfRows } from './leaf-rows'
import { type Cursor, loopCursors, loopNest, rowMajorSteps } from './loop-nest'
import { combine, type PartialSum, PartialSums, type Summation } from './partial-sums'

/**
 * Adds the function of a loop that reduces axes, by pairwise summation in the order that the numerics specification
 * fixes:
 *
 * - A leaf block of up to 128 elements has eight accumulators. Element i is combined into accumulator i modulo 8. In
 *   the end the accumulators are combined pairwise.
 * - A longer range is cut in two, at the multiple of 8 at or below its half. A recursive function combines the two
 *   parts. Their partial sums stand on a stack in scratch memory.
 *
 * If the innermost axis is reduced, the accumulators are the lanes of two quads (`leaf-lanes.ts`). Otherwise each
 * element is a whole row of the innermost axis, and so is each accumulator (`leaf-rows.ts`).
 */
export function emitReduction(emitter: Emitter, kernel: LoopKernel, space: Space): number {
  const [first, end] = space.reduced
  const outer = space.shape.slice(0, first)
  const length = lengthOf(space)
  const inner = space.shape.slice(end)
  const width = sizeOf(inner)
  const sums = new PartialSums(kernel, width)
  const depth = 2 + Math.max(0, 32 - Math.clz32(Math.ceil(length / leafBlock)))
  const accumulatorBytes = inner.length > 0 ? 8 * sums.bytes : 0
  const accumulators = emitter.scratch(sums.bytes * depth + accumulatorBytes)
  const stack = accumulators + accumulatorBytes

  const code = new Code()
  const { readers, writers } = loopCursors(emitter, code, kernel, space, first)
  const results = sums.list.map(({ dtype }): Cursor => ({
    pointer: code.parameter(),
    steps: rowMajorSteps(outer, width, bytesPerElement(dtype)),
  }))
  const combineRange = emitRange({ emitter, kernel, space, width, sums, accumulators })
  const index = emitter.module.add(code)
  loopNest(code, outer, [...readers, ...writers, ...results], () => {
    code.push(0, length, stack, ...[...readers, ...writers].map(({ pointer }) => pointer)).call(combineRange)
    sums.list.forEach((sum, i) => {
      if (inner.length > 0) copyRow(code, sum, stack, width, results[i].pointer)
      else copyElement(code, sum, stack, results[i].pointer)
    })
  })
  return index
}

/** Copies a finished sum from the stack to its output. */
function copyElement(code: Code, { dtype, offset }: PartialSum, stack: number, output: Local): void {
  const from = code.local()
  const quad = newQuad(code, dtype)
  code.i32(stack + offset).set(from)
  loadQuad(code, from, quad)
  storeFirstElement(code, dtype, output, quad)
}

/** Copies a finished row of sums from the stack to its output, in the storage format of its dtype. */
function copyRow(code: Code, { dtype, offset }: PartialSum, stack: number, width: number, output: Local): void {
  const from = code.local()
  const quad = newQuad(code, dtype)
  code.i32(stack + offset).set(from)
  const target = code.local()
  code.get(output).set(target)
  code.times(width, 4, () => {
    loadQuad(code, from, quad)
    storeElements(code, dtype, target, quad)
    code.advance(from, quadBytes(dtype)).advance(target, 4 * bytesPerElement(dtype))
  })
}

/** The number of elements that one result combines. */
const lengthOf = ({ shape, reduced }: Space): number => sizeOf(shape.slice(...reduced))

/** Adds the recursive function that combines a range: a leaf block, or two halves. */
function emitRange(summation: Summation): number {
  const { emitter, kernel, space, sums } = summation
  const { code, from, to, target } = functionOf('from', 'to', 'target')
  const pointers = [...kernel.reads, ...kernel.stores].map(() => code.parameter())
  const range = { code, from, to, target, pointers }
  const index = emitter.module.add(code)
  const leaf = () =>
    space.reduced[1] === space.shape.length ? emitLeafOfLanes(summation, range) : emitLeafOfRows(summation, range)
  if (lengthOf(space) <= leafBlock) {
    leaf()
    return index
  }
  const middle = code.local()
  code.get(to, from).op('i32.sub').i32(leafBlock).op('i32.gt_s')
  code.if(() => {
    code.get(to, from).op('i32.sub').i32(1).op('i32.shr_s').i32(-8).op('i32.and').get(from).op('i32.add').set(middle)
    code.get(from, middle, target, ...pointers).call(index)
    code.push(middle, to, target, sums.bytes).op('i32.add')
    code.get(...pointers).call(index)
    for (const sum of sums.list) combineHalves(summation, code, sum, target)
  }, leaf)
  return index
}

/** Combines the partial sums at `target` with those of the second half, which follow on the stack. */
function combineHalves({ emitter, width, sums }: Summation, code: Code, sum: PartialSum, target: Local): void {
  const at = code.local()
  const [a, b] = [newQuad(code, sum.dtype), newQuad(code, sum.dtype)]
  code.push(target, sum.offset).op('i32.add').set(at)
  code.times(width, 4, () => {
    loadQuad(code, at, a)
    loadQuad(code, at, b, sums.bytes)
    combine(emitter, code, sum, a, a, b)
    storeQuad(code, at, a)
    code.advance(at, quadBytes(sum.dtype))
  })
}
