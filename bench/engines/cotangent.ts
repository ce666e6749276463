import {
  compile,
  type CompileOptions,
  matmul,
  relu,
  sigmoid,
  sum,
  tanh,
  type Tensor,
  tensor,
  transpose,
  valueAndGrad,
  zeros,
} from '@cotangent/core'
import { type Activation, Dense, l2, logLoss, mse, softmaxCrossEntropy } from '@cotangent/nn'
import { sgd } from '@cotangent/optim'
import type { Training } from '../workloads/workload'
import { type Engine, type Preparations, samples } from './engine'

type Compile = <Args extends unknown[], R>(f: (...args: Args) => R, options?: CompileOptions) => (...args: Args) => R

const asIs: Compile = (f) => f
const activations = { relu, sigmoid, tanh } satisfies Record<Training['activation'], Activation>
const losses = { logLoss, mse, softmaxCrossEntropy } satisfies Record<Training['loss'], unknown>

/** The loss of a stack of layers, written in the usual way with `@cotangent/nn`. */
function lossOf({ loss, lambda, batch }: Training) {
  return (layers: Dense[], x: Tensor<[number, number]>, y: Tensor<[number, number]>): Tensor<[]> => {
    const output = layers.reduce((a, layer) => layer.forward(a), x)
    const data = losses[loss](output, y)
    return lambda === 0 ? data : data.add(l2(layers, { lambda, examples: batch }))
  }
}

function layersOf({ layers, activation, loss }: Training): Dense[] {
  return layers.map(({ weight, bias, inputs, outputs }, i) => {
    const activated = i < layers.length - 1 || loss !== 'softmaxCrossEntropy'
    const shaped = tensor(weight, { shape: [outputs, inputs] })
    return new Dense(shaped, tensor(bias), activated ? activations[activation] : undefined)
  })
}

/** `wrap` turns a function into the function that runs: itself, or its compiled form. */
function preparations(wrap: Compile): Preparations {
  return {
    training(workload) {
      const { batch, x, y, layers, learningRate } = workload
      const optimizer = sgd({ learningRate })
      let model = layersOf(workload)
      const state = optimizer.init(model)
      const lossAndGradients = valueAndGrad(lossOf(workload))
      const update = wrap(
        (model: Dense[], x: Tensor<[number, number]>, y: Tensor<[number, number]>): [Tensor<[]>, Dense[]] => {
          const [loss, gradients] = lossAndGradients(model, x, y)
          return [loss, optimizer.update(model, gradients, state)[0]]
        },
        { donate: [0] },
      )
      const inputs = tensor(x, { shape: [batch, layers[0].inputs] })
      const targets = tensor(y, { shape: [batch, layers[layers.length - 1].outputs] })
      let last = NaN
      return {
        step() {
          const [loss, next] = update(model, inputs, targets)
          model = next
          last = loss.item()
        },
        outcome: () => [last],
      }
    },

    product({ a, b, size, transposed }) {
      const left = tensor(a, { shape: [size, size] })
      const right = tensor(b, { shape: [size, size] })
      type Matrix = Tensor<[number, number]>
      const multiply = wrap(
        (a: Matrix, b: Matrix, _last: Tensor): Tensor =>
          matmul(transposed === 'left' ? transpose(a) : a, transposed === 'right' ? transpose(b) : b),
        { donate: [2] },
      )
      // Each step donates the last result, as the peers dispose of theirs.
      let last: Tensor = zeros([size, size])
      return {
        step() {
          last = multiply(left, right, last)
        },
        outcome: () => samples(last.data),
      }
    },

    elementwise({ x, y, z }) {
      const inputs = [x, y, z].map((values) => tensor(values))
      const total = valueAndGrad(([x, y, z]: Tensor[]): Tensor<[]> => sum(sigmoid(x.mul(y).add(z))))
      const f = wrap((inputs: Tensor[], _last: Tensor[]) => total(inputs), { donate: [1] })
      let last: [number, Tensor[]] = [NaN, inputs.map(({ shape }) => zeros(shape))]
      return {
        step() {
          const [value, gradients] = f(inputs, last[1])
          last = [value.item(), gradients]
        },
        outcome: () => [last[0], ...last[1].flatMap(({ data }) => samples(data))],
      }
    },

    call() {
      const x = tensor([1])
      const f = wrap((x: Tensor): Tensor => x.add(1))
      let last = NaN
      return {
        step() {
          last = f(x).item()
        },
        outcome: () => [last],
      }
    },
  }
}

/** Cotangent in eager mode: every op is computed when it is applied. */
export function cotangentEager(version: string): Engine {
  return { name: 'cotangent-eager', version, compiles: false, prepare: preparations(asIs) }
}

/** Cotangent with `compile`. */
export function cotangentCompiled(version: string): Engine {
  return { name: 'cotangent-compiled', version, compiles: true, prepare: preparations(compile) }
}
