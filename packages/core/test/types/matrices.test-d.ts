import {
  cholesky,
  determinant,
  eigh,
  inverse,
  logDeterminant,
  lstsq,
  matrixExponential,
  matrixNorm,
  matrixPower,
  matrixRank,
  matrixTrace,
  norm,
  pinv,
  qr,
  solve,
  svd,
  type Tensor,
  triangularSolve,
} from '@cotangent/core'
import { describe, expectTypeOf, it } from 'vitest'

declare const a33: Tensor<[3, 3]>
declare const a53: Tensor<[5, 3]>
declare const b32: Tensor<[3, 2]>
declare const b52: Tensor<[5, 2]>
declare const v3: Tensor<[3]>
declare const batch: Tensor<[7, 3, 3]>
declare const n3: Tensor<[number, 3]>
declare const anyRank: Tensor<number[]>
declare const plain: Tensor

const is = <T>(_: T) => expectTypeOf<T>()

describe('functions of matrices', () => {
  it('keep or compute the shape', () => {
    is(cholesky(a33)).toEqualTypeOf<Tensor<[3, 3]>>()
    is(inverse(batch, { check: false })).toEqualTypeOf<Tensor<[7, 3, 3]>>()
    is(matrixExponential(a33)).toEqualTypeOf<Tensor<[3, 3]>>()
    is(matrixPower(a33, 2)).toEqualTypeOf<Tensor<[3, 3]>>()
    is(determinant(a33)).toEqualTypeOf<Tensor<[]>>()
    is(determinant(batch)).toEqualTypeOf<Tensor<[7]>>()
    is(logDeterminant(batch).logAbs).toEqualTypeOf<Tensor<[7]>>()
    is(matrixTrace(a53)).toEqualTypeOf<Tensor<[]>>()
    is(matrixRank(a53)).toEqualTypeOf<Tensor<[]>>()
    is(matrixNorm(batch, { p: 'nuclear' })).toEqualTypeOf<Tensor<[7]>>()
    is(norm(a53, { axis: 1 })).toEqualTypeOf<Tensor<[5]>>()
    is(pinv(a53)).toEqualTypeOf<Tensor<[3, 5]>>()
  })

  it('solve for matrices, vectors and batches', () => {
    is(solve(a33, b32)).toEqualTypeOf<Tensor<[3, 2]>>()
    is(solve(a33, v3)).toEqualTypeOf<Tensor<[3]>>()
    is(solve(batch, b32)).toEqualTypeOf<Tensor<[7, 3, 2]>>()
    is(triangularSolve(batch, v3, { lower: false })).toEqualTypeOf<Tensor<[7, 3]>>()
    is(lstsq(a53, b52)).toEqualTypeOf<Tensor<[3, 2]>>()
    is(solve(n3, b32)).toEqualTypeOf<Tensor<[number, 2]>>()
  })

  it('take matrices apart', () => {
    is(qr(a33).q).toEqualTypeOf<Tensor<[3, 3]>>()
    is(qr(a53).q).toEqualTypeOf<Tensor<[5, number]>>()
    is(svd(a53).vt).toEqualTypeOf<Tensor<[number, 3]>>()
    is(svd(a33).s).toEqualTypeOf<Tensor<[3]>>()
    is(eigh(batch).eigenvalues).toEqualTypeOf<Tensor<[7, 3]>>()
    is(eigh(batch).eigenvectors).toEqualTypeOf<Tensor<[7, 3, 3]>>()
  })

  it('accept what is not known', () => {
    is(cholesky(plain)).toEqualTypeOf<Tensor>()
    is(cholesky(anyRank)).toEqualTypeOf<Tensor<number[]>>()
    is(solve(plain, plain)).toEqualTypeOf<Tensor>()
    is(solve(a33, plain)).toEqualTypeOf<Tensor>()
    is(svd(anyRank).u).toEqualTypeOf<Tensor<number[]>>()
    is(determinant(plain)).toEqualTypeOf<Tensor>()
    is(pinv(plain)).toEqualTypeOf<Tensor>()
  })

  it('refuse what cannot fit', () => {
    // @ts-expect-error not square
    cholesky(a53)
    // @ts-expect-error not square
    determinant(a53)
    // @ts-expect-error no matrix
    svd(v3)
    // @ts-expect-error other rows
    solve(a33, b52)
    // @ts-expect-error other rows
    lstsq(a53, b32)
    // @ts-expect-error no such option
    cholesky(a33, { upper: true })
    // @ts-expect-error no such norm
    matrixNorm(a33, { p: 'fro' })
  })

  it('compile in generic code', () => {
    function f<N extends number, K extends number>(a: Tensor<[N, N]>, b: Tensor<[N, K]>, v: Tensor<[N]>) {
      is(cholesky(a)).toEqualTypeOf<Tensor<[N, N]>>()
      is(solve(a, b)).toEqualTypeOf<Tensor<[N, K]>>()
      is(solve(a, v)).toEqualTypeOf<Tensor<[N]>>()
      is(determinant(a)).toEqualTypeOf<Tensor<[]>>()
      is(eigh(a).eigenvalues).toEqualTypeOf<Tensor<[N]>>()
      is(svd(b).vt).toExtend<Tensor<[number, K]>>()
    }
    void f
  })
})
