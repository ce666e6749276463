import { compile, type Tensor } from '@cotangent/core'
import { describe, expectTypeOf, it } from 'vitest'

declare const vector: Tensor<[3]>

describe('a compiled function has the type of the function', () => {
  it('with its trees and shapes', () => {
    const step = compile((model: { w: Tensor<[3]> }, state: string) => ({ loss: model.w.sum(), state }))
    expectTypeOf(step({ w: vector }, 'start')).toEqualTypeOf<{ loss: Tensor<[]>; state: string }>()
    // @ts-expect-error -- a number is no tensor
    step({ w: 3 }, 'start')
    // @ts-expect-error -- an argument is missing, for explain as well
    step.explain({ w: vector })
  })

  it('with what defaults and shapes as parameters say', () => {
    const scaled = compile((x: Tensor<[3]>, factor = 4) => x.mul(factor))
    expectTypeOf(scaled).parameter(1).toEqualTypeOf<number | undefined>()
    const doubled = compile(<S extends readonly number[]>(x: Tensor<S>) => x.mul(2))
    expectTypeOf(doubled(vector)).toEqualTypeOf<Tensor<[3]>>()
  })
})
