// The timed workloads, as plain numbers: each engine gets the same Float32Arrays and makes its own tensors from
// them.

/** The initial numbers of a fully connected layer. */
export interface LayerNumbers {
  readonly inputs: number
  readonly outputs: number
  /** W, `[outputs, inputs]`. */
  readonly weight: Float32Array
  /** b, `[outputs]`. */
  readonly bias: Float32Array
}

/** One step of gradient descent: forward, loss, all gradients, `θ ← θ - η g`. */
export interface Training {
  readonly kind: 'training'
  readonly layers: readonly LayerNumbers[]
  readonly activation: 'relu' | 'sigmoid' | 'tanh'
  /**
   * - `logLoss`: the last layer is activated; sum over the outputs, mean over the examples.
   * - `softmaxCrossEntropy`: the last layer gives logits; mean over the examples.
   * - `mse`: the last layer is activated; mean over all entries.
   */
  readonly loss: 'logLoss' | 'softmaxCrossEntropy' | 'mse'
  /** λ of the penalty `(λ / 2m) Σ W²`, which excludes biases. */
  readonly lambda: number
  readonly learningRate: number
  /** m, the number of examples. */
  readonly batch: number
  /** `[m, inputs of the first layer]`. */
  readonly x: Float32Array
  /** Targets `[m, outputs of the last layer]`; one-hot rows if the loss is a cross-entropy. */
  readonly y: Float32Array
}

/** One product of square matrices: `a b`, `a bᵀ` or `aᵀ b`. */
export interface Product {
  readonly kind: 'product'
  readonly size: number
  readonly transposed: 'neither' | 'left' | 'right'
  readonly a: Float32Array
  readonly b: Float32Array
}

/** `sum(sigmoid(x * y + z))` with its three gradients. */
export interface Elementwise {
  readonly kind: 'elementwise'
  readonly x: Float32Array
  readonly y: Float32Array
  readonly z: Float32Array
}

/** `x + 1` of one element, read as a number: the overhead of a call. */
export interface Call {
  readonly kind: 'call'
}

export type Workload = Training | Product | Elementwise | Call
