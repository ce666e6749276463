import {
  add,
  checkpoint,
  grad,
  key,
  matmul,
  mean,
  normal,
  scaledDotProductAttention,
  scan,
  sum,
  swapAxes,
  tanh,
  trace,
  type Tensor,
  whileLoop,
  zeros,
} from '@cotangent/core'
import { lower, type NestedIr, type Repeat } from '@cotangent/core/internal'
import { gru, lstm, mse, rnn } from '@cotangent/nn'
import { describe, expect, it } from 'vitest'
import { toStableHLO } from '../../src'
import { sumsAfter } from '../../src/lowering/sums'

/** All loops of a computation, those in the bodies of others too. */
function loopsIn({ values }: NestedIr): readonly Repeat<NestedIr>[] {
  return values.flatMap(({ definition }) => [
    ...(definition.kind === 'repeat' ? [definition] : []),
    ...('bodies' in definition ? definition.bodies.flatMap(loopsIn) : []),
  ])
}

/** The shapes of the carries of each loop that become sums after it. */
const summed = (f: (...args: any[]) => unknown, ...args: unknown[]) =>
  loopsIn(lower(trace(f, ...args))).map((loop) =>
    sumsAfter(loop).carries.map(({ carry }) => loop.bodies[0].values[loop.bodies[0].outputs[carry]].shape),
  )

const xs = normal(key(1), [6, 4, 3])
const w = normal(key(2), [3, 3])
const h = zeros([4, 3])
const step = (h: Tensor, x: Tensor, w: Tensor): [Tensor, Tensor] => {
  const next = tanh(add(matmul(h, w), x))
  return [next, next]
}

describe('sums of the steps of a loop', () => {
  it.each([
    ['rnn', rnn(3, 5, { key: key(3) }), [[[5, 5]]]],
    ['gru', gru(3, 5, { key: key(3) }), [[[15], [5, 15]]]],
    ['lstm', lstm(3, 5, { key: key(3) }), [[[5, 20]]]],
  ] as const)('are the derivatives of the weights of an %s', (_, layer, expected) => {
    const loss = (m: any, x: Tensor) => mse(m.forward(x), zeros([4, 6, 5]))
    const found = summed(grad(loss), layer, normal(key(4), [4, 6, 3]))
    const sorted = found.filter((list) => list.length > 0).map((list) => list.toSorted((a, b) => a.length - b.length))
    expect(sorted).toEqual(expected)
  })

  it('are one product after the loop, over steps and examples', () => {
    const text = toStableHLO(
      trace(
        grad((w: Tensor) => sum(scan((h: Tensor, x: Tensor) => step(h, x, w), h, xs)[1])),
        w,
      ),
    )
    expect(text).toMatch(/dot_general .* contracting_dims = \[[01], [01]\] x \[[01], [01]\], .*-> tensor<3x3xf32>/)
  })

  it('are sums of any axes, in a loop with other carries', () => {
    const f = (xs: Tensor) =>
      scan(
        ({ a, b, c, d }: Record<string, Tensor>, x: Tensor) => [
          {
            a: add(a, matmul(swapAxes(x, 0, 1), x)),
            b: b.add(sum(x)),
            c: add(add(sum(x, { axis: 0 }), c), sum(tanh(x), { axis: 0 })),
            d: tanh(d),
          },
          null,
        ],
        { a: zeros([3, 3]), b: zeros([]), c: zeros([3]), d: zeros([2]) },
        xs,
      )[0] as never
    expect(summed(f, xs)).toEqual([[[3, 3], [], [3]]])
  })

  it.each([
    ['a step reads the carry', (a: Tensor, x: Tensor) => [add(a, matmul(x, w)), sum(a)]],
    ['a step multiplies the carry', (a: Tensor, x: Tensor) => [add(a.mul(0.9), matmul(x, w)), null]],
    ['a step adds what is no sum', (a: Tensor, x: Tensor) => [add(a, tanh(x)), null]],
    ['a product has a captured factor', (a: Tensor, x: Tensor) => [add(a, matmul(x, w)), null]],
  ] as [string, (a: Tensor, x: Tensor) => [Tensor, unknown]][])('stay carries where %s', (_, body) => {
    expect(summed((w: Tensor, xs: Tensor) => [w, scan(body as never, h, xs)], w, xs).flat()).toEqual([])
  })

  it('stay carries of a loop that may end early', () => {
    const body = ({ a, x }: { a: Tensor; x: Tensor }) => ({ a: add(a, matmul(x, x)), x: tanh(x) })
    const f = (x: Tensor) => whileLoop(({ a }) => sum(a).less(3), body, { a: zeros([3, 3]), x }, { maxSteps: 9 })
    expect(summed(f, w)).toEqual([[]])
  })

  it('stay carries where rows would take more memory than the loop reads, as in attention by blocks', () => {
    const f = (q: Tensor, k: Tensor) => sum(scaledDotProductAttention(q, k, k, { block: 4 }))
    const [q, k] = [normal(key(5), [64, 2]), normal(key(6), [64, 2])]
    const found = summed(grad(f, { argument: [0, 1] }), q, k)
    expect(found.length).toBeGreaterThan(0)
    expect(found.flat()).toEqual([])
  })

  it('are derivatives also where the steps are computed again', () => {
    const cell = checkpoint((h: Tensor, x: Tensor, w: Tensor) => step(h, x, w))
    const loss = (w: Tensor) => mean(scan((h: Tensor, x: Tensor) => cell(h, x, w), h, xs)[1])
    expect(summed(grad(loss), w).flat()).toEqual([[3, 3]])
  })
})
