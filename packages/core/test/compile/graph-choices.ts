import * as core from '@cotangent/core'
import type { Tensor } from '@cotangent/core'

/** Chooses by drawn numbers alone, so that every run of a graph chooses the same. */
export interface Chooser {
  /** From 0 to `count` - 1. */
  number(count: number): number
  of<T>(list: readonly T[]): T
  /** A tensor among those computed so far, of those that fit. */
  tensor(fits?: (x: Tensor) => boolean): Tensor | undefined
}

/** Elements up to which results may grow, and products of a contraction. */
export const largest = 70_000
export const largestContraction = 400_000

export const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1)
export const isFloat = ({ dtype }: Tensor) => dtype === 'float32' || dtype === 'float64'
export const hasElements = (x: Tensor) => x.size > 0

/** The shape of two that broadcast, where it is not too large. */
export function joint(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length)
  const shape: number[] = []
  for (let axis = 0; axis < rank; axis++) {
    const [m, n] = [a[a.length - rank + axis] ?? 1, b[b.length - rank + axis] ?? 1]
    if (m !== n && m !== 1 && n !== 1) return undefined
    shape.push(m === 1 ? n : m)
  }
  return sizeOf(shape) <= largest ? shape : undefined
}

/** `b` in a dtype that may stand beside that of `a`. */
export function beside(a: Tensor, b: Tensor): Tensor {
  const isMixed = (a.dtype === 'int32' && isFloat(b)) || (b.dtype === 'int32' && isFloat(a))
  return isMixed ? b.astype(a.dtype) : b
}

export function pair(choose: Chooser): [Tensor, Tensor] {
  const a = choose.tensor()!
  const b = beside(
    a,
    choose.tensor((x) => joint(a.shape, x.shape) !== undefined)!,
  )
  return choose.number(2) === 0 ? [a, b] : [b, a]
}

export function axesOf(choose: Chooser, { rank }: Tensor): number | number[] | undefined {
  const all = Array.from({ length: rank }, (_, axis) => axis)
  const kind = choose.number(4)
  if (rank === 0 || kind === 0) return undefined
  if (kind < 3) return choose.number(2 * rank) - rank
  return all.filter(() => choose.number(2) === 1)
}

/** Indices below `count`, from any tensor. */
export function indicesFrom(x: Tensor, count: number): Tensor {
  return core.remainder(core.maximum(x.astype('int32'), 0), count) as Tensor
}

export const narrowed = (choose: Chooser, size: number): core.Range => {
  const kind = choose.number(4)
  if (kind === 0) return null
  if (kind === 1 && size > 0) return [choose.number(size)]
  return [choose.number(size + 1), choose.number(2) === 0 ? size : choose.number(size + 1), 1 + choose.number(3)]
}
