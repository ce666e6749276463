import { bodyOf } from '../kernels/work'
import { ones } from './creation'
import { defineOp, type DefinedOp } from '../recording/define'
import { vjpRule } from '../recording/law'
import { liftAxes } from '../recording/lift'
import { sizeOf } from '../values/shape'
import type { Tensor } from '../values/tensor'
import { mul } from './arithmetic'
import { anyShape, flipAxes, permuteAxes, reshapeTo } from './movement'
import { joinAlong, sliceWindow } from './slicing'

/** Reshapes `x` to rows `[outer, n]` with the reduced axes last. `restore` is the inverse. */
function asRows(x: Tensor, axes: readonly number[]): { rows: Tensor; restore: (rows: Tensor) => Tensor } {
  const order = [...x.shape.keys()].filter((axis) => !axes.includes(axis)).concat(axes)
  const moved = permuteAxes(x, { axes: order })
  const length = sizeOf(axes.map((axis) => x.shape[axis]))
  const outer = sizeOf(x.shape.filter((_: number, axis: number) => !axes.includes(axis)))
  return {
    rows: reshapeTo(moved, { shape: [outer, length] }),
    restore: (rows) =>
      permuteAxes(reshapeTo(rows, { shape: moved.shape }), { axes: order.map((_, axis) => order.indexOf(axis)) }),
  }
}

/** Shifts columns to the right: column j of the result is column j - by of `rows`, or 1 if j < by. */
function shifted(rows: Tensor, by: number): Tensor {
  const [outer, length] = rows.shape as readonly number[]
  const kept = sliceWindow(rows, { start: [0, 0], size: [outer, length - by], step: [1, 1] })
  return joinAlong(ones([outer, by], { dtype: rows.dtype }), kept, { axis: 1 })
}

/** The exclusive cumulative product of the columns, in log₂ n doubling steps. */
function productsBefore(rows: Tensor): Tensor {
  const length = rows.shape[1] as number
  let products = shifted(rows, Math.min(1, length))
  for (let by = 1; by < length; by *= 2) products = mul(products, shifted(products, by))
  return products
}

/** The product over `axes`, which are dropped. */
export const productAxes: DefinedOp<{ axes: readonly number[] }> = /* @__PURE__ */ defineOp({
  name: 'prod',
  inputs: 1,
  infer: ([{ shape, dtype }], { axes }) => ({ shape: shape.filter((_, axis) => !axes.includes(axis)), dtype }),
  body: bodyOf('reduce', ({ axes }) => ({ combine: 'product', axes })),
  law: vjpRule({
    // ∂(Π x)/∂xᵢ is the product of the other elements, (Π before i)(Π after i). Without division it is correct for
    // zeros.
    pullback: ([g], { inputs: [x], attributes: { axes } }) => {
      const { rows, restore } = asRows(x, axes)
      const after = flipAxes(productsBefore(flipAxes(rows, { axes: [1] })), { axes: [1] })
      const others = restore(mul(productsBefore(rows), after))
      const kept = x.shape.map((size: number, axis: number) => (axes.includes(axis) ? 1 : size))
      return [mul(others, reshapeTo(g, { shape: kept }))]
    },
  }),
  lift: liftAxes,
  domain: anyShape((shape, draw) => ({
    axes: draw.pick([shape.map((_, axis) => axis), shape.length > 0 ? [shape.length - 1] : []]),
  })),
})
