import { key, splitKey, uniform } from '@cotangent/core'
import { convolutional, linearAlgebra, transformer } from './models'
import { type Network, networks, training } from './networks'
import type { Elementwise, LinearAlgebra, Product, Workload } from './workload'

/** One row of the result. */
export interface Benchmark {
  /** `--only` selects a row by its id, or by the part of the id before a dash. */
  readonly id: string
  readonly title: string
  /** What is measured: the time of a step, or the extra time of the first step. */
  readonly measure: 'step' | 'compile'
  /** Floating-point operations of a step, if they determine its time. */
  readonly flops?: number
  /** Makes the numbers. Each variant has other shapes, so that no compiled program can be reused. */
  workload(variant: number): Workload
}

const random = (seed: number, shape: readonly number[], min: number) =>
  splitKey(key(seed), 3).map((own) => uniform(own, shape, { min, max: 1 }).data as Float32Array)

const steps = (['W1', 'W2', 'W3', 'W4', 'W5'] as const).map((id): Benchmark => {
  const network = networks[id]
  return { id, title: network.title, measure: 'step', workload: () => training(network) }
})

const convolutionalTitle = '28 x 28 images, two 3 x 3 convolutions with pools, dense, softmax cross-entropy, batch 32'
const transformerTitle = 'transformer block, width 64, 4 heads, length 32, mean squared error, batch 8'

const models: readonly Benchmark[] = [
  { id: 'C', title: convolutionalTitle, measure: 'step', workload: () => convolutional(32) },
  { id: 'T', title: transformerTitle, measure: 'step', workload: () => transformer(8) },
]

const factorizations = Object.entries({ cholesky: 'cholesky(A)', solve: 'solve(A, b)', svd: 'svd(A)' } as const).map(
  ([operation, formula]): Benchmark => ({
    id: `L-${operation}`,
    title: `${formula}, 256 x 256`,
    measure: 'step',
    workload: () => linearAlgebra(operation as LinearAlgebra['operation'], 256),
  }),
)

const suffixes = { neither: '', right: '-bt', left: '-at' } as const
const formulas = { neither: 'a b', right: 'a bᵀ', left: 'aᵀ b' } as const

const products = [256, 512, 1024].flatMap((size) =>
  (['neither', 'right', 'left'] as const).map((transposed): Benchmark => {
    const workload = (): Product => {
      // Positive numbers: no sum cancels, so engines that add in different orders still agree.
      const [a, b] = random(size, [size, size], 0)
      return { kind: 'product', size, transposed, a, b }
    }
    const title = `${formulas[transposed]}, ${size} x ${size}`
    return { id: `M-${size}${suffixes[transposed]}`, title, measure: 'step', flops: 2 * size ** 3, workload }
  }),
)

const elementwise: Benchmark = {
  id: 'E',
  title: 'sum(sigmoid(x y + z)) and gradients, 1,000,000 elements',
  measure: 'step',
  workload: (): Elementwise => {
    const [x, y, z] = random(2, [1_000_000], -1)
    return { kind: 'elementwise', x, y, z }
  },
}

const call: Benchmark = {
  id: 'call',
  title: 'x + 1 of one element, read as a number',
  measure: 'step',
  workload: () => ({ kind: 'call' }),
}

const compile = [
  ...Object.entries<Network>(networks).map(([id, network]): Benchmark => ({
    id: `compile-${id}`,
    title: `compile ${network.title}`,
    measure: 'compile',
    workload: (variant) => training({ ...network, batch: network.batch + variant }),
  })),
  ...models.map(({ id, title }): Benchmark => ({
    id: `compile-${id}`,
    title: `compile ${title}`,
    measure: 'compile',
    workload: (variant) => (id === 'C' ? convolutional(32 + variant) : transformer(8 + variant)),
  })),
]

/** All benchmarks, in the order of the report. */
export const benchmarks: readonly Benchmark[] = [
  ...steps,
  ...models,
  ...factorizations,
  ...products,
  elementwise,
  call,
  ...compile,
]
