import * as core from '@cotangent/core'
import { key, matmul, normal, splitKey, tensor, type Tensor, uniform } from '@cotangent/core'
import { checkGradients } from '@cotangent/check'
import * as nn from '@cotangent/nn'
import { describe, expect, it } from 'vitest'

const keys = splitKey(key(77), 200)
let used = 0
const nextKey = () => keys[used++]

type Case = [name: string, f: (...args: any[]) => unknown, args: any[]]

/** Where each function is smooth. */
const intervals: Record<string, [low: number, high: number]> = {
  ...{ log: [0.1, 5], log2: [0.1, 5], log1p: [-0.9, 3], sqrt: [0.1, 4], reciprocal: [0.2, 3], tan: [-1.2, 1.2] },
  ...{ asin: [-0.9, 0.9], acos: [-0.9, 0.9], atanh: [-0.9, 0.9], acosh: [1.1, 5] },
}
const names =
  'exp expm1 log log1p log2 sqrt square reciprocal sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf erfc sigmoid softplus gelu silu logSoftmax softmax neg'.split(
    ' ',
  )
const smooth: Case[] = (['float32', 'float64'] as const).flatMap((dtype) =>
  names.map((name): Case => {
    const [low, high] = intervals[name] ?? [-3, 3]
    const f = (core as any)[name] as (x: Tensor) => Tensor
    const x = uniform(nextKey(), [2, 3], { dtype })
      .mul(high - low)
      .add(low)
    return [`${name}, ${dtype}`, (v: Tensor) => f(v).square(), [x]]
  }),
)

const scaled: Case[] = [1e-8, 1e-4, 1e4, 1e8].flatMap((scale): Case[] => {
  const x = normal(nextKey(), [6]).mul(scale)
  return [
    [`sin, ${scale}`, (v: Tensor) => core.sin(v.div(scale)).sum(), [x]],
    [`square, ${scale}`, (v: Tensor) => v.square().add(1).sum(), [x]],
    [`tanh, ${scale}`, (v: Tensor) => v.tanh().sum(), [x]],
    [`log, ${scale}`, (v: Tensor) => v.abs().log().sum(), [x]],
    [
      `matmul, ${scale}`,
      (v: Tensor, w: Tensor) => core.tanh(matmul(v.reshape([2, 3]), w)),
      [x, normal(nextKey(), [3, 2]).div(scale)],
    ],
    [
      `cosine, ${scale}`,
      (v: Tensor, w: Tensor) => v.mul(w).sum().div(v.square().sum().sqrt()),
      [x, normal(nextKey(), [6])],
    ],
  ]
})

const a = normal(nextKey(), [2, 3, 4])
const gains = a.mul(1)
const mixed = tensor([1e-8, 1, 1e8, -3e-5, 2e4, 7], { dtype: 'float64' })
const identityByHand = core.customGradient((v: Tensor) => ({ value: v, pullback: (g: Tensor) => [g] }))
const slopeByHand = core.customGradient((g: Tensor, v: Tensor) => ({
  value: g.mul(core.cos(v)),
  pullback: (h: Tensor) => [h.mul(core.cos(v)), h.mul(g).mul(core.sin(v)).neg()],
}))
const sineByHand = core.customGradient((v: Tensor) => ({
  value: core.sin(v),
  pullback: (g: Tensor) => [slopeByHand(g, v) as Tensor],
}))
const composed: Case[] = [
  ['entries of all sizes', (v: Tensor) => v.abs().log(), [mixed]],
  ['their squares', (v: Tensor) => v.square(), [mixed]],
  ['batched matmul', (v: Tensor, w: Tensor) => matmul(v, w).square().mean(), [a, normal(nextKey(), [4, 5])]],
  ['variance', (v: Tensor) => core.variance(v, { axis: 1 }), [a]],
  ['logSumExp', (v: Tensor) => core.logSumExp(v, { axis: -1 }), [a]],
  ['max', (v: Tensor) => core.max(v, { axis: -1 }), [a]],
  ['prod with a zero', (v: Tensor) => core.prod(v), [tensor([1, 0, 3, 2])]],
  ['cumsum', (v: Tensor) => core.sin(core.cumsum(v, { axis: 1 })), [a]],
  ['take', (v: Tensor, i: Tensor) => core.take(v, i, { axis: 1 }).square(), [a, tensor([0, 2, 2], { dtype: 'int32' })]],
  [
    'concat and pad',
    (v: Tensor) =>
      core
        .pad(core.concat([v, v.square()], { axis: 1 }), [
          [1, 1],
          [0, 0],
          [2, 0],
        ])
        .square(),
    [a],
  ],
  ['where, guarded', (v: Tensor) => core.where(v.greater(0), v.sqrt(), 0).sum(), [a]],
  [
    'layer norm',
    (v: Tensor) =>
      v
        .sub(core.mean(v, { axis: -1, keepDims: true }))
        .div(core.variance(v, { axis: -1, keepDims: true }).add(1e-5).sqrt())
        .square()
        .mul(gains)
        .sum(),
    [a],
  ],
  [
    'attention',
    (q: Tensor, k: Tensor) => matmul(core.softmax(matmul(q, core.transpose(k))), k),
    [normal(nextKey(), [3, 4]), normal(nextKey(), [3, 4])],
  ],
  ['stopGradient', (v: Tensor) => v.mul(core.stopGradient(v.exp())).sum(), [a]],
  ['a custom gradient of the identity', (v: Tensor) => core.sin(identityByHand(core.cos(v))).sum(), [a]],
  ['a custom gradient in the rule of another', (v: Tensor) => sineByHand(v).sum(), [normal(nextKey(), [3])]],
  ['checkpoint', (v: Tensor) => core.checkpoint((w: Tensor) => w.tanh().square().sum())(v), [a]],
  ['nothing', (v: Tensor, w: Tensor) => v.sum().add(w.square().sum()), [core.zeros([0, 3]), tensor([1, 2])]],
  ['zeros', (v: Tensor, w: Tensor) => core.tanh(matmul(v, w)).sum(), [core.zeros([2, 3]), core.zeros([3, 2])]],
  ['a minimum', (v: Tensor) => v.sub(1).square().sum(), [tensor([1, 1])]],
  ['saturation', (v: Tensor) => v.sigmoid().sum(), [tensor([-50, 50, 30, -745])]],
  ['overflow in float32', (v: Tensor) => v.exp().sum(), [tensor([100])]],
  ['a narrowing', (v: Tensor) => v.astype('float32').square().sum(), [tensor([1.1, 2.2], { dtype: 'float64' })]],
  [
    'a rounding on purpose',
    (v: Tensor) => core.softmax(v.astype('float64')).astype('float32').log().sum(),
    [normal(key(1), [30], { dtype: 'float64' })],
  ],
  [
    'a mean in float64',
    (v: Tensor) => core.softplus(v.astype('float64')).mean().astype('float32'),
    [normal(key(2), [30])],
  ],
  ['cancellation', (v: Tensor) => v.add(1e6).square().sub(v.square()).sum(), [tensor([1, 2, 3])]],
  [
    'a deep chain',
    (v: Tensor) => Array.from({ length: 30 }).reduce<Tensor>((x) => core.atan(x.mul(1.5)), v),
    [normal(nextKey(), [4])],
  ],
]

