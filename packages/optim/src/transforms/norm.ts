import {
  abs,
  div,
  full,
  greater,
  less,
  max,
  maximum,
  mul,
  ones,
  sqrt,
  square,
  stopGradient,
  sum,
  type Tensor,
  where,
  zeros,
} from '@cotangent/core'

/** `Σ (s g)²` in float64, and the power of two s. */
export interface ScaledSquares {
  readonly total: Tensor<[]>
  readonly scale: Tensor<[]>
}

/**
 * `Σ (s g)²` in float64, with a power of two s that keeps the squares in range. s is 1 unless a float64 gradient is
 * so large that its square would overflow, or all are so small that their squares would underflow.
 */
export function scaledSquares(leaves: readonly Tensor[]): ScaledSquares {
  const one = ones([], { dtype: 'float64' })
  const wide = leaves.map((g) => g.astype('float64'))
  // Squares of float32 numbers stay in the range of float64.
  const canLeave = leaves.some((g) => g.dtype === 'float64')
  const scale = canLeave ? scaleOf(wide.filter((g) => g.size > 0)) : one
  const squares = wide.map((g) => sum(square(canLeave ? mul(g, scale) : g)))
  return { total: squares.reduce((a, b) => a.add(b), zeros([], { dtype: 'float64' })), scale }
}

function scaleOf(leaves: readonly Tensor[]): Tensor<[]> {
  const largest = leaves
    .map((g) => max(abs(stopGradient(g))))
    .reduce((a, b) => maximum(a, b), zeros([], { dtype: 'float64' }))
  const small = where(less(largest, 2 ** -400), full([], 2 ** 600, { dtype: 'float64' }), 1)
  return where(greater(largest, 2 ** 500), full([], 2 ** -600, { dtype: 'float64' }), small)
}

/** The norm of a tensor in float64, with derivative 0 where it is 0. */
export function normOf(x: Tensor): Tensor<[]> {
  const { total, scale } = scaledSquares([x])
  const isZero = greater(total, 0)
  return where(isZero, div(sqrt(where(isZero, total, 1)), scale), 0)
}

/** The limiter of a norm: it scales tensors down, so that the norm of the squares is at most `limit`. */
export function limiter({ total, scale }: ScaledSquares, limit: number): (g: Tensor) => Tensor {
  const exceeds = greater(sqrt(total), mul(scale, limit))
  // A norm within the limit is replaced by 1: the square root would have an infinite derivative at 0.
  const factor = div(full([], limit, { dtype: 'float64' }), sqrt(where(exceeds, total, 1)))
  // Selects instead of multiplying by 1, so that gradients within the limit keep every bit.
  return (g) => where(exceeds, mul(mul(g.astype('float64'), scale), factor).astype(g.dtype), g)
}
