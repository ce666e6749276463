import { zeros } from '../ops/creation'
import { reshapeTo } from '../ops/movement'
import { sliceWindow, stack } from '../ops/slicing'
import type { TensorType } from '../recording/op'
import type { Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'

/** A row of a stack, as an application. */
export function rowAt(x: Tensor, at: number): Tensor {
  const [, ...shape] = x.shape as Shape
  const others = shape.map(() => 0)
  const row = sliceWindow(x, { start: [at, ...others], size: [1, ...shape], step: [1, ...others.map(() => 1)] })
  return reshapeTo(row, { shape })
}

/** Rows as a stack; `type` is that of a row. */
export function stacked(rows: readonly Tensor[], { shape, dtype }: TensorType): Tensor {
  return rows.length === 0 ? zeros([0, ...shape], { dtype }) : stack([...rows])
}
