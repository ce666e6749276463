import type { Numbers } from '../workloads/workload'

/** The same numbers with their axes in another order, which is the layout that an engine is fast with. */
export function permuted({ shape, values }: Numbers, order: readonly number[]): Numbers {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))
  const result = new Float32Array(values.length)
  const newShape = order.map((axis) => shape[axis])
  for (let at = 0; at < values.length; at++) {
    let [rest, from] = [at, 0]
    for (let i = order.length - 1; i >= 0; i--) {
      from += (rest % newShape[i]) * strides[order[i]]
      rest = Math.floor(rest / newShape[i])
    }
    result[at] = values[from]
  }
  return { shape: newShape, values: result }
}
