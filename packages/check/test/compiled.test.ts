import { checkGradients, explain, gradientCoverage } from '@cotangent/check'
import {
  checkpoint,
  compile,
  customGradient,
  debugNaN,
  defineElementwise,
  defineOp,
  elementwiseDomain,
  grad,
  greater,
  key,
  normal,
  relu,
  round,
  sigmoid,
  splitKey,
  stopGradient,
  sum,
  tensor,
  trace,
  type Tensor,
  vjpRule,
} from '@cotangent/core'
import { dense, mse, sequential } from '@cotangent/nn'
import { describe, expect, it, vi } from 'vitest'
import { Compiled } from '../../core/src/compile/compiled-call'

type AnyFunction = (...args: any[]) => any

const factor = defineOp({
  name: 'factor',
  inputs: 1,
  infer: ([x]) => x,
  kernel: ([x], y) => x.data.forEach((value, i) => (y.data[i] = value ** 2)),
  law: vjpRule({ pullback: ([g], { inputs: [x] }) => [g.mul(x).mul(2.001)] }),
  domain: elementwiseDomain([{}]),
})
const throwing = defineOp({
  name: 'throwing',
  inputs: 1,
  infer: ([x]) => x,
  kernel: ([x], y) => x.data.forEach((value, i) => (y.data[i] = value)),
  law: vjpRule({
    pullback: () => {
      throw new Error('no rule today')
    },
  }),
  domain: elementwiseDomain([{}]),
})
const soft = defineElementwise({
  name: 'soft',
  inputs: 1,
  formula: (s, x) => s.sqrt(s.add(s.mul(x, x), 1)),
  domain: [{ min: -1, max: 1 }],
})
const straightThrough = customGradient(
  (x: Tensor) => ({ value: x.clip(0, 1) as Tensor, pullback: (g: Tensor) => [g] as [Tensor] }),
  { name: 'straightThrough', surrogate: true },
)
const forgetful = customGradient(
  (a: Tensor, b: Tensor) => ({
    value: a.mul(b) as Tensor,
    pullback: (g: Tensor) => [g.mul(b) as Tensor, null] as [Tensor, null],
  }),
  { name: 'forgetful' },
)
class StaleModel {
  weight = tensor([1, 2])
  forward = (x: Tensor) => x.mul(this.weight)
}
const start = { weight: tensor([1, 2]) }
const captured = tensor([2, 3])

const x: [Tensor] = [tensor([0.3, -0.6])]
const atKink = [tensor([0, 1, -1])]

const functions: Record<string, [f: AnyFunction, args: readonly any[]]> = {
  'with a literal': [(x: Tensor) => x.mul(3).tanh().sum(), x],
  'of float64': [(x: Tensor) => x.mul(3).tanh().sum(), [tensor([0.3, -0.6], { dtype: 'float64' })]],
  'with several outputs': [(x: Tensor) => [x.mul(3).tanh(), { mask: x.greater(0), value: x.exp() }], x],
  'with integers among its arguments': [
    (x: Tensor, n: Tensor) => x.mul(n.astype(x.dtype)).tanh().sum(),
    [...x, tensor([2, 3], { dtype: 'int32' })],
  ],
  'with a captured tensor': [(x: Tensor) => x.mul(captured.astype(x.dtype)).tanh().sum(), x],
  'with an argument that it also captures': [
    (m: typeof start) => m.weight.sub(start.weight).square().sum().add(m.weight.sum()),
    [start],
  ],
  'that uses its argument through a closure': [
    (m: StaleModel, x: Tensor) => m.forward(x).sum(),
    [new StaleModel(), ...x],
  ],
  'that ignores its argument': [() => start.weight.mul(2).sum(), [start]],
  'whose path is cut': [(x: Tensor) => x.sum().add(round(x.mul(2)).sum()), x],
  'that holds a value back': [(x: Tensor) => stopGradient(x).mul(x).sum(), x],
  'that holds a value back in an inner region': [
    (x: Tensor) => checkpoint((y: Tensor) => stopGradient(y).mul(y))(x).sum(),
    x,
  ],
  'that rounds on purpose': [(x: Tensor) => x.astype('float64').mul(1.5).exp().astype('float32').sum(), x],
  'that differentiates': [(x: Tensor) => grad((y: Tensor) => y.tanh().mul(2).sum())(x).sum(), x],
  'that is a gradient': [grad((x: Tensor) => x.tanh().mul(x).mul(x).sum()), x],
  'at a kink': [(x: Tensor) => relu(x.mul(2)).sum(), atKink],
  'that is smooth, of ops at kinks': [(x: Tensor) => relu(x).sub(relu(x.neg())).sum(), atKink],
  'at the edge of its domain': [(x: Tensor) => x.sqrt().sum(), [tensor([0, 4])]],
  'with a formula of its own': [(x: Tensor) => sum(soft(x.mul(2))), x],
  'with a surrogate derivative': [(x: Tensor) => straightThrough(x.mul(x)).mul(x).sum(), x],
  'with a wrong rule': [(x: Tensor) => sum(factor(x.tanh()).exp()), x],
  'with a wrong rule in a rule': [(x: Tensor) => grad((y: Tensor) => sum(factor(y.tanh())))(x), x],
  'with a rule that throws': [(x: Tensor) => sum(throwing(x.mul(2))), x],
  'with a wrong custom gradient': [(x: Tensor) => forgetful(x.mul(2), x.tanh()).sum(), x],
}

