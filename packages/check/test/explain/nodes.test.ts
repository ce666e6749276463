import {
  customGradient,
  defineOp,
  flip,
  floor,
  greater,
  log,
  matmul,
  noGradient,
  sigmoid,
  softmax,
  stopGradient,
  tanh,
  tensor,
  type Tensor,
  transpose,
  where,
} from '@cotangent/core'
import { explain } from '@cotangent/check'
import { mse } from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { networks } from '../../../nn/test/closed-form/arbitraries'
import { backpropagate, withForm } from '../../../nn/test/closed-form/backpropagation'
import { explainNetwork } from './network'

const x = tensor([
  [0, 1],
  [1, 0],
  [1, 1],
])

describe('explain, node by node', () => {
  const attention = (m: { q: Tensor; k: Tensor }, rows: Tensor) =>
    softmax(matmul(matmul(rows, m.q), transpose(matmul(rows, m.k))))
      .square()
      .sum()
  const explanation = explain(
    {
      q: tensor([
        [1, 2],
        [0, 1],
      ]),
      k: tensor([
        [0, 1],
        [1, 1],
      ]),
    },
    attention,
    x,
  )

  it('of a function that is no stack, with rules, cotangents and gradients', () => {
    expect(explanation.layers).toBeNull()
    expect(explanation.ok).toBe(true)
    expect(explanation.gradients.map(({ name }) => name)).toEqual(['q', 'k'])
    const text = String(explanation)
    expect(text).toMatch(/%\d+ = matmul\(%2, %0\) {3}float32\[3, 2\] {3}at .*nodes\.test\.ts/)
    expect(text).toContain('rule       ā += ȳ bᵀ')
    expect(text).toContain('rule       b̄ += aᵀ ȳ')
    expect(explanation.toMarkdown()).toContain('`ā += ȳ bᵀ`<br>`b̄ += aᵀ ȳ`')
  })

  it('does not count a skip connection or a shared weight as a stack', () => {
    const w = tensor([
      [1, 2],
      [3, 4],
    ])
    expect(explain({ w }, (m, rows) => mse(matmul(tanh(matmul(rows, m.w)), m.w) as Tensor, x), x).layers).toBeNull()
    const skip = explain(
      {
        w,
        v: tensor([
          [1, 0],
          [0, 1],
        ]),
      },
      (m, rows) => mse(matmul(tanh(matmul(rows, m.w)), m.v).add(matmul(rows, m.w)) as Tensor, x),
      x,
    )
    expect(skip.layers).toBeNull()
    expect(skip.ok).toBe(true)
  })

  it('rejects a loss that is not a number', () => {
    expect(() => explain({ w: x }, (m) => m.w)).toThrow(/one floating-point scalar, got float32\[3, 2\]/)
  })

  it.each<[string, (m: { w: Tensor; v: Tensor }, rows: Tensor) => Tensor]>([
    ['a residual of the data', (m, rows) => matmul(tanh(matmul(rows, m.w)).add(rows), m.v) as Tensor],
    ['a gate that is a parameter', (m, rows) => matmul(tanh(matmul(rows, m.w)).mul(m.v), m.v) as Tensor],
    ['a flip between layers', (m, rows) => matmul(tanh(flip(matmul(rows, m.w), 0) as Tensor), m.v) as Tensor],
    [
      'a transposition between layers',
      (m, rows) => matmul(tanh(transpose(matmul(rows, m.w) as Tensor)), m.v) as Tensor,
    ],
    ['what holds the gradient back', (m, rows) => matmul(stopGradient(tanh(matmul(rows, m.w))), m.v) as Tensor],
    [
      'a mask of numbers',
      (m, rows) => matmul(tanh(matmul(rows, m.w)).mul(tensor([[0, 2], [2, 0]])), m.v) as Tensor, // prettier-ignore
    ],
  ])('does not take %s for a part of a stack', (_, network) => {
    const square = tensor([[0.5, -1], [2, 1]]) // prettier-ignore
    const explanation = explain(
      { w: tensor([[1, 2], [3, 4]]), v: tensor([[1, 0], [0.5, 1]]) }, // prettier-ignore
      (m, rows) => network(m, rows).sum(),
      square,
    )
    expect(explanation).toMatchObject({ layers: null, ok: true })
  })

  it('gives the gradients of the closed form where the bias is an input', () => {
    fc.assert(
      fc.property(networks({ maximumLayers: 3, maximumWidth: 4, maximumBatch: 4, margin: 1e-6 }), (drawn) => {
        const network = withForm(drawn, 'theta')
        const explanation = explainNetwork(network)
        expect(explanation.ok).toBe(true)
        const truth = backpropagate(network)
        expect(explanation.gradients).toHaveLength(network.layers.length)
        explanation.gradients.forEach(({ value }, l) => {
          const { gradient } = truth.layers[l]
          if (gradient.form !== 'theta') throw new Error('not this form')
          const size = Math.max(1e-300, ...gradient.theta.data.map(Math.abs))
          gradient.theta.data.forEach((expected, i) =>
            expect(Math.abs(value.data[i] - expected) / size).toBeLessThan(1e-9),
          )
        })
      }),
      { numRuns: 10 },
    )
  })

  it('shows constants, attributes, and why nothing flows', () => {
    const explanation = explain({ w: tensor([1, 2]) }, (m) =>
      m.w
        .mul(tensor([3, 4]))
        .add(stopGradient(m.w))
        .mul(greater(m.w, 1.5))
        .sum(),
    )
    const text = String(explanation)
    expect(text).toMatch(/%\d = constant \[3, 4\]/)
    expect(text).toMatch(/%\d = greater\(%0, 1\.5\) {3}bool\[2\]/)
    expect(text).toMatch(/%\d = sum\(%\d, axes: \[0\]\)/)
    expect(text).toContain('rule       derivative zero\n')
    expect(text).toContain('rule       derivative zero, by stopGradient')
    expect(explanation.toMarkdown()).toMatch(/- %\d = constant \[3, 4\]/)
    expect(explanation.gradients[0].value.data).toEqual(Float32Array.of(0, 4))
  })

  it('shows the pullback of a custom gradient', () => {
    const cube = customGradient(
      (w: Tensor) => ({ value: w.mul(w).mul(w), pullback: (g: Tensor) => [g.mul(w).mul(w).mul(3)] as [Tensor] }),
      { name: 'cube' },
    )
    const explanation = explain({ w: tensor([1, 2]) }, (m) => cube(m.w).sum())
    expect(explanation.ok).toBe(true)
    const { rule, application } = explanation.nodes.find(({ op }) => op === 'cube')!
    expect(application).toMatch(/^cube\((%\d, )+3\)$/)
    expect(rule[0]).toBe("the pullback given to customGradient 'cube':")
    expect(rule[1]).toMatch(/\+= \(\(ȳ ⊙ x.\) ⊙ x.\) ⊙ x./)
    expect(explanation.gradients[0].value.data).toEqual(Float32Array.of(3, 12))
  })

  it('ignores NaN from the branch that a where does not take, as autodiff does', () => {
    const explanation = explain({ w: tensor([0, 2, -1]) }, (m) => where(greater(m.w, 0), log(m.w), 0).sum())
    expect(explanation.ok).toBe(true)
    expect(Array.from(explanation.gradients[0].value.data, Math.abs)).toEqual([0, 0.5, 0])
  })

  it('accepts an op without a derivative where nothing flows, and names a model that is a tensor', () => {
    const lookUp = defineOp({
      name: 'lookUp',
      inputs: 1,
      infer: ([type]) => type,
      kernel: ([given], result) => result.data.set(given.data),
      law: noGradient('a table has no slope'),
      domain: () => ({ inputs: [{ shape: [2] }], attributes: undefined }),
    })
    const explanation = explain(
      tensor([2, 3]),
      (m, data) =>
        lookUp(data)
          .mul(m)
          .add(floor(lookUp(m)))
          .sum(),
      tensor([5, 7]),
    )
    expect(explanation).toMatchObject({ ok: true, gradients: [{ name: 'model' }] })
    expect(explanation.gradients[0].value.data).toEqual(Float32Array.of(5, 7))
    const [ofData] = explanation.nodes
    expect(ofData).toMatchObject({ op: 'lookUp', cotangent: null, rule: ['no derivative: a table has no slope'] })
  })

  it('judges by the coarser dtype where both take part', () => {
    const w = tensor([[1, 2], [3, 4]]) // prettier-ignore
    const v = tensor([[0.1], [0.7]]) // prettier-ignore
    const net = (m: { w: Tensor; v: Tensor }, rows: Tensor) =>
      // Products of three factors, which the equations take in another order.
      matmul(sigmoid(matmul(rows, m.w)).square().square(), m.v)
        .astype('float64')
        .sum()
    const explanation = explain({ w, v }, net, x.mul(0.3))
    expect(explanation).toMatchObject({ ok: true, cost: { dtype: 'float64' }, layers: [{}, {}] })
    expect(explanation.largestDifference).toBeGreaterThan(1e-10)
  })

  it('as data that survives JSON, including numbers that JSON lacks, and equal for equal graphs', () => {
    const tell = () => explain({ w: tensor([0, 2, -1]) }, (m) => where(greater(m.w, 0), log(m.w), 0).sum())
    const data = tell().toJSON()
    expect(JSON.parse(JSON.stringify(data))).toEqual(data)
    const { nodes, gradients, inputs } = data as Record<'nodes' | 'gradients' | 'inputs', Record<string, any>[]>
    expect(inputs).toEqual([{ position: 0, name: 'w' }])
    expect(nodes.find(({ op }) => op === 'log')!.value.data).toEqual(['-Infinity', Math.fround(Math.log(2)), 'NaN'])
    expect(gradients[0]).toMatchObject({ name: 'w', value: { dtype: 'float32', shape: [3] }, difference: 0 })
    expect(nodes.map(({ position }) => position)).toEqual([1, 2, 3, 4])
    const explanation = tell().toJSON()
    expect(explanation).toEqual(data)
  })
})
