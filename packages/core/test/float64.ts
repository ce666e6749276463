import { tensor, type Tensor } from '@cotangent/core'

/** Numbers, nested to any depth, in float64, of a shape that the types do not know. */
export const f64 = (data: any): Tensor => tensor(data, { dtype: 'float64' })

/** The elements in row-major order. */
export const numbers = (x: unknown): number[] => Array.from((x as Tensor).data)
