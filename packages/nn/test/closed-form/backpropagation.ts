// Feed-forward networks by backpropagation, equation by equation: the truth that the engine is compared with.
// It shares nothing with the engine: plain loops over float64, one line for each equation.
//
// Row-batched: m examples, a⁰ = x is m x (inputs of the first layer), l counts layers from 1 to L.

import { activation, type ActivationName } from './activations'
import { losses, type LossName, type Output, sigmoidLogLossError } from './losses'
import { at, build, type Matrix, total, vector } from './matrix'

/**
 * W (out x in) and b (out) apart, or θ (out x (in + 1)) with the bias in column 0. Gradients have the same two forms.
 */
export type Parameters =
  | { readonly form: 'bias'; readonly weight: Matrix; readonly bias: Float64Array }
  | { readonly form: 'theta'; readonly theta: Matrix }

export interface Layer {
  readonly inputs: number
  readonly outputs: number
  readonly activation: ActivationName
  readonly parameters: Parameters
}

/** Layers, a batch to run through them, and what the result is measured by. */
export interface Network {
  readonly layers: readonly Layer[]
  /** x, m x inputs of the first layer. */
  readonly input: Matrix
  /** y, m x outputs of the last layer. */
  readonly target: Matrix
  readonly loss: LossName
  /** λ of the penalty `(λ/2m) Σ θ²`. */
  readonly lambda: number
}

/** What one layer computes on the way forward. */
export interface Activity {
  /** `z = a₋₁ Wᵀ + b`, m x out. */
  readonly z: Matrix
  /** `a = σ(z)`, m x out. */
  readonly a: Matrix
}

export interface LayerResult extends Activity {
  /** `δ = ∂C/∂z`, m x out. */
  readonly delta: Matrix
  readonly gradient: Parameters
}

export interface Backpropagation {
  /** Loss and penalty together. */
  readonly value: number
  /** `∂C/∂aᴸ`. */
  readonly lossDerivative: Matrix
  readonly layers: readonly LayerResult[]
  /** `∂C/∂x`. */
  readonly input: Matrix
}

/** The entry of W: columns of θ count from 1, behind the bias. */
export function weightAt(parameters: Parameters, j: number, k: number): number {
  return parameters.form === 'bias' ? at(parameters.weight, j, k) : at(parameters.theta, j, k + 1)
}

/** `[1, a]`: a leading column of ones, the input that the bias in θ belongs to. */
function extended(a: Matrix): Matrix {
  return build(a.rows, a.columns + 1, (i, k) => (k === 0 ? 1 : at(a, i, k - 1)))
}

/** `a bᵀ`. */
function timesTransposed(a: Matrix, b: Matrix): Matrix {
  return build(a.rows, b.rows, (i, j) => total(a.columns, (k) => at(a, i, k) * at(b, j, k)))
}

/** `z = a₋₁ Wᵀ + b`, or `z = [1, a₋₁] θᵀ`. */
function preactivation(parameters: Parameters, previous: Matrix): Matrix {
  if (parameters.form === 'theta') return timesTransposed(extended(previous), parameters.theta)
  const product = timesTransposed(previous, parameters.weight)
  return build(product.rows, product.columns, (i, j) => at(product, i, j) + parameters.bias[j])
}

/** z and a of every layer. `nudges` are added to z: δ is the derivative with respect to them. */
export function forward(layers: readonly Layer[], input: Matrix, nudges?: readonly Matrix[]): Activity[] {
  const result: Activity[] = []
  let previous = input
  layers.forEach((layer, l) => {
    const unmoved = preactivation(layer.parameters, previous)
    const nudge = nudges?.[l]
    const z = nudge ? build(unmoved.rows, unmoved.columns, (i, j) => at(unmoved, i, j) + at(nudge, i, j)) : unmoved
    const { value } = activation(layer.activation)
    // a = σ(z)
    const a = build(z.rows, z.columns, (i, j) => value(at(z, i, j)))
    result.push({ z, a })
    previous = a
  })
  return result
}

/** The last layer as its loss sees it. */
function outputOf({ layers, target, loss }: Network, activities: readonly Activity[]): Output {
  const last = layers[layers.length - 1].activation
  const needed = { mse: last, logLoss: 'sigmoid', softmaxCrossEntropy: 'identity' }[loss]
  if (last !== needed) throw new Error(`${loss} is stated for a last layer with ${needed}, got ${last}`)
  return { ...activities[activities.length - 1], y: target }
}

/** `(λ/2m) Σ θ²` over all weights; biases, which are column 0 of θ, are left out. */
export function penalty({ layers, input, lambda }: Network): number {
  const squares = layers.map(({ parameters, inputs, outputs }) =>
    total(outputs, (j) => total(inputs, (k) => weightAt(parameters, j, k) ** 2)),
  )
  return (lambda / (2 * input.rows)) * total(squares.length, (l) => squares[l])
}

