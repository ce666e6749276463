import { compile, grad, tensor, type Tensor } from '@cotangent/core'
import type { Dense } from '@cotangent/nn'
import * as optim from '@cotangent/optim'
import { describe, expectTypeOf, it } from 'vitest'

declare const model: { readonly layer: Dense<3, 2>; rate: number }
declare const loss: (m: typeof model) => Tensor<[]>
const gradients = grad(loss)(model)
const rate = { learningRate: 0.1 }

const is = <T>(_: T) => expectTypeOf<T>()

describe('an optimizer', () => {
  it('has a state of its own type', () => {
    is(optim.sgd(rate).init(model)).toEqualTypeOf<optim.SgdState>()
    is(optim.adam().init(model)).toEqualTypeOf<optim.AdamState>()
    is(optim.adamw().init(model)).toEqualTypeOf<optim.AdamState>()
    is(optim.lamb().init(model)).toEqualTypeOf<optim.AdamState>()
    is(optim.nadam().init(model)).toEqualTypeOf<optim.NadamState>()
    is(optim.radam().init(model)).toEqualTypeOf<optim.RadamState>()
    is(optim.adamax().init(model)).toEqualTypeOf<optim.AdamaxState>()
    is(optim.rmsprop({ momentum: 0.9 }).init(model)).toEqualTypeOf<optim.RmspropState>()
    is(optim.adagrad().init(model)).toEqualTypeOf<optim.AdagradState>()
    is(optim.adadelta().init(model)).toEqualTypeOf<optim.AdadeltaState>()
    is(optim.lion({ where: (leaf) => leaf.rank > 1 }).init(model)).toEqualTypeOf<optim.LionState>()
    is(optim.muon().init(model)).toEqualTypeOf<optim.MuonState>()
    is(optim.adafactor().init(model)).toEqualTypeOf<optim.AdafactorState>()
    is(optim.lbfgs().init(model)).toEqualTypeOf<optim.LbfgsState>()
  })

  it('has the state of its clipping in it', () => {
    is(optim.adam({ clip: optim.clipByGlobalNorm(1) }).init(model)).toEqualTypeOf<optim.AdamState>()
    const both = optim.chain(optim.clipByValue(1), optim.clipByNorm(1))
    is(optim.adam({ clip: both }).init(model)).toEqualTypeOf<optim.AdamState<readonly [null, null]>>()
    const options: optim.AdamOptions = rate
    is(optim.adam(options).init(model)).toEqualTypeOf<optim.AdamState<unknown>>()
    is(optim.adam().init(model)[0]).toEqualTypeOf<optim.ScaleByAdamState | Tensor<[]> | null>()
  })

  it('takes no state of another', () => {
    // @ts-expect-error the state of sgd
    optim.adam().update(model, gradients, optim.sgd(rate).init(model))
    // @ts-expect-error no state
    optim.adam().update(model, gradients)
    // @ts-expect-error the state of the optimizer inside
    optim.accumulate(optim.adam(), { every: 2 }).update(model, gradients, optim.adam().init(model))
    // @ts-expect-error not known
    optim.adam().update(model, gradients, null as unknown)
  })

  it('is one of any state where it is not known which', () => {
    const either: optim.Optimizer = Math.random() < 0.5 ? optim.sgd(rate) : optim.adam()
    is(either.init(model)).toBeUnknown()
    is(either.update(model, gradients, either.init(model))).toEqualTypeOf<[model: typeof model, state: unknown]>()
  })
})

