import { KernelFault } from '../../errors'
import type { Shape } from '../../types/shapes'
import { formatIndex } from '../../values/shape'

/** Where in a batch a matrix is, and whether the lack of a factorization is an error. */
export interface Place {
  /** The leading axes. */
  readonly batch: Shape
  /** The position of the matrix among them, in row-major order. */
  readonly at: number
}

/** ` at batch index [1, 2]`, or nothing for a single matrix. */
function where({ batch, at }: Place): string {
  return batch.length === 0 ? '' : ` at batch index ${formatIndex(at, batch)}`
}

/** The error for a matrix that is not positive definite. */
export function notPositiveDefinite(place: Place, pivot: number, value: number): KernelFault {
  return new KernelFault(
    'not-positive-definite',
    `expected a positive definite matrix, got one${where(place)} whose pivot ${pivot} is ${value}; ` +
      'add a multiple of the identity, or pass { check: false } to get NaN for such a matrix',
  )
}

/** The error for a singular matrix. */
export function singular(place: Place, pivot: number): KernelFault {
  return new KernelFault(
    'singular-matrix',
    `expected a matrix that has an inverse, got a singular one${where(place)}: its pivot ${pivot} is 0; ` +
      'use matmul(pinv(a), b) for singular systems, or pass { check: false } where there is that option to get NaN for such a matrix',
  )
}

/** The error for columns that depend on each other. */
export function rankDeficient(place: Place, pivot: number, value: number): KernelFault {
  return new KernelFault(
    'rank-deficient',
    `expected a matrix of full rank, got one${where(place)} whose pivot ${pivot} is ${value}, ` +
      'which is 0 within rounding; multiply with pinv(a), which has a tolerance for the rank',
  )
}

/** The error for a derivative with respect to eigenvectors or singular vectors that are not determined. */
export function equalValues(place: Place, i: number, j: number, isOfSquares: boolean): KernelFault {
  const values = isOfSquares ? 'singular values' : 'eigenvalues'
  return new KernelFault(
    'equal-eigenvalues',
    `the derivative of ${isOfSquares ? 'singular vectors' : 'eigenvectors'} does not exist${where(place)}: ` +
      `${values} ${i} and ${j} are equal within rounding; use a function of the ${values} alone at first order, or separate them`,
  )
}

/** The error for a derivative that divides by a singular value of 0. */
export function zeroValue(place: Place, i: number): KernelFault {
  return new KernelFault(
    'zero-singular-value',
    `the derivative of singular vectors does not exist${where(place)}: singular value ${i} is 0 within rounding; ` +
      'use a function of the singular values alone, or pinv, whose derivative exists where the rank does not change',
  )
}
