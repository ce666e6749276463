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
import { copied, plainRows, type RowMachine } from './rows'
import { pseudoInverse, svd } from './svd'
import { triangular } from './triangular'

/** One matrix of each input, and where its result goes, which is filled with zeros. */
interface One<F extends Factorization['factor']> {
  readonly machine: RowMachine
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
  cholesky: ({ machine, work, inputs: [a], n, out, place }) => cholesky(machine, a, n, out, place, work.check),
  lu: ({ machine, work, inputs: [a], n, out, place }) => packedTriangles(machine, a, n, out, place, work.check),
  solve: ({ machine, work, inputs, n, k, out }) => solve(machine, inputs, [n, k], out, work.transposed),
  triangular: ({ machine, work, inputs, n, k, out, place }) => triangular(machine, inputs, [n, k], out, place, work),
  determinant({ machine, inputs: [a], n, out }) {
    out[0] = determinant(machine, a, n)
  },
  cofactors: ({ machine, inputs: [a], n, out }) => cofactors(machine, a, n, out),
  qr: ({ machine, inputs: [a], m, n, out }) => packedOrthogonal(machine, a, m, n, out),
  eigh: ({ machine, inputs: [a], n, out }) => eigh(machine, a, n, out),
  svd: ({ machine, inputs: [a], m, n, out }) => svd(machine, a, m, n, out),
  pseudoInverse({ machine, work: { tolerance }, inputs: [a], m, n, out, resolution }) {
    pseudoInverse(machine, a, m, n, out, tolerance ?? Math.max(m, n) * resolution)
  },
  exponential: ({ machine, inputs: [a], n, out }) => out.set(exponential(machine, a, n)),
  exponentialDerivative: ({ machine, inputs: [a, e], n, out }) => out.set(exponentialDerivative(machine, a, e, n)),
  gaps: ({ work, inputs, n, out, place, resolution }) => gaps(inputs, n, out, place, { ...work, resolution }),
  quotients: ({ inputs, m, n, out, place, resolution }) => quotients(inputs, [m, n], out, place, resolution),
}

/** Does a factorization for each matrix of a batch, in float64. `machineFor` is asked for each matrix. */
export function factor(
  work: Factorization,
  inputs: readonly Buffer[],
  output: TensorType,
  machineFor: () => RowMachine = () => plainRows,
): TypedArray {
  const [{ shape, dtype }] = inputs
  const batch = shape.slice(0, -2)
  const count = sizeOf(batch)
  const data = allocate(output.dtype, sizeOf(output.shape))
  const lastShape = inputs[inputs.length - 1].shape
  for (let at = 0; at < count; at++) {
    const machine = machineFor()
    const part = <T extends TypedArray>(whole: T) => {
      const size = whole.length / count
      return whole.subarray(at * size, (at + 1) * size) as T
    }
    const out = machine.take(data.length / count)
    ;(methods[work.factor] as (one: One<Factorization['factor']>) => void)({
      machine,
      work,
      inputs: inputs.map((input) => copied(machine, part(input.data))),
      m: shape[shape.length - 2],
      n: shape[shape.length - 1],
      k: lastShape[lastShape.length - 1],
      out,
      place: { batch, at },
      resolution: dtype === 'float64' ? 2 ** -52 : 2 ** -23,
    })
    part(data).set(out)
  }
  return data
}