describe('a training loop', () => {
  const loop = <State>(optimizer: optim.Optimizer<State>) => {
    let [m, state] = [model, optimizer.init(model)]
    ;[m, state] = optimizer.update(m, grad(loss)(m), state)
    return [m, state] as const
  }

  it('is generic in the optimizer', () => {
    is(loop(optim.adam())[1]).toEqualTypeOf<optim.AdamState>()
    is(loop(optim.optimizer(optim.scaleBy(2)))[1]).toEqualTypeOf<null>()
  })

  it('needs no cast', () => {
    const optimizer = optim.adamw({ learningRate: optim.cosineSchedule(0.1, { steps: 9 }) })
    let m = model
    let state = optimizer.init(m)
    ;[m, state] = optimizer.update(m, grad(loss)(m), state)
    const step = compile((m: typeof model, before: typeof state) => optimizer.update(m, grad(loss)(m), before))
    ;[m, state] = step(m, state)
    is(state).toEqualTypeOf<optim.AdamState>()

    let own = { w: tensor([1, 2]) }
    let ofOwn = optim.sgd(rate).init(own)
    ;[own, ofOwn] = optim.sgd(rate).update(own, grad(({ w }: typeof own) => w.square().sum())(own), ofOwn)
    is([own, ofOwn] as const).toEqualTypeOf<readonly [{ w: Tensor<[2]> }, optim.SgdState]>()

    const solver = optim.lbfgs()
    let solved = solver.init(m)
    ;[m, solved] = solver.update(m, loss, solved)
    is([m, solved] as const).toEqualTypeOf<readonly [typeof model, optim.LbfgsState]>()
  })

  it('needs none with an optimizer around another, or one for each group', () => {
    const around = optim.lookahead(optim.accumulate(optim.lion(), { every: 2 }))
    is(loop(around)[1]).toEqualTypeOf<optim.LookaheadState<optim.AccumulateState<optim.LionState>>>()
    const groups = optim.perGroup({
      matrices: { where: (leaf, path) => leaf.rank > 1 && path.length > 0, optimizer: optim.muon() },
      others: { where: (leaf) => leaf.rank < 2, optimizer: null },
      either: { where: () => true, optimizer: Math.random() < 0.5 ? optim.adam() : null },
    })
    is(loop(groups)[1]).toExtend<{
      readonly matrices: optim.MuonState
      readonly others: null
      readonly either: optim.AdamState | null
    }>()
    // @ts-expect-error no such option
    optim.perGroup({ all: { where: () => true, optimizer: optim.adam(), rate: 1 } })
    // @ts-expect-error a transform is no optimizer
    optim.perGroup({ all: { where: () => true, optimizer: 1 } })
  })

  it('keeps the model in averages', () => {
    is(optim.averageParameters(model, model, { decay: 0.9 })).toEqualTypeOf<typeof model>()
  })
})

describe('a transform', () => {
  it('has a state of its own type', () => {
    is(optim.scaleByLearningRate(0.1).init(model)).toEqualTypeOf<optim.RateState>()
    is(optim.addWeightDecay(optim.constantSchedule(0.1)).init(model)).toEqualTypeOf<optim.RateState>()
    is(optim.addMomentum(0.9).init(model)).toEqualTypeOf<optim.AddMomentumState>()
    is(optim.averageGradients(0.9).init(model)).toEqualTypeOf<optim.AverageGradientsState>()
    is(optim.scaleByAdam().init(model)).toEqualTypeOf<optim.ScaleByAdamState>()
    is(optim.scaleByNadam().init(model)).toEqualTypeOf<optim.ScaleByNadamState>()
    is(optim.scaleByRadam().init(model)).toEqualTypeOf<optim.ScaleByRadamState>()
    is(optim.scaleByAdamax().init(model)).toEqualTypeOf<optim.ScaleByAdamaxState>()
    is(optim.scaleByRms().init(model)).toEqualTypeOf<optim.ScaleByRmsState>()
    is(optim.scaleByAdagrad().init(model)).toEqualTypeOf<optim.ScaleByAdagradState>()
    is(optim.scaleByAdadelta().init(model)).toEqualTypeOf<optim.ScaleByAdadeltaState>()
    is(optim.scaleByLion().init(model)).toEqualTypeOf<optim.ScaleByLionState>()
    is(optim.scaleByFactoredRms().init(model)).toEqualTypeOf<optim.ScaleByFactoredRmsState>()
    for (const each of [optim.clipByNorm(1), optim.clipByRms(1), optim.onlyWhere(() => true), optim.orthogonalize()])
      is(each.init(model)).toBeNull()
    for (const each of [optim.scaleBy(1), optim.scaleByTrustRatio(), optim.scaleByParameterRms()])
      is(each.init(model)).toBeNull()
  })

  it('is known in a chain, and in the optimizer of it', () => {
    const made = optim.optimizer(optim.chain(optim.scaleByAdam(), optim.scaleByLearningRate(0.1)))
    is(made.init(model)).toEqualTypeOf<readonly [optim.ScaleByAdamState, optim.RateState]>()
    is(made.init(model)[0].step).toEqualTypeOf<Tensor<[]>>()
    const some: optim.GradientTransform<null>[] = [optim.scaleBy(2)]
    is(optim.chain(...some).init(model)).toEqualTypeOf<readonly null[]>()
    // @ts-expect-error an optimizer is no transform
    optim.chain(optim.adam())
    // @ts-expect-error two states
    made.update(model, gradients, [])
  })
})

describe('a plateau', () => {
  it('has a state', () => {
    is(optim.plateau().init(0.1)).toEqualTypeOf<optim.PlateauState>()
  })
})
