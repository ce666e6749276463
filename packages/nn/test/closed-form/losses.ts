// The losses, with m examples (rows) and K outputs (columns), and their derivatives ∂C/∂aᴸ.

import { sigmoid, softplus } from './activations'
import { at, build, type Matrix, total } from './matrix'

export type LossName = 'mse' | 'logLoss' | 'softmaxCrossEntropy'

/** What a loss sees of the last layer: z, its activation a, and the targets y, all m x K. */
export interface Output {
  readonly z: Matrix
  readonly a: Matrix
  readonly y: Matrix
}

/**
 * A loss C. Log-loss takes the sigmoid's output, `h = a = σ(z)`; softmax cross-entropy takes logits, `a = z`.
 */
interface Loss {
  readonly value: (output: Output) => number
  /** `∂C/∂a`. */
  readonly derivative: (output: Output) => Matrix
}

const sumOfEntries = ({ rows, columns }: Matrix, entry: (i: number, k: number) => number) =>
  total(rows, (i) => total(columns, (k) => entry(i, k)))

const derivativeOf = ({ rows, columns }: Matrix, entry: (i: number, k: number) => number) => build(rows, columns, entry)

/** `log Σₖ e^(zᵢₖ)` of row i: with the largest logit M, `M + log Σₖ e^(zᵢₖ - M)`. */
function logSumOfExponentials(z: Matrix, i: number): number {
  let largest = -Infinity
  for (let k = 0; k < z.columns; k++) largest = Math.max(largest, at(z, i, k))
  return largest + Math.log(total(z.columns, (k) => Math.exp(at(z, i, k) - largest)))
}

export const losses: Readonly<Record<LossName, Loss>> = {
  /** `C = (1/(m K)) Σₘ Σₖ (a - y)²`: the mean over all entries. `∂C/∂a = (2/(m K)) (a - y)`. */
  mse: {
    value: ({ a, y }) => sumOfEntries(a, (i, k) => (at(a, i, k) - at(y, i, k)) ** 2) / (a.rows * a.columns),
    derivative: ({ a, y }) => derivativeOf(a, (i, k) => (2 * (at(a, i, k) - at(y, i, k))) / (a.rows * a.columns)),
  },
  /**
   * `C = -(1/m) Σₘ Σₖ [y log h + (1 - y) log(1 - h)]`, with `-log h = softplus(-z)` and `-log(1 - h) = softplus(z)`.
   * `∂C/∂h = -(1/m) [y / h - (1 - y) / (1 - h)]`, with `1 - h = σ(-z)`.
   */
  logLoss: {
    value: ({ z, y }) =>
      sumOfEntries(z, (i, k) => {
        const target = at(y, i, k)
        return target * softplus(-at(z, i, k)) + (1 - target) * softplus(at(z, i, k))
      }) / z.rows,
    derivative: ({ z, a, y }) =>
      derivativeOf(z, (i, k) => {
        const target = at(y, i, k)
        return -(target / at(a, i, k) - (1 - target) / sigmoid(-at(z, i, k))) / z.rows
      }),
  },
  /**
   * `C = -(1/m) Σₘ Σₖ y log p` with `p = softmax(z)`, `log pₖ = zₖ - log Σⱼ e^zⱼ`.
   * `∂C/∂zₖ = (1/m) (pₖ Σⱼ yⱼ - yₖ)`, which is `(p - y)/m` where the targets of a row add up to 1.
   */
  softmaxCrossEntropy: {
    value: ({ z, y }) => -sumOfEntries(z, (i, k) => at(y, i, k) * (at(z, i, k) - logSumOfExponentials(z, i))) / z.rows,
    derivative: ({ z, y }) =>
      derivativeOf(z, (i, k) => {
        const probability = Math.exp(at(z, i, k) - logSumOfExponentials(z, i))
        const mass = total(y.columns, (j) => at(y, i, j))
        return (probability * mass - at(y, i, k)) / z.rows
      }),
  },
}

/**
 * The last layer's error for sigmoid with log-loss, `δᴸ = (1/m) (h - y)`, with the two parts of
 * `h - y = (1 - y) h - y (1 - h)` kept apart, so that nothing cancels where h is close to y = 1.
 */
export function sigmoidLogLossError({ z, a, y }: Output): Matrix {
  return derivativeOf(z, (i, k) => {
    const target = at(y, i, k)
    return ((1 - target) * at(a, i, k) - target * sigmoid(-at(z, i, k))) / z.rows
  })
}
