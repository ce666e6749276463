// The part of jax-js that is used here. Its own types are only available once the peers are installed.

/** An array with a reference count: passing it on consumes one reference, and `.ref` adds one. */
export interface JaxArray {
  readonly ref: JaxArray
  readonly shape: number[]
  add(other: JaxArray | number): JaxArray
  sub(other: JaxArray | number): JaxArray
  mul(other: JaxArray | number): JaxArray
  neg(): JaxArray
  sum(): JaxArray
  mean(): JaxArray
  transpose(): JaxArray
  reshape(shape: number[]): JaxArray
  dataSync(): Float32Array
  dispose(): void
}

export interface JaxLayer {
  weight: JaxArray
  bias: JaxArray
}

type Unary = (x: JaxArray) => JaxArray

export interface Jax {
  init(device: string): Promise<string[]>
  defaultDevice(device: string): string
  jit<Args extends unknown[], R>(f: (...args: Args) => R): ((...args: Args) => R) & { dispose(): void }
  valueAndGrad<Args extends unknown[]>(
    f: (...args: Args) => JaxArray,
  ): (...args: Args) => [value: JaxArray, gradient: Args[0]]
  blockUntilReady<T>(tree: T): Promise<T>
  readonly tree: {
    ref<T>(tree: T): T
    dispose(tree: unknown): void
    map<T>(f: (a: JaxArray, b: JaxArray) => JaxArray, a: T, b: T): T
  }
  readonly numpy: {
    array(values: Float32Array, options: { shape: number[] }): JaxArray
    matmul(a: JaxArray, b: JaxArray): JaxArray
    max: Unary
    swapaxes(x: JaxArray, first: number, second: number): JaxArray
    square: Unary
    log: Unary
    tanh: Unary
    clip(x: JaxArray, min: number, max: number): JaxArray
    readonly linalg: { cholesky: Unary; solve(a: JaxArray, b: JaxArray): JaxArray; svd(a: JaxArray): JaxArray[] }
  }
  readonly lax: {
    convGeneralDilated(x: JaxArray, kernel: JaxArray, strides: number[], padding: 'SAME'): JaxArray
    reduceWindow(x: JaxArray, reduce: Unary, size: number[], strides: number[]): JaxArray
  }
  readonly nn: {
    relu: Unary
    sigmoid: Unary
    logSoftmax(x: JaxArray, axis: number): JaxArray
    gelu(x: JaxArray, options: { approximate: boolean }): JaxArray
    standardize(x: JaxArray, axis: number, options: { epsilon: number }): JaxArray
    softmax(x: JaxArray, axis: number): JaxArray
  }
}
