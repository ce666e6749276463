import {
  checkpoint,
  customGradient,
  defineElementwise,
  defineOp,
  type DefinedOp,
  sum,
  tensor,
  type Tensor,
  vjpRule,
} from '@cotangent/core'
import { checkOp, coverageRecords, gradientCoverage } from '@cotangent/check'
import { describe, expect, it } from 'vitest'

const x = tensor([0.5, 2])
const square = (factor: number): DefinedOp =>
  defineOp({
    name: 'mySquare',
    inputs: 1,
    infer: ([v]) => v,
    kernel: ([v], y) => v.data.forEach((value, i) => (y.data[i] = value * value)),
    law:
      factor === 2
        ? vjpRule({ pullback: ([g], { inputs: [v] }) => [g.mul(v).mul(2)] })
        : vjpRule({ pullback: ([g], { inputs: [v] }) => [g.mul(v).mul(3)] }),
    domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
  })
const softsign = defineElementwise({
  name: 'softsign',
  inputs: 1,
  formula: (s, v) => s.div(v, s.add(s.const(1), s.abs(v))),
  domain: [{ min: -3, max: 3, avoid: [0] }],
})

describe('gradientCoverage', () => {
  it('knows the ops of the library as verified, also those in rules and in checkpoints', () => {
    const report = gradientCoverage(
      (v: Tensor) =>
        checkpoint((w: Tensor) => w.tanh())(v)
          .mul(v)
          .sum(),
      [x],
    )
    expect(report.ok).toBe(true)
    const names = report.ops.map(({ op }) => op)
    expect(names).toEqual(expect.arrayContaining(['tanh', 'mul', 'sum']))
    expect(report.ops.find(({ op }) => op === 'sechSquared')?.ruleOf).toContain('tanh')
  })

  it('names an op without a record, with the line, and can fail a build', () => {
    const report = gradientCoverage((v: Tensor) => sum(square(2)(v)), [x])
    expect(report.ok).toBe(false)
    expect(String(report)).toMatch(
      /not verified:\n {2}mySquare \(float32\): there is no record of it at .*coverage\.test\.ts/,
    )
    expect(() => report.throwIfFailed()).toThrow(/gradient coverage/)
  })

  it('accepts records of checkOp, which survive a file', () => {
    const records = JSON.parse(
      JSON.stringify(coverageRecords([checkOp(square(2), { runs: 10 }), checkOp(softsign, { runs: 10 })])),
    )
    const report = gradientCoverage((v: Tensor) => sum(softsign(square(2)(v))), [x], { records })
    expect(report.ok, String(report)).toBe(true)
    expect(String(report)).toContain('by your records: mySquare, softsign, d(softsign)/dx0')
  })

  it('rejects the record of another version, of a failed run, or of a lower order', () => {
    const f = (v: Tensor) => sum(square(2)(v))
    const failed = checkOp(square(3), { runs: 10 })
    expect(coverageRecords([failed])).toEqual([])
    const [record] = coverageRecords([checkOp(square(2), { runs: 10 })])
    const other = gradientCoverage((v: Tensor) => sum(square(3)(v)), [x], { records: [record] })
    expect(other.ops.find(({ op }) => op === 'mySquare')?.missing).toBe('it has changed since it was recorded')
    const laws = ['reverse mode agrees with differences, and forward mode with reverse mode'] as const
    const records = coverageRecords([checkOp(square(2), { runs: 10, laws })])
    expect(gradientCoverage(f, [x], { records }).ok).toBe(false)
    expect(gradientCoverage(f, [x.astype('float64')], { records, order: 1 }).ok).toBe(true)
    expect(gradientCoverage(f, [x], { records, order: 1 }).ops[0].missing).toBe('it is not verified in float32')
  })

  it('identifies custom gradients by their name', () => {
    const cube = customGradient(
      (v: Tensor) => ({
        value: v.mul(v).mul(v) as Tensor,
        pullback: (g: Tensor) => [g.mul(v).mul(v).mul(3) as Tensor] as [Tensor],
      }),
      { name: 'cube' },
    )
    expect(gradientCoverage((v: Tensor) => sum(cube(v)), [x]).ok).toBe(false)
    const records = coverageRecords([checkOp(cube, { runs: 10 })])
    expect(gradientCoverage((v: Tensor) => sum(cube(v)), [x], { records }).ok).toBe(true)
  })
})
