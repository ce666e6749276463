import {
  arange,
  at,
  full,
  greater,
  reshape,
  vmap,
  type Factorization,
  type Tensor,
  type TensorType,
} from '@cotangent/core'
import { ExportError } from '../errors'
import { cholesky } from './cholesky'
import { cofactors } from './cofactors'
import { eigh } from './eigh'
import { exponential, exponentialDerivative } from './exponential'
import { gaps, quotients } from './gaps'
import { determinant, lu, solve } from './lu'
import type { Program } from './matrices'
import { qr } from './qr'
import { pseudoInverse, svd } from './svd'
import { triangular } from './triangular'

/** The program of each factorization, by its name. */
const programs: Readonly<Record<string, Program<any>>> = {
  cholesky,
  cofactors,
  determinant,
  eigh,
  exponential,
  exponentialDerivative,
  gaps,
  lu,
  pseudoInverse,
  qr,
  quotients,
  solve,
  svd,
  triangular,
}

/**
 * A factorization as a function of its inputs, in ops and loops alone: traced, it lowers to work that every target has.
 * It computes the result of `factorization.run` for each matrix of a batch, with the same parts, signs and order, in
 * float64, rounded once. The size of the graph does not depend on the sizes of matrices and batch, except that axes of
 * size 1 need a few reshapes less.
 *
 * Where `run` throws (a singular matrix, one that is not positive definite, equal eigenvalues in a derivative), a graph
 * cannot: the result of that matrix is NaN. Of packed LU the triangles and the sign are NaN, and the positions stay
 * indices.
 *
 * @param inputs The types of the inputs: matrices in the last axes, and a batch that all share before them.
 * @throws ExportError for a factorization that has no program here.
 */
export function factorProgram(
  { name, parameters }: Pick<Factorization, 'name' | 'parameters'>,
  inputs: readonly TensorType[],
  output: TensorType,
): (inputs: readonly Tensor[]) => Tensor {
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined
  if (program === undefined)
    throw new ExportError(
      'export-factorization',
      `[export] expected one of the factorizations ${Object.keys(programs).join(', ')}, got '${name}'; ` +
        'compute it from these, or outside of the exported function',
    )
  const [{ shape, dtype }] = inputs
  const batch = shape.slice(0, -2)
  const count = batch.reduce((product, size) => product * size, 1)
  // Without entries there is nothing to factor. The determinant and the sign of a permutation of no rows are 1.
  const isEmpty = [output, ...inputs].some((type) => type.shape.includes(0))
  if (isEmpty) return () => full([...output.shape], 1, { dtype: output.dtype })
  const resolution = dtype === 'float64' ? 2 ** -52 : 2 ** -23
  return (given) => {
    const flat = given.map((input) => {
      const one = input.shape.slice(batch.length)
      return reshape(input, [count, ...one]).astype('float64') as Tensor
    })
    // False, as no number is greater than itself. Masks of positions that depend on an input are computed where the
    // graph runs. Masks of constants would be constants, whose text grows with their size.
    const start = at(reshape(flat[0], [flat[0].size]), 0)
    const zero = greater(start, start).astype('int32')
    const range = (n: number): Tensor => arange(n).add(zero)
    const result = vmap((...one: Tensor[]) => program(one, { parameters, resolution, range }))(...flat)
    return reshape(result.astype(output.dtype), [...output.shape])
  }
}
