import {
  add,
  type compile,
  conv2d,
  div,
  gelu,
  matmul,
  maxPool,
  mean,
  mul,
  rearrange,
  relu,
  reshape,
  scaledDotProductAttention,
  sqrt,
  sub,
  type Tensor,
  tensor,
  valueAndGrad,
  variance,
} from '@cotangent/core'
import { mse, softmaxCrossEntropy } from '@cotangent/nn'
import { sgd } from '@cotangent/optim'
import { type Convolutional, normEpsilon, type Numbers, type Transformer } from '../workloads/workload'
import type { Preparations, Program } from './engine'

/** Turns a function into the function that runs: itself, or its compiled form. */
export type Wrap = <Args extends unknown[], R>(
  f: (...args: Args) => R,
  options?: Parameters<typeof compile>[1],
) => (...args: Args) => R

/** Steps of gradient descent on `loss(parameters, x, y)`. The parameters of each step are donated to the next. */
export function descent<P, X extends Tensor, Y extends Tensor>(
  wrap: Wrap,
  loss: (parameters: P, x: X, y: Y) => Tensor<[]>,
  initial: { parameters: P; x: X; y: Y; learningRate: number },
): Program {
  const { x, y, learningRate } = initial
  const optimizer = sgd({ learningRate })
  let parameters = initial.parameters
  const state = optimizer.init(parameters)
  const lossAndGradients = valueAndGrad(loss)
  const update = wrap(
    (parameters: P, x: X, y: Y): [Tensor<[]>, P] => {
      const [value, gradients] = lossAndGradients(parameters, x, y)
      return [value, optimizer.update(parameters, gradients, state)[0]]
    },
    { donate: [0] },
  )
  let last = NaN
  return {
    step() {
      const [value, next] = update(parameters, x, y)
      parameters = next
      last = value.item()
    },
    outcome: () => [last],
  }
}

/** Tensors of the numbers, by the same names. */
function tensorsOf<Name extends string>(parameters: Readonly<Record<Name, Numbers>>): Record<Name, Tensor> {
  const entries = Object.entries<Numbers>(parameters)
  return Object.fromEntries(entries.map(([name, numbers]) => [name, tensorOf(numbers)])) as Record<Name, Tensor>
}

const tensorOf = ({ values, shape }: Numbers): Tensor => tensor(values, { shape })

type ConvolutionalParameters = Record<keyof Convolutional['parameters'], Tensor>

function convolutionalLoss(p: ConvolutionalParameters, x: Tensor, y: Tensor): Tensor<[]> {
  const layer = (x: Tensor, kernel: Tensor, bias: Tensor): Tensor =>
    maxPool(relu(add(conv2d(x, kernel, { padding: 'same' }), bias)), 2)
  const features = layer(layer(x, p.kernel1, p.bias1), p.kernel2, p.bias2)
  const [rows, columns, channels, classes] = p.weight.shape
  const inputs = rows * columns * channels
  const flat = reshape(features, [x.shape[0], inputs])
  return softmaxCrossEntropy(add(matmul(flat, reshape(p.weight, [inputs, classes])), p.bias), y)
}

type TransformerParameters = Record<keyof Transformer['parameters'], Tensor>

function layerNorm(x: Tensor, scale: Tensor, shift: Tensor): Tensor {
  const along = { axis: -1, keepDims: true }
  const deviation = sqrt(add(variance(x, along), normEpsilon))
  return add(mul(div(sub(x, mean(x, along)), deviation), scale), shift)
}

const transformerLoss =
  (heads: number) =>
  (p: TransformerParameters, x: Tensor, y: Tensor): Tensor<[]> => {
    const apart = (x: Tensor): Tensor => rearrange(x, 'b l (h d) -> b h l d', { h: heads })
    const [q, k, v] = [p.q, p.k, p.v].map((weight) => apart(matmul(x, weight)))
    const attended: Tensor = rearrange(scaledDotProductAttention(q, k, v), 'b h l d -> b l (h d)')
    const a = layerNorm(add(x, matmul(attended, p.o)), p.scale1, p.shift1)
    const forward = add(matmul(gelu(add(matmul(a, p.f), p.fBias)), p.g), p.gBias)
    return mse(layerNorm(add(a, forward), p.scale2, p.shift2), y)
  }

/** The models, written in the usual way with public ops. */
export function modelPreparations(wrap: Wrap): Pick<Preparations, 'convolutional' | 'transformer'> {
  return {
    convolutional: ({ parameters, x, y, learningRate }) =>
      descent(wrap, convolutionalLoss, {
        parameters: tensorsOf(parameters),
        x: tensorOf(x),
        y: tensorOf(y),
        learningRate,
      }),
    transformer: ({ parameters, x, y, learningRate, heads }) =>
      descent(wrap, transformerLoss(heads), {
        parameters: tensorsOf(parameters),
        x: tensorOf(x),
        y: tensorOf(y),
        learningRate,
      }),
  }
}
