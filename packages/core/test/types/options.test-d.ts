import { compile, customGradient, grad, type Tensor, valueAndGrad } from '@cotangent/core'
import { describe, expectTypeOf, it } from 'vitest'

declare const a: Tensor<[2]>
declare const b: Tensor<[3]>
const f = (x: Tensor<[2]>, y: Tensor<[3]>): Tensor => x.sum().add(y.sum())

describe('options', () => {
  it('say what they choose', () => {
    expectTypeOf(grad(f, { argument: 1 })(a, b)).toEqualTypeOf<Tensor<[3]>>()
    expectTypeOf(grad(f, { argument: [0, 1], disconnected: 'zeros' })(a, b)).toEqualTypeOf<[Tensor<[2]>, Tensor<[3]>]>()
  })

  it('have no names but their own, in generic functions too', () => {
    // @ts-expect-error no such option
    grad(f, { argument: 0, holomorphic: 1 })
    // @ts-expect-error no such option
    valueAndGrad(f, { argnums: 1 })
    // @ts-expect-error no such option
    compile(f, { donated: [0] })
    // @ts-expect-error no such option
    customGradient((x: Tensor) => ({ value: x, pullback: (g: Tensor) => [g] }), { label: 'own' })
  })
})
