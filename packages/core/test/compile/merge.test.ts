// Which loops become one kernel. That bits stay the same is tested on random graphs.

import { checkpoint, cholesky, compile, grad, hvp, ones, sin, sum, tensor, type Tensor } from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const x: Tensor = ones([6, 50])
const y: Tensor = ones([6, 50])
const loops = (f: (...args: any[]) => unknown, ...args: Tensor[]) =>
  compile(f)
    .explain(...args)
    .kernels.filter((kernel) => kernel.includes('loop [6, 50]'))

describe('loops over the same elements', () => {
  it('are one kernel if they read one tensor', () => {
    expect(loops((a: Tensor, b: Tensor) => [a.mul(2), a.add(b), a.sub(3)], x, y)).toHaveLength(1)
  })

  it('are one kernel if one reads the other, and what else it reads is known before', () => {
    const f = (a: Tensor, b: Tensor) => {
      const mean = a.mul(0.9).add(b)
      const rate = sum(b).exp()
      return [mean, a.sub(mean.mul(rate))]
    }
    // The sum of b, and everything else.
    expect(loops(f, x, y)).toHaveLength(2)
  })

  it('stay apart if they share nothing', () => {
    expect(loops((a: Tensor, b: Tensor) => [a.mul(2), b.mul(2)], x, y)).toHaveLength(2)
  })

  it('stay apart if one needs the other through a third kernel', () => {
    const f = (a: Tensor) => {
      const doubled = a.mul(2)
      return [doubled, a.add(sum(doubled))]
    }
    expect(loops(f, x)).toHaveLength(2)
    expect(Array.from((compile(f)(x)[1] as Tensor).data)).toEqual(Array.from((f(x)[1] as Tensor).data))
  })

  it('stay apart if a checkpoint computes one of them again', () => {
    const body = (a: Tensor) => a.exp().mul(a).exp()
    const counts = (f: (a: Tensor) => Tensor) => compile((a: Tensor) => [f(a), grad((b: Tensor) => sum(f(b)))(a)])
    const again = counts(checkpoint(body)).explain(x)
    const once = counts(body).explain(x)
    expect(again.kernels.length).toBeGreaterThan(once.kernels.length)
  })
})

it('keeps the order of loops through a long chain of merges', () => {
  // A level that was left too low once made two loops need each other, and the compiler did not return.
  const a: Tensor = tensor([[4, 1], [1, 3]], { dtype: 'float64' }) // prettier-ignore
  const second = (x: Tensor) => hvp((y: Tensor) => sum(sin(cholesky(y))), x, x)
  expect(Array.from(compile(second)(a).data)).toEqual(Array.from(second(a).data))
})