const regions: Record<string, (f: AnyFunction) => AnyFunction> = {
  compiled: (f) => compile(f),
  checkpointed: (f) => checkpoint(f),
  'compiled and checkpointed': (f) => checkpoint(compile(f)),
  'checkpointed and compiled': (f) => compile(checkpoint(f)),
}

describe('checkGradients gives the same report for a function and for the function in a region', () => {
  const cases = Object.keys(functions).flatMap((name) => Object.keys(regions).map((region) => [name, region] as const))
  it.each(cases)('%s, %s', (name, region) => {
    const [f, args] = functions[name]
    const plain = checkGradients(f, args as any[], { seed: 1 })
    const inside = checkGradients(regions[region](f), args as any[], { seed: 1 })
    expect(String(inside)).toBe(String(plain))
    expect(inside).toEqual(plain)
  })

  it('as a part of another function', () => {
    const compiled = compile((x: Tensor) => sum(factor(x)))
    const { blame } = checkGradients((x: Tensor) => compiled(x.mul(2)).add(1), [tensor([0.3, -0.6])])
    expect(blame.map(({ op }) => op)).toEqual(['factor'])
    expect(blame[0].line).toContain('compiled.test.ts')
  })
})

it('debugNaN works while a function is checked, with or without compiled functions inside', () => {
  const f = (x: Tensor) => x.tanh().sum()
  for (const g of [f, compile(f)]) expect(checkGradients(debugNaN(g), x, { seed: 1 }).verdict).toBe('pass')
})

it.each([
  [true, { kind: 'threw', detail: expect.stringContaining('a captured constant was') as string }],
  [false, { kind: 'region', detail: expect.stringContaining('output 0') as string }],
])('a compiled function that has gone stale is wrong, whatever its ops are, with retrace %s', (retrace, failure) => {
  let exponent = 2
  const power = compile((x: Tensor) => x.pow(exponent).sum(), { retrace })
  const x = tensor([0.3, 0.6])
  expect(checkGradients(power, [x]).ok).toBe(true)
  exponent = 3
  const { failures } = checkGradients(power, [x])
  expect(failures).toMatchObject([failure])
})

it.each(['float32', 'float64'] as const)(
  'a compiled derivative that is off by a thousandth in one entry is wrong, %s',
  (dtype) => {
    const right = Compiled.prototype.pullBack
    const off = vi.spyOn(Compiled.prototype, 'pullBack').mockImplementation(function (
      this: Compiled,
      inputs,
      cotangents,
    ) {
      const factors = tensor([1, 1.001, 1]).astype(inputs[0].dtype)
      return right
        .call(this, inputs, cotangents)
        .map((each) => each && { ...each, value: each.value.mul(factors) as Tensor })
    })
    const x = tensor([1, 0.02, 3], { dtype })
    const { failures } = checkGradients(
      compile((v: Tensor) => v.mul(v).sum()),
      [x],
      { seed: 1 },
    )
    off.mockRestore()
    expect(failures).toMatchObject([
      { kind: 'region', order: 1, detail: expect.stringContaining('the gradient of args[0] at [1]') },
    ])
  },
)

it('explain explains a network whose loss is compiled', () => {
  const [first, second] = splitKey(key(1), 2)
  const model = sequential(
    dense(2, 3, { key: first, activation: sigmoid }),
    dense(3, 1, { key: second, activation: sigmoid }),
  )
  const loss = (m: typeof model, rows: Tensor<[2, 2]>, target: Tensor<[2, 1]>) => mse(m.forward(rows), target)
  const data = [normal(key(2), [2, 2]), normal(key(3), [2, 1])] as const
  const plain = explain(model, loss, ...data)
  expect(plain.layers).toHaveLength(2)
  for (const region of Object.values(regions))
    expect(String(explain(model, region(loss) as typeof loss, ...data))).toBe(String(plain))
})

it('coverage lists the ops of compiled functions and of their derivatives', () => {
  const f = (x: Tensor) => sum(factor(x.mul(2)))
  const plain = gradientCoverage(f, x)
  expect(plain.ops.map(({ op }) => op)).toEqual(expect.arrayContaining(['factor', 'mul', 'sum']))
  for (const region of Object.values(regions)) expect(gradientCoverage(region(f), x)).toEqual(plain)
})

it('graphs print what a compiled function computes', () => {
  const double = compile(function double(x: Tensor) {
    return x.mul(2)
  })
  const text = String(trace((x: Tensor) => double(x), tensor([1, 2])))
  expect(text).toContain('%1: float32[2] = double(%0) body(%0: float32[2] = outer %0) {')
  expect(text).not.toContain('[object')
})

it('a path that is cut inside of a region is named as in the function', () => {
  const mask = (x: Tensor) => greater(x.mul(2), 0).astype('float32').sum()
  const twice = (f: AnyFunction) => (x: Tensor) => grad((y: Tensor) => y.mul(f(y)).sum())(x).sum()
  for (const region of Object.values(regions)) {
    expect(() => grad(region(mask))(x[0])).toThrow(/argument 0 → mul → greater;/)
    expect(() => grad(twice(region(mask)))(x[0])).toThrow(/argument 0 → mul → greater;/)
  }
})
