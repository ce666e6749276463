import { key, matmul, sigmoid, softmax, split, tanh, tensor, type Tensor, transpose } from '@cotangent/core'
import { explain, type Explanation, ruleFormulas } from '@cotangent/check'
import { dense, l2, logLoss, mse, sequential, softmaxCrossEntropy } from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { networks } from '../../nn/test/closed-form/arbitraries'
import { backpropagate, withForm } from '../../nn/test/closed-form/backpropagation'
import { costOf, engineLayer, matrixTensor } from '../../nn/test/closed-form/engine'
import { fill, varieties } from '../src/op/values'
import { numbersFrom } from '../src/random'
import * as external from './laws/external-op'
import { allOps } from './laws/discover'
import { smallDraw } from './laws/small-draw'

const [k1, k2] = split(key(1), 2)
const x = tensor([
  [0, 1],
  [1, 0],
  [1, 1],
])
const y = tensor([[1], [0], [1]])
const model = sequential(dense(2, 2, { key: k1, activation: sigmoid }), dense(2, 1, { key: k2, activation: sigmoid }))
const loss = (m: typeof model, rows: Tensor<[3, 2]>, target: Tensor<[3, 1]>) =>
  logLoss(m.forward(rows), target).add(l2(m, { lambda: 1, examples: 3 }))

function largestDifference(got: Tensor, expected: ArrayLike<number>): number {
  const size = Math.max(1e-300, ...Array.from(expected, Math.abs))
  return Math.max(0, ...Array.from(expected, (value, i) => Math.abs(got.data[i] - value))) / size
}

describe('explain, layer by layer', () => {
  it('gives the numbers of the closed form, for any network', () => {
    fc.assert(
      fc.property(networks({ maximumLayers: 4, maximumWidth: 6, maximumBatch: 5, margin: 1e-6 }), (drawn) => {
        const network = withForm(drawn, 'bias')
        const layers = network.layers.map((layer) => engineLayer(layer))
        const target = matrixTensor(network.target)
        const told = explain(
          layers,
          (given, rows: Tensor) => costOf(given, rows, target, network, {}),
          matrixTensor(network.input),
        )
        const truth = backpropagate(network)
        expect(told.ok).toBe(true)
        expect(told.layers).toHaveLength(network.layers.length)
        truth.layers.forEach(({ z, delta, gradient }, l) => {
          const layer = told.layers![l]
          if (gradient.form !== 'bias') throw new Error('not this form')
          expect(largestDifference(layer.z, z.data)).toBeLessThan(1e-12)
          // A sigmoid that its loss undoes loses digits in δ where it saturates: h - y against y/h - (1 - y)/(1 - h).
          expect(largestDifference(layer.delta, delta.data)).toBeLessThan(1e-9)
          const total =
            layer.penalty === null ? layer.weight.gradient : (layer.weight.gradient.add(layer.penalty) as Tensor)
          expect(largestDifference(total, gradient.weight.data)).toBeLessThan(1e-9)
          expect(largestDifference(layer.bias!.gradient, gradient.bias)).toBeLessThan(1e-9)
        })
      }),
      { numRuns: 40 },
    )
  })

  it('reads like the textbook', () => {
    expect(String(explain(model, loss, x, y))).toMatchInlineSnapshot(`
      "C = 1.380558729171753

      layer 1, forward: W¹ = layers[0].weight, b¹ = layers[0].bias
        z¹ = x W¹ᵀ + b¹                [3, 2] [2, 2]ᵀ + [2] → [3, 2]  [[1.16136, -0.904448], [1.02073, 0.268702], [2.18209, -0.635746]]
        a¹ = sigmoid(z¹)               [3, 2]                         [[0.76158, 0.288137], [0.735115, 0.566774], [0.89863, 0.346209]]
      layer 2, forward: W² = layers[1].weight, b² = layers[1].bias
        z² = a¹ W²ᵀ + b²               [3, 2] [1, 2]ᵀ + [1] → [3, 1]  [[0.713976], [0.552073], [0.839506]]
        a² = sigmoid(z²)               [3, 1]                         [[0.671279], [0.634616], [0.698361]]

      layer 2, backward
        δ² = ∂C/∂a² ⊙ σ'(z²)           [3, 1]                         [[-0.109574], [0.211539], [-0.100546]]
        ∂C/∂W² = δ²ᵀ a¹                [3, 1]ᵀ [3, 2] → [1, 2]        [[-0.0182976, 0.0535125]]
        + what the penalty adds        [1, 2]                         [[0.372395, -0.158315]] (autodiff: the same)
        ∂C/∂b² = Σ rows of δ²          [1]                            [0.00141889] (autodiff: the same)
      layer 1, backward
        δ¹ = (δ² W²) ⊙ σ'(z¹)          [3, 2]                         [[-0.0222275, 0.0106745], [0.046018, -0.0246694], [-0.0102325, 0.0108091]]
        ∂C/∂W¹ = δ¹ᵀ x                 [3, 2]ᵀ [3, 2] → [2, 2]        [[0.0357855, -0.03246], [-0.0138604, 0.0214835]]
        + what the penalty adds        [2, 2]                         [[0.340244, 0.38712], [0.0895673, -0.301483]] (autodiff: the same)
        ∂C/∂b¹ = Σ rows of δ¹          [2]                            [0.013558, -0.0031859] (autodiff: the same)

      The equations agree with autodiff exactly."
    `)
  })

  it('as Markdown and as data', () => {
    const told = explain(model, loss, x, y)
    const markdown = told.toMarkdown()
    expect(markdown).toContain('## Layer 2: sigmoid')
    expect(markdown).toContain("| δ¹ = (δ² W²) ⊙ σ'(z¹) | [3, 2] |")
    const data = JSON.parse(JSON.stringify(told))
    expect(data).toMatchObject({
      ok: true,
      layers: [{ index: 1, activation: 'sigmoid', weight: { name: 'layers[0].weight' } }, {}],
    })
    expect(data.layers[0].delta.shape).toEqual([3, 2])
  })

  it('takes logits, weights that are [in, out], and no bias', () => {
    const labels = tensor([0, 1, 2], { dtype: 'int32' })
    const plain = {
      first: tensor([
        [1, -1, 0.5],
        [0.3, 0.2, -0.7],
      ]),
      second: tensor([
        [1, 2, 3],
        [0, 1, 0],
        [1, 1, 1],
      ]),
    }
    const told = explain(
      plain,
      (m, rows) => softmaxCrossEntropy(matmul(tanh(matmul(rows, m.first)), m.second) as Tensor, labels),
      x,
    )
    expect(told.layers).toMatchObject([
      { activation: 'tanh', isTransposed: false, bias: null },
      { activation: 'identity' },
    ])
    expect(told.ok).toBe(true)
    expect(String(told)).toContain("δ¹ = (δ² W²ᵀ) ⊙ σ'(z¹)")
  })
})

