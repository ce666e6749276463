import { tensor, type Tensor } from '@cotangent/core'
import { mapParameters } from '../parameters'

/** The values of all parameters, or of further values at their places, one after another. */
export function vectorOf(model: unknown, values: unknown = model): Float64Array {
  const parts: Tensor[] = []
  mapParameters((_, __, value) => (parts.push(value), value), model, values)
  const vector = new Float64Array(parts.reduce((total, { size }) => total + size, 0))
  let offset = 0
  for (const part of parts) {
    vector.set(part.data, offset)
    offset += part.size
  }
  return vector
}

/** The model with the values of a vector as its parameters, rounded to their dtypes. */
export function withVector<T>(model: T, vector: Float64Array): T {
  let offset = 0
  return mapParameters((parameter) => {
    const values = vector.slice(offset, (offset += parameter.size))
    return tensor(values, { shape: parameter.shape }).astype(parameter.dtype)
  }, model)
}

/** `Σ a b` */
export function dot(a: Float64Array, b: Float64Array): number {
  let total = 0
  for (let i = 0; i < a.length; i++) total += a[i] * b[i]
  return total
}

/** `a + s b` */
export function plus(a: Float64Array, s: number, b: Float64Array): Float64Array {
  return a.map((value, i) => value + s * b[i])
}

/** `s a` */
export function times(s: number, a: Float64Array): Float64Array {
  return a.map((value) => s * value)
}

/** `max |a|` */
export function largest(a: Float64Array): number {
  // NaN counts as larger than any number.
  return a.reduce((most, value) => (Math.abs(value) <= most ? most : Math.abs(value)), 0)
}
