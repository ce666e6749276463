import type { DType } from '@cotangent/core'
import { sameShape, sizeOf } from '@cotangent/core/internal'

type Shape = readonly number[]

/** What a step does to its operands. */
export type Action =
  /** The same elements in row-major order. */
  | { readonly kind: 'reshape' }
  /** Axis i of the result is axis `permutation[i]` of the operand. */
  | { readonly kind: 'transpose'; readonly permutation: readonly number[] }
  /** Axis i of the operand, of equal size or of size 1, is axis `axes[i]` of the result. The axes ascend. */
  | { readonly kind: 'broadcast'; readonly axes: readonly number[] }
  /** Positions `start`, `start + stride`, ... below `limit` along each axis. */
  | {
      readonly kind: 'slice'
      readonly starts: readonly number[]
      readonly limits: readonly number[]
      readonly strides: readonly number[]
    }
  | { readonly kind: 'reverse'; readonly axes: readonly number[] }
  /** Zeros before and after each axis, and `interior` zeros between neighbours. */
  | {
      readonly kind: 'pad'
      readonly low: readonly number[]
      readonly high: readonly number[]
      readonly interior: readonly number[]
    }
  | { readonly kind: 'concat'; readonly axis: number }
  /** The elementwise sum of two operands, and `or` for bool. */
  | { readonly kind: 'add' }
  /** Where the first operand, a bool, is true the second, elsewhere the third. */
  | { readonly kind: 'select' }
  /** The sum over axes, which are dropped, and `or` for bool. */
  | { readonly kind: 'reduceSum'; readonly axes: readonly number[] }
  /** 0 everywhere, or 1: true for bool. */
  | { readonly kind: 'fill'; readonly value: 0 | 1 }
  /** int32 `offset + Σ index · strides` at each index: a sum of one iota for each axis of a stride that is not 0. */
  | { readonly kind: 'places'; readonly offset: number; readonly strides: readonly number[] }
  /** The elements of a vector at the places in the second operand. */
  | { readonly kind: 'gather' }
  /** A vector of zeros to which the elements of the first operand are added at the places in the second. */
  | { readonly kind: 'scatterAdd' }

/**
 * One step: what it does, the type of its result, and the positions of its operands. The positions count the inputs of
 * the move first, and then the steps.
 */
export type Step = Action & {
  readonly operands: readonly number[]
  readonly shape: Shape
  readonly dtype: DType
}

/** A move as steps, in order, and the position of its result. */
export interface StructuredMove {
  readonly steps: readonly Step[]
  readonly result: number
}

/** Appends steps. A step that would change nothing is left out: its operand takes its place. */
export class StepList {
  readonly #steps: Step[] = []

  constructor(
    private readonly inputs: readonly Shape[],
    private readonly dtype: DType,
  ) {}

  shapeOf(at: number): Shape {
    return at < this.inputs.length ? this.inputs[at] : this.#steps[at - this.inputs.length].shape
  }

  reshape(x: number, shape: Shape): number {
    const before = this.#steps[x - this.inputs.length]
    if (before?.kind === 'reshape') return this.reshape(before.operands[0], shape)
    return sameShape(shape, this.shapeOf(x)) ? x : this.#add({ kind: 'reshape' }, [x], shape)
  }

  transpose(x: number, permutation: readonly number[]): number {
    const shape = permutation.map((axis) => this.shapeOf(x)[axis])
    return permutation.every((axis, i) => axis === i) ? x : this.#add({ kind: 'transpose', permutation }, [x], shape)
  }

  broadcast(x: number, axes: readonly number[], shape: Shape): number {
    return sameShape(shape, this.shapeOf(x)) ? x : this.#add({ kind: 'broadcast', axes }, [x], shape)
  }

