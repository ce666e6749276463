import { einsum, einsumPath, tensor, type Tensor } from '@cotangent/core'
import { describe, expectTypeOf, it } from 'vitest'

declare const a: Tensor<[8, 3, 4]>, b: Tensor<[8, 4, 5]>, c: Tensor<[7, 4, 5]>, n: Tensor<[8, number, 5]>
declare const square: Tensor<[3, 3]>, v: Tensor<[4]>, unranked: Tensor<number[]>, any: Tensor, text: string

describe('einsum', () => {
  it('computes the shape of the result', () => {
    expectTypeOf(einsum('bij,bjk->bik', a, b)).toEqualTypeOf<Tensor<[8, 3, 5]>>()
    expectTypeOf(einsum('bij,bjk->kib', a, b)).toEqualTypeOf<Tensor<[5, 3, 8]>>()
    expectTypeOf(einsum('bij, bjk -> bik', a, b)).toEqualTypeOf<Tensor<[8, 3, 5]>>()
    expectTypeOf(einsum('bij->', a)).toEqualTypeOf<Tensor<[]>>()
    expectTypeOf(einsum('ii->i', square)).toEqualTypeOf<Tensor<[3]>>()
    expectTypeOf(einsum('i,j,k->ijk', v, v, v)).toEqualTypeOf<Tensor<[4, 4, 4]>>()
    expectTypeOf(einsum('bij,bjk,j,j,bik->b', a, b, v, v, einsum('bij,bjk->bik', a, b))).toEqualTypeOf<Tensor<[8]>>()
  })

  it('implies the result', () => {
    expectTypeOf(einsum('bij,bjk', a, b)).toEqualTypeOf<Tensor<[3, 5]>>()
    expectTypeOf(einsum('ba', square)).toEqualTypeOf<Tensor<[3, 3]>>()
    expectTypeOf(einsum('ii', square)).toEqualTypeOf<Tensor<[]>>()
    expectTypeOf(einsum('Za', a.expectShape([8, 3, 4]).at(0))).toEqualTypeOf<Tensor<[3, 4]>>()
  })

  it('broadcasts ...', () => {
    expectTypeOf(einsum('...ij,...jk->...ik', a, b)).toEqualTypeOf<Tensor<[8, 3, 5]>>()
    expectTypeOf(einsum('...ij,jk->...ik', a, b.at(0))).toEqualTypeOf<Tensor<[8, 3, 5]>>()
    expectTypeOf(einsum('...j,j', a, v)).toEqualTypeOf<Tensor<[8, 3]>>()
    expectTypeOf(einsum('i...->...i', a)).toEqualTypeOf<Tensor<[3, 4, 8]>>()
  })

  it('keeps what is unknown unknown, and takes what another operand knows', () => {
    expectTypeOf(einsum('bij,bjk->bik', n, n.transpose([0, 2, 1]))).toEqualTypeOf<Tensor<[8, number, number]>>()
    expectTypeOf(einsum('bij,i->bi', n, v)).toEqualTypeOf<Tensor<[8, 4]>>()
    expectTypeOf(einsum('ij,jk->ik', unranked, square)).toEqualTypeOf<Tensor<[number, 3]>>()
    expectTypeOf(einsum('...j,jk->...k', unranked, square)).toEqualTypeOf<Tensor<number[]>>()
    expectTypeOf(einsum('ij,jk->ik', any, square)).toEqualTypeOf<Tensor<[number, 3]>>()
    expectTypeOf(einsum('...ij->...ji', any)).toEqualTypeOf<Tensor>()
    expectTypeOf(einsum(text, a, b)).toEqualTypeOf<Tensor<number[]>>()
    expectTypeOf(einsum('ij,jk->ik', ...([square, square] as Tensor<[3, 3]>[]))).toEqualTypeOf<Tensor<number[]>>()
  })

  it('holds in generic code', () => {
    function scores<T extends number, S extends number, D extends number>(q: Tensor<[T, D]>, k: Tensor<[S, D]>) {
      return einsum('td,sd->ts', q, k) satisfies Tensor<[T, S]>
    }
    expectTypeOf(scores(square, square)).toEqualTypeOf<Tensor<[3, 3]>>()
    class Bilinear<N extends number, M extends number> {
      constructor(readonly weight: Tensor<[N, M]>) {}
      forward(x: Tensor<[N]>, y: Tensor<[M]>): Tensor<[]> {
        return einsum('i,ij,j->', x, this.weight, y)
      }
      rows<B extends number>(x: Tensor<[B, N]>): Tensor<[B, M]> {
        return einsum('...n,nm->...m', x, this.weight)
      }
    }
    expectTypeOf(new Bilinear(square).forward).returns.toEqualTypeOf<Tensor<[]>>()
  })

  it('rejects subscripts that do not fit', () => {
    // @ts-expect-error j has two sizes
    einsum('bij,bkj->bik', a, b)
    // @ts-expect-error too few letters
    einsum('bi,bjk->bik', a, b)
    // @ts-expect-error too many letters
    einsum('bijk,bjk->bik', a, b)
    // @ts-expect-error z is in no operand
    einsum('bij,bjk->biz', a, b)
    // @ts-expect-error the axes ... do not broadcast
    einsum('...ij,...jk->...ik', a, c)
    // @ts-expect-error i twice
    einsum('bij,bjk->bii', a, b)
    // @ts-expect-error one operand is missing
    einsum('bij,bjk->bik', a)
    // @ts-expect-error one operand too many
    einsum('bij->b', a, b)
    // @ts-expect-error the result lacks ...
    einsum('...i->i', a)
    // @ts-expect-error not a diagonal
    einsum('bii->b', a)
    // @ts-expect-error no letter
    einsum('b1j->b', a)
    // @ts-expect-error letters do not broadcast
    einsum('i,i->i', v, tensor([1]))
    // @ts-expect-error an array is no operand
    einsum('i->', [1])
  })
})

it('einsumPath takes what einsum takes', () => {
  expectTypeOf(einsumPath('bij,bjk->bik', a, b).flops).toEqualTypeOf<number>()
  // @ts-expect-error j has two sizes
  einsumPath('bij,bkj->bik', a, b)
})
