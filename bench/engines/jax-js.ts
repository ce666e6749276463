import type { Training } from '../workloads/workload'
import type { PeerModules } from '../peers'
import { type Engine, linearAlgebraOutcome, type Preparations, samples } from './engine'
import type { Jax, JaxArray, JaxLayer } from './jax-js-api'
import { descent, modelPreparations } from './jax-js-models'

/** Smallest distance of a probability from 0 and 1 in the log-loss, as in `@cotangent/nn`. */
const bound = 2 ** -24

function lossOf({ numpy: np, nn }: Jax, { loss, lambda, activation, batch }: Training) {
  const activate = { relu: nn.relu, sigmoid: nn.sigmoid, tanh: np.tanh }[activation]
  const losses: Record<Training['loss'], (a: JaxArray, y: JaxArray) => JaxArray> = {
    logLoss(a, y) {
      const h = np.clip(a, bound, 1 - bound)
      const yes = y.ref.mul(np.log(h.ref))
      const no = y
        .neg()
        .add(1)
        .mul(np.log(h.neg().add(1)))
      return yes
        .add(no)
        .sum()
        .mul(-1 / batch)
    },
    softmaxCrossEntropy: (a, y) =>
      nn
        .logSoftmax(a, -1)
        .mul(y)
        .sum()
        .mul(-1 / batch),
    mse: (a, y) => np.square(a.sub(y)).mean(),
  }
  return (layers: JaxLayer[], x: JaxArray, y: JaxArray): JaxArray => {
    const squares = lambda === 0 ? [] : layers.map(({ weight }) => np.square(weight.ref).sum())
    const output = layers.reduce((a, { weight, bias }, i) => {
      const z = np.matmul(a, weight.transpose()).add(bias)
      return i < layers.length - 1 || loss !== 'softmaxCrossEntropy' ? activate(z) : z
    }, x)
    return squares.reduce((sum, square) => sum.add(square.mul(lambda / (2 * batch))), losses[loss](output, y))
  }
}

function preparations(jax: Jax): Preparations {
  const { numpy: np, jit, valueAndGrad, tree } = jax
  return {
    training(workload) {
      const { layers, batch, learningRate } = workload
      // `[outputs, inputs]` is its fast layout: W2 takes a third of the time that `[inputs, outputs]` takes.
      const model = layers.map(({ weight, bias, inputs, outputs }): JaxLayer => ({
        weight: np.array(weight, { shape: [outputs, inputs] }),
        bias: np.array(bias, { shape: [outputs] }),
      }))
      const x = np.array(workload.x, { shape: [batch, layers[0].inputs] })
      const y = np.array(workload.y, { shape: [batch, layers[layers.length - 1].outputs] })
      return descent(jax, lossOf(jax, workload), { parameters: model, x, y, learningRate })
    },

    ...modelPreparations(jax),

    linearAlgebra({ operation, size, a, b }) {
      const [matrix, vector] = [np.array(a, { shape: [size, size] }), np.array(b, { shape: [size] })]
      const { linalg } = np
      const cholesky = jit((a: JaxArray) => [linalg.cholesky(a)])
      const svd = jit((a: JaxArray) => linalg.svd(a))
      const operations: Record<typeof operation, () => JaxArray[]> = {
        cholesky: () => cholesky(matrix.ref),
        // It does not run under `jit`.
        solve: () => [linalg.solve(matrix.ref, vector.ref)],
        svd: () => svd(matrix.ref),
      }
      let last: JaxArray[] = []
      return {
        async step() {
          const next = await jax.blockUntilReady(operations[operation]())
          tree.dispose(last)
          last = next
        },
        outcome: () => linearAlgebraOutcome(last[operation === 'svd' ? 1 : 0].ref.dataSync(), size),
        dispose() {
          tree.dispose([matrix, vector, last])
          cholesky.dispose()
          svd.dispose()
        },
      }
    },

    product({ a, b, size, transposed }) {
      const [left, right] = [a, b].map((values) => np.array(values, { shape: [size, size] }))
      const multiply = jit((a: JaxArray, b: JaxArray) =>
        np.matmul(transposed === 'left' ? a.transpose() : a, transposed === 'right' ? b.transpose() : b),
      )
      let last: JaxArray | undefined
      return {
        // Reading a matrix would copy it, so this only waits for it. Steps may overlap: benny does not await a step.
        async step() {
          const next = await jax.blockUntilReady(multiply(left.ref, right.ref))
          last?.dispose()
          last = next
        },
        outcome: () => samples(last?.ref.dataSync() ?? []),
        dispose() {
          tree.dispose([left, right, last])
          multiply.dispose()
        },
      }
    },

    elementwise({ x, y, z }) {
      const inputs = [x, y, z].map((values) => np.array(values, { shape: [values.length] }))
      const f = jit(valueAndGrad(([x, y, z]: JaxArray[]) => jax.nn.sigmoid(x.mul(y).add(z)).sum()))
      let last: [number, JaxArray[]] = [NaN, []]
      return {
        step() {
          tree.dispose(last[1])
          const [value, gradients] = f(tree.ref(inputs))
          last = [value.dataSync()[0], gradients]
        },
        outcome: () => [last[0], ...last[1].flatMap((gradient) => samples(gradient.ref.dataSync()))],
        dispose() {
          tree.dispose([inputs, last[1]])
          f.dispose()
        },
      }
    },

    call() {
      const x = np.array(Float32Array.of(1), { shape: [1] })
      const f = jit((x: JaxArray) => x.add(1))
      let last = NaN
      return {
        step() {
          last = f(x.ref).dataSync()[0]
        },
        outcome: () => [last],
        dispose() {
          x.dispose()
          f.dispose()
        },
      }
    },
  }
}

/** jax-js with every step under `jit`, on its WebAssembly backend (one thread, because Node has no Web Workers). */
export async function jaxJs(peers: PeerModules): Promise<Engine> {
  const jax = peers.load<Jax>('@jax-js/jax')
  await jax.init('wasm')
  jax.defaultDevice('wasm')
  return { name: 'jax-js', version: peers.version('@jax-js/jax'), compiles: true, prepare: preparations(jax) }
}
