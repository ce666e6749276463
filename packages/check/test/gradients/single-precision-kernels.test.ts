import {
  customGradient,
  type DefinedOp,
  defineOp,
  DTypeError,
  elementwiseDomain,
  type Law,
  sin,
  square,
  tensor,
  type Tensor,
  vjpRule,
} from '@cotangent/core'
import { checkGradients } from '@cotangent/check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/effort'

// Kernels that compute in float32 inside a check in float64. Where they are flat, their values show no rounding error.

type Pullback = (g: Tensor, x: Tensor, y: Tensor) => Tensor
const law = (pullback: Pullback): Law =>
  vjpRule({ pullback: ([g], { inputs: [x], output }) => [pullback(g, x, output)] })

/** A kernel that takes float32 alone. */
function refusing(name: string, f: (value: number) => number, pullback: Pullback): DefinedOp {
  return defineOp({
    name,
    inputs: 1,
    infer([x]) {
      if (x.dtype !== 'float32') throw new DTypeError('needs-float32', `[${name}] takes float32 alone`)
      return x
    },
    kernel: ([x], y) => x.data.forEach((value, i) => (y.data[i] = f(value))),
    law: law(pullback),
    domain: elementwiseDomain([{}]),
  })
}

/** A kernel that takes float64, and rounds its numbers to float32. */
function rounding(name: string, f: (value: number) => number, pullback: Pullback): DefinedOp {
  return defineOp({
    name,
    inputs: 1,
    infer: ([x]) => x,
    kernel: ([x], y) => x.data.forEach((value, i) => (y.data[i] = Math.fround(f(Math.fround(value))))),
    law: law(pullback),
    domain: elementwiseDomain([{}]),
  })
}

const ofTanh: Pullback = (g, _, y) => g.sub(g.mul(square(y)))
const ofSigmoid: Pullback = (g, _, y) => g.mul(y).mul(y.neg().add(1))
const ofSquare: Pullback = (g, x) => g.mul(x).mul(2)
const logistic = (v: number) => 1 / (1 + Math.exp(-v))

/** The ops with their derivatives times a factor. */
type Make = (factor: number) => (x: Tensor) => Tensor
const times =
  (factor: number, rule: Pullback): Pullback =>
  (g, x, y) =>
    rule(g, x, y).mul(factor)
const kernels = Object.entries({ refusing, rounding }).flatMap(([how, define]): [string, Make, number][] => [
  [`tanh, ${how}`, (factor) => define('tanh32', Math.tanh, times(factor, ofTanh)), 8],
  [`sigmoid, ${how}`, (factor) => define('sigmoid32', logistic, times(factor, ofSigmoid)), 15],
  [`square, ${how}`, (factor) => define('square32', (v) => v * v, times(factor, ofSquare)), 9],
  [
    `tanh in a custom gradient, ${how}`,
    (factor) => {
      const op = define('tanh32', Math.tanh, ofTanh)
      return customGradient((x: Tensor) => {
        const y = op(x)
        return { value: y, pullback: (g: Tensor) => [ofTanh(g, x, y).mul(factor)] as [Tensor] }
      })
    },
    8,
  ],
])

const functions: [string, (y: Tensor) => Tensor][] = [
  ['alone', (y) => y],
  ['in a square', (y) => square(y)],
  ['in a logarithm', (y) => y.abs().log()],
  ['in a sine', (y) => sin(y)],
]

describe.each(kernels)('%s', (_, make, saturated) => {
  const op = make(1)
  it.each(functions)('%s, is never called wrong', { timeout: 20_000 }, (__, outer) => {
    // The plateau first; with CT_EFFORT=2 also far from it, and far beyond.
    for (const scale of [saturated, 1.3 * saturated, 0.01, 3 * saturated].slice(0, runs(2))) {
      const x = tensor([scale, -0.97 * scale, 0.3 * scale])
      const report = checkGradients((v: Tensor) => outer(op(v)).sum(), [x], { seed: 1 })
      expect(report.failures, String(report)).toEqual([])
    }
  })

  it('is called wrong where its rule is, by 0.5 %', () => {
    const wrong = make(1.005)
    const report = checkGradients((v: Tensor) => wrong(v).sum(), [tensor([0.7, -0.4, 0.2])], { seed: 1 })
    expect(report.verdict, String(report)).toBe('fail')
    expect(report.blame.length).toBeGreaterThan(0)
  })
})
