import { type Key, key, normal, splitKey, uniform } from '@cotangent/core'
import type { Convolutional, LinearAlgebra, Numbers, Transformer } from './workload'

const count = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1)

const constant = (value: number, shape: readonly number[]): Numbers => ({
  shape,
  values: new Float32Array(count(shape)).fill(value),
})

const drawn = (own: Key, shape: readonly number[], scale = 1): Numbers => ({
  shape,
  values: (normal(own, shape).data as Float32Array).map((value) => value * scale),
})

/** Random images of 28 x 28 in ten classes, and the initial numbers of a network for them; equal for equal batches. */
export function convolutional(batch: number): Convolutional {
  const [kernel1, kernel2, weight, data] = splitKey(key(3), 4)
  const [size, classes, first, second] = [28, 10, 8, 16]
  const y = new Float32Array(batch * classes)
  for (let example = 0; example < batch; example++) y[example * classes + (example % classes)] = 1
  return {
    kind: 'convolutional',
    parameters: {
      kernel1: drawn(kernel1, [3, 3, 1, first], Math.sqrt(2 / 9)),
      bias1: constant(0, [first]),
      kernel2: drawn(kernel2, [3, 3, first, second], Math.sqrt(2 / (9 * first))),
      bias2: constant(0, [second]),
      weight: drawn(weight, [size / 4, size / 4, second, classes], Math.sqrt(1 / ((size / 4) ** 2 * second))),
      bias: constant(0, [classes]),
    },
    learningRate: 0.001,
    x: drawn(data, [batch, size, size, 1]),
    y: { shape: [batch, classes], values: y },
  }
}

/** Random sequences of 32 vectors of 64, and the initial numbers of a block with 4 heads; equal for equal batches. */
export function transformer(batch: number): Transformer {
  const [length, width, hidden] = [32, 64, 256]
  const [q, k, v, o, f, g, x, y] = splitKey(key(4), 8)
  const scale = Math.sqrt(1 / width)
  return {
    kind: 'transformer',
    parameters: {
      q: drawn(q, [width, width], scale),
      k: drawn(k, [width, width], scale),
      v: drawn(v, [width, width], scale),
      o: drawn(o, [width, width], scale),
      f: drawn(f, [width, hidden], scale),
      fBias: constant(0, [hidden]),
      g: drawn(g, [hidden, width], Math.sqrt(1 / hidden)),
      gBias: constant(0, [width]),
      scale1: constant(1, [width]),
      shift1: constant(0, [width]),
      scale2: constant(1, [width]),
      shift2: constant(0, [width]),
    },
    heads: 4,
    learningRate: 0.1,
    x: drawn(x, [batch, length, width]),
    y: drawn(y, [batch, length, width]),
  }
}

/** A random matrix that is symmetric and far from singular: `(U + Uᵀ) / 2 + size I` with U uniform in [0, 1). */
export function linearAlgebra(operation: LinearAlgebra['operation'], size: number): LinearAlgebra {
  const [matrix, vector] = splitKey(key(5))
  const u = uniform(matrix, [size, size]).data
  const a = Float32Array.from(u, (value, at) => {
    const [row, column] = [Math.floor(at / size), at % size]
    return (value + u[column * size + row]) / 2 + (row === column ? size : 0)
  })
  return { kind: 'linearAlgebra', operation, size, a, b: uniform(vector, [size]).data as Float32Array }
}
