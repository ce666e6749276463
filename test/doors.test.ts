// What a public function throws, however it is called, is an error of the library in that function's name: eager,
// compiled, and where it is an op inside that finds the mistake.

import * as check from '@cotangent/check'
import * as core from '@cotangent/core'
import {
  add,
  type Cotangents,
  compile,
  CotangentError,
  debugNaN,
  defineElementwise,
  defineOp,
  exp,
  linear,
  relu,
  tensor,
  type Tensor,
  trace,
} from '@cotangent/core'
import * as nn from '@cotangent/nn'
import * as optim from '@cotangent/optim'
import { describe, expect, it } from 'vitest'

const x: Tensor = tensor([1, 2])
const rows: Tensor = tensor([
  [1, 2, 3],
  [4, 5, 6],
])
const ints = (...values: number[]): Tensor => tensor(values, { dtype: 'int32' })

function errorOf(call: () => unknown): CotangentError {
  try {
    call()
  } catch (error) {
    if (error instanceof CotangentError) return error
    throw error
  }
  throw new Error('no error')
}

describe('errors of the ops that a function is made of', () => {
  const model = { w: tensor([1, 2]), b: tensor(3) }
  const momentum = optim.addMomentum(0.9)
  const layer = nn.dense(3, 2, { key: core.key(1) })
  const theta = nn.denseTheta(3, 2, { key: core.key(1) })

  // A symbolic tensor whose trace has ended is rejected by the first op that gets it.
  const stale = (like: Tensor): Tensor => {
    let kept = like
    trace((given: Tensor) => (kept = given), like)
    return kept
  }
  const gradients = { w: stale(model.w), b: stale(model.b) }
  const made: Readonly<Record<string, () => unknown>> = {
    mse: () => nn.mse(stale(rows), rows),
    logLoss: () => nn.logLoss(stale(rows), rows),
    softmaxCrossEntropy: () => nn.softmaxCrossEntropy(stale(rows), ints(0, 1)),
    huberLoss: () => nn.huberLoss(stale(rows), rows),
    klDivergence: () => nn.klDivergence(stale(rows), nn.softmax(rows)),
    infoNceLoss: () => nn.infoNceLoss(stale(rows), rows),
    ctcLoss: () => nn.ctcLoss(stale(core.zeros([2, 4, 3])), core.ones([2, 1], { dtype: 'int32' })),
    rocAuc: () => nn.rocAuc(stale(tensor([0.5, 0.25])), ints(0, 1)),
    accuracy: () => nn.accuracy(stale(rows), ints(0, 1)),
    confusionMatrix: () => nn.confusionMatrix(stale(rows), ints(0, 1), 3),
    l2: () => nn.l2(stale(rows), { lambda: 1, examples: 2 }),
    dense: () => layer.forward(stale(rows)),
    denseTheta: () => theta.forward(stale(rows)),
    glorotUniform: () => nn.glorotUniform(stale(core.key(1)), [2, 3], 'float32'),
    globalNorm: () => optim.globalNorm(gradients),
    'optimizer.update': () => {
      const sgd = optim.sgd({ learningRate: 0.1, momentum: 0.9, clip: optim.clipByGlobalNorm(1) })
      return sgd.update(model, gradients, sgd.init(model))
    },
    'clipByGlobalNorm.update': () => optim.clipByGlobalNorm(1).update(gradients, null, model),
    'clipByValue.update': () => optim.clipByValue(1).update(gradients, null, model),
    'addWeightDecay.update': () => optim.addWeightDecay(1).update(gradients, null, model),
    'addMomentum.update': () => momentum.update(gradients, momentum.init(model), model),
    cosineSchedule: () => optim.cosineSchedule(1, { steps: 3 })(stale(ints(0).reshape([]) as Tensor) as Tensor<[]>),
  }

  it.each(Object.entries(made))('%s', (name, call) => {
    const { code, message } = errorOf(call)
    expect(code).toBe('symbolic-after-trace')
    expect(message.startsWith(`[${name}]`), message).toBe(true)
  })

  it('name the loss in a compiled function, of a label out of range', () => {
    const loss = compile((z: Tensor, labels: Tensor) => nn.softmaxCrossEntropy(z, labels))
    const matrix = compile((a: Tensor, b: Tensor) => nn.confusionMatrix(a, b, 2))
    for (const label of [3, -1]) {
      expect(errorOf(() => loss(rows, ints(0, label)).item()).message).toContain('[softmaxCrossEntropy]')
      expect(errorOf(() => Array.from(matrix(ints(0, label), ints(0, 1)).data)).message).toContain('[confusionMatrix]')
      const graph = trace((labels: Tensor) => nn.softmaxCrossEntropy(rows, labels), ints(0, 1))
      expect(errorOf(() => graph.run(ints(0, label))).message).toContain('[softmaxCrossEntropy]')
    }
  })

  it('name the loss and the op under debugNaN', () => {
    const loss = compile((p: Tensor) => nn.logLoss(p, tensor([0, 1])))
    expect(() => debugNaN(loss)(tensor([-2, 3]))).toThrow('[logLoss] its logLossProbability gave NaN')
    expect(() => debugNaN((z: Tensor) => z.log())(tensor([0]))).toThrow('[log] gave -Infinity')
  })
})

