// How far a network computed in floating point may be from the closed form: a bound for every number of it.
//
// Model (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., chapters 2 and 3): each +, -, x, / has a
// relative error of at most the unit roundoff u (2⁻²⁴ for float32, 2⁻⁵³ for float64), and a sum of n products, in
// whatever order, is off by at most γₙ Σ |terms| with γₙ = n u / (1 - n u). An elementwise function adds a few u of its
// own.
//
// Running error analysis (section 3.3 there): beside each equation of backpropagation.ts stands the one that its error
// obeys, E(.), in which inherited errors go through as far as the absolute values let them:
//
//   E(z)  = E(a₋₁) |W|ᵀ + γₙ₊₂ ((|a₋₁| + E(a₋₁)) |W|ᵀ + |b|)      n = fan-in; parameters and x are exact
//   E(a)  = (|σ'(z)| + B E(z)) E(z) + c u |a|                     B = max |σ''|
//   E(σ') = B E(z) + c u
//   E(δˡ) = product of (δˡ⁺¹ Wˡ⁺¹, its error as in z with γ of the fan-out) and (σ', E(σ'))
//   E(∂C/∂W) = Σ over examples of the product (δ, E(δ)) (a₋₁, E(a₋₁)) + γₘ₊₂ Σ |δ| |a₋₁| + ...
//
// with E(p q) = |p| E(q) + |q| E(p) + E(p) E(q). So a layer adds (n + c) u of its own, and multiplies what it got by at
// most the largest row sum of |W| going forward and column sum going back. With the weights of arbitraries.ts these are
// about √(3n)/2, 4.2 for n = 24, while z stays near 1: through L layers and back the bound relative to the values is
// about (n + c) u 4.2^(2L) at the worst, and (n + c) u L for narrow networks. Dropped are products of u with a bound, a
// share of u of the result; each count of roundings is one or two too many.

import { activation, type ActivationName } from './activations'
import {
  backpropagate,
  type Backpropagation,
  type LayerResult,
  type Network,
  type Parameters,
  penalty,
  weightAt,
} from './backpropagation'
import { at, build, type Matrix, total, vector } from './matrix'

/** B = max |σ''| where σ'' exists, of the activations that can be passed back through. */
export const curvature: Readonly<Record<Exclude<ActivationName, 'step'>, number>> = {
  identity: 0,
  sigmoid: 0.0963, // 1/(6√3)
  tanh: 0.7699, // 4/(3√3)
  relu: 0,
  leakyRelu: 0,
  elu: 1,
  softplus: 0.25,
  gelu: 0.7979, // √(2/π), at 0
  silu: 0.5, // at 0
}

const { abs, expm1, max } = Math

/** c: roundings of an elementwise function. A Gaussian tail feels the rounding of its argument z² times. */
const roundings = (name: ActivationName, z: number) => (name === 'gelu' ? 8 * (1 + z * z) : 8)

/** `E(p q)`, without the rounding of the product. */
const productError = (p: number, errorP: number, q: number, errorQ: number) =>
  abs(p) * errorQ + abs(q) * errorP + errorP * errorQ

const zeros = (like: Matrix) => build(like.rows, like.columns, () => 0)

/**
 * Bounds in the places of the values that they bound. `u` is the unit roundoff. With `fromLogits` the last sigmoid and
 * the log-loss are computed as one function of z.
 */
