import {
  averagePool,
  compile,
  conv2d,
  fold,
  grad,
  max,
  maxPool,
  min,
  prod,
  sum,
  tensor,
  type Tensor,
  unfold,
  vmap,
  zeros,
} from '@cotangent/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../../test/effort'
import { needSameBits } from '../../backends/same-bits'

type DType = 'float32' | 'float64' | 'int32'

const filled = (shape: readonly number[], dtype: DType, salt = 0): Tensor => {
  const size = shape.reduce((product, each) => product * each, 1)
  const numbers = Float64Array.from({ length: size }, (_, i) => ((i * 7919 + salt) % 1009) / 101 - 5)
  return tensor(numbers, { shape: [...shape] }).astype(dtype) as Tensor
}

const convolutions = fc.record({
  n: fc.integer({ min: 1, max: 2 }),
  sizes: fc.tuple(fc.integer({ min: 5, max: 11 }), fc.integer({ min: 5, max: 11 })),
  kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  channels: fc.constantFrom(1, 2, 3, 4, 8),
  out: fc.constantFrom(1, 3, 4, 9),
  groups: fc.constantFrom(1, 1, 2),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  padding: fc.constantFrom('same' as const, 'valid' as const, 1),
  dtype: fc.constantFrom('float32' as const, 'float64' as const),
})

describe('compiled convolutions', () => {
  it('have the bits of eager ones, with their gradients, in both layouts', () => {
    fc.assert(
      fc.property(convolutions, ({ n, sizes: [h, w], kernel, channels, out, groups, dtype, ...options }) => {
        const f = (layout: 'NHWC' | 'NCHW') => (x: Tensor, k: Tensor) =>
          conv2d(x, k, { ...options, groups, layout }) as Tensor
        const lists = {
          NHWC: [filled([n, h, w, channels * groups], dtype), filled([...kernel, channels, out * groups], dtype, 5)],
          NCHW: [filled([n, channels * groups, h, w], dtype), filled([out * groups, channels, ...kernel], dtype, 5)],
        }
        for (const layout of ['NHWC', 'NCHW'] as const) {
          const given = lists[layout] as [Tensor, Tensor]
          const loss = ([x, k]: readonly Tensor[]) => sum(f(layout)(x, k).square()) as Tensor
          needSameBits(layout, [compile(f(layout))(...given)], [f(layout)(...given)])
          needSameBits(`${layout} gradient`, compile(grad(loss))(given) as Tensor[], grad(loss)(given) as Tensor[])
        }
      }),
      { numRuns: runs(12) },
    )
  })

  it('write no windows to memory', () => {
    const [x, k] = [zeros([2, 8, 8, 4]), zeros([3, 3, 4, 8])]
    const step = compile((a: Tensor, b: Tensor) => {
      const loss = ([c, d]: readonly Tensor[]) => sum((conv2d(c, d, { padding: 'same' }) as Tensor).square()) as Tensor
      return grad(loss)([a, b])
    })
    const { kernels } = step.explain(x, k)
    expect(kernels.filter((kernel) => kernel.includes('unfold'))).toEqual([])
  })
})

it('convolves integers exactly', () => {
  const x = tensor(
    [
      [[1], [2]],
      [[3], [2_000_000_000]],
    ],
    { dtype: 'int32' },
  )
  const k = tensor([[[[2]], [[3]]]], { dtype: 'int32' })
  expect(conv2d(x, k).toArray()).toEqual([[[8]], [[(3 * 2 + 3 * 2_000_000_000) | 0]]])
})

it('batches convolutions of shared and of own kernels', () => {
  const [x, k] = [filled([3, 5, 5, 2], 'float64'), filled([3, 2, 2, 2, 4], 'float64', 3)]
  const f = (a: Tensor, b: Tensor) => conv2d(a, b, { padding: 'same' }) as Tensor
  const each = (i: number, tensor: Tensor) => tensor.slice([i, i + 1]).reshape([...tensor.shape.slice(1)]) as Tensor
  const ways = [
    { in: [0, 0], one: (i: number) => f(each(i, x), each(i, k)) },
    { in: [0, null], one: (i: number) => f(each(i, x), each(0, k)) },
    { in: [null, 0], one: (i: number) => f(each(0, x), each(i, k)) },
  ]
  for (const way of ways) {
    const given = way.in.map((axis, i) => (axis === null ? each(0, [x, k][i]) : [x, k][i]))
    const all = (vmap(f, { in: way.in as [number, number] }) as (...args: Tensor[]) => Tensor)(...given)
    for (let i = 0; i < 3; i++) needSameBits(String(way.in), [each(i, all)], [way.one(i)])
  }
})

describe('pools', () => {
  it('share the derivative of a maximum among ties, and never choose padding', () => {
    const x = tensor([[-1, -1, -2, -3], [-1, -1, -5, -3]], { dtype: 'float64' }).reshape([2, 4, 1]) // prettier-ignore
    expect(maxPool(x, 2).reshape([2]).toArray()).toEqual([-1, -2])
    const slopes = grad((y: Tensor) => sum(maxPool(y, 2)) as Tensor)(x as Tensor)
    expect(slopes.reshape([2, 4]).toArray()).toEqual([[0.25, 0.25, 1, 0], [0.25, 0.25, 0, 0]]) // prettier-ignore
    expect(maxPool(x, 3, { stride: 2, padding: 1 }).reshape([2]).toArray()).toEqual([-1, -1])
  })

  it('do not count padding in a mean, and keep infinities where they are', () => {
    const x = tensor([1, 2, 3, Infinity], { dtype: 'float64' }).reshape([4, 1])
    expect(averagePool(x, [3], { stride: 1, padding: 1 }).reshape([4]).toArray()).toEqual([1.5, 2, Infinity, Infinity])
  })

  it('take windows over integers too', () => {
    const x = tensor(Int32Array.of(-5, -7, -9), { shape: [3, 1] })
    expect(maxPool(x, [2], { stride: 1, padding: [[1, 0]] }).toArray()).toEqual([[-5], [-5], [-7]])
  })
})

it('folding windows counts how often each element is in one', () => {
  const x = filled([1, 5, 2], 'float64')
  const windows = unfold(x, [3])
  expect(windows.shape).toEqual([1, 3, 3, 2])
  expect((fold(windows as Tensor, [5]) as Tensor).div(x).reshape([5, 2]).toArray()).toEqual(
    [1, 2, 3, 2, 1].map((count) => [count, count]),
  )
})

describe('reductions over few elements', () => {
  const drawn = fc.record({
    shape: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 4 }),
    axes: fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
    combine: fc.constantFrom(sum, max, min, prod),
    dtype: fc.constantFrom('float32' as const, 'float64' as const, 'int32' as const),
    zeros: fc.boolean(),
    joins: fc.boolean(),
  })

  it('have the bits of the interpreter, signs of zeros included', () => {
    fc.assert(
      fc.property(drawn, ({ shape, axes, combine, dtype, zeros: isZero, joins }) => {
        const axis = [...new Set(axes.map((each) => each % shape.length))]
        const full = filled([...shape, 9], dtype)
        const x = isZero && dtype !== 'int32' ? full.mul(-0) : full
        const y = filled([...shape, 1], dtype, 4)
        const f = (a: Tensor, b: Tensor) => combine((joins ? a.mul(b) : a) as Tensor, { axis }) as Tensor
        needSameBits('compiled', [compile(f)(x as Tensor, y)], [f(x as Tensor, y)])
      }),
      { numRuns: runs(60) },
    )
  })
})
