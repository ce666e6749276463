import { grad, type Tensor, vmap } from '@cotangent/core'
import { describe, expectTypeOf, it } from 'vitest'

declare const a43: Tensor<[4, 3]>
declare const v3: Tensor<[3]>
declare const w: Tensor<[2, 3]>
declare const f: (x: Tensor<[3]>) => Tensor<[2]>
declare const loss: (model: { w: Tensor<[2, 3]>; name: string }, x: Tensor<[3]>) => Tensor<[]>

describe('vmap', () => {
  it('puts the number of examples before the sizes', () => {
    expectTypeOf(vmap(f)(a43)).toEqualTypeOf<Tensor<[number, 2]>>()
    // @ts-expect-error one example is no batch
    vmap(f)(v3)
  })

  it('leaves what all examples share as it is', () => {
    expectTypeOf(vmap(grad(loss), { in: [null, 0] })({ w, name: 'a' }, a43)).toEqualTypeOf<{
      w: Tensor<[number, 2, 3]>
      name: string
    }>()
    expectTypeOf(vmap(f, { out: null, in: null, size: 2 })(v3)).toEqualTypeOf<Tensor<[2]>>()
  })

  it('leaves shapes open along other axes', () => {
    expectTypeOf(vmap(f, { in: 1, out: 1 })(a43)).toEqualTypeOf<Tensor>()
    expectTypeOf(vmap((x: Tensor): Tensor => x)(a43)).toEqualTypeOf<Tensor>()
  })

  it('names its options', () => {
    // @ts-expect-error no such option
    vmap(f, { axis: 0 })
    // @ts-expect-error an axis is a number or null
    vmap(f, { in: 'x' })
  })
})
