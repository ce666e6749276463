import {
  checkpoint,
  defineOp,
  elementwiseDomain,
  grad,
  hvp,
  key,
  map,
  mul,
  normal,
  scan,
  sin,
  sum,
  type Tensor,
  treeLeaves,
  vjpRule,
  whileLoop,
  less,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const f64 = { dtype: 'float64' } as const
const xs: Tensor = normal(key(1), [7, 3], f64)
const h0: Tensor = normal(key(2), [3], f64)

let calls = 0
/** The square, which counts how often it is computed. Its rule reads its value's square root, the input. */
const counted = defineOp({
  name: 'counted',
  inputs: 1,
  infer: ([x]) => x,
  kernel: ([x], out) => {
    calls++
    for (let i = 0; i < out.data.length; i++) out.data[i] = x.data[i] ** 2
  },
  law: vjpRule({ pullback: ([g], { inputs: [x] }) => [mul(g, mul(x, 2))] }),
  domain: elementwiseDomain([{ min: -2, max: 2 }]),
})

/** How often the op is computed in a call. */
function count(f: () => unknown): number {
  calls = 0
  f()
  return calls
}

const step = (h: Tensor, x: Tensor): [Tensor, Tensor] => {
  const next = sin(counted(h).add(x))
  return [next, next.mul(h)]
}

describe('reverse mode of a loop', () => {
  it('computes each step once', () => {
    const loss = (h: Tensor) => sum(scan(step, h, xs)[1])
    expect(count(() => grad(loss)(h0))).toBe(7)
    expect(count(() => grad((h: Tensor) => grad(loss)(h).sum())(h0))).toBe(7)
    // Forward mode carries the values beside their tangents.
    expect(count(() => hvp(loss, h0, h0))).toBe(14)
  })

  it('computes each step of a loop in a loop once', () => {
    const inner = (h: Tensor, x: Tensor): Tensor => sum(scan(step, h, mul(xs, x))[1])
    const loss = (h: Tensor) => sum(map((x) => inner(h, x), xs))
    expect(count(() => grad(loss)(h0))).toBe(49)
  })

  it('computes each step of a loop with a condition once', () => {
    const loss = (h: Tensor) =>
      sum(
        whileLoop(
          (h: Tensor) => less(sum(h), 100),
          (h: Tensor) => counted(h).add(1),
          h,
          { maxSteps: 50 },
        ).value,
      )
    const steps = count(() => loss(h0))
    expect(count(() => grad(loss)(h0))).toBe(steps)
  })

  it.each([1, 2, 3, 6, 7, 10])('computes each step twice if it keeps every %s-th carry', (residuals) => {
    for (const reverse of [false, true]) {
      const loss = (h: Tensor) => sum(scan(step, h, xs, { residuals, reverse })[1])
      const all = (h: Tensor) => sum(scan(step, h, xs, { reverse })[1])
      expect(count(() => grad(loss)(h0))).toBe(14)
      expect(grad(loss)(h0)).toEqual(grad(all)(h0))
      const [value, same] = [residuals, 'all' as const].map((kept) => scan(step, h0, xs, { residuals: kept, reverse }))
      expect(treeLeaves(value)).toEqual(treeLeaves(same))
    }
  })

  it('keeps nothing of what a checkpoint computes', () => {
    const body = checkpoint(step)
    const loss = (h: Tensor) => sum(scan((h: Tensor, x: Tensor) => body(h, x), h, xs)[1])
    expect(count(() => grad(loss)(h0))).toBe(14)
  })

  it('is not prepared in forward mode', () => {
    const loss = (h: Tensor) => sum(scan(step, h, xs)[1])
    expect(count(() => loss(h0))).toBe(7)
  })
})
