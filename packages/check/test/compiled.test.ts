import { checkGradients, gradientCoverage } from '@cotangent/check'
import { checkpoint, compile, grad, greater, stopGradient, tensor, trace, type Tensor } from '@cotangent/core'
import { describe, expect, it } from 'vitest'

type Function = (x: Tensor) => Tensor

const functions: Record<string, Function> = {
  'with a literal': (x) => x.mul(3).tanh().sum(),
  'with a captured tensor': (x) =>
    x
      .mul(tensor([2, 3]).astype(x.dtype))
      .tanh()
      .sum(),
  'that holds a value back': (x) => stopGradient(x).mul(x).sum(),
  'that holds a value back in an inner region': (x) => checkpoint((y: Tensor) => stopGradient(y).mul(y))(x).sum(),
  'that rounds on purpose': (x) => x.astype('float64').mul(1.5).exp().astype('float32').sum(),
  'that differentiates': (x) => grad((y: Tensor) => y.tanh().mul(2).sum())(x).sum(),
}

const regions: Record<string, (f: Function) => Function> = {
  compiled: (f) => compile(f),
  checkpointed: (f) => checkpoint(f),
  'compiled inside another function': (f) => {
    const compiled = compile(f)
    return (x) => compiled(x.mul(2)).add(1)
  },
}

describe('checkGradients says of a function in a region what it says of the function', () => {
  const cases = Object.keys(functions).flatMap((name) =>
    Object.keys(regions).flatMap((region) =>
      (['float32', 'float64'] as const).map((dtype) => [name, region, dtype] as const),
    ),
  )
  it.each(cases)('%s, %s, %s', (name, region, dtype) => {
    const x = tensor([0.3, -0.6], { dtype })
    const plain = checkGradients(functions[name], [x], { seed: 1 })
    const inside = checkGradients(regions[region](functions[name]), [x], { seed: 1 })
    expect(plain.ok).toBe(true)
    expect(inside.ok, String(inside)).toBe(true)
  })
})

it('coverage looks into compiled functions and their derivatives', () => {
  const double = compile(function double(x: Tensor) {
    return x.mul(2).sum()
  })
  const report = gradientCoverage(double, [tensor([1, 2])])
  expect(report.ok).toBe(true)
  expect(report.ops.map(({ op }) => op)).toEqual(expect.arrayContaining(['double', 'double.vjp', 'mul', 'sum']))
})

it('graphs print what a compiled function computes', () => {
  const double = compile(function double(x: Tensor) {
    return x.mul(2)
  })
  const text = String(trace((x: Tensor) => double(x), tensor([1, 2])))
  expect(text).toContain('%1: float32[2] = double(%0) graph(%0: float32[2] = args[0]) {')
  expect(text).not.toContain('[object')
})

it('a path that is cut inside of a region is named', () => {
  const mask = (x: Tensor) => greater(x, 0).astype('float32').sum()
  const x = tensor([1, 2])
  expect(() => grad(mask)(x)).toThrow(/argument 0 → greater/)
  expect(() => grad(checkpoint(mask))(x)).toThrow(/argument 0 → checkpoint → greater/)
  expect(() => grad(compile(mask))(x)).toThrow(/argument 0 → mask → greater/)
})
