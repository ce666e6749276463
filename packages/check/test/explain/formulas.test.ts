import { applyAll, carries, defineElementwise, defineOp, noGradient, type Op, tensor, transpose } from '@cotangent/core'
import { ruleFormulas } from '@cotangent/check'
import { describe, expect, it } from 'vitest'
import { madeFrom } from '../../src/op/subject'
import { fill, varieties } from '../../src/op/values'
import { numbersFrom } from '../../src/numeric/random'
import { isFloating } from '../../src/numeric/tensors'
import { allOps } from '../laws/discover'
import * as external from '../laws/external-op'
import { smallDraw } from '../laws/small-draw'

describe('ruleFormulas', () => {
  const ops = [...allOps, external.softsign.op, external.neighbours.op, external.norm.op, external.cross.op]

  it.each(ops.map((op) => [op.name, op] as const))('of %s come from its law, one for each input', (_, op) => {
    const sample = op.domain(smallDraw)
    const inputs = madeFrom(sample.inputs, fill(sample, numbersFrom(1), varieties[0], 'float64'))
    const rules = ruleFormulas(op, inputs, sample.attributes)
    const { law } = op
    if (law.kind === 'constant') {
      expect(rules).toEqual([law.stopsGradient ? 'derivative zero, by stopGradient' : 'derivative zero'])
      return
    }
    // The factors that `solve` takes get no cotangent: one step of refinement carries it to the matrix.
    const carrying = inputs.filter(
      (input, i) => isFloating(input) && carries(law, i) && !(op.name === 'solve' && i === 2),
    )
    expect(carrying.length).toBeGreaterThan(0)
    expect(rules).toHaveLength(carrying.length)
    for (const rule of rules) {
      expect(rule).toMatch(/^(ā|b̄|x̄)[₀-₉]* \+= .*ȳ/)
      expect(rule).not.toMatch(/\.\.\.|%|undefined|\[object/)
    }
  })

  it('use mathematical notation', () => {
    const named = (name: string) => allOps.find((op) => op.name === name)!
    const [a, b] = [tensor([[1, 2]]), tensor([[3, 4]])]
    expect(ruleFormulas(named('mul'), [a, b], undefined)).toEqual(['ā += ȳ ⊙ b', 'b̄ += a ⊙ ȳ'])
    expect(ruleFormulas(named('div'), [a, b], undefined)).toEqual(['ā += ȳ / b', 'b̄ += -((y ⊙ ȳ) / b)'])
    expect(ruleFormulas(named('tanh'), [a], undefined)).toEqual(['x̄ += ȳ ⊙ sech²(x)'])
    expect(ruleFormulas(named('matmul'), [a, transpose(b)], undefined)).toEqual(['ā += ȳ bᵀ', 'b̄ += aᵀ ȳ'])
    expect(ruleFormulas(named('gelu'), [a], undefined)).toEqual(['x̄ += ȳ ⊙ gelu′(x)'])
    expect(ruleFormulas(named('elu'), [a, b], undefined)).toEqual([
      'ā += ȳ ⊙ ∂elu/∂x0(a, b)',
      'b̄ += ȳ ⊙ ∂elu/∂x1(a, b)',
    ])
  })

  it('name parts that are long or used twice', () => {
    const max = allOps.find((op) => op.name === 'max')!
    expect(ruleFormulas(max, [tensor([1, 2, 2])], { axes: [0] })).toEqual([
      'x̄ += where(t₁, t₂, 0) with t₁ = or(equal(x, reshape(y, shape: [1])), notEqual(x, x)), ' +
        't₂ = reshape(ȳ, shape: [1]) / reshape(sum(toFloat32(t₁), axes: [0]), shape: [1])',
    ])
  })

  it('follow the law when it changes, and sum over what was broadcast', () => {
    const affine = (slope: number) =>
      defineElementwise({
        name: 'affine',
        inputs: 2,
        formula: (s, a, b) => s.add(s.mul(a, slope), b),
        partials: [(d) => d.mul(slope), (d) => d],
        domain: [{}, {}],
      }).op
    const inputs = [tensor([[1, 2]]), tensor([1, 2])]
    expect(ruleFormulas(affine(3), inputs, undefined)).toEqual(['ā += ȳ ⊙ 3', 'b̄ += sum(ȳ, axes: [0])'])
    expect(ruleFormulas(affine(5), inputs, undefined)[0]).toBe('ā += ȳ ⊙ 5')
    expect(ruleFormulas(affine(3), [tensor([[1], [2]]), tensor(1)], undefined)[1]).toBe('b̄ += sum(ȳ, axes: [0, 1])')
  })

  it('give the reason where there is no derivative', () => {
    const { op } = defineOp({
      name: 'lookUp',
      inputs: 1,
      infer: ([type]) => type,
      kernel: ([given], y) => y.data.set(given.data),
      law: noGradient('a table has no slope'),
      domain: () => ({ inputs: [{ shape: [2] }], attributes: undefined }),
    }) as { op: Op }
    const [value] = applyAll(op, [tensor([1, 2])], undefined)
    expect(value.data).toEqual(Float32Array.of(1, 2))
    expect(ruleFormulas(op, [value], undefined)).toEqual(['no derivative: a table has no slope'])
  })
})
