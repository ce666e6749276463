import type { Buffer, Factorization, TensorType } from '../../../kernels/work'
import { allocate, type TypedArray } from '../../../values/dtype'
import { sizeOf } from '../../../values/shape'
import { cholesky } from './cholesky'
import { cofactors } from './cofactors'
import { eigh } from './eigh'
import { exponential, exponentialDerivative } from './exponential'
import type { Place } from './faults'
import { gaps, quotients } from './gaps'
import { determinant, packedTriangles, solve } from './lu'
import { packedOrthogonal } from './qr'
import { pseudoInverse, svd } from './svd'
import { triangular } from './triangular'

/** One matrix of each input, and where its result goes, which is filled with zeros. */
interface One<F extends Factorization['factor']> {
  readonly work: Extract<Factorization, { factor: F }>
  readonly inputs: readonly Float64Array[]
  /** The last two axes of the first input. */
  readonly m: number
  readonly n: number
  /** The last axis of the last input. */
  readonly k: number
  readonly out: Float64Array
  readonly place: Place
  /** The distance from 1 to the next number of the dtype. */
  readonly resolution: number
}

const methods: { readonly [F in Factorization['factor']]: (one: One<F>) => void } = {
  cholesky: ({ work, inputs: [a], n, out, place }) => cholesky(a, n, out, place, work.check),
  lu: ({ work, inputs: [a], n, out, place }) => packedTriangles(a, n, out, place, work.check),
  solve: ({ work, inputs, n, k, out }) => solve(inputs, [n, k], out, work.transposed),
  triangular: ({ work, inputs, n, k, out, place }) => triangular(inputs, [n, k], out, place, work),
  determinant({ inputs: [a], n, out }) {
    out[0] = determinant(a, n)
  },
  cofactors: ({ inputs: [a], n, out }) => cofactors(a, n, out),
  qr: ({ inputs: [a], m, n, out }) => packedOrthogonal(a, m, n, out),
  eigh: ({ inputs: [a], n, out }) => eigh(a, n, out),
  svd: ({ inputs: [a], m, n, out }) => svd(a, m, n, out),
  pseudoInverse({ work: { tolerance }, inputs: [a], m, n, out, resolution }) {
    pseudoInverse(a, m, n, out, tolerance ?? Math.max(m, n) * resolution)
  },
  exponential: ({ inputs: [a], n, out }) => out.set(exponential(a, n)),
  exponentialDerivative: ({ inputs: [a, e], n, out }) => out.set(exponentialDerivative(a, e, n)),
  gaps: ({ work, inputs, n, out, place, resolution }) => gaps(inputs, n, out, place, { ...work, resolution }),
  quotients: ({ inputs, m, n, out, place, resolution }) => quotients(inputs, [m, n], out, place, resolution),
}

/** Does a factorization for each matrix of a batch, in float64. */
export function factor(work: Factorization, inputs: readonly Buffer[], output: TensorType): TypedArray {
  const [{ shape, dtype }] = inputs
  const batch = shape.slice(0, -2)
  const count = sizeOf(batch)
  const wide = inputs.map(({ data }) => (data instanceof Float64Array ? data : Float64Array.from(data)))
  const isWide = output.dtype === 'float64'
  const data = allocate(output.dtype, sizeOf(output.shape))
  const result = isWide ? (data as Float64Array) : new Float64Array(data.length)
  const lastShape = inputs[inputs.length - 1].shape
  for (let at = 0; at < count; at++) {
    const part = (whole: Float64Array) => {
      const size = whole.length / count
      return whole.subarray(at * size, (at + 1) * size)
    }
    ;(methods[work.factor] as (one: One<Factorization['factor']>) => void)({
      work: work as never,
      inputs: wide.map(part),
      m: shape[shape.length - 2],
      n: shape[shape.length - 1],
      k: lastShape[lastShape.length - 1],
      out: part(result),
      place: { batch, at },
      resolution: dtype === 'float64' ? 2 ** -52 : 2 ** -23,
    })
  }
  if (!isWide) data.set(result)
  return data
}
