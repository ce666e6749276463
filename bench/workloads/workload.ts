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

/** The numbers of a tensor in row-major order. */
export interface Numbers {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/**
 * One step of gradient descent on a convolutional network: twice a convolution that keeps the size, ReLU and the
 * largest of each 2 x 2 window, then a dense layer and the mean cross-entropy of its softmax.
 */
export interface Convolutional {
  readonly kind: 'convolutional'
  /** Kernels `[3, 3, in, out]`; the weight of the dense layer `[rows, columns, channels, classes]`. */
  readonly parameters: Readonly<Record<'kernel1' | 'bias1' | 'kernel2' | 'bias2' | 'weight' | 'bias', Numbers>>
  readonly learningRate: number
  /** `[m, height, width, channels]`. */
  readonly x: Numbers
  /** One-hot rows `[m, classes]`. */
  readonly y: Numbers
}

/**
 * One step of gradient descent on a block of a transformer. `a = norm(x + attention(x Q, x K, x V) O)`, then
 * `norm(a + gelu(a F + f) G + g)`; `norm` is the layer norm with its scale and shift. Mean squared error.
 */
export interface Transformer {
  readonly kind: 'transformer'
  /** Q, K, V and O `[width, width]`, F `[width, hidden]`, G `[hidden, width]`; the others are vectors. */
  readonly parameters: Readonly<
    Record<'q' | 'k' | 'v' | 'o' | 'f' | 'fBias' | 'g' | 'gBias' | 'scale1' | 'shift1' | 'scale2' | 'shift2', Numbers>
  >
  readonly heads: number
  readonly learningRate: number
  /** `[batch, length, width]`. */
  readonly x: Numbers
  /** `[batch, length, width]`. */
  readonly y: Numbers
}

/** The factor L of A = L Lᵀ, the x of A x = b, or the factors of A = U diag(s) Vᵀ. A is symmetric positive definite. */
export interface LinearAlgebra {
  readonly kind: 'linearAlgebra'
  readonly operation: 'cholesky' | 'solve' | 'svd'
  readonly size: number
  /** A, `[size, size]`. */
  readonly a: Float32Array
  /** b, `[size]`. */
  readonly b: Float32Array
}

export type Workload = Training | Convolutional | Transformer | LinearAlgebra | Product | Elementwise | Call

/** The epsilon of layer norms. */
export const normEpsilon = 1e-5
