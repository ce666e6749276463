import {
  argmax,
  compile,
  erf,
  exp,
  type Key,
  key,
  log,
  matmul,
  mean,
  normal,
  relu,
  sigmoid,
  sin,
  splitKey,
  sum,
  tanh,
  type Tensor,
  transpose,
  treeLeaves,
  uniform,
  valueAndGrad,
  variance,
  where,
} from '@cotangent/core'
import { dense, mse, sequential, softmaxCrossEntropy } from '@cotangent/nn'
import { clipByGlobalNorm, cosineSchedule, sgd, type SgdState } from '@cotangent/optim'

// A training run that a page can do as well as Node: it uses nothing but the library and the language.

/** What every platform gives, eagerly and compiled; the test says when it may change, and how it is made anew. */
export const expectedDigest = '85161b50'

/** Training steps. */
const steps = 150

/**
 * Examples a step: more than 128, so that sums over them are cut in two, and than 256, so that contractions take two
 * blocks.
 */
const examples = 300

const optimizer = sgd({
  learningRate: cosineSchedule(0.1, { steps }),
  momentum: 0.9,
  clip: clipByGlobalNorm(1),
})

/** A classifier in float32, and a curve in float64 so small that its eager calls are interpreted. */
function makeModel(from: Key) {
  const [k1, k2, k3, k4, k5, k6] = splitKey(from, 6)
  return {
    first: dense(16, 16, { key: k1, activation: tanh }),
    second: normal(k2, [16, 16], { deviation: 0.3 }),
    third: normal(k3, [16, 12], { deviation: 0.3 }),
    last: dense(12, 4, { key: k4 }),
    curve: sequential(
      dense(1, 6, { key: k5, activation: sin, dtype: 'float64' }),
      dense(6, 1, { key: k6, activation: erf, dtype: 'float64' }),
    ),
  }
}

type Model = ReturnType<typeof makeModel>

/** The model, the state of its optimizer, and the key of what the next step draws. */
interface Training {
  readonly model: Model
  readonly momentum: SgdState
  readonly next: Key
}

/** Products in all four patterns: a bᵀ in the dense layers, aᵀ bᵀ and a b here, aᵀ b in the gradients. */
function classify(model: Model, x: Tensor<[300, 16]>, kept: Tensor) {
  const hidden: Tensor<[300, 16]> = where(kept, model.first.forward(x), 0)
  const columns = sigmoid(matmul(transpose(model.second), transpose(hidden)))
  const last = relu(matmul(transpose(columns), model.third))
  return { hidden, logits: model.last.forward(last) }
}

/** One step on examples that are drawn for it: its loss, and what the next one begins with. */
function step({ model, momentum, next }: Training, teacher: Tensor<[16, 4]>): [loss: Tensor<[]>, after: Training] {
  const [k1, k2, k3, after] = splitKey(next, 4)
  const x: Tensor<[300, 16]> = normal(k1, [examples, 16])
  const labels = argmax(matmul(x, teacher), { axis: 1 })
  const kept = uniform(k2, [examples, 16]).less(0.9)
  const t: Tensor<[12, 1]> = uniform(k3, [12, 1], { min: -1, max: 1, dtype: 'float64' })
  const target = exp(t.square().neg()).sub(log(t.square().add(1)))

  const loss = (candidate: Model): Tensor<[]> => {
    const { hidden, logits } = classify(candidate, x, kept)
    const spread = mean(variance(hidden, { axis: 0 }))
    const size = sum(candidate.third.square())
    const single = softmaxCrossEntropy(logits, labels).sub(spread.mul(0.1)).add(size.mul(1e-3))
    const double = log(mse(candidate.curve.forward(t), target).add(0.1))
    return single.astype('float64').add(double)
  }
  const [value, gradients] = valueAndGrad(loss)(model)
  const [trained, velocity] = optimizer.update(model, gradients, momentum)
  return [value, { model: trained, momentum: velocity, next: after }]
}

/** FNV-1a, 32 bits, over the bytes of numbers: two runs that differ in a single byte never have the same digest. */
function digestOf(values: readonly ArrayLike<number>[]): string {
  let hash = 0x811c9dc5
  for (const each of values) {
    // Every float32 and int32 is a float64 of its own, and the sign of a zero stays.
    const numbers = Float64Array.from(each)
    // Only the payload of a NaN may differ between platforms, so there must be none.
    if (!numbers.every(Number.isFinite)) throw new Error('the training run left the finite numbers')
    for (const byte of new Uint8Array(numbers.buffer)) hash = Math.imul(hash ^ byte, 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}

/** Trains from the same start in every call. The digest is one of all losses and of all that the last step returns. */
export function train(how: 'eager' | 'compiled'): { digest: string; losses: number[] } {
  const run = how === 'compiled' ? compile(step) : step
  const [k1, k2, k3] = splitKey(key(2024), 3)
  const teacher: Tensor<[16, 4]> = normal(k1, [16, 4])
  const model = makeModel(k2)
  let training: Training = { model, momentum: optimizer.init(model), next: k3 }
  const losses: number[] = []
  for (let i = 0; i < steps; i++) {
    const [loss, after] = run(training, teacher)
    losses.push(loss.item())
    training = after
  }
  return { digest: digestOf([losses, ...treeLeaves(training).map(({ data }) => data)]), losses }
}
