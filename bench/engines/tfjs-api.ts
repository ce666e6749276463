// The part of TensorFlow.js that is used here. Its own types are only available once the peers are installed.

export interface TfTensor {
  readonly shape: number[]
  dataSync(): Float32Array
  dispose(): void
}

export interface TfOptimizer {
  minimize(f: () => TfTensor, returnCost: true, variables: TfTensor[]): TfTensor
}

export interface Tf {
  setBackend(name: string): Promise<boolean>
  getBackend(): string
  ready(): Promise<void>
  env(): { set(flag: string, value: boolean): void }
  enableProdMode(): void
  tensor(values: Float32Array, shape: number[]): TfTensor
  variable(initial: TfTensor): TfTensor
  scalar(value: number): TfTensor
  dispose(tensors: TfTensor[]): void
  valueAndGrads(f: (...args: TfTensor[]) => TfTensor): (args: TfTensor[]) => { value: TfTensor; grads: TfTensor[] }
  customGrad(
    f: (
      x: TfTensor,
      kernel: TfTensor,
      save: (tensors: TfTensor[]) => void,
    ) => { value: TfTensor; gradFunc: (g: TfTensor, saved: TfTensor[]) => TfTensor[] },
  ): (x: TfTensor, kernel: TfTensor) => TfTensor
  conv2d(x: TfTensor, kernel: TfTensor, strides: number, padding: 'same' | number): TfTensor
  conv2dTranspose(x: TfTensor, kernel: TfTensor, shape: number[], strides: number, padding: 'same'): TfTensor
  maxPool(x: TfTensor, size: number, strides: number, padding: 'valid'): TfTensor
  reshape(x: TfTensor, shape: number[]): TfTensor
  transpose(x: TfTensor, order: number[]): TfTensor
  softmax(x: TfTensor): TfTensor
  mean(x: TfTensor, axis: number, keepDims: boolean): TfTensor
  rsqrt(x: TfTensor): TfTensor
  erf(x: TfTensor): TfTensor
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor
  add(a: TfTensor, b: TfTensor | number): TfTensor
  sub(a: TfTensor | number, b: TfTensor): TfTensor
  mul(a: TfTensor, b: TfTensor | number): TfTensor
  relu(x: TfTensor): TfTensor
  sigmoid(x: TfTensor): TfTensor
  tanh(x: TfTensor): TfTensor
  log(x: TfTensor): TfTensor
  square(x: TfTensor): TfTensor
  sum(x: TfTensor): TfTensor
  clipByValue(x: TfTensor, min: number, max: number): TfTensor
  readonly losses: {
    softmaxCrossEntropy(onehot: TfTensor, logits: TfTensor): TfTensor
    meanSquaredError(labels: TfTensor, predictions: TfTensor): TfTensor
  }
  readonly train: { sgd(learningRate: number): TfOptimizer }
}

export interface TfWasm {
  setWasmPaths(prefix: string): void
  setThreadsCount(count: number): void
}
