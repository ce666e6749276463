import type { Combine, Position } from '../../../kernels/work'
import type { LoopKernel, Reduction } from '../../../kernels/schedule'
import type { DType } from '../../../values/dtype'
import type { Code, Local } from '../format/code'
import type { Emitter } from '../emitter'
import { emitters } from '../lanes/lanes'
import { type Context, type Quad, vectorsOf } from '../lanes/quad'
import { anything } from '../lanes/ranges'
import type { Walker } from './loop-nest'
import type { Space } from '../../../kernels/space'

/** Elements that go round the lanes; longer runs are halved first. */
export const runLength = 128

/** Reductions for which there is code. */
export type VectorCombine = Exclude<Combine, Position>

/** How two elements are combined, and what changes none. */
export interface Combination {
  readonly instruction: 'add' | 'mul' | 'max' | 'min'
  readonly mask?: 'or' | 'and'
  identity(dtype: DType): number
}

/** The combinations by the reductions that they are of. */
export const combinations: Record<VectorCombine, Combination> = {
  sum: { instruction: 'add', identity: () => 0 },
  product: { instruction: 'mul', identity: () => 1 },
  maximum: {
    instruction: 'max',
    mask: 'or',
    identity: (dtype) => (dtype === 'bool' ? 0 : dtype === 'int32' ? -(2 ** 31) : -Infinity),
  },
  minimum: {
    instruction: 'min',
    mask: 'and',
    identity: (dtype) => (dtype === 'bool' ? 1 : dtype === 'int32' ? 2 ** 31 - 1 : Infinity),
  },
}

/** One reduction of a kernel with its place on a level of the stack of partial results. */
export interface Part {
  readonly combination: Combination
  readonly dtype: DType
  readonly value: number
  /** Where its partial results begin on a level. */
  readonly offset: number
}

/** One level of partial results: for each reduction its row of `width` elements, in quads. */
export class Level {
  readonly parts: readonly Part[]
  readonly bytes: number

  constructor({ reductions, instructions }: LoopKernel, width: number) {
    let offset = 0
    this.parts = reductions.map(({ value, combine }: Reduction) => {
      const { dtype } = instructions[value]
      const part = { combination: combinations[combine as VectorCombine], dtype, value, offset }
      offset += Math.ceil(width / 4) * 16 * vectorsOf(dtype)
      return part
    })
    this.bytes = offset
  }
}

/** For instructions on values of which nothing is known but their dtype. */
export function plainContext({ helpers }: Emitter, code: Code, dtype: DType): Context {
  return { code, helpers, dtype, from: dtype, constantOf: () => undefined, rangeOf: () => anything }
}

/** `out = a combined with b`. */
export function combine(emitter: Emitter, code: Code, { combination, dtype }: Part, out: Quad, a: Quad, b: Quad): void {
  const context = plainContext(emitter, code, dtype)
  const name = dtype === 'bool' ? combination.mask! : combination.instruction
  emitters[name](context, out, [a, b])
}

/** Reads four elements of a partial result. */
export function loadQuad(code: Code, pointer: Local, out: Quad, offset = 0): void {
  out.forEach((local, vector) =>
    code
      .get(pointer)
      .memory('v128.load', offset + 16 * vector)
      .set(local),
  )
}

/** Writes four elements of a partial result. */
export function storeQuad(code: Code, pointer: Local, value: Quad, offset = 0): void {
  value.forEach((local, vector) => code.get(pointer, local).memory('v128.store', offset + 16 * vector))
}

/** Places of what is read and stored, as many steps along the reduced axis as `from` says. */
export function startAt(
  emitter: Emitter,
  kernel: LoopKernel,
  space: Space,
  code: Code,
): { readers: Walker[]; writers: Walker[] } {
  const axis = space.reducedAxis
  const width = space.shape.slice(axis + 1).reduce((product, size) => product * size, 1)
  const walker = (parameter: number, step: number): Walker => {
    const pointer = code.local('i32')
    code
      .get(0)
      .i32(step)
      .op('i32.mul')
      .get(3 + parameter)
      .op('i32.add')
      .set(pointer)
    return { pointer, steps: [step] }
  }
  const readers = kernel.reads.map(({ buffer }, read) =>
    walker(read, space.strides[read][axis] * emitter.bytesOf(buffer)),
  )
  const writers = kernel.stores.map(({ buffer }, write) =>
    walker(kernel.reads.length + write, width * emitter.bytesOf(buffer)),
  )
  return { readers, writers }
}
