// Losses of the library with drawn arguments.

import { tensor, type Tensor } from '@cotangent/core'
import * as nn from '@cotangent/nn'
import type { Example } from './equations'

const integerOptions = new Set(['inputLengths', 'targetLengths'])

function asTensor(values: unknown, dtype: 'float32' | 'float64' | 'int32', shape?: readonly number[]): Tensor {
  const made: Tensor = tensor(values as number[], { dtype })
  return shape === undefined ? made : made.reshape([...shape])
}

/** The loss with all but its arguments with gradients given, and these arguments. */
export function prepared(name: string, example: Example, dtype: 'float32' | 'float64' = 'float64') {
  const loss = nn[name as 'mse'] as unknown as (...args: unknown[]) => Tensor
  const options = Object.fromEntries(
    Object.entries(example.options ?? {}).map(([key, value]) => [
      key,
      Array.isArray(value) ? asTensor(value, integerOptions.has(key) ? 'int32' : dtype) : value,
    ]),
  )
  const labels = (example.labels ?? []).map((values) => {
    const isSigned = name === 'cosineEmbeddingLoss'
    // An empty row tells no dtype.
    const empty = (values as readonly unknown[]).every((row) => Array.isArray(row) && row.length === 0)
    return asTensor(empty ? [] : values, isSigned ? dtype : 'int32', empty ? [values.length, 0] : undefined)
  })
  const inputs = example.inputs.map((values) => asTensor(values, dtype))
  const call = (reduction: nn.Reduction) => (leaves: readonly Tensor[]) =>
    loss(...leaves, ...labels, { ...options, reduction })
  return { inputs, call, options }
}
