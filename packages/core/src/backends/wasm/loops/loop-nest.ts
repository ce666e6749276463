import type { BufferId, LoopKernel, View } from '../../../kernels/schedule'
import type { Space } from '../../../kernels/space'
import { bytesPerElement } from '../../../values/dtype'
import type { Emitter } from '../emitter'
import type { Code, Local } from '../format/code'
import { storeElements } from '../lanes/access'
import { VectorProgram } from '../lanes/vector-program'

/** A pointer that a loop nest moves: by `steps[axis]` bytes for each step along an axis. */
export interface Cursor {
  readonly pointer: Local
  readonly steps: readonly number[]
}

/** The pointers of a loop to the buffers that it reads, and to those that it stores to. */
export interface LoopCursors {
  readonly readers: readonly Cursor[]
  readonly writers: readonly Cursor[]
}

/** Runs `body` for each index of the axes, with the cursors on its elements. */
export function loopNest(code: Code, sizes: readonly number[], cursors: readonly Cursor[], body: () => void): void {
  const loop = (axis: number) => {
    if (axis === sizes.length) return body()
    code.times(sizes[axis], 1, () => {
      loop(axis + 1)
      // One addition steps along this axis and returns to the beginning of the next inner one.
      const wayBack = (steps: readonly number[]) => (axis + 1 < sizes.length ? sizes[axis + 1] * steps[axis + 1] : 0)
      for (const { pointer, steps } of cursors) code.advance(pointer, steps[axis] - wayBack(steps))
    })
  }
  loop(0)
}

/** The row-major steps in bytes along axes, if each index of all of them has `inner` elements. */
export function rowMajorSteps(sizes: readonly number[], inner: number, bytes: number): number[] {
  return sizes.map((_, axis) => sizes.slice(axis + 1).reduce((product, size) => product * size, inner) * bytes)
}

/** The innermost loop: its program, and pointers that move along the axis while those of the loop nest stay. */
export interface InnerLoop {
  readonly program: VectorProgram
  /** Where the stored values go. */
  readonly targets: readonly Local[]
  /** Moves the pointers to `starts`, the beginning of the axis: those of reads first, then those of stores. */
  enter(starts: readonly Local[]): void
}

/** Where a read finds its element: so many elements behind that of the read at position `leader`. */
interface Shared {
  readonly leader: number
  readonly distance: number
}

/** Reads of one buffer by the same strides move together. The one with the smallest offset leads the others. */
export function sharedPointers(reads: readonly View[]): readonly Shared[] {
  const leaders = new Map<string, number>()
  const keys = reads.map(({ buffer, strides }) => `${buffer} ${strides.join()}`)
  keys.forEach((key, read) => {
    const leader = leaders.get(key)
    if (leader === undefined || reads[read].offset < reads[leader].offset) leaders.set(key, read)
  })
  return reads.map(({ offset }, read) => {
    const leader = leaders.get(keys[read])!
    return { leader, distance: offset - reads[leader].offset }
  })
}

/** An inner loop whose reads have the given strides. */
export function innerLoopOf(emitter: Emitter, code: Code, kernel: LoopKernel, strides: readonly number[]): InnerLoop {
  const pointers = code.locals(kernel.reads.length + kernel.stores.length)
  const inputs = sharedPointers(kernel.reads).map(({ leader, distance }, read) => ({
    pointer: pointers[leader],
    stride: strides[read],
    offset: distance * emitter.bytesOf(kernel.reads[read].buffer),
  }))
  const program = new VectorProgram(code, emitter.helpers, kernel.instructions, inputs)
  const enter = (starts: readonly Local[]) => {
    starts.forEach((start, i) => {
      if (i >= kernel.reads.length || inputs[i].pointer === pointers[i]) code.get(start).set(pointers[i])
    })
    program.begin()
  }
  return { program, targets: pointers.slice(kernel.reads.length), enter }
}

/** Stores the values of the last four elements, and advances the targets past them. */
export function storeResults(code: Code, kernel: LoopKernel, program: VectorProgram, targets: readonly Local[]): void {
  kernel.stores.forEach(({ value }, i) => {
    const dtype = program.dtypeOf(value)
    storeElements(code, dtype, targets[i], program.quadOf(value))
    code.advance(targets[i], 4 * bytesPerElement(dtype))
  })
}

/**
 * Adds the parameters of a loop's function that point to what it reads and stores, in this order. The loop nest covers
 * the first `outer` axes.
 */
export function loopCursors(
  emitter: Emitter,
  code: Code,
  kernel: LoopKernel,
  space: Space,
  outer: number,
): LoopCursors {
  const cursor = (buffer: BufferId, strides: readonly number[]): Cursor => {
    const bytes = emitter.bytesOf(buffer)
    return { pointer: code.parameter(), steps: strides.slice(0, outer).map((stride) => stride * bytes) }
  }
  const readers = kernel.reads.map(({ buffer }, read) => cursor(buffer, space.strides[read]))
  const writers = kernel.stores.map(({ buffer }) => cursor(buffer, space.rows))
  return { readers, writers }
}
