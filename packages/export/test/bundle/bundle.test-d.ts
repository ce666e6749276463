import type { Tensor } from '@cotangent/core'
import { type Bundle, exportFunction, exportTraining } from '@cotangent/export'
import type { Dense } from '@cotangent/nn'
import type { AdamState, SgdState } from '@cotangent/optim'
import { describe, expectTypeOf, it } from 'vitest'

declare const model: { readonly layer: Dense<3, 2>; rate: number }
declare const state: AdamState
declare const x: Tensor<[8, 3]>
declare const y: Tensor<[8, 2]>
declare const loss: Tensor<[]>
type Model = typeof model

describe('a step', () => {
  it('takes model, state and the elements of the batch', () => {
    const step = (m: Model, s: AdamState, _x: Tensor<[8, 3]>, _y: Tensor<[8, 2]>) => [loss, m, s] as const
    expectTypeOf(exportTraining(step, { model, state, batch: [x, y] })).toEqualTypeOf<Bundle>()
    // @ts-expect-error the elements in another order
    exportTraining(step, { model, state, batch: [y, x] })
    // @ts-expect-error a tree
    exportTraining(step, { model, state, batch: { x, y } })
    // @ts-expect-error one element less
    exportTraining(step, { model, state, batch: [x] })
    // @ts-expect-error no batch
    exportTraining(step, { model, state })
    // @ts-expect-error another option
    exportTraining(step, { model, state, batch: [x, y], sharding: {} })
  })

  it('takes another tree as one argument', () => {
    exportTraining((m: Model, s: AdamState, _: { x: Tensor; y: Tensor }) => [loss, m, s] as const, {
      model,
      state,
      batch: { x, y },
    })
    exportTraining((m: Model, s: AdamState, _: Tensor<[8, 3]>) => [loss, m, s] as const, { model, state, batch: x })
  })

  it('gets its types from the options', () => {
    exportTraining(
      (m, s, first, second) => {
        expectTypeOf(m).toEqualTypeOf<Model>()
        expectTypeOf(s).toEqualTypeOf<AdamState>()
        expectTypeOf(first).toEqualTypeOf<Tensor<[8, 3]>>()
        expectTypeOf(second).toEqualTypeOf<Tensor<[8, 2]>>()
        return [loss, m, s]
      },
      { model, state, batch: [x, y] },
    )
  })

  it('may return metrics', () => {
    exportTraining((m: Model, s: AdamState, _: Tensor) => [loss, m, s, { accuracy: loss }] as const, {
      model,
      state,
      batch: [x],
    })
  })

  it('returns the model and the state that it gets', () => {
    const batch = [x] as const
    // @ts-expect-error no loss
    exportTraining((m: Model, s: AdamState, _: Tensor) => [m, s] as const, { model, state, batch })
    // @ts-expect-error in another order
    exportTraining((m: Model, s: AdamState, _: Tensor) => [loss, s, m] as const, { model, state, batch })
    // @ts-expect-error a number
    exportTraining((m: Model, s: AdamState, _: Tensor) => [1, m, s] as const, { model, state, batch })
    // @ts-expect-error a part of the model
    exportTraining((m: Model, s: AdamState, _: Tensor) => [loss, m.layer, s] as const, { model, state, batch })
    // @ts-expect-error a promise
    exportTraining(async (m: Model, s: AdamState, _: Tensor) => [loss, m, s] as const, { model, state, batch })
    // @ts-expect-error a state of another optimizer
    exportTraining((m: Model, s: SgdState, _: Tensor) => [loss, m, s] as const, { model, state, batch })
  })

  it('has shardings of names, lists and null', () => {
    const step = (m: Model, s: AdamState, _: Tensor) => [loss, m, s] as const
    const shardings = { weight: [null, 'model'], bias: [['data', 'model']], '**': 'data' } as const
    exportTraining(step, { model, state, batch: [x], shardings })
    // @ts-expect-error a number
    exportTraining(step, { model, state, batch: [x], shardings: { weight: [0] } })
  })
})

describe('a function', () => {
  it('takes its arguments', () => {
    const f = (a: Tensor<[8, 3]>, b: { y: Tensor }) => a.sum().add(b.y.sum())
    expectTypeOf(exportFunction(f, [x, { y }])).toEqualTypeOf<Bundle>()
    exportFunction(f, [x, { y }], { vjp: false })
    // @ts-expect-error an argument less
    exportFunction(f, [x])
    // @ts-expect-error another argument
    exportFunction(f, [x, { z: y }])
    // @ts-expect-error the arguments themselves
    exportFunction(f, x, { y })
  })
})
