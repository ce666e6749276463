// The engine's side of the comparison with the closed form, through the public interface alone.

import { slice, tensor, type Tensor, valueAndGrad, vjp } from '@cotangent/core'
import * as nn from '@cotangent/nn'
import { Dense, DenseTheta, l2, logLoss, mse, sequential, softmaxCrossEntropy } from '@cotangent/nn'
import type { ActivationName } from './activations'
import { backpropagate, type Backpropagation, type Layer, namedArrays, type Network } from './backpropagation'
import type { Matrix } from './matrix'

export type Precision = 'float32' | 'float64'
export type EngineLayer = Dense | DenseTheta
type Loss = (prediction: Tensor, target: Tensor) => Tensor
type Named = [name: string, values: ArrayLike<number>][]

/** How the engine computes a network, and what a test may break in it. */
export interface Setup {
  readonly dtype?: Precision
  /** Log-loss takes z of the last layer, and the sigmoid is inside the loss. */
  readonly fromLogits?: boolean
  readonly breakLayer?: (layer: EngineLayer, l: number) => EngineLayer
  readonly breakLoss?: (loss: Loss) => Loss
  readonly breakPenalty?: (penalty: typeof l2) => typeof l2
}

/** The matrix as a tensor. */
export const matrixTensor = ({ rows, columns, data }: Matrix, dtype: Precision = 'float64') =>
  tensor(dtype === 'float64' ? data : Float32Array.from(data), { shape: [rows, columns] })

/** The activation of this name, without the optional arguments that some take. */
export function engineActivation(name: ActivationName): nn.Activation {
  const activation = nn[name] as nn.Activation
  return (z) => activation(z)
}

/** The same parameters in a layer of the engine. */
export function engineLayer({ parameters, activation }: Layer, dtype: Precision = 'float64'): EngineLayer {
  if (parameters.form === 'theta')
    return new DenseTheta(matrixTensor(parameters.theta, dtype), engineActivation(activation))
  const bias: Tensor<[number]> = tensor(dtype === 'float64' ? parameters.bias : Float32Array.from(parameters.bias))
  return new Dense(matrixTensor(parameters.weight, dtype), bias, engineActivation(activation))
}

/** The same layer, of whatever class it is, with another activation. */
export function withActivation(layer: EngineLayer, change: (activation: nn.Activation) => nn.Activation): EngineLayer {
  const copy = Object.create(Object.getPrototypeOf(layer) as object) as EngineLayer
  return Object.assign(copy, layer, { activation: change(layer.activation) })
}

/** Loss and penalty. The θ form gives `l2` a slice, which leaves the biases in column 0 out. */
export function costOf(layers: readonly EngineLayer[], x: Tensor, y: Tensor, network: Network, setup: Setup): Tensor {
  const { breakLoss = (loss) => loss, breakPenalty = (penalty) => penalty, fromLogits = false } = setup
  const losses: Record<Network['loss'], Loss> = {
    mse,
    logLoss: (prediction, target) => logLoss(prediction, target, { fromLogits }),
    softmaxCrossEntropy,
  }
  const weights = layers.map((layer) => (layer instanceof DenseTheta ? slice(layer.theta, null, [1, null]) : layer))
  const penalty = breakPenalty(l2)(weights, { lambda: network.lambda, examples: network.input.rows })
  return breakLoss(losses[network.loss])(sequential(...(layers as Dense[])).forward(x), y).add(penalty)
}

/**
 * All that the closed form states, with the names of `closedFormNumbers`. A δ is the gradient with respect to a zero
 * that is added to z: the layer runs as it is, with an activation that adds the zero first.
 */
export function engineNumbers(network: Network, setup: Setup): Named {
  const { dtype = 'float64', fromLogits = false, breakLayer = (layer) => layer } = setup
  const last = network.layers.length - 1
  const layers = network.layers.map((layer, l) =>
    breakLayer(engineLayer(fromLogits && l === last ? { ...layer, activation: 'identity' } : layer, dtype), l),
  )
  const [x, y] = [matrixTensor(network.input, dtype), matrixTensor(network.target, dtype)]
  const cost = (model: typeof layers, input: Tensor) => costOf(model, input, y, network, setup)
  const [value, [gradients, inputGradient]] = valueAndGrad(cost, { argument: [0, 1] })(layers, x)

  const rows = network.input.rows
  const zeros = network.layers.map(({ outputs: columns }): Tensor =>
    matrixTensor({ rows, columns, data: new Float64Array(rows * columns) }, dtype),
  )
  const nudged = (nudges: Tensor[]) =>
    layers.map((layer, l) => withActivation(layer, (activation) => (z) => activation(z.add(nudges[l]) as typeof z)))
  const [again, pullback] = vjp((nudges: Tensor[]) => cost(nudged(nudges), x), zeros)
  if (!Object.is(again.item(), value.item())) throw new Error('adding zero to z changed the value')
  const [deltas] = pullback(tensor(1, { dtype }))

  return [
    ['C', [value.item()]],
    ...gradients.flatMap((layer, l): Named =>
      layer instanceof DenseTheta
        ? [[`θ${l + 1}`, layer.theta.data]]
        : [
            [`W${l + 1}`, layer.weight.data],
            [`b${l + 1}`, layer.bias.data],
          ],
    ),
    ...deltas.map((delta, l): Named[number] => [`δ${l + 1}`, delta.data]),
    ['x', inputGradient.data],
  ]
}

/** Value, gradients, every δ and ∂C/∂x, of the closed form or of its bounds. */
export function closedFormNumbers({ value, layers, input }: Backpropagation): Named {
  return [
    ['C', [value]],
    ...namedArrays(layers.map(({ gradient }) => gradient)),
    ...layers.map(({ delta }, l): Named[number] => [`δ${l + 1}`, delta.data]),
    ['x', input.data],
  ]
}

/** An entry in which the engine is further from the closed form than allowed. */
export interface Disagreement {
  readonly name: string
  readonly entry: number
  readonly engine: number
  readonly truth: number
  readonly allowed: number
}

export interface Comparison {
  readonly wrong: readonly Disagreement[]
  /** Largest error as a share of what is allowed, 0 where nothing is off. */
  readonly closest: number
}

/** Compares every entry; `allowed` gives the largest error of an entry of the array with this name. */
export function compare(
  network: Network,
  allowed: (name: string, truth: ArrayLike<number>, entry: number) => number,
  setup: Setup = {},
): Comparison {
  const engine = engineNumbers(network, setup)
  const truth = closedFormNumbers(backpropagate(network))
  const wrong: Disagreement[] = []
  let closest = 0
  truth.forEach(([name, values], a) => {
    const [engineName, found] = engine[a]
    if (engineName !== name || found.length !== values.length)
      throw new Error(`the engine has ${engineName} with ${found.length} entries for ${name} with ${values.length}`)
    for (let entry = 0; entry < values.length; entry++) {
      const error = Math.abs(found[entry] - values[entry])
      const limit = allowed(name, values, entry)
      // Written so that NaN is wrong, too.
      if (!(error <= limit)) wrong.push({ name, entry, engine: found[entry], truth: values[entry], allowed: limit })
      else if (error > 0) closest = Math.max(closest, error / limit)
    }
  })
  return { wrong, closest }
}

/** Names of the arrays with a disagreement. */
export const wrongArrays = ({ wrong }: Comparison) => [...new Set(wrong.map(({ name }) => name))]
