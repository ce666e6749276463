import {
  customGradient,
  defineElementwise,
  identity,
  key,
  leakyRelu,
  matmul,
  normal,
  sigmoid,
  splitKey,
  step,
  tanh,
  tensor,
  type Tensor,
  transpose,
  zeros,
} from '@cotangent/core'
import { explain } from '@cotangent/check'
import { type Activation, dense, l2, logLoss, mse, sequential, softmaxCrossEntropy } from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { networks } from '../../../nn/test/closed-form/arbitraries'
import { backpropagate, withForm } from '../../../nn/test/closed-form/backpropagation'
import { explainNetwork } from './network'
import { runs } from '../../../../test/effort'

const [k1, k2] = splitKey(key(1), 2)
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
        const explanation = explainNetwork(network)
        const truth = backpropagate(network)
        expect(explanation.ok).toBe(true)
        expect(explanation.layers).toHaveLength(network.layers.length)
        expect(explanation.mistakes).toEqual([])
        expect(largestDifference(explanation.layers!.at(-1)!.flowing, truth.lossDerivative.data)).toBeLessThan(1e-9)
        truth.layers.forEach(({ z, a, delta, gradient }, l) => {
          const layer = explanation.layers![l]
          if (gradient.form !== 'bias') throw new Error('not this form')
          expect(largestDifference(layer.z, z.data)).toBeLessThan(1e-12)
          expect(largestDifference(layer.a, a.data)).toBeLessThan(1e-12)
          // Where a sigmoid saturates under cross entropy, δ loses digits: h - y becomes y/h - (1 - y)/(1 - h).
          expect(largestDifference(layer.delta, delta.data)).toBeLessThan(1e-9)
          const total =
            layer.penalty === null ? layer.weight.gradient : (layer.weight.gradient.add(layer.penalty) as Tensor)
          expect(largestDifference(total, gradient.weight.data)).toBeLessThan(1e-9)
          expect(largestDifference(layer.bias!.gradient, gradient.bias)).toBeLessThan(1e-9)
        })
      }),
      { numRuns: runs(10) },
    )
  })

  it('reads like the textbook', () => {
    expect(String(explain(model, loss, x, y))).toMatchInlineSnapshot(`
      "C = 1.380558729171753

      x = data[0]
      layer 1, forward: W¹ = layers[0].weight, b¹ = layers[0].bias
        z¹ = x W¹ᵀ + b¹        [3, 2] · [2, 2]ᵀ + [2] → [3, 2]  [[1.16136, -0.904448], [1.02073, 0.268702], [2.18209, -0.635746]]
        a¹ = sigmoid(z¹)       [3, 2]                           [[0.76158, 0.288137], [0.735115, 0.566774], [0.89863, 0.346209]]
      layer 2, forward: W² = layers[1].weight, b² = layers[1].bias
        z² = a¹ W²ᵀ + b²       [3, 2] · [1, 2]ᵀ + [1] → [3, 1]  [[0.713976], [0.552073], [0.839506]]
        a² = sigmoid(z²)       [3, 1]                           [[0.671279], [0.634616], [0.698361]]

      layer 2, backward
        ∂C/∂a²                 [3, 1]                           [[-0.496564], [0.912283], [-0.477308]]
        δ² = ∂C/∂a² ⊙ σ'(z²)   [3, 1]                           [[-0.109574], [0.211539], [-0.100546]] (autodiff: the same)
        ∂C/∂W² = δ²ᵀ a¹        [3, 1]ᵀ · [3, 2] → [1, 2]        [[-0.0182976, 0.0535125]]
        + penalty gradient     [1, 2]                           [[0.372395, -0.158315]] (autodiff: the same)
        ∂C/∂b² = Σ rows of δ²  [1]                              [0.00141887] (autodiff: the same)
      layer 1, backward
        δ¹ = (δ² W²) ⊙ σ'(z¹)  [3, 2]                           [[-0.0222274, 0.0106745], [0.046018, -0.0246694], [-0.0102325, 0.0108091]] (autodiff: the same)
        ∂C/∂W¹ = δ¹ᵀ x         [3, 2]ᵀ · [3, 2] → [2, 2]        [[0.0357855, -0.03246], [-0.0138604, 0.0214835]]
        + penalty gradient     [2, 2]                           [[0.340244, 0.38712], [0.0895673, -0.301483]] (autodiff: the same)
        ∂C/∂b¹ = Σ rows of δ¹  [2]                              [0.013558, -0.0031859] (autodiff: the same)

      The equations agree with autodiff exactly.
      Differences of the values refute no rule of an op."
    `)
  })

  it('as Markdown and as data', () => {
    const explanation = explain(model, loss, x, y)
    const markdown = explanation.toMarkdown()
    expect(markdown).toContain('## Layer 2: sigmoid')
    expect(markdown).toContain("| δ¹ = (δ² W²) ⊙ σ'(z¹) | [3, 2] |")
    const data = JSON.parse(JSON.stringify(explanation))
    expect(data).toMatchObject({
      ok: true,
      layers: [{ index: 1, activation: 'sigmoid', weight: { name: 'layers[0].weight' } }, {}],
    })
    expect(data.layers[0].delta.shape).toEqual([3, 2])
  })

  it('accepts logits, weights of shape [in, out], and no bias', () => {
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
    const explanation = explain(
      plain,
      (m, rows) => softmaxCrossEntropy(matmul(tanh(matmul(rows, m.first)), m.second) as Tensor, labels),
      x,
    )
    expect(explanation.layers).toMatchObject([
      { activation: 'tanh', isTransposed: false, bias: null },
      { activation: 'identity' },
    ])
    expect(explanation.ok).toBe(true)
    expect(String(explanation)).toContain("δ¹ = (δ² W²ᵀ) ⊙ σ'(z¹)")
  })

  it('lists the parameters outside of layers, and the penalty gradient of a bias', () => {
    const parameters = { w: tensor([[1, -2], [0.5, 1]]), b: tensor([0.1, 0.2]), scale: tensor(2) } // prettier-ignore
    const explanation = explain(
      parameters,
      (m, rows) => sigmoid(matmul(rows, m.w).add(m.b)).sum().mul(m.scale).add(m.b.square().sum()),
      x,
    )
    expect(explanation.ok).toBe(true)
    const [{ bias, a, penalty }] = explanation.layers!
    expect(bias!.penalty!.data).toEqual(Float32Array.of(0.2, 0.4))
    expect(penalty).toBeNull()
    expect(explanation.gradients.find(({ name }) => name === 'scale')!.value.item()).toBe((a.sum() as Tensor).item())
    expect(String(explanation)).toMatch(
      /parameters outside of the layers\n {2}∂C\/∂scale {3}[\d.]+ {3}\(autodiff: the same\)/,
    )
    expect(explanation.toMarkdown()).toContain('- ∂C/∂scale')
  })

  it('accepts columns of examples and single vectors as well as rows', () => {
    const w = tensor([[0.5, -1, 0.25], [1, 0.5, -0.75]], { dtype: 'float64' }) // prettier-ignore
    const v = tensor([[2, -1]], { dtype: 'float64' })
    const [b, c] = [tensor([0.1, -0.2], { dtype: 'float64' }), tensor([0.3], { dtype: 'float64' })]
    const one = tensor([0.7, -0.4, 1.1], { dtype: 'float64' })
    const parameters = { w, b, v, c }
    const column = ({ b, c }: typeof parameters) => [b.reshape([2, 1]), c.reshape([1, 1])] as const
    const rows = explain(
      parameters,
      (m, data: Tensor) => sigmoid(matmul(tanh(matmul(data, transpose(m.w)).add(m.b)), transpose(m.v)).add(m.c)).sum(),
      one.reshape([1, 3]),
    )
    const others = [
      explain(
        { ...parameters, b: column(parameters)[0], c: column(parameters)[1] },
        (m, data: Tensor) => sigmoid(matmul(m.v, tanh(matmul(m.w, data).add(m.b))).add(m.c)).sum(),
        one.reshape([3, 1]),
      ),
      explain(
        parameters,
        (m, data: Tensor) => sigmoid(matmul(m.v, tanh(matmul(m.w, data).add(m.b))).add(m.c)).sum(),
        one,
      ),
      explain(
        parameters,
        (m, data: Tensor) =>
          sigmoid(matmul(tanh(matmul(data, transpose(m.w)).add(m.b)), transpose(m.v)).add(m.c)).sum(),
        one,
      ),
    ]
    expect(rows.layers).toHaveLength(2)
    for (const explanation of others) {
      expect(explanation.ok).toBe(true)
      expect(explanation.layers).toHaveLength(2)
      explanation.layers!.forEach(({ delta, weight, bias, activation }, l) => {
        const expected = rows.layers![l]
        expect(activation).toBe(expected.activation)
        expect(largestDifference(delta, expected.delta.data)).toBeLessThan(1e-14)
        expect(largestDifference(weight.gradient, expected.weight.gradient.data)).toBeLessThan(1e-14)
        expect(largestDifference(bias!.gradient, expected.bias!.gradient.data)).toBeLessThan(1e-14)
      })
    }
    const [columns, vector, row] = others.map(String)
    expect(columns).toContain('z¹ = W¹ x + b¹            [2, 3] · [3, 1] + [2, 1] → [2, 1]')
    expect(columns).toContain("δ¹ = (W²ᵀ δ²) ⊙ σ'(z¹)")
    expect(columns).toContain('∂C/∂W¹ = δ¹ xᵀ            [2, 1] · [3, 1]ᵀ → [2, 3]')
    expect(columns).toContain('∂C/∂b¹ = Σ columns of δ¹')
    expect(vector).toContain('z¹ = W¹ x + b¹          [2, 3] · [3] + [2] → [2]')
    expect(vector).toContain('∂C/∂W¹ = δ¹ ⊗ x         [2] ⊗ [3] → [2, 3]')
    expect(row).toContain('z¹ = x W¹ᵀ + b¹')
    expect(row).toContain("δ¹ = (δ² W²) ⊙ σ'(z¹)")
  })

  it('counts ops on targets as the loss, and writes an activation of several ops as a formula', () => {
    const linear = explain({ w: tensor([[1, 2], [3, 4]]) }, (m, rows, target) => mse(matmul(rows, m.w) as Tensor, target), x, x) // prettier-ignore
    expect(linear.layers).toMatchObject([{ activation: 'identity', formula: 'z¹' }])
    expect(String(linear)).toMatch(/δ¹ = ∂C\/∂a¹ +\[3, 2\]/)
    const net = sequential(
      dense(2, 2, { key: k1, activation: leakyRelu }),
      dense(2, 2, { key: k2, activation: identity }),
      dense(2, 1, { key: k1 }),
    )
    const explanation = explain(net, (m, rows, target) => logLoss(m.forward(rows), target, { fromLogits: true }), x, y)
    expect(explanation.layers!.map(({ formula }) => formula)).toEqual([
      'where(greater(z¹, 0), z¹, z¹ ⊙ 0.01)',
      'z²',
      'z³',
    ])
    expect(String(explanation)).toContain('δ² = δ³ W³ ')
  })

  it('does not count a leaf as a bias that is subtracted, or shared by the outputs', () => {
    const w = tensor([[1, -2], [0.5, 1]]) // prettier-ignore
    const subtracted = explain({ w, b: tensor([0, 0]) }, (m, rows) => tanh(matmul(rows, m.w).sub(m.b)).sum(), x)
    const shared = explain({ w, b: tensor(1) }, (m, rows) => tanh(matmul(rows, m.w).add(m.b)).sum(), x)
    for (const explanation of [subtracted, shared]) {
      expect(explanation).toMatchObject({ ok: true, layers: [{ bias: null, activation: 'identity' }] })
      expect(String(explanation)).toMatch(/parameters outside of the layers\n {2}∂C\/∂b /)
    }
  })

  it('says what x is computed from where it is not one of the data', () => {
    const explanation = explain(model, (m, rows, target) => loss(m, rows.mul(2).sub(1) as typeof x, target), x, y)
    expect(String(explanation)).toContain('x = computed in the loss from data[0]')
    expect(String(explain(model, loss, x, y))).toContain('x = data[0]')
  })
})

