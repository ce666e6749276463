import {
  all,
  and,
  concat,
  equal,
  isFinite,
  max,
  mul,
  reshape,
  scan,
  take,
  tensor,
  where,
  type Tensor,
  transpose,
} from '@cotangent/core'

/** What a program knows beside its matrices. */
export interface Given<P> {
  /** The parameters of the factorization. */
  readonly parameters: P
  /** The distance from 1 to the next number of the dtype of the factorization, which is not that of the program. */
  readonly resolution: number
  /** `0, 1, ..., n - 1` as int32. */
  range(n: number): Tensor
}

/** A factorization of one matrix of each input, all float64: its result, with the packed parts as one axis. */
export type Program<P> = (inputs: readonly Tensor[], given: Given<P>) => Tensor

/** A vector as a column, `[n] -> [n, 1]`. */
export function asColumn(v: Tensor): Tensor {
  return reshape(v, [v.size, 1])
}

/** A vector as a row, `[n] -> [1, n]`. */
export function asRow(v: Tensor): Tensor {
  return reshape(v, [1, v.size])
}

/** `u vᵀ`, `[m] x [n] -> [m, n]`. */
export function outerProduct(u: Tensor, v: Tensor): Tensor {
  return mul(asColumn(u), asRow(v))
}

/** Where both the row is one of `rows` and the column one of `columns`: bool `[m] x [n] -> [m, n]`. */
export function block(rows: Tensor, columns: Tensor): Tensor {
  return and(asColumn(rows), asRow(columns))
}

/** Row k of a matrix, or entry k of a vector, for a computed k. */
export function rowAt(a: Tensor, k: Tensor): Tensor {
  return take(a, k)
}

/** Column k of a matrix, for a computed k. */
export function columnAt(a: Tensor, k: Tensor): Tensor {
  return take(a, k, { axis: 1 })
}

/** The identity, as bool, from the range of its size. */
export function identityMask(range: Tensor): Tensor {
  return equal(asColumn(range), asRow(range))
}

/** `(A + Aᵀ)/2`. Halves first: the sum of two large entries would overflow. */
export function symmetricPart(a: Tensor): Tensor {
  return mul(a, 0.5).add(mul(transpose(a), 0.5))
}

/** `x` if the condition holds, and NaN in its place otherwise: a fault of the matrix. */
export function orNaN(condition: Tensor, x: Tensor): Tensor {
  return where(condition, x, NaN)
}

/** Whether all entries are finite. */
export function areFinite(a: Tensor): Tensor {
  return all(isFinite(a))
}

/** The largest magnitude; NaN if an entry is NaN. */
export function largestOf(a: Tensor): Tensor {
  return max(a.abs())
}

/** The parts of a packed result, one after another in its only axis. */
export function packed(parts: readonly Tensor[]): Tensor {
  return concat(parts.map((part) => reshape(part, [part.size])))
}

/** Their product spans the exponents of float64: `2^1022`. */
const powersOfTwo = [512, 256, 128, 64, 32, 16, 8, 4, 2].map((exponent) => 2 ** exponent)

/**
 * A power of two within a factor of 4 of the largest magnitude. Divided by it, entries have squares that neither
 * overflow nor vanish, and no bit changes. It is 1 for a matrix of zeros, and for one with an entry that is not finite.
 */
export function scaleOf(a: Tensor): Tensor {
  const largest = largestOf(a)
  const start = where(and(largest.greater(0), largest.less(Infinity)), largest, 1)
  // Binary search for the exponent: a logarithm would be rounded, and `scale` no power of two.
  const step = ([x, scale]: readonly [Tensor, Tensor], power: Tensor) => {
    const isLarge = x.greaterEqual(power)
    const isSmall = mul(x, power).lessEqual(1)
    const next = (y: Tensor, larger: Tensor, smaller: Tensor) => where(isLarge, larger, where(isSmall, smaller, y))
    return [[next(x, x.div(power), mul(x, power)), next(scale, mul(scale, power), scale.div(power))], null] as const
  }
  const init: readonly [Tensor, Tensor] = [start, tensor(1, { dtype: 'float64' })]
  return scan(step as never, init, tensor(powersOfTwo, { dtype: 'float64' }) as Tensor)[0][1]
}
