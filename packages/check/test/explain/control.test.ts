import { cond, greater, less, matmul, scan, sum, tanh, tensor, type Tensor, whileLoop } from '@cotangent/core'
import { explain } from '@cotangent/check'
import { expect, it } from 'vitest'

const f64 = { dtype: 'float64' } as const
const w = tensor([[0.3, -0.2], [0.5, 0.1]], f64) // prettier-ignore
const xs = tensor([[1, 2], [0.5, -1], [2, 0.3]], f64) // prettier-ignore

it('explains a model with loops and branches', () => {
  const step = (w: Tensor) => (h: Tensor, x: Tensor) => [tanh(matmul(h, w).add(x)), null] as [Tensor, null]
  const loops = (w: Tensor) => sum(scan(step(w), tensor([0, 0], f64), xs)[0])
  const until = (w: Tensor) =>
    sum(
      whileLoop(
        (h: Tensor) => less(sum(h), 9),
        (h: Tensor) => h.add(w),
        w,
        { maxSteps: 9 },
      ).value,
    )
  const branch = (w: Tensor) =>
    sum(
      cond(
        greater(sum(w), 0),
        (h: Tensor) => tanh(h),
        (h: Tensor) => h,
        w,
      ),
    )
  for (const f of [loops, until, branch]) {
    const explanation = explain(w, f)
    const text = String(explanation)
    expect(text).not.toMatch(/undefined|\[object|NaN/)
    expect(text, text).toContain('agree')
  }
})
