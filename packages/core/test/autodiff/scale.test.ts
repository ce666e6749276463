import { add, compile, grad, mul, sin, sub, sum, tensor, type Tensor, trace, vjp } from '@cotangent/core'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapAfter(run: () => void): number {
  run()
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

describe('memory', () => {
  it('is the same after 2,500 and after 25,000 training steps', () => {
    const x = tensor([1, 2, 3]) as Tensor
    const train = (steps: number) => {
      let w = tensor([0, 0, 0]) as Tensor
      for (let step = 0; step < steps; step++)
        w = sub(w, grad((v: Tensor) => sum(mul(sub(v, x), sub(v, x))))(w).mul(0.1)) as Tensor
      return w
    }
    train(2_000)
    const small = heapAfter(() => train(2_500))
    const large = heapAfter(() => train(25_000))
    // A leak of one object a step would take more than 1 MB.
    expect(large - small).toBeLessThan(300_000)
  }, 60_000)

  it('does not hold on to what a transform recorded, through intermediates that the user kept', () => {
    const kept: Tensor[] = []
    const heaps = [1, 2].map(() =>
      heapAfter(() => {
        for (let i = 0; i < 200; i++)
          grad((x: Tensor) => {
            const long = Array.from({ length: 20 }).reduce<Tensor>((y) => add(y, 1) as Tensor, x)
            const small = sum(long) as Tensor
            kept.push(small)
            return small
          })(tensor(new Float32Array(1000)) as Tensor)
      }),
    )
    // 200 chains of 20 tensors of 4 kB would be 16 MB.
    expect(heaps[1] - heaps[0]).toBeLessThan(1_000_000)
    expect(kept.every((tensor) => tensor.producer === null)).toBe(true)
  })

  it('of a program is not held by results that were read', () => {
    const kept: Tensor[] = []
    const { external } = process.memoryUsage()
    const program = (size: number) => {
      const result = compile((x: Tensor) => x.mul(2).sub(x))(tensor(new Float32Array(size)) as Tensor)
      kept.push(result as Tensor)
      void result.data
    }
    for (let i = 0; i < 40; i++) program(500)
    heapAfter(() => program(500))
    // Each program has 64 kB at least.
    expect(process.memoryUsage().external - external).toBeLessThan(1_000_000)
    expect(kept).toHaveLength(41)
  })

  it('lets an enclosing transform keep what it needs until it ends', () => {
    const inner: Tensor[] = []
    const second = grad((x: Tensor) =>
      grad((y: Tensor) => {
        const z = sin(y) as Tensor
        inner.push(z)
        return z
      })(x),
    )(tensor(1, { dtype: 'float64' }) as Tensor)
    expect(second.item()).toBeCloseTo(-Math.sin(1), 15)
    expect(inner.every((tensor) => tensor.producer === null)).toBe(true)
  })

  it('keeps the graph of a pullback alive, and nothing after it', () => {
    const [, pullback] = vjp((x: Tensor) => mul(sin(x), x) as Tensor, tensor(2, { dtype: 'float64' }) as Tensor)
    collect()
    expect(pullback(tensor(1, { dtype: 'float64' }) as Tensor)[0].item()).toBeCloseTo(Math.sin(2) + 2 * Math.cos(2), 15)
  })
})

describe('deep graphs', () => {
  const depth = 40_000
  const chain = (x: Tensor, w: Tensor) => {
    let y = x
    for (let i = 0; i < depth / 2; i++) y = add(mul(y, w), x) as Tensor
    return y
  }

  it('differentiate, trace, print and run with 40,000 nodes, and in linear time', () => {
    const [x, w] = [tensor(1, { dtype: 'float64' }) as Tensor, tensor(0.5, { dtype: 'float64' }) as Tensor]
    // y = x Σ wⁱ, so that dy/dx = 1 / (1 - w) and dy/dw = x / (1 - w)².
    const gradient = grad(chain, { argument: [0, 1] })
    expect(gradient(x, w).map((each) => each.item())).toEqual([2, 4])
    const graph = trace(gradient, x, w)
    expect(graph.nodes.length).toBeGreaterThan(2 * depth)
    expect(String(graph).split('\n').length).toBeGreaterThan(2 * depth)
    expect(graph.cost().flops).toBeGreaterThan(2 * depth)
    expect((graph.run(x, w) as Tensor[]).map((each) => each.item())).toEqual([2, 4])
  }, 60_000)
})