const activations = [core.relu, core.tanh, core.sigmoid, core.gelu, core.silu, core.softplus, core.leakyRelu, core.elu]
const networks: Case[] = activations.flatMap((activation, i): Case[] => {
  const [batch, inputs, hidden, outputs] = [1 + (i % 5), 1 + (i % 4), 2 + (i % 6), 2 + (i % 2)]
  const [first, second] = [nextKey(), nextKey()]
  const model: any = nn.sequential(
    nn.dense(inputs as number, hidden as number, { key: first, activation: (x: Tensor) => activation(x) }),
    nn.dense(hidden as number, outputs as number, { key: second, activation: core.sigmoid }),
  )
  const x = normal(nextKey(), [batch, inputs])
  const labels = tensor(
    Array.from({ length: batch }, (_, j) => j % outputs),
    { dtype: 'int32' },
  )
  return [
    [`network ${i}, mse`, (m, rows) => nn.mse(m.forward(rows), core.zeros([batch, outputs])), [model, x]],
    [`network ${i}, log-loss`, (m, rows) => nn.logLoss(m.forward(rows), core.ones([batch, outputs])), [model, x]],
    [`network ${i}, cross-entropy`, (m, rows) => nn.softmaxCrossEntropy(m.forward(rows), labels), [model, x]],
  ]
})

describe('a right gradient is never called wrong', () => {
  it.each([...smooth, ...scaled, ...composed, ...networks])('%s', (_, f, args) => {
    const report = checkGradients(f, args)
    expect(report.ok, String(report)).toBe(true)
    expect(report.orders[0].inconclusive, String(report)).toBe(0)
  })

  const kinks: Case[] = [
    ['relu', (v: Tensor) => core.relu(v).sum(), [tensor([0, 1])]],
    ['abs', (v: Tensor) => v.abs().sum(), [tensor([0, 1])]],
    [
      'a value that is held back beside one that is read',
      (v: Tensor) => (v.sum().item() > 0 ? v.mul(core.stopGradient(v)) : v).sum(),
      [tensor([1, 2])],
    ],
    [
      'bounds next to a saturated sigmoid',
      (v: Tensor) =>
        v
          .sigmoid()
          .clip(1e-7, 1 - 2 ** -53)
          .log()
          .sum(),
      [tensor([36.7, 37, 40], { dtype: 'float64' })],
    ],
    ['elu next to its bend', (v: Tensor) => core.elu(v).square().sum(), [tensor([1e-5, -1e-5])]],
    [
      'a term of 1e16 beside one of 1e-6',
      (v: Tensor, w: Tensor) => v.mul(1e16).sum().add(w.mul(1e-6).sum()),
      [tensor([1, 2]), tensor([0.3])],
    ],
    ['clip', (v: Tensor) => v.clip(-1, 1).sum(), [tensor([-1, 1, 0.5])]],
    ['ties of max', (v: Tensor) => core.max(v), [tensor([1, 1, 0])]],
    ['ties of maximum', (v: Tensor, w: Tensor) => core.maximum(v, w).sum(), [tensor([1, 2]), tensor([1, 3])]],
    ['ties of sort', (v: Tensor) => core.sort(v).mul(tensor([1, 2, 3, 4])), [tensor([1, 1, 2, 1])]],
    ['where at its threshold', (v: Tensor) => core.where(v.greater(0), v.mul(3), v).sum(), [tensor([0, 1])]],
    ['the norm of zeros', (v: Tensor) => v.square().sum().sqrt(), [tensor([0, 0])]],
    [
      'a network of zeros',
      (v: Tensor, w: Tensor) => core.leakyRelu(matmul(v, w)).square().sum(),
      [core.zeros([3, 2]), normal(nextKey(), [2, 3])],
    ],
    [
      'chaos',
      (v: Tensor) => Array.from({ length: 25 }).reduce<Tensor>((x) => x.mul(core.sub(1, x)).mul(3.9) as Tensor, v),
      [tensor([0.3, 0.6])],
    ],
  ]
  it.each(kinks)('%s: inconclusive at most', (_, f, args) => {
    const report = checkGradients(f, args)
    expect(report.failures, String(report)).toEqual([])
  })
})