describe('explain, node by node', () => {
  const attention = (m: { q: Tensor; k: Tensor }, rows: Tensor) =>
    softmax(matmul(matmul(rows, m.q), transpose(matmul(rows, m.k))))
      .square()
      .sum()
  const told: Explanation = explain(
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

  it('for what is no stack, with rules, cotangents and gradients', () => {
    expect(told.layers).toBeNull()
    expect(told.ok).toBe(true)
    expect(told.gradients.map(({ name }) => name)).toEqual(['q', 'k'])
    const text = String(told)
    expect(text).toMatch(/%\d+ = matmul\(%2, %0\) {3}float32\[3, 2\] {3}at .*explain\.test\.ts/)
    expect(text).toContain('rule       ā = ȳ bᵀ')
    expect(text).toContain('rule       b̄ = aᵀ ȳ')
    expect(told.toMarkdown()).toContain('`ā = ȳ bᵀ`<br>`b̄ = aᵀ ȳ`')
  })

  it('does not take a skip connection or a shared weight for a stack', () => {
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

  it('refuses a loss that is not a number', () => {
    expect(() => explain(model, (m, rows: Tensor<[3, 2]>) => m.forward(rows), x)).toThrow(
      /one floating-point scalar, got float32\[3, 1\]/,
    )
  })
})

describe('ruleFormulas', () => {
  const ops = [...allOps, external.softsign.op, external.neighbours.op, external.norm.op, external.cross.op]

  it.each(ops.map((op) => [op.name, op] as const))('of %s come from its law', (_, op) => {
    const sample = op.domain(smallDraw)
    const inputs = fill(sample, numbersFrom(1), varieties[0], 'float64')
    const rules = ruleFormulas(op, inputs, sample.attributes)
    const { kind } = op.law as { kind: string }
    if (kind === 'constant') expect(rules).toEqual(['constant: nothing flows back'])
    else for (const rule of rules) expect(rule).toMatch(/^(ā|b̄|x̄)[₀-₉]* = .*(ȳ|\.\.\.)/)
  })

  it('are written as mathematics does', () => {
    const named = (name: string) => allOps.find((op) => op.name === name)!
    const [a, b] = [tensor([[1, 2]]), tensor([[3, 4]])]
    expect(ruleFormulas(named('mul'), [a, b], undefined)).toEqual(['ā = ȳ ⊙ b', 'b̄ = a ⊙ ȳ'])
    expect(ruleFormulas(named('div'), [a, b], undefined)).toEqual(['ā = ȳ / b', 'b̄ = -((y ⊙ ȳ) / b)'])
    expect(ruleFormulas(named('tanh'), [a], undefined)).toEqual(['x̄ = ȳ ⊙ ((1 - y) ⊙ (1 + y))'])
    expect(ruleFormulas(named('matmul'), [a, transpose(b)], undefined)).toEqual(['ā = ȳ bᵀ', 'b̄ = aᵀ ȳ'])
  })
})
