import {
  cholesky,
  compile,
  matmul,
  relu,
  sigmoid,
  solve,
  sum,
  svd,
  tanh,
  type Tensor,
  tensor,
  transpose,
  valueAndGrad,
  zeros,
} from '@cotangent/core'
import { type Activation, Dense, l2, logLoss, mse, softmaxCrossEntropy } from '@cotangent/nn'
import type { Training } from '../workloads/workload'
import { descent, modelPreparations, type Wrap } from './cotangent-models'
import { type Engine, linearAlgebraOutcome, type Preparations, samples } from './engine'

const asIs: Wrap = (f) => f
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

function preparations(wrap: Wrap): Preparations {
  return {
    training(workload) {
      const { batch, x, y, layers, learningRate } = workload
      return descent(wrap, lossOf(workload), {
        parameters: layersOf(workload),
        x: tensor(x, { shape: [batch, layers[0].inputs] }),
        y: tensor(y, { shape: [batch, layers[layers.length - 1].outputs] }),
        learningRate,
      })
    },

    ...modelPreparations(wrap),

    linearAlgebra({ operation, size, a, b }) {
      type Matrix = Tensor<[number, number]>
      const operations: Record<typeof operation, (a: Matrix, b: Tensor<[number]>) => Tensor[]> = {
        cholesky: (a) => [cholesky(a)],
        solve: (a, b) => [solve(a, b)],
        svd: (a) => Object.values(svd(a)),
      }
      const [matrix, vector] = [tensor(a, { shape: [size, size] }), tensor(b)]
      const f = wrap((a: Matrix, b: Tensor<[number]>, _last: Tensor[]) => operations[operation](a, b), { donate: [2] })
      let last = operations[operation](matrix, vector)
      return {
        step() {
          last = f(matrix, vector, last)
        },
        outcome: () => linearAlgebraOutcome(operation === 'svd' ? last[1].data : last[0].data, size),
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
