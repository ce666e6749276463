import { type Convolutional, normEpsilon, type Numbers, type Transformer } from '../workloads/workload'
import type { Preparations, Program } from './engine'
import type { Tf, TfTensor } from './tfjs-api'

/** Makes the program of a step in a backend from what it does and the tensors that it holds. */
export type MakeProgram = (step: () => void, outcome: Program['outcome'], held: () => TfTensor[]) => Program

/** Steps of gradient descent on `loss()`, which reads the variables. */
export function descent(
  tf: Tf,
  programOf: MakeProgram,
  loss: () => TfTensor,
  { variables, data, learningRate }: { variables: TfTensor[]; data: TfTensor[]; learningRate: number },
): Program {
  const optimizer = tf.train.sgd(learningRate)
  let last = NaN
  const step = () => {
    const cost = optimizer.minimize(loss, true, variables)
    last = cost.dataSync()[0]
    cost.dispose()
  }
  const held = [...data, ...variables]
  return programOf(
    step,
    () => [last],
    () => held,
  )
}

type Parameters<W extends Convolutional | Transformer> = Record<keyof W['parameters'], TfTensor>

/**
 * A convolution that keeps the size of the image. The WebAssembly backend has no kernel for the gradient of the
 * weights, so it gets the formula that uses one of its convolutions: examples and channels exchanged, with the
 * cotangent as the kernel.
 */
function convolution(tf: Tf, backend: string): (x: TfTensor, kernel: TfTensor) => TfTensor {
  if (backend !== 'wasm') return (x, kernel) => tf.conv2d(x, kernel, 1, 'same')
  return tf.customGrad((x: TfTensor, kernel: TfTensor, save: (tensors: TfTensor[]) => void) => {
    save([x, kernel])
    return {
      value: tf.conv2d(x, kernel, 1, 'same'),
      gradFunc: (g: TfTensor, [x, kernel]: TfTensor[]) => {
        const images = tf.transpose(x, [3, 1, 2, 0])
        const kernels = tf.transpose(g, [1, 2, 0, 3])
        const forKernel = tf.transpose(tf.conv2d(images, kernels, 1, 1), [1, 2, 0, 3])
        return [tf.conv2dTranspose(g, kernel, x.shape, 1, 'same'), forKernel]
      },
    }
  })
}

function convolutionalLoss(tf: Tf, backend: string) {
  const convolve = convolution(tf, backend)
  const layer = (x: TfTensor, kernel: TfTensor, bias: TfTensor): TfTensor =>
    tf.maxPool(tf.relu(tf.add(convolve(x, kernel), bias)), 2, 2, 'valid')
  return (p: Parameters<Convolutional>, x: TfTensor, y: TfTensor): TfTensor => {
    const features = layer(layer(x, p.kernel1, p.bias1), p.kernel2, p.bias2)
    const [rows, columns, channels, classes] = p.weight.shape
    const inputs = rows * columns * channels
    const logits = tf.matMul(tf.reshape(features, [-1, inputs]), tf.reshape(p.weight, [inputs, classes]))
    return tf.losses.softmaxCrossEntropy(y, tf.add(logits, p.bias))
  }
}

/** The exact GELU, as in the other engines. */
const gelu = (tf: Tf, x: TfTensor) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))

function transformerLoss(tf: Tf, heads: number) {
  const norm = (x: TfTensor, scale: TfTensor, shift: TfTensor): TfTensor => {
    const centred = tf.sub(x, tf.mean(x, -1, true))
    const variance = tf.mean(tf.square(centred), -1, true)
    return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, normEpsilon))), scale), shift)
  }
  return (p: Parameters<Transformer>, x: TfTensor, y: TfTensor): TfTensor => {
    const [batch, length, width] = x.shape
    // Products of matrices of two axes take the path of XNNPACK.
    const times = (x: TfTensor, weight: TfTensor) => tf.matMul(x, weight)
    const rows = tf.reshape(x, [batch * length, width])
    const apart = (weight: TfTensor) =>
      tf.transpose(tf.reshape(times(rows, weight), [batch, length, heads, width / heads]), [0, 2, 1, 3])
    const scores = tf.mul(tf.matMul(apart(p.q), apart(p.k), false, true), 1 / Math.sqrt(width / heads))
    const mixed = tf.matMul(tf.softmax(scores), apart(p.v))
    const attended = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * length, width])
    const a = norm(tf.add(rows, times(attended, p.o)), p.scale1, p.shift1)
    const forward = tf.add(times(gelu(tf, tf.add(times(a, p.f), p.fBias)), p.g), p.gBias)
    const output = norm(tf.add(a, forward), p.scale2, p.shift2)
    return tf.losses.meanSquaredError(tf.reshape(y, [batch * length, width]), output)
  }
}

/** The models, with the functions that the library has for them. */
export function modelPreparations(
  tf: Tf,
  backend: string,
  programOf: MakeProgram,
  variable: (values: Float32Array, shape: number[]) => TfTensor,
): Pick<Preparations, 'convolutional' | 'transformer'> {
  const variables = <Name extends string>(parameters: Readonly<Record<Name, Numbers>>) => {
    const entries = Object.entries<Numbers>(parameters)
    const made = entries.map(([name, { values, shape }]) => [name, variable(values, [...shape])] as const)
    return Object.fromEntries(made) as Record<Name, TfTensor>
  }
  const tensor = ({ values, shape }: Numbers) => tf.tensor(values, [...shape])
  return {
    convolutional({ parameters, learningRate, ...data }) {
      const [p, x, y] = [variables(parameters), tensor(data.x), tensor(data.y)]
      const loss = convolutionalLoss(tf, backend)
      return descent(tf, programOf, () => loss(p, x, y), { variables: Object.values(p), data: [x, y], learningRate })
    },
    transformer({ parameters, learningRate, heads, ...data }) {
      const [p, x, y] = [variables(parameters), tensor(data.x), tensor(data.y)]
      const loss = transformerLoss(tf, heads)
      return descent(tf, programOf, () => loss(p, x, y), { variables: Object.values(p), data: [x, y], learningRate })
    },
  }
}
