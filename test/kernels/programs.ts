import {
  argmax,
  argsort,
  concat,
  cumsum,
  defineOp,
  erf,
  flip,
  grad,
  hvp,
  key,
  linear,
  logSumExp,
  matmul,
  maximum,
  mean,
  normal,
  pad,
  prod,
  relu,
  sigmoid,
  softmax,
  sort,
  sum,
  take,
  tanh,
  type Tensor,
  tensor,
  transpose,
  uniform,
  valueAndGrad,
  variance,
  where,
} from '@cotangent/core'
import { type Activation, dense, l2, logLoss, mse, sequential, softmaxCrossEntropy } from '@cotangent/nn'
import { sgd } from '@cotangent/optim'

// Programs whose kernels are recorded: the benchmark's networks, and one for every kind of work that a kernel can do.

/** A function to compile, and arguments for it. */
export interface Recorded {
  readonly f: (...args: any) => unknown
  readonly args: readonly unknown[]
}

const draws = key(12)
const drawn = (shape: number[], dtype: 'float32' | 'float64' = 'float32') => normal(draws, shape, { dtype }) as Tensor

type Loss = (output: Tensor, target: Tensor) => Tensor

/** One step of gradient descent for a stack of dense layers of these sizes. */
function training(
  sizes: readonly number[],
  batch: number,
  activation: Activation,
  loss: Loss,
  isActivatedLast: boolean,
  lambda = 0,
): Recorded {
  const layers = sizes.slice(1).map((outputs, i) => {
    const isLast = i === sizes.length - 2
    return dense(sizes[i], outputs, { key: key(i), ...(isLast && !isActivatedLast ? {} : { activation }) })
  })
  const model = sequential(...layers)
  const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 })
  const f = (m: typeof model, state: ReturnType<typeof optimizer.init>, x: Tensor, y: Tensor) => {
    const [value, gradients] = valueAndGrad((own: typeof model) => {
      const data = loss(own.forward(x), y)
      return lambda === 0 ? data : data.add(l2(own, { lambda, examples: batch }))
    })(m)
    return [value, optimizer.update(m, gradients, state)]
  }
  return { f, args: [model, optimizer.init(model), drawn([batch, sizes[0]]), uniform(draws, [batch, sizes.at(-1)!])] }
}

const crossEntropy: Loss = (output, target) => softmaxCrossEntropy(output, softmax(target))

const double: (x: Tensor) => Tensor = defineOp({
  name: 'double',
  inputs: 1,
  infer: ([x]) => x,
  kernel: ([x], y) => x.data.forEach((element, i) => (y.data[i] = 2 * element)),
  law: linear({ transpose: (g) => [double(g)] }),
  domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
})

const deep = (layers: number, width: number) => Array<number>(layers + 1).fill(width)
const total = (f: (...x: any[]) => Tensor) => grad((...x: Tensor[]) => sum(f(...x)))

/** Every recorded program, by its name. */
export const programs: Readonly<Record<string, Recorded>> = {
  'two layers of sigmoid, log-loss': training([2, 4, 1], 4, sigmoid, logLoss, true),
  'log-loss with L2': training([40, 25, 10], 100, sigmoid, logLoss, true, 1),
  'ReLU, softmax cross-entropy': training([84, 128, 10], 64, relu, crossEntropy, false),
  'three wide layers': training([256, 256, 256, 10], 128, relu, crossEntropy, false),
  'many layers of tanh': training(deep(6, 64), 32, tanh, mse, true),
  'softmax and its gradient': {
    f: (x: Tensor) => [softmax(x, { axis: 1 }), total((y: Tensor) => softmax(y, { axis: 1 }).mul(y))(x)],
    args: [drawn([9, 33])],
  },
  'layer norm and its gradient': {
    f: valueAndGrad((x: Tensor, scale: Tensor, shift: Tensor) => {
      const centred = x.sub(mean(x, { axis: -1, keepDims: true }))
      const deviation = variance(x, { axis: -1, keepDims: true }).add(1e-5).sqrt()
      return sum(centred.div(deviation).mul(scale).add(shift).square())
    }),
    args: [drawn([7, 70]), drawn([70]), drawn([70])],
  },
  'sort, argsort and the gradient of sort': {
    f: (x: Tensor) => [sort(x), argsort(x, { axis: 0 }), total((y: Tensor) => sort(y).mul(cumsum(y)))(x)],
    args: [drawn([40, 17])],
  },
  'running sums along both axes': {
    f: (x: Tensor) => [cumsum(x), cumsum(x, { axis: 0 }).mul(2)],
    args: [drawn([65, 9], 'float64')],
  },
  'gather, scatter and moves': {
    f: (x: Tensor, i: Tensor) => {
      const used = (y: Tensor) => concat([take(y, i), pad(flip(y), [[1, 0], [0, 0]]).slice([1, 3])]) // prettier-ignore
      return [used(x), total((y: Tensor) => used(y).square())(x)]
    },
    args: [drawn([12, 5]), tensor([0, 11, 3, 3], { dtype: 'int32' })],
  },
  'masks, integers and positions': {
    f: (x: Tensor, n: Tensor) => [
      where(x.greater(0), x, n.astype('float32')),
      maximum(n, 3),
      argmax(x),
      n.mul(n).sum(),
      n.less(4),
    ],
    args: [drawn([6, 10]), tensor([1, -2, 3, 4, 5, 6, 7, 8, 9, 10], { dtype: 'int32' })],
  },
  'reductions over every axis': {
    f: (x: Tensor) => [sum(x, { axis: 0 }), mean(x, { axis: 1 }), prod(x, { axis: 2 }), x.max(), logSumExp(x)],
    args: [drawn([5, 6, 140])],
  },
  'batched products, transposed': {
    f: (a: Tensor, b: Tensor) => [
      matmul(a, transpose(b, [0, 2, 1])),
      total((x: Tensor, y: Tensor) => matmul(x, transpose(y, [0, 2, 1])))(a, b),
    ],
    args: [drawn([3, 20, 30], 'float64'), drawn([3, 25, 30], 'float64')],
  },
  'second derivatives': {
    f: (x: Tensor, v: Tensor) => hvp((y: Tensor) => sum(erf(y).mul(tanh(y).exp())), x, v),
    args: [drawn([30], 'float64'), drawn([30], 'float64')],
  },
  'a kernel of the user': { f: (x: Tensor) => total((y: Tensor) => double(y).square())(x), args: [drawn([10])] },
}
