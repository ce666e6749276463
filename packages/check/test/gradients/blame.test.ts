import { applyAll, checkpoint, type Op, type Tensor, tanh } from '@cotangent/core'
import { checkGradients } from '@cotangent/check'
import { describe, expect, it } from 'vitest'
import { madeFrom } from '../../src/op/subject'
import { fill } from '../../src/op/values'
import { numbersFrom } from '../../src/numeric/random'
import { allOps } from '../laws/discover'
import { planted } from '../laws/planted'
import { smallDraw } from '../laws/small-draw'

// The check computes in float64, so toFloat32 has no derivative to check. The ops inside of a checkpoint are blamed,
// and not the checkpoint.
const variants = allOps.filter(({ name }) => name !== 'toFloat32').flatMap(planted)

/** A function that uses the op between others, and arguments for it. */
function around(op: Op): { f: (...xs: Tensor[]) => Tensor; args: Tensor[] } {
  const { attributes, ...sample } = op.domain(smallDraw)
  const inputs = fill({ ...sample, attributes }, numbersFrom(3), 'plain', 'float64')
  const floats = inputs.flatMap(({ dtype }, i) => (dtype.startsWith('float') ? [i] : []))
  const f = (...xs: Tensor[]) => {
    const given = inputs.map((input, i) =>
      floats.includes(i) ? (xs[floats.indexOf(i)].mul(2).div(2) as Tensor) : input,
    )
    return tanh(applyAll(op, madeFrom(sample.inputs, given), attributes)[0])
      .square()
      .sum() as Tensor
  }
  return { f, args: floats.map((i) => inputs[i]) }
}

describe('a rule that is wrong by 0.05 %, in the middle of a function, is blamed', () => {
  it.each(variants.map(({ where, op }) => [`${where} of ${op.name}`, op] as const))('%s', (_, op) => {
    const { f, args } = around(op)
    const report = checkGradients(f, args, { order: 1 })
    expect(report.ok, String(report)).toBe(false)
    expect([...new Set(report.blame.map((each) => each.op))]).toEqual([op.name])
  })

  it('inside a checkpoint as well', () => {
    const [{ op }] = variants.filter((variant) => variant.op.name === 'exp')
    const { f, args } = around(op)
    const report = checkGradients(checkpoint(f), args, { order: 1 })
    expect(report.blame.map((each) => each.op)).toEqual(['exp'])
  })
})
