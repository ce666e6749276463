import { type Convolutional, normEpsilon, type Numbers, type Transformer } from '../workloads/workload'
import type { Preparations, Program } from './engine'
import type { Jax, JaxArray } from './jax-js-api'
import { permuted } from './permute'

/** Steps of gradient descent on `loss(parameters, x, y)`, a whole step under `jit`. */
export function descent<P>(
  { jit, valueAndGrad, tree }: Jax,
  loss: (parameters: P, x: JaxArray, y: JaxArray) => JaxArray,
  initial: { parameters: P; x: JaxArray; y: JaxArray; learningRate: number },
): Program {
  const { x, y, learningRate } = initial
  let parameters = initial.parameters
  const lossAndGradients = valueAndGrad(loss)
  const update = jit((parameters: P, x: JaxArray, y: JaxArray): [JaxArray, P] => {
    const [value, gradients] = lossAndGradients(tree.ref(parameters), x, y)
    return [value, tree.map((parameter, g) => parameter.sub(g.mul(learningRate)), parameters, gradients)]
  })
  let last = NaN
  return {
    step() {
      const [value, next] = update(parameters, x.ref, y.ref)
      parameters = next
      // Reading one result waits for all the work that a jitted call deferred.
      last = value.dataSync()[0]
    },
    outcome: () => [last],
    dispose() {
      tree.dispose([parameters, x, y])
      update.dispose()
    },
  }
}

type Parameters<W extends Convolutional | Transformer> = Record<keyof W['parameters'], JaxArray>

/** Images are `[batch, channels, height, width]` and kernels `[out, in, 3, 3]`, the only layout that it has. */
function convolutionalLoss({ lax, numpy: np, nn }: Jax) {
  const largest = (window: JaxArray) => np.max(window)
  const pool = (x: JaxArray): JaxArray => lax.reduceWindow(x, largest, [2, 2], [2, 2])
  const layer = (x: JaxArray, kernel: JaxArray, bias: JaxArray): JaxArray =>
    pool(nn.relu(lax.convGeneralDilated(x, kernel, [1, 1], 'SAME').add(bias.reshape([-1, 1, 1]))))
  return (p: Parameters<Convolutional>, x: JaxArray, y: JaxArray): JaxArray => {
    const features = layer(layer(x, p.kernel1, p.bias1), p.kernel2, p.bias2)
    const [batch] = features.shape
    const logits = np.matmul(features.reshape([batch, -1]), p.weight.transpose()).add(p.bias)
    return nn
      .logSoftmax(logits, -1)
      .mul(y)
      .sum()
      .mul(-1 / batch)
  }
}

function transformerLoss({ numpy: np, nn }: Jax, heads: number) {
  const norm = (x: JaxArray, scale: JaxArray, shift: JaxArray): JaxArray =>
    nn.standardize(x, -1, { epsilon: normEpsilon }).mul(scale).add(shift)
  return (p: Parameters<Transformer>, x: JaxArray, y: JaxArray): JaxArray => {
    const [batch, length, width] = x.shape
    // Its `dotProductAttention` needs the iterator helpers of Node 22.
    const apart = (weight: JaxArray) =>
      np.swapaxes(np.matmul(x.ref, weight).reshape([batch, length, heads, width / heads]), 1, 2)
    const scores = np.matmul(apart(p.q), np.swapaxes(apart(p.k), -1, -2)).mul(1 / Math.sqrt(width / heads))
    const mixed = np.matmul(nn.softmax(scores, -1), apart(p.v))
    const attended = np.swapaxes(mixed, 1, 2).reshape([batch, length, width])
    const a = norm(x.add(np.matmul(attended, p.o)), p.scale1, p.shift1)
    const hidden = nn.gelu(np.matmul(a.ref, p.f).add(p.fBias), { approximate: false })
    const forward = np.matmul(hidden, p.g).add(p.gBias)
    return np.square(norm(a.add(forward), p.scale2, p.shift2).sub(y)).mean()
  }
}

/** The models, with the functions that the library has for them. */
export function modelPreparations(jax: Jax): Pick<Preparations, 'convolutional' | 'transformer'> {
  const array = ({ values, shape }: Numbers): JaxArray => jax.numpy.array(values, { shape: [...shape] })
  const arrays = <Name extends string>(parameters: Readonly<Record<Name, Numbers>>) => {
    const entries = Object.entries<Numbers>(parameters)
    return Object.fromEntries(entries.map(([name, numbers]) => [name, array(numbers)])) as Record<Name, JaxArray>
  }
  return {
    convolutional({ parameters, x, y, learningRate }) {
      const weight = permuted(parameters.weight, [3, 2, 0, 1])
      const layout = {
        ...parameters,
        kernel1: permuted(parameters.kernel1, [3, 2, 0, 1]),
        kernel2: permuted(parameters.kernel2, [3, 2, 0, 1]),
        weight: { shape: [weight.shape[0], weight.values.length / weight.shape[0]], values: weight.values },
      }
      const images = array(permuted(x, [0, 3, 1, 2]))
      return descent(jax, convolutionalLoss(jax), {
        parameters: arrays(layout),
        x: images,
        y: array(y),
        learningRate,
      })
    },
    transformer: ({ parameters, x, y, learningRate, heads }) =>
      descent(jax, transformerLoss(jax, heads), {
        parameters: arrays(parameters),
        x: array(x),
        y: array(y),
        learningRate,
      }),
  }
}
