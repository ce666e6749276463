import { rearrange, reduce, repeat, type Tensor } from '@cotangent/core'
import { describe, expectTypeOf, it } from 'vitest'

declare const x: Tensor<[8, 6, 4]>, image: Tensor<[32, 224, 224, 3]>, n: Tensor<[number, 12]>, any: Tensor
declare const unranked: Tensor<number[]>, text: string, sizes: { h: number }

describe('rearrange', () => {
  it('computes the shape of the result', () => {
    expectTypeOf(rearrange(x, 'a b c -> c a b')).toEqualTypeOf<Tensor<[4, 8, 6]>>()
    expectTypeOf(rearrange(x, 'b (h w) c -> b h w c', { h: 2 })).toEqualTypeOf<Tensor<[8, 2, 3, 4]>>()
    expectTypeOf(rearrange(x, 'b (h w) c -> b h w c', { w: 2 })).toEqualTypeOf<Tensor<[8, 3, 2, 4]>>()
    expectTypeOf(rearrange(x, 'b (h w) c -> b h w c', { h: 2, w: 3 })).toEqualTypeOf<Tensor<[8, 2, 3, 4]>>()
    expectTypeOf(rearrange(image, 'b h w c -> b (h w) c')).toEqualTypeOf<Tensor<[32, 50176, 3]>>()
    expectTypeOf(rearrange(image, 'b (h p) (w q) c -> b (h w) (p q c)', { p: 16, q: 16 })).toEqualTypeOf<
      Tensor<[32, 196, 768]>
    >()
    expectTypeOf(rearrange(x, 'a b c -> a 1 (b c)')).toEqualTypeOf<Tensor<[8, 1, 24]>>()
    expectTypeOf(rearrange(x, '... c -> c ...')).toEqualTypeOf<Tensor<[4, 8, 6]>>()
    expectTypeOf(rearrange(x, 'a ... -> a (...)')).toEqualTypeOf<Tensor<[8, 24]>>()
    expectTypeOf(rearrange(image, 'b ... c -> b (c ...)')).toEqualTypeOf<Tensor<[32, 150528]>>()
    expectTypeOf(rearrange(unranked, 'b ... -> b (...)')).toEqualTypeOf<Tensor<[number, number]>>()
    expectTypeOf(rearrange(x, 'a ( b1 b2 )  c->(a b1)  (b2 c)', { b1: 3 })).toEqualTypeOf<Tensor<[24, 8]>>()
  })

  it('keeps what is unknown unknown', () => {
    expectTypeOf(rearrange(n, 'b (h d) -> b h d', { d: 4 })).toEqualTypeOf<Tensor<[number, 3, 4]>>()
    expectTypeOf(rearrange(n, 'b d -> (b d)')).toEqualTypeOf<Tensor<[number]>>()
    expectTypeOf(rearrange(n, 'b (h d) -> b h d', sizes)).toEqualTypeOf<Tensor<[number, number, number]>>()
    expectTypeOf(rearrange(unranked, 'a b -> b a')).toEqualTypeOf<Tensor<[number, number]>>()
    expectTypeOf(rearrange(any, 'a (b c) -> b a c', { b: 2 })).toEqualTypeOf<Tensor<[2, number, number]>>()
    expectTypeOf(rearrange(any, '... a -> a ...')).toEqualTypeOf<Tensor>()
    expectTypeOf(rearrange(x, text)).toEqualTypeOf<Tensor<number[]>>()
  })

  it('holds in generic code', () => {
    function heads<B extends number, T extends number>(q: Tensor<[B, T, 12]>) {
      return rearrange(q, 'b t (h d) -> b h t d', { h: 3 }) satisfies Tensor<[B, 3, T, 4]>
    }
    expectTypeOf(heads<2, 5>).returns.toEqualTypeOf<Tensor<[2, 3, 5, 4]>>()
  })

  it('rejects patterns that do not fit', () => {
    // @ts-expect-error 6 is not a multiple of 4
    rearrange(x, 'b (h w) c -> b h w c', { h: 4 })
    // @ts-expect-error neither size is known
    rearrange(x, 'b (h w) c -> b h w c')
    // @ts-expect-error c is lost
    rearrange(x, 'a b c -> a b')
    // @ts-expect-error d is new
    rearrange(x, 'a b c -> a b c d')
    // @ts-expect-error too few axes
    rearrange(x, 'a b -> b a')
    // @ts-expect-error too many axes
    rearrange(x, 'a b c d -> a b d c')
    // @ts-expect-error not of size 1
    rearrange(x, 'a 1 c -> a c')
    // @ts-expect-error no such axis
    rearrange(x, 'a b c -> c b a', { q: 2 })
    // @ts-expect-error no arrow
    rearrange(x, 'a b c')
    // @ts-expect-error the product is another
    rearrange(x, 'b (h w) c -> b h w c', { h: 2, w: 2 })
  })
})

describe('reduce and repeat', () => {
  it('drop and add axes', () => {
    expectTypeOf(reduce(x, 'a b c -> b', 'sum')).toEqualTypeOf<Tensor<[6]>>()
    expectTypeOf(reduce(x, 'a b c ->', 'sum')).toEqualTypeOf<Tensor<[]>>()
    expectTypeOf(reduce(image, 'b (h 2) (w 2) c -> b h w c', 'max')).toEqualTypeOf<Tensor<[32, 112, 112, 3]>>()
    expectTypeOf(reduce(x, '... c -> ...', 'mean')).toEqualTypeOf<Tensor<[8, 6]>>()
    expectTypeOf(reduce(x, 'a (b p) c -> a b', 'min', { p: 2 })).toEqualTypeOf<Tensor<[8, 3]>>()
    expectTypeOf(repeat(x, 'a b c -> a b c d', { d: 5 })).toEqualTypeOf<Tensor<[8, 6, 4, 5]>>()
    expectTypeOf(repeat(x, 'a b c -> (a 2) b (c r)', { r: 3 })).toEqualTypeOf<Tensor<[16, 6, 12]>>()
  })

  it('reject patterns that do not fit', () => {
    // @ts-expect-error d is new
    reduce(x, 'a b c -> a d', 'sum')
    // @ts-expect-error no such reduction
    reduce(x, 'a b c -> a', 'median')
    // @ts-expect-error the size of d is not given
    repeat(x, 'a b c -> a b c d')
    // @ts-expect-error c is lost
    repeat(x, 'a b c -> a b')
  })
})
