import type { BufferId } from '../../../kernels/schedule'
import type { Code, Local } from '../format/code'
import type { Cursor, LoopCursors } from './loop-nest'
import type { RangeFunction, Summation } from './partial-sums'

/** Cursors that go along the reduced axes, in row-major order. */
export interface ReducedCursors extends LoopCursors {
  /** The index of element `from` along the innermost reduced axis. */
  readonly column: Local
  /** Takes the cursors to the next element. */
  nextElement(): void
  /** Takes the cursors from the end of a row along the innermost reduced axis to the beginning of the next one. */
  nextRow(): void
}

/** Cursors on element `from` along the reduced axes, in new locals. */
export function cursorsFrom(
  { emitter, kernel, space }: Summation,
  { code, from, pointers }: RangeFunction,
): ReducedCursors {
  const sizes = space.shape.slice(...space.reduced)
  const indices = indicesOf(code, from, sizes)
  const { reads, stores } = kernel
  const cursor = (start: Local, buffer: BufferId, strides: readonly number[]): Cursor => {
    const steps = strides.slice(...space.reduced).map((stride) => stride * emitter.bytesOf(buffer))
    const pointer = code.local()
    code.push(indices[0], steps[0]).op('i32.mul').get(start).op('i32.add')
    steps.slice(1).forEach((step, i) => code.offset(indices[i + 1], step))
    code.set(pointer)
    return { pointer, steps }
  }
  const readers = reads.map(({ buffer }, read) => cursor(pointers[read], buffer, space.strides[read]))
  const writers = stores.map(({ buffer }, i) => cursor(pointers[reads.length + i], buffer, space.rows))

  const next = (axis: number): void => {
    for (const { pointer, steps } of [...readers, ...writers])
      code.advance(pointer, steps[axis - 1] - sizes[axis] * steps[axis])
    if (axis > 1) stepAlong(axis - 1)
  }
  const stepAlong = (axis: number): void => {
    code.advance(indices[axis], 1).get(indices[axis]).i32(sizes[axis]).op('i32.eq')
    code.if(() => {
      code.i32(0).set(indices[axis])
      next(axis)
    })
  }
  const innermost = sizes.length - 1
  return {
    readers,
    writers,
    column: indices[innermost],
    nextRow: () => next(innermost),
    nextElement() {
      for (const { pointer, steps } of [...readers, ...writers]) code.advance(pointer, steps[innermost])
      if (innermost > 0) stepAlong(innermost)
    },
  }
}

/** The index along each axis of element `from` in row-major order. */
function indicesOf(code: Code, from: Local, sizes: readonly number[]): readonly Local[] {
  if (sizes.length === 1) return [from]
  const indices = code.locals(sizes.length)
  code.get(from).set(indices[0])
  for (let axis = sizes.length - 1; axis > 0; axis--) {
    code.get(indices[0]).i32(sizes[axis]).op('i32.rem_u').set(indices[axis])
    code.get(indices[0]).i32(sizes[axis]).op('i32.div_u').set(indices[0])
  }
  return indices
}