  slice(x: number, starts: readonly number[], limits: readonly number[], strides: readonly number[]): number {
    const before = this.shapeOf(x)
    const shape = starts.map((start, axis) => Math.ceil((limits[axis] - start) / strides[axis]))
    return sameShape(shape, before) ? x : this.#add({ kind: 'slice', starts, limits, strides }, [x], shape)
  }

  reverse(x: number, axes: readonly number[]): number {
    return axes.length === 0 ? x : this.#add({ kind: 'reverse', axes }, [x], this.shapeOf(x))
  }

  pad(x: number, low: readonly number[], high: readonly number[], interior: readonly number[]): number {
    const shape = this.shapeOf(x).map(
      (size, axis) => low[axis] + size + Math.max(0, size - 1) * interior[axis] + high[axis],
    )
    if (sameShape(shape, this.shapeOf(x))) return x
    return this.#add({ kind: 'pad', low, high, interior }, [x], shape, this.#dtypeOf(x))
  }

  concat(list: readonly number[], axis: number): number {
    if (list.length === 1) return list[0]
    const total = list.reduce((sum, each) => sum + this.shapeOf(each)[axis], 0)
    const shape = this.shapeOf(list[0]).map((size, at) => (at === axis ? total : size))
    return this.#add({ kind: 'concat', axis }, list, shape)
  }

  add(a: number, b: number): number {
    return this.#add({ kind: 'add' }, [a, b], this.shapeOf(a))
  }

  select(mask: number, a: number, b: number): number {
    return this.#add({ kind: 'select' }, [mask, a, b], this.shapeOf(a), this.dtype)
  }

  reduceSum(x: number, axes: readonly number[]): number {
    const shape = this.shapeOf(x).filter((_, axis) => !axes.includes(axis))
    return axes.length === 0 ? x : this.#add({ kind: 'reduceSum', axes }, [x], shape)
  }

  zeros(shape: Shape): number {
    return this.#add({ kind: 'fill', value: 0 }, [], shape, this.dtype)
  }

  /** A mask that is true everywhere. */
  trues(shape: Shape): number {
    return this.#add({ kind: 'fill', value: 1 }, [], shape, 'bool')
  }

  /** The elements of a vector at strided places. */
  gather(x: number, shape: Shape, offset: number, strides: readonly number[]): number {
    return this.#add({ kind: 'gather' }, [x, this.#places(shape, offset, strides)], shape)
  }

  /** A vector of zeros to which the elements are added at strided places. */
  scatterAdd(x: number, length: number, offset: number, strides: readonly number[]): number {
    return this.#add({ kind: 'scatterAdd' }, [x, this.#places(this.shapeOf(x), offset, strides)], [length])
  }

  /** The steps that the result depends on. */
  ending(result: number): StructuredMove {
    const count = this.inputs.length
    const used = new Set([result])
    for (let at = this.#steps.length - 1; at >= 0; at--)
      if (used.has(at + count)) this.#steps[at].operands.forEach((operand) => used.add(operand))
    const place = new Map(this.inputs.map((_, at) => [at, at]))
    const steps: Step[] = []
    this.#steps.forEach((step, at) => {
      if (!used.has(at + count)) return
      place.set(at + count, count + steps.length)
      steps.push({ ...step, operands: step.operands.map((operand) => place.get(operand)!) })
    })
    return { steps, result: place.get(result)! }
  }

  #places(shape: Shape, offset: number, strides: readonly number[]): number {
    return this.#add({ kind: 'places', offset, strides }, [], shape, 'int32')
  }

  #dtypeOf(at: number): DType {
    return at < this.inputs.length ? this.dtype : this.#steps[at - this.inputs.length].dtype
  }

  #add(action: Action, operands: readonly number[], shape: Shape, dtype?: DType): number {
    const own = dtype ?? this.#dtypeOf(operands[0])
    this.#steps.push({ ...action, operands, shape, dtype: own })
    return this.inputs.length + this.#steps.length - 1
  }
}

/** Whether a shape has elements. */
export const hasElements = (shape: Shape): boolean => sizeOf(shape) > 0