/** C, the penalty included. */
export function cost(network: Network, nudges?: readonly Matrix[]): number {
  const output = outputOf(network, forward(network.layers, network.input, nudges))
  return losses[network.loss].value(output) + penalty(network)
}

/**
 * - `∂C/∂W = δᵀ a₋₁ + (λ/m) W` and `∂C/∂b = Σ rows of δ`, or
 * - `∂C/∂θ = δᵀ [1, a₋₁] + (λ/m) [0, W]`.
 */
function parameterGradient(parameters: Parameters, delta: Matrix, previous: Matrix, lambda: number): Parameters {
  const m = delta.rows
  if (parameters.form === 'theta') {
    const { theta } = parameters
    const inputs = extended(previous)
    const gradient = build(theta.rows, theta.columns, (j, k) => {
      const decay = k === 0 ? 0 : (lambda / m) * at(theta, j, k)
      return total(m, (i) => at(delta, i, j) * at(inputs, i, k)) + decay
    })
    return { form: 'theta', theta: gradient }
  }
  const { weight } = parameters
  return {
    form: 'bias',
    weight: build(
      weight.rows,
      weight.columns,
      (j, k) => total(m, (i) => at(delta, i, j) * at(previous, i, k)) + (lambda / m) * at(weight, j, k),
    ),
    bias: vector(weight.rows, (j) => total(m, (i) => at(delta, i, j))),
  }
}

/** `δ W`: what reaches the layer's inputs, before their own activation. */
function passedBack({ parameters, inputs, outputs }: Layer, delta: Matrix): Matrix {
  return build(delta.rows, inputs, (i, k) => total(outputs, (j) => at(delta, i, j) * weightAt(parameters, j, k)))
}

/** `error ⊙ σ'(z)`. */
function throughActivation(error: Matrix, name: ActivationName, z: Matrix): Matrix {
  const { derivative } = activation(name)
  return build(z.rows, z.columns, (i, j) => at(error, i, j) * derivative(at(z, i, j)))
}

/**
 * Value and all derivatives. `shortcut` takes `δᴸ = (h - y)/m` in place of `∂C/∂aᴸ ⊙ σ'(zᴸ)`; it is for sigmoid with
 * log-loss only.
 */
export function backpropagate(network: Network, { shortcut = false }: { shortcut?: boolean } = {}): Backpropagation {
  const { layers, input, loss, lambda } = network
  const activities = forward(layers, input)
  const output = outputOf(network, activities)
  if (shortcut && loss !== 'logLoss') throw new Error(`h - y is the last error of log-loss, not of ${loss}`)
  const last = layers.length - 1
  const lossDerivative = losses[loss].derivative(output)
  const results: LayerResult[] = []
  // δᴸ = ∂C/∂aᴸ ⊙ σ'(zᴸ)
  let delta = shortcut
    ? sigmoidLogLossError(output)
    : throughActivation(lossDerivative, layers[last].activation, output.z)
  for (let l = last; l >= 0; l--) {
    const previous = l === 0 ? input : activities[l - 1].a
    results.unshift({
      ...activities[l],
      delta,
      gradient: parameterGradient(layers[l].parameters, delta, previous, lambda),
    })
    // δˡ = (δˡ⁺¹ Wˡ⁺¹) ⊙ σ'(zˡ)
    const error = passedBack(layers[l], delta)
    delta = l === 0 ? error : throughActivation(error, layers[l - 1].activation, activities[l - 1].z)
  }
  // ∂C/∂x = δ¹ W¹
  return { value: losses[loss].value(output) + penalty(network), lossDerivative, layers: results, input: delta }
}

/** The parameter arrays, or their gradients, with names such as `W1`, `b1` and `θ1`, in the order of the layers. */
export function namedArrays(parameters: readonly Parameters[]): [name: string, values: Float64Array][] {
  return parameters.flatMap((own, l): [string, Float64Array][] =>
    own.form === 'theta'
      ? [[`θ${l + 1}`, own.theta.data]]
      : [
          [`W${l + 1}`, own.weight.data],
          [`b${l + 1}`, own.bias],
        ],
  )
}

/** The same network in the other form: θ = [b, W]. */
export function withForm(network: Network, form: Parameters['form']): Network {
  const convert = ({ parameters, inputs, outputs }: Layer): Parameters => {
    const biasAt = (j: number) => (parameters.form === 'bias' ? parameters.bias[j] : at(parameters.theta, j, 0))
    if (form === 'bias') {
      const weight = build(outputs, inputs, (j, k) => weightAt(parameters, j, k))
      return { form, weight, bias: vector(outputs, biasAt) }
    }
    const theta = build(outputs, inputs + 1, (j, k) => (k === 0 ? biasAt(j) : weightAt(parameters, j, k - 1)))
    return { form, theta }
  }
  return { ...network, layers: network.layers.map((layer) => ({ ...layer, parameters: convert(layer) })) }
}