describe('too many or too few inputs', () => {
  const square = defineElementwise({ name: 'square2', inputs: 1, formula: (s, a) => s.mul(a, a), domain: [{}] })
  const copy = defineOp({
    name: 'copy2',
    inputs: 1,
    infer: ([a]) => a,
    kernel: ([a], out) => out.data.set(a.data),
    law: linear({ transpose: (g: Cotangents) => g as Tensor[] } as never),
    domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
  })

  it.each([
    ['exp', exp],
    ['relu', relu],
    ['square2', square],
    ['copy2', copy],
  ] as [string, (x: Tensor) => Tensor][])('as a callback of map: %s', (name, f) => {
    expect(() => [x].map(f)).toThrow(
      `[${name}] takes 1 input, got 3; leave out 0 (as a callback, write x => ${name}(x))`,
    )
    expect(() => (f as () => Tensor)()).toThrow(`[${name}] takes 1 input, got 0; pass a tensor or a number`)
  })

  it('of two', () => {
    expect(() => (add as (...args: Tensor[]) => Tensor)(x)).toThrow('pass 2 tensors or numbers')
    expect(() => (add as (...args: unknown[]) => Tensor)(x, x, 3)).toThrow('leave out 3')
  })
})

it('a function that returns a Promise is told so by the function that it was passed to', () => {
  const later = (y: Tensor) => Promise.resolve(y)
  const given: Readonly<Record<string, () => unknown>> = {
    trace: () => trace(later, x),
    compile: () => compile(later)(x),
    checkpoint: () => core.checkpoint(later)(x),
    vjp: () => core.vjp(later, x),
    checkGradients: () => check.checkGradients(later, [x]),
    gradientCoverage: () => check.gradientCoverage(later, [x]),
    explain: () => check.explain(x, later),
  }
  for (const [name, call] of Object.entries(given)) {
    const { code, message } = errorOf(call)
    expect(code).toBe('async-function')
    expect(message.startsWith(`[${name}] `), message).toBe(true)
  }
})

it('what makes a thing does not pass for the thing', () => {
  const sgd = optim.sgd({ learningRate: 1 })
  expect(() => optim.sgd({ learningRate: 1, clip: sgd as never })).toThrow('not an optimizer')
  expect(() => optim.optimizer(sgd as never)).toThrow('[optimizer]')
  expect(() => optim.chain(sgd as never)).toThrow('[chain]')
  expect(() => nn.sequential(nn.dense as never)).toThrow('[sequential] expected a layer')
  expect(() => nn.logLoss(ints(0, 1), ints(0, 1))).toThrow('[logLoss] expected probabilities in floating point')
  expect(nn.logLoss(ints(0, 0), ints(0, 1), { fromLogits: true }).item()).toBeCloseTo(Math.LN2, 6)
})

it('trees are rebuilt from as many leaves as they have', () => {
  const flat = core.flatten({ a: x, b: tensor(3) })
  for (const leaves of [[], [x], [x, x, x], undefined, 3])
    expect(errorOf(() => flat.rebuild(leaves as never)).message).toMatch(/^\[rebuild\] .*each of 2 leaves/)
  expect(errorOf(() => (core.flatten as () => unknown)()).message).toMatch(/^\[flatten\]/)
  expect(core.flatten(undefined).leaves).toEqual([])
})

it('the norm of no floating-point tensor is an error', () => {
  for (const nothing of [[1, 2, 3], {}, ints(1, 2)])
    expect(errorOf(() => optim.globalNorm(nothing)).message).toMatch(/^\[globalNorm\] .* no floating-point tensor/)
})

it('numbers that float32 does not have are said where a tensor is made of a rule', () => {
  const calls: Readonly<Record<string, () => unknown>> = {
    linspace: () => core.linspace(0, 1e39, 3),
    arange: () => core.arange(0, 1e39, 0.6e38 + 0.5, { dtype: 'float32' }),
    uniform: () => core.uniform(core.key(1), [2], { max: 1e39 }),
    normal: () => core.normal(core.key(1), [2], { deviation: 1e39 }),
  }
  for (const [name, call] of Object.entries(calls)) {
    const { code, message } = errorOf(call)
    expect(code).toBe('beyond-float32')
    expect(message.startsWith(`[${name}]`), message).toBe(true)
  }
  expect(core.linspace(-3e38, 3e38, 3).toArray()).toEqual([-3e38, 0, 3e38].map(Math.fround))
})

it('mapTree takes tensors alone from its function', () => {
  for (const made of [3, undefined, null, [x]])
    expect(errorOf(() => core.mapTree(() => made as never, { a: [x] })).message).toMatch(
      /^\[mapTree\] expected a tensor as the result at a\[0\]/,
    )
})
