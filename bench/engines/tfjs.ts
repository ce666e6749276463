import { dirname, join, sep } from 'node:path'
import type { Training } from '../workloads/workload'
import type { PeerModules } from '../peers'
import { type Engine, type Preparations, samples } from './engine'
import type { Tf, TfTensor, TfWasm } from './tfjs-api'
import { descent, type MakeProgram, modelPreparations } from './tfjs-models'

/** Smallest distance of a probability from 0 and 1 in the log-loss, as in `@cotangent/nn`. */
const bound = 2 ** -24

/**
 * Transposes a matrix from `[rows, columns]` to `[columns, rows]`. The engine keeps weights as `[inputs, outputs]`,
 * the only layout in which XNNPACK multiplies the forward pass.
 */
function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = matrix[i * columns + j]
  return result
}

function lossOf(tf: Tf, { loss, lambda, activation, batch, layers }: Training) {
  const losses: Record<Training['loss'], (y: TfTensor, a: TfTensor) => TfTensor> = {
    logLoss(y, a) {
      const h = tf.clipByValue(a, bound, 1 - bound)
      const entropies = tf.add(tf.mul(y, tf.log(h)), tf.mul(tf.sub(1, y), tf.log(tf.sub(1, h))))
      return tf.mul(tf.sum(entropies), -1 / batch)
    },
    softmaxCrossEntropy: (y, a) => tf.losses.softmaxCrossEntropy(y, a),
    mse: (y, a) => tf.losses.meanSquaredError(y, a),
  }
  return (weights: TfTensor[], biases: TfTensor[], x: TfTensor, y: TfTensor): TfTensor => {
    const output = layers.reduce((a, _, i) => {
      const z = tf.add(tf.matMul(a, weights[i]), biases[i])
      return i < layers.length - 1 || loss !== 'softmaxCrossEntropy' ? tf[activation](z) : z
    }, x)
    const data = losses[loss](y, output)
    if (lambda === 0) return data
    const squares = weights.map((weight) => tf.sum(tf.square(weight))).reduce((a, b) => tf.add(a, b))
    return tf.add(data, tf.mul(squares, lambda / (2 * batch)))
  }
}

function preparations(tf: Tf, backend: string): Preparations {
  // Both backends share one process, so each step selects its own. This is immediate if the backend is loaded.
  const use = () => {
    if (tf.getBackend() !== backend) void tf.setBackend(backend)
  }
  const programOf: MakeProgram = (step, outcome, held) => ({
    step() {
      use()
      step()
    },
    outcome,
    dispose() {
      use()
      tf.dispose(held())
    },
  })
  const variable = (values: Float32Array, shape: number[]) => {
    use()
    const initial = tf.tensor(values, shape)
    const made = tf.variable(initial)
    initial.dispose()
    return made
  }

  return {
    training(workload) {
      use()
      const { layers, batch, learningRate } = workload
      const x = tf.tensor(workload.x, [batch, layers[0].inputs])
      const y = tf.tensor(workload.y, [batch, layers[layers.length - 1].outputs])
      const weights = layers.map(({ weight, inputs, outputs }) =>
        variable(transposed(weight, outputs, inputs), [inputs, outputs]),
      )
      const biases = layers.map(({ bias, outputs }) => variable(bias, [outputs]))
      const loss = lossOf(tf, workload)
      return descent(tf, programOf, () => loss(weights, biases, x, y), {
        variables: [...weights, ...biases],
        data: [x, y],
        learningRate,
      })
    },

    ...modelPreparations(tf, backend, programOf, variable),

    linearAlgebra({ operation }) {
      throw new Error(`it has no ${operation}`)
    },

    product({ a, b, size, transposed }) {
      use()
      const [left, right] = [a, b].map((values) => tf.tensor(values, [size, size]))
      const multiply = () => tf.matMul(left, right, transposed === 'left', transposed === 'right')
      let last = tf.scalar(0)
      const step = () => {
        last.dispose()
        last = multiply()
      }
      return programOf(
        step,
        () => samples(last.dataSync()),
        () => [left, right, last],
      )
    },

    elementwise({ x, y, z }) {
      use()
      const inputs = [x, y, z].map((values) => tf.tensor(values, [values.length]))
      const f = tf.valueAndGrads((x, y, z) => tf.sum(tf.sigmoid(tf.add(tf.mul(x, y), z))))
      let last: [number, TfTensor[]] = [NaN, []]
      const step = () => {
        const { value, grads } = f(inputs)
        tf.dispose(last[1])
        last = [value.dataSync()[0], grads]
        value.dispose()
      }
      return programOf(
        step,
        () => [last[0], ...last[1].flatMap((gradient) => samples(gradient.dataSync()))],
        () => [...inputs, ...last[1]],
      )
    },

    call() {
      use()
      const x = tf.tensor(Float32Array.of(1), [1])
      let last = NaN
      const step = () => {
        const y = tf.add(x, 1)
        last = y.dataSync()[0]
        y.dispose()
      }
      return programOf(
        step,
        () => [last],
        () => [x],
      )
    },
  }
}

/** TensorFlow.js in its small packages, with the backend `cpu` (JavaScript) or `wasm` (XNNPACK, SIMD, one thread). */
export async function tfjs(peers: PeerModules, backend: 'cpu' | 'wasm'): Promise<Engine> {
  const tf = peers.load<Tf>('@tensorflow/tfjs-core')
  // No bundle of tfjs-core for Node contains the gradients. These modules do, but only a bundler can resolve their
  // imports.
  peers.load('@tensorflow/tfjs-core/dist/register_all_gradients.js')
  tf.enableProdMode()
  if (backend === 'wasm') {
    const wasm = peers.load<TfWasm>('@tensorflow/tfjs-backend-wasm')
    wasm.setWasmPaths(join(dirname(peers.resolve('@tensorflow/tfjs-backend-wasm')), sep))
    wasm.setThreadsCount(1)
  } else {
    peers.load('@tensorflow/tfjs-backend-cpu')
    // Without this, the first tensor advertises tfjs-node on the terminal.
    tf.env().set('IS_NODE', false)
  }
  await tf.setBackend(backend)
  await tf.ready()
  const version = peers.version('@tensorflow/tfjs-core')
  return { name: `tfjs-${backend}`, version, compiles: false, prepare: preparations(tf, backend) }
}