export function errorBounds(
  network: Network,
  u: number,
  truth: Backpropagation = backpropagate(network),
  { fromLogits = false }: { fromLogits?: boolean } = {},
): Backpropagation {
  const { layers, input, lambda } = network
  const m = input.rows
  const gamma = (n: number) => (n * u) / (1 - n * u)
  const before = (l: number) => (l === 0 ? input : truth.layers[l - 1].a)
  const activities: Pick<LayerResult, 'z' | 'a'>[] = []
  const errorBefore = (l: number) => (l === 0 ? zeros(input) : activities[l - 1].a)

  layers.forEach(({ parameters, inputs, activation: name }, l) => {
    const [previous, error, { z, a }] = [before(l), errorBefore(l), truth.layers[l]]
    const biasAt = (j: number) => (parameters.form === 'bias' ? parameters.bias[j] : at(parameters.theta, j, 0))
    const errorZ = build(z.rows, z.columns, (i, j) => {
      const inherited = total(inputs, (k) => at(error, i, k) * abs(weightAt(parameters, j, k)))
      const size = total(inputs, (k) => abs(at(previous, i, k) * weightAt(parameters, j, k))) + abs(biasAt(j))
      return inherited + gamma(inputs + 2) * (size + inherited)
    })
    const errorA = build(z.rows, z.columns, (i, j) => {
      const [own, e] = [at(z, i, j), at(errorZ, i, j)]
      if (activation(name).kink && abs(own) <= e) throw new Error(`${name}: z = ${own} ± ${e} may cross the kink`)
      const slope = abs(activation(name).derivative(own)) + bend(name) * e
      return slope * e + (name === 'identity' ? 0 : roundings(name, own) * u * abs(at(a, i, j)))
    })
    activities.push({ z: errorZ, a: errorA })
  })

  /** `E(error ⊙ σ'(z))` of layer l. */
  const throughActivation = (l: number, value: Matrix, error: Matrix) =>
    build(value.rows, value.columns, (i, j) => {
      const name = layers[l].activation
      const slope = activation(name).derivative(at(truth.layers[l].z, i, j))
      const errorSlope = bend(name) * at(activities[l].z, i, j) + (bend(name) === 0 ? 0 : 8 * u)
      return productError(at(value, i, j), at(error, i, j), slope, errorSlope) + u * abs(at(value, i, j) * slope)
    })

  const last = layers.length - 1
  const fused = fromLogits ? logitErrors(network, truth, activities[last].z, u) : undefined
  const loss = fused ?? lossErrors(network, truth, activities[last], u)
  const results: LayerResult[] = []
  let delta = fused?.delta ?? throughActivation(last, truth.lossDerivative, loss.derivative)
  for (let l = last; l >= 0; l--) {
    const { parameters, inputs, outputs } = layers[l]
    const own = truth.layers[l].delta
    const [previous, error] = [before(l), errorBefore(l)]
    const sumError = (j: number, sizes: (i: number) => readonly [a: number, error: number]) =>
      total(m, (i) => {
        const [a, e] = sizes(i)
        const inherited = productError(at(own, i, j), at(delta, i, j), a, e)
        return inherited + gamma(m + 2) * (abs(at(own, i, j) * a) + inherited)
      })
    const weightError = (j: number, k: number) =>
      sumError(j, (i) => [at(previous, i, k), at(error, i, k)]) + 4 * u * (lambda / m) * abs(weightAt(parameters, j, k))
    const biasError = (j: number) => sumError(j, () => [1, 0])
    results.unshift({ ...activities[l], delta, gradient: assemble(parameters, weightError, biasError) })
    const value = build(m, inputs, (i, k) => total(outputs, (j) => at(own, i, j) * weightAt(parameters, j, k)))
    const current = delta
    const passedBack = build(m, inputs, (i, k) => {
      const inherited = total(outputs, (j) => at(current, i, j) * abs(weightAt(parameters, j, k)))
      const size = total(outputs, (j) => abs(at(own, i, j) * weightAt(parameters, j, k)))
      return inherited + gamma(outputs + 2) * (size + inherited)
    })
    delta = l === 0 ? passedBack : throughActivation(l - 1, value, passedBack)
  }
  const count = layers.reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0)
  const value = loss.value + gamma(count + 4) * penalty(network) + 2 * u * truth.value
  return { value, lossDerivative: loss.derivative, layers: results, input: delta }
}

const bend = (name: ActivationName) => curvature[name as keyof typeof curvature]

/** Bounds of weight and bias gradients in the form of the parameters; adding the penalty's share rounds once more. */
function assemble(
  parameters: Parameters,
  weightError: (j: number, k: number) => number,
  biasError: (j: number) => number,
): Parameters {
  if (parameters.form === 'theta') {
    const { rows, columns } = parameters.theta
    return { form: 'theta', theta: build(rows, columns, (j, k) => (k === 0 ? biasError(j) : weightError(j, k - 1))) }
  }
  const { rows, columns } = parameters.weight
  return { form: 'bias', weight: build(rows, columns, weightError), bias: vector(rows, biasError) }
}

/**
 * The same for log-loss from logits, `Σ t(z)/m` with `t(z) = y softplus(-z) + (1 - y) softplus(z)`: t' = h - y,
 * |t''| = σ' <= 1/4, and δ = t'/m, computed as `-y σ(-z) + (1 - y) σ(z)`, whose two terms round at their own sizes.
 */
