import { zeros } from '../ops/creation'
import { reshapeTo } from '../ops/movement'
import { sliceWindow, stack } from '../ops/slicing'
import type { TensorType } from '../recording/op'
import type { Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'

/** Every `step`-th row of a stack, `count` of them, as an application. */
export function rowsOf(x: Tensor, from: number, count: number, step = 1): Tensor {
  const [, ...shape] = x.shape as Shape
  const [zeros, ones] = [shape.map(() => 0), shape.map(() => 1)]
  return sliceWindow(x, { start: [from, ...zeros], size: [count, ...shape], step: [step, ...ones] })
}

/** A row of a stack, as an application. */
export function rowAt(x: Tensor, at: number): Tensor {
  return reshapeTo(rowsOf(x, at, 1), { shape: (x.shape as Shape).slice(1) })
}

/** Rows as a stack; `type` is that of a row. */
export function stacked(rows: readonly Tensor[], { shape, dtype }: TensorType): Tensor {
  return rows.length === 0 ? zeros([0, ...shape], { dtype }) : stack([...rows])
}
