import { compile, grad, sum, tensor, type Tensor, vmap, cond, switchCase } from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { type Run, drawn, needSame, loop, hostOp, t } from './compiled-loops'

describe('compiled branches', () => {
  const branches = [
    (x: Tensor) => [t(x.mul(2)), t(sum(x))],
    (x: Tensor) =>
      loop(([c], [row]) => [[t(c.add(row))], []], [t(sum(x))], [x])
        .concat(x)
        .reverse(),
    (x: Tensor) => [x, t(tensor(3))],
  ]
  const f: Run = (index, x) => switchCase(index as never, branches as never, x as never) as unknown as Tensor[]

  it('run the one of their index', () => {
    for (const index of [-3, 0, 1, 2, 7]) {
      needSame(f, [t(tensor(index, { dtype: 'int32' })), ...drawn(1, [[5]])])
      const loss = (i: Tensor) => (x: Tensor) => t(sum(t(f(i, x)[0]).square()).add(f(i, x)[1]))
      needSame((i, x) => [t(grad(loss(i))(x))], [t(tensor(index, { dtype: 'int32' })), ...drawn(1, [[5]])])
    }
  })

  it('run in loops, and for batches', () => {
    const step = (c: Tensor, row: Tensor) => t(cond(t(sum(c).less(sum(row))) as never, () => t(c.add(row)), () => t(c.mul(0.5)))) // prettier-ignore
    const g: Run = (h, x) => loop(([c], [row]) => [[step(c, row)], [c]], [h], [x])
    needSame(g, drawn(8, [[5]], [[7, 5]]))
    needSame((h, x) => [t(grad((a: Tensor) => t(sum(g(a, x)[0])))(h))], drawn(8, [[5]], [[7, 5]]))
    needSame((h, x) => vmap((a: Tensor) => g(a, x))(h), drawn(8, [[3, 5]], [[7, 5]]))
  })

  it('do not run the others', () => {
    let calls = 0
    const counting = hostOp('counting', (x) => (calls++, x))
    const chosen = compile((p: Tensor, x: Tensor) => t(cond(p as never, () => counting(x), () => x))) // prettier-ignore
    const [x] = drawn(1, [[3]])
    chosen(t(tensor(false)), x).toArray()
    expect(calls).toBe(0)
    chosen(t(tensor(true)), x).toArray()
    expect(calls).toBe(3)
  })
})
