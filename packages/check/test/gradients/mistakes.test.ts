import { checkGradients, checkOp } from '@cotangent/check'
import { tanh, type Tensor } from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { mistakes } from './mistakes'

describe('a planted mistake is caught, blamed, described and shrunk', () => {
  it.each(Object.entries(mistakes))('%s', (_, { op, args, says = /./, order = 1, elements = 4, f, blames }) => {
    const name = op.op?.name ?? op.name
    const blamed = blames ?? name
    const inTheMiddle = (...inputs: Tensor[]) => tanh(op(...inputs.map((x) => x.mul(1.1)))).sum() as Tensor
    const before = args.map((x) => x.toArray())
    const report = checkGradients(f ?? inTheMiddle, [...args], { seed: 1 })
    expect(report.ok, String(report)).toBe(false)
    expect([...new Set(report.blame.map((each) => each.op))], String(report)).toEqual([blamed])
    expect(report.blame[0].order).toBe(order)
    expect(String(report)).toMatch(says)
    expect(args.map((x) => x.toArray())).toEqual(before)

    const { ok, failures } = checkOp(op, { seed: 1, runs: 20, name })
    expect(ok).toBe(false)
    for (const { inputs, detail } of failures)
      expect(
        inputs.reduce((sum, { size }) => sum + size, 0),
        detail,
      ).toBeLessThanOrEqual(elements)
  })
})