function logitErrors(
  { target: y }: Network,
  { layers, value }: Backpropagation,
  errorZ: Matrix,
  u: number,
): { value: number; derivative: Matrix; delta: Matrix } {
  const { z, a } = layers[layers.length - 1]
  const [m, outputs] = [z.rows, z.columns]
  const moved = (i: number, k: number) => {
    const e = at(errorZ, i, k)
    return abs(at(a, i, k) - at(y, i, k)) * e + (e * e) / 8
  }
  const { derivative: slope } = activation('sigmoid')
  const delta = build(m, outputs, (i, k) => {
    const [h, target, e] = [at(a, i, k), at(y, i, k), at(errorZ, i, k)]
    const terms = target * (1 - h) + (1 - target) * h
    return ((slope(at(z, i, k)) + bend('sigmoid') * e) * e + 12 * u * (terms + u)) / m
  })
  const sum = total(m, (i) => total(outputs, (k) => moved(i, k)))
  return { value: sum / m + (m * outputs + 16) * u * value, derivative: zeros(z), delta }
}

/** `E(C)`, without the penalty, and `E(∂C/∂a)`. */
function lossErrors(
  { loss, target: y }: Network,
  { layers, value, lossDerivative }: Backpropagation,
  errors: Pick<LayerResult, 'z' | 'a'>,
  u: number,
): { value: number; derivative: Matrix } {
  const { z, a } = layers[layers.length - 1]
  const [m, outputs] = [a.rows, a.columns]
  const sum = (entry: (i: number, k: number) => number) => total(m, (i) => total(outputs, (k) => entry(i, k)))
  // Adding up m K terms, and the few roundings of each, none of which changes its sign.
  const adding = (m * outputs + 8) * u * value
  if (loss === 'mse') {
    // E((a - y)²) = 2 |a - y| E(a) + E(a)²
    const square = (i: number, k: number) =>
      productError(at(a, i, k) - at(y, i, k), at(errors.a, i, k), at(a, i, k) - at(y, i, k), at(errors.a, i, k))
    return {
      value: sum(square) / (m * outputs) + adding,
      derivative: build(
        m,
        outputs,
        (i, k) => (2 * at(errors.a, i, k)) / (m * outputs) + 8 * u * abs(at(lossDerivative, i, k)),
      ),
    }
  }
  if (loss === 'logLoss') {
    // log h is off by E(h)/(h - E(h)) and 1/h by E(h)/(h (h - E(h))); so is 1 - h, which rounds once more.
    const parts = (i: number, k: number) => {
      const [h, e] = [at(a, i, k), at(errors.a, i, k)]
      return [
        { share: at(y, i, k), h, e },
        { share: 1 - at(y, i, k), h: 1 - h, e: e + u },
      ].map(({ share, h, e }) => ({
        log: (share * e) / max(h - e, 0),
        inverse: (share / h) * (e / max(h - e, 0) + 8 * u),
      }))
    }
    const both = (i: number, k: number, of: 'log' | 'inverse') => {
      const [yes, no] = parts(i, k)
      return (yes[of] + no[of]) / m
    }
    return {
      value: sum((i, k) => both(i, k, 'log')) + adding,
      derivative: build(m, outputs, (i, k) => both(i, k, 'inverse')),
    }
  }
  // log pₖ = zₖ - log Σⱼ e^zⱼ, which moves by at most twice what the logits move by, and rounds at their size.
  const errorLog = (i: number) => {
    const rows = Array.from({ length: outputs }, (_, k) => [at(errors.z, i, k), abs(at(z, i, k))])
    const [moved, size] = [0, 1].map((part) => max(...rows.map((row) => row[part])))
    return 2 * moved + u * (8 * (size + Math.log(outputs)) + outputs + 8)
  }
  return {
    value: sum((i, k) => (at(y, i, k) * errorLog(i)) / m) + adding,
    // p = (∂C/∂z m + y)/Σ y is off by the factor e^(±E(log p)).
    derivative: build(m, outputs, (i, k) => {
      const mass = at(lossDerivative, i, k) * m + at(y, i, k)
      return (mass * expm1(errorLog(i)) + (outputs + 8) * u * (mass + at(y, i, k))) / m
    }),
  }
}
