// The network's loss and gradient by the equations of backpropagation: plain loops over float64, without the engine.

import type { Penalty } from './network'

/** One sigmoid layer: W `[outputs, inputs]` in row-major order, and b. */
export interface PlainLayer {
  readonly inputs: number
  readonly outputs: number
  readonly weight: Float64Array
  readonly bias: Float64Array
}

/**
 * m examples. Each row of `x` holds the inputs of the first layer, each row of `y` the targets of the last layer's
 * outputs.
 */
export interface PlainBatch {
  readonly m: number
  readonly x: Float64Array
  readonly y: Float64Array
}

/** The loss, and the gradient of each layer's parameters in the layout of the parameters. */
export interface PlainGradient {
  readonly loss: number
  readonly layers: readonly { readonly weight: Float64Array; readonly bias: Float64Array }[]
}

/** `σ(z) = 1 / (1 + e⁻ᶻ)`. */
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z))

/** `z = a₋₁ Wᵀ + b`, `a = σ(z)`: the activations of m examples after one layer. */
function activate({ inputs, outputs, weight, bias }: PlainLayer, before: Float64Array, m: number): Float64Array {
  const a = new Float64Array(m * outputs)
  for (let i = 0; i < m; i++)
    for (let j = 0; j < outputs; j++) {
      let z = bias[j]
      for (let k = 0; k < inputs; k++) z += before[i * inputs + k] * weight[j * inputs + k]
      a[i * outputs + j] = sigmoid(z)
    }
  return a
}

/** `-(1/m) Σₘ Σₖ [y log h + (1 - y) log(1 - h)]`. */
function logLoss(h: Float64Array, y: Float64Array, m: number): number {
  let sum = 0
  for (let i = 0; i < h.length; i++) sum += y[i] * Math.log(h[i]) + (1 - y[i]) * Math.log1p(-h[i])
  return -sum / m
}

/** `(λ / 2n) Σ θ²` over the weights, without the biases; n is the number of training examples. */
function penaltyValue(layers: readonly PlainLayer[], { lambda, examples }: Penalty): number {
  let squares = 0
  for (const { weight } of layers) for (const theta of weight) squares += theta * theta
  return (lambda / (2 * examples)) * squares
}

/** `∂C/∂W = δᵀ a₋₁`, with `(λ/n) W` for the penalty, and `∂C/∂b = Σ rows of δ`. */
function gradientOf(layer: PlainLayer, delta: Float64Array, before: Float64Array, m: number, penalty: Penalty) {
  const { inputs, outputs } = layer
  const weight = layer.weight.map((theta) => (penalty.lambda / penalty.examples) * theta)
  const bias = new Float64Array(outputs)
  for (let i = 0; i < m; i++)
    for (let j = 0; j < outputs; j++) {
      const error = delta[i * outputs + j]
      bias[j] += error
      for (let k = 0; k < inputs; k++) weight[j * inputs + k] += error * before[i * inputs + k]
    }
  return { weight, bias }
}

/** `δˡ = (δˡ⁺¹ Wˡ⁺¹) ⊙ σ'(zˡ)`, with `σ'(z) = a (1 - a)`, from δ and W of layer l + 1 and a of layer l. */
function errorBefore({ inputs, outputs, weight }: PlainLayer, delta: Float64Array, a: Float64Array, m: number) {
  const result = new Float64Array(m * inputs)
  for (let i = 0; i < m; i++)
    for (let k = 0; k < inputs; k++) {
      let sum = 0
      for (let j = 0; j < outputs; j++) sum += delta[i * outputs + j] * weight[j * inputs + k]
      const activation = a[i * inputs + k]
      result[i * inputs + k] = sum * activation * (1 - activation)
    }
  return result
}

/** Runs the layers forward, then backward. The equations are those of Nielsen and of Ng's course, in rows. */
export function backpropagate(layers: readonly PlainLayer[], { m, x, y }: PlainBatch, penalty: Penalty): PlainGradient {
  // a[0] = x, a[l + 1] = the activations of layer l.
  const a = [x]
  for (const layer of layers) a.push(activate(layer, a[a.length - 1], m))
  const h = a[layers.length]
  // δᴸ = ∂C/∂aᴸ ⊙ σ'(zᴸ), which for sigmoid with log-loss is h - y; the mean over the batch makes it (h - y)/m.
  let delta = h.map((output, i) => (output - y[i]) / m)
  const gradients: { weight: Float64Array; bias: Float64Array }[] = []
  for (let l = layers.length - 1; l >= 0; l--) {
    gradients.unshift(gradientOf(layers[l], delta, a[l], m, penalty))
    if (l > 0) delta = errorBefore(layers[l], delta, a[l], m)
  }
  return { loss: logLoss(h, y, m) + penaltyValue(layers, penalty), layers: gradients }
}