describe('explain, against differences', () => {
  const wrongTanh = defineElementwise<Activation>({
    name: 'wrongTanh',
    inputs: 1,
    formula: (s, z) => s.tanh(z),
    partials: [(d) => d],
    domain: [{}],
  })
  const wrongPullback = customGradient(
    (z: Tensor) => ({ value: tanh(z), pullback: (g: Tensor) => [g.mul(2)] as [Tensor] }),
    { name: 'doubled' },
  ) as Activation
  const network = (activation: Activation) =>
    sequential(
      dense(2, 2, { key: k1, activation, dtype: 'float64' }),
      dense(2, 1, { key: k2, activation: sigmoid, dtype: 'float64' }),
    )
  const [x64, y64] = [x.astype('float64'), y.astype('float64')]
  const tell = (activation: Activation) =>
    explain(network(activation), (m, rows, target) => logLoss(m.forward(rows), target), x64, y64)

  it.each([
    ['wrongTanh', wrongTanh],
    ['doubled', wrongPullback],
  ])('sees a wrong rule that autodiff follows, and goes on with what is right: %s', (name, activation) => {
    const [explanation, right] = [tell(activation), tell(tanh)]
    expect(right.ok).toBe(true)
    expect(explanation.ok).toBe(false)
    expect(explanation.agrees).toBe(false)
    expect(explanation.largestDifference).toBeGreaterThan(0.1)
    expect(explanation.layers).toMatchObject([{ activation: name, refuted: 6 }, { refuted: 0 }])
    const [{ delta, weight, bias }] = explanation.layers!
    const [expected] = right.layers!
    expect(largestDifference(delta, expected.delta.data)).toBeLessThan(1e-9)
    expect(largestDifference(weight.gradient, expected.weight.gradient.data)).toBeLessThan(1e-9)
    expect(largestDifference(bias!.gradient, expected.bias!.gradient.data)).toBeLessThan(1e-9)
    expect(explanation.mistakes).toMatchObject([{ op: name }])
    for (const text of [String(explanation), explanation.toMarkdown()]) {
      expect(text).toContain(`THE RULE OF ${name} IS NOT ITS DERIVATIVE in layer 1`)
      expect(text).toMatch(/THE EQUATIONS AND AUTODIFF DISAGREE by \d/)
      expect(text).toContain(`THE RULE OF ${name} IS WRONG: `)
      expect(text).toMatch(/\(autodiff: differs by [1-9]e-1\)/)
    }
  })

  it('finds a wrong rule in the loss, and node by node', () => {
    const inLoss = explain(network(tanh), (m, rows, t) => wrongTanh(m.forward(rows).sub(t)).square().sum(), x64, y64)
    expect(inLoss).toMatchObject({ ok: false, agrees: true, mistakes: [{ op: 'wrongTanh' }] })
    expect(inLoss.mistakes![0].line).toMatch(/explain\.test\.ts/)
    const alone = explain({ w: x64 }, (m) => wrongTanh(m.w as Tensor).sum())
    expect(alone).toMatchObject({ ok: false, layers: null, mistakes: [{ op: 'wrongTanh' }] })
    expect(String(alone)).toContain('THE RULE OF wrongTanh IS WRONG: input 0')
  })

  it('raises no alarm at kinks, at saturation, for surrogates and for right rules', () => {
    const surrogate = customGradient(
      (z: Tensor) => ({ value: step(z), pullback: (g: Tensor) => [g.mul(2)] as [Tensor] }),
      { name: 'straightThrough', surrogate: true },
    ) as Activation
    const right = customGradient(
      (z: Tensor) => {
        const a = tanh(z)
        return { value: a, pullback: (g: Tensor) => [g.mul(a.mul(a).neg().add(1))] as [Tensor] }
      },
      { name: 'right' },
    ) as Activation
    for (const activation of [surrogate, right, step, leakyRelu]) expect(tell(activation).ok).toBe(true)
    const kink = explain(
      { w: tensor([[1, 2], [3, 4]]), v: tensor([[1, 2], [3, 4]]) }, // prettier-ignore
      (m, rows) => matmul(leakyRelu(matmul(rows, m.w)), m.v).sum(),
      tensor([[0, 0], [1, -1]]), // prettier-ignore
    )
    expect(kink).toMatchObject({ ok: true, layers: [{}, {}] })
    for (const factor of [100, 1000])
      expect(explain(model, loss, x.mul(factor) as typeof x, y)).toMatchObject({ ok: true, layers: [{}, {}] })
  })

  it('says that a graph is too large for it', () => {
    const [k1, k2, k3] = splitKey(key(3), 3)
    const large = sequential(dense(784, 64, { key: k1, activation: sigmoid }), dense(64, 10, { key: k2 }))
    const rows: Tensor<[32, 784]> = normal(k3, [32, 784])
    const explanation = explain(large, (m) => mse(m.forward(rows), zeros([32, 10])))
    expect(explanation).toMatchObject({ ok: true, mistakes: null, x: 'a constant' })
    expect(String(explanation)).toContain('too large to compare the rule of each op with differences')
  })
})
