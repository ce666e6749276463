import { bytesPerElement } from '../../../values/dtype'
import type { LoopKernel } from '../../../kernels/schedule'
import { store } from '../lanes/access'
import type { Code, Local } from '../format/code'
import { Elements } from '../lanes/vector-program'
import type { Emitter } from '../emitter'
import type { Space } from '../../../kernels/space'

/** A pointer with what it advances by along each outer axis, in bytes. */
export interface Walker {
  readonly pointer: Local
  readonly steps: readonly number[]
}

/** Runs `body` for every index of the outer axes, with the walkers in place. */
export function nest(code: Code, sizes: readonly number[], walkers: readonly Walker[], body: () => void): void {
  const level = (axis: number) => {
    if (axis === sizes.length) return body()
    code.count(code.local('i32'), sizes[axis], 1, () => {
      level(axis + 1)
      // What the inner axes walked is taken back together with the step along this one.
      const walked = (steps: readonly number[]) => (axis + 1 < sizes.length ? sizes[axis + 1] * steps[axis + 1] : 0)
      for (const { pointer, steps } of walkers) code.advance(pointer, steps[axis] - walked(steps))
    })
  }
  level(0)
}

/** Row-major steps in bytes along each outer axis of something that has `inner` elements for each of them. */
export function rowSteps(sizes: readonly number[], inner: number, bytes: number): number[] {
  return sizes.map((_, axis) => sizes.slice(axis + 1).reduce((product, size) => product * size, inner) * bytes)
}

/** What a loop needs to walk one row: its program, and pointers that move along while those to the row stay. */
export interface Row {
  readonly elements: Elements
  /** Where the stored values go. */
  readonly targets: readonly Local[]
  /** Goes to the beginning of the row to which `starts` point: reads first, then stores. */
  enter(starts: readonly Local[]): void
}

/** A row in which reads are `strides` elements apart. */
export function rowOf(emitter: Emitter, code: Code, kernel: LoopKernel, strides: readonly number[]): Row {
  const pointers = [...kernel.reads, ...kernel.stores].map(() => code.local('i32'))
  const cursors = strides.map((stride, read) => ({ pointer: pointers[read], stride }))
  const elements = new Elements(code, emitter.helpers, kernel.instructions, cursors)
  const enter = (starts: readonly Local[]) => {
    starts.forEach((start, i) => code.get(start).set(pointers[i]))
    elements.begin()
  }
  return { elements, targets: pointers.slice(kernel.reads.length), enter }
}

/** Writes the stored values of the last step, and moves past them. */
export function storeAll(code: Code, kernel: LoopKernel, elements: Elements, targets: readonly Local[]): void {
  kernel.stores.forEach(({ value }, write) => {
    const dtype = elements.dtypeOf(value)
    store(code, dtype, targets[write], elements.quadOf(value))
    code.advance(targets[write], 4 * bytesPerElement(dtype))
  })
}

/**
 * Pointers to what is read and stored, `outer` leading axes deep; what is stored has `inner` elements below them. They are the
 * first parameters of a loop's function, in this order.
 */
export function walkersOf(
  emitter: Emitter,
  kernel: LoopKernel,
  space: Space,
  outer: number,
  inner: number,
): { readers: Walker[]; writers: Walker[] } {
  const readers = kernel.reads.map(({ buffer }, read) => {
    const bytes = emitter.bytesOf(buffer)
    return { pointer: read, steps: space.strides[read].slice(0, outer).map((stride) => stride * bytes) }
  })
  const writers = kernel.stores.map(({ buffer }, write) => {
    const steps = rowSteps(space.shape.slice(0, outer), inner, emitter.bytesOf(buffer))
    return { pointer: readers.length + write, steps }
  })
  return { readers, writers }
}
