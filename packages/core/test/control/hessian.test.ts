import { compile, hessian, less, scan, sum, tensor, type Tensor, where } from '@cotangent/core'
import { expect, it } from 'vitest'

// A mask that turns out to be true everywhere is left out of a derivative. What the steps pass on has places for it.
it('a Hessian through a loop whose masks are true at times', () => {
  const step = ({ c, k }: { c: Tensor; k: Tensor }, p: Tensor) => ({
    c: where(less(sum(c), 4), c.add(k), c),
    k: k.mul(p),
  })
  const f = (p: Tensor) =>
    sum(
      scan((carry: { c: Tensor; k: Tensor }) => [step(carry, p), null], { c: p, k: p.mul(p) }, null, { length: 2 })[0]
        .c,
    )
  const p = tensor([0.5, 0.2], { dtype: 'float64' })
  // f(p) = p + p² + p³, summed.
  const expected = [2 + 6 * 0.5, 0, 0, 2 + 6 * 0.2]
  for (const found of [hessian(f)(p), compile(hessian(f))(p)])
    [...(found as Tensor).data].forEach((value, i) => expect(value).toBeCloseTo(expected[i], 14))
})
