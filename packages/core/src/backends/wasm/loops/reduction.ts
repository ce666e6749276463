import type { LoopKernel } from '../../../kernels/schedule'
import { bytesPerElement } from '../../../values/dtype'
import { newQuad, store, storeFirst } from '../lanes/access'
import { Code, type Local } from '../format/code'
import type { Emitter } from '../emitter'
import { vectorsOf } from '../lanes/quad'
import { nest, rowSteps, type Walker, walkersOf } from './loop-nest'
import { combine, Level, loadQuad, type Part, runLength, storeQuad } from './partial-sums'
import { emitLanes } from './leaf-lanes'
import { emitRows } from './leaf-rows'
import type { Space } from '../../../kernels/space'

/**
 * A loop that reduces one axis in the order of the canon: up to 128 elements go round eight lanes; more are cut in two at the
 * multiple of 8 at or below half, by a function that calls itself. Partial results stand on a stack in scratch memory.
 *
 * Where the reduced axis is the innermost, the lanes are those of two quads. Else the rows below it are combined whole: row i
 * of a run into row i modulo 8 of eight rows of lanes.
 */
export function emitReduction(emitter: Emitter, kernel: LoopKernel, space: Space): number {
  const axis = space.reducedAxis
  const outer = space.shape.slice(0, axis)
  const count = space.shape[axis]
  const inner = space.shape.slice(axis + 1)
  const width = inner.reduce((product, size) => product * size, 1)
  const level = new Level(kernel, width)
  const depth = 2 + Math.max(0, 32 - Math.clz32(Math.ceil(count / runLength)))
  const lanes = emitter.scratch(level.bytes * (depth + (inner.length > 0 ? 8 : 0)))
  const stack = lanes + (inner.length > 0 ? 8 * level.bytes : 0)

  const { readers, writers } = walkersOf(emitter, kernel, space, axis, count * width)
  const given = readers.length + writers.length
  const results = level.parts.map(({ dtype }, i): Walker => ({
    pointer: given + i,
    steps: rowSteps(outer, width, bytesPerElement(dtype)),
  }))
  const code = new Code([...readers, ...writers, ...results].map(() => 'i32'))
  const tree = emitTree(emitter, kernel, space, level, lanes)
  const index = emitter.module.add(code)
  nest(code, outer, [...readers, ...writers, ...results], () => {
    code.i32(0).i32(count).i32(stack)
    code.get(...[...readers, ...writers].map(({ pointer }) => pointer)).call(tree)
    level.parts.forEach((part, i) => copyOut(code, part, stack, width, results[i].pointer, inner.length > 0))
  })
  return index
}

/** Writes a finished row from the stack to its output, in the storage of its dtype. */
function copyOut(code: Code, part: Part, stack: number, width: number, to: Local, isRow: boolean): void {
  const from = code.local('i32')
  const quad = newQuad(code, part.dtype)
  code.i32(stack + part.offset).set(from)
  if (!isRow) {
    loadQuad(code, from, quad)
    return storeFirst(code, part.dtype, to, quad)
  }
  const target = code.local('i32')
  code.get(to).set(target)
  code.count(code.local('i32'), width, 4, () => {
    loadQuad(code, from, quad)
    store(code, part.dtype, target, quad)
    code.advance(from, 16 * vectorsOf(part.dtype)).advance(target, 4 * bytesPerElement(part.dtype))
  })
}

/** The function `(from, to, level, ...pointers)` that leaves the combined elements `[from, to)` on a level. */
function emitTree(emitter: Emitter, kernel: LoopKernel, space: Space, level: Level, lanes: number): number {
  const pointers = kernel.reads.length + kernel.stores.length
  const code = new Code(Array.from({ length: 3 + pointers }, () => 'i32' as const))
  const index = emitter.module.add(code)
  const [from, to, target] = [0, 1, 2]
  const given = Array.from({ length: pointers }, (_, i) => 3 + i)
  const leaf = () =>
    space.reducedAxis === space.shape.length - 1
      ? emitLanes(emitter, kernel, space, level, code)
      : emitRows(emitter, kernel, space, level, code, lanes)
  if (space.shape[space.reducedAxis] <= runLength) {
    leaf()
    return index
  }
  const middle = code.local('i32')
  code.get(to, from).op('i32.sub').i32(runLength).op('i32.gt_s')
  code.if(() => {
    code.get(to, from).op('i32.sub').i32(1).op('i32.shr_s').i32(-8).op('i32.and').get(from).op('i32.add').set(middle)
    code.get(from, middle, target, ...given).call(index)
    code.get(middle, to, target).i32(level.bytes).op('i32.add')
    code.get(...given).call(index)
    for (const part of level.parts) combineLevels(emitter, code, part, target, level, space)
  }, leaf)
  return index
}

/** Combines a level with the next one. */
function combineLevels(emitter: Emitter, code: Code, part: Part, target: Local, level: Level, space: Space): void {
  const width = space.shape.slice(space.reducedAxis + 1).reduce((product, size) => product * size, 1)
  const at = code.local('i32')
  const [a, b] = [newQuad(code, part.dtype), newQuad(code, part.dtype)]
  code.get(target).i32(part.offset).op('i32.add').set(at)
  code.count(code.local('i32'), width, 4, () => {
    loadQuad(code, at, a)
    loadQuad(code, at, b, level.bytes)
    combine(emitter, code, part, a, a, b)
    storeQuad(code, at, a)
    code.advance(at, 16 * vectorsOf(part.dtype))
  })
}
