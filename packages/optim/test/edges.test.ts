import { compile, normal, key, sum, tensor, type Tensor, zeros } from '@cotangent/core'
import { dense, sequential } from '@cotangent/nn'
import {
  accumulate,
  adadelta,
  adafactor,
  adagrad,
  adam,
  adamax,
  adamw,
  lamb,
  lbfgs,
  lion,
  nadam,
  type Optimizer,
  perGroup,
  radam,
  rmsprop,
  sgd,
} from '@cotangent/optim'
import { describe, expect, it } from 'vitest'

const optimizers: Record<string, Optimizer> = {
  adadelta: adadelta(),
  adafactor: adafactor(),
  adagrad: adagrad(),
  adam: adam({ amsgrad: true }),
  adamax: adamax(),
  adamw: adamw(),
  lamb: lamb(),
  lion: lion(),
  nadam: nadam(),
  radam: radam(),
  rmsprop: rmsprop({ centered: true, momentum: 0.9 }),
  sgd: sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
}

describe.each(Object.entries(optimizers))('%s', (_, optimizer) => {
  it('keeps dtypes, shapes, and what is not floating point, in leaves of every size', () => {
    const model = {
      vector: tensor([1, 2]),
      scalar: tensor(1, { dtype: 'float64' }),
      empty: zeros([0, 3]),
      matrix: normal(key(1), [3, 2]),
      indices: tensor([1, 2], { dtype: 'int32' }),
      name: 'a model',
    }
    let next = model
    let state = optimizer.init(model)
    for (let i = 0; i < 3; i++) [next, state] = optimizer.update(next, model, state)
    expect(next.indices).toBe(model.indices)
    expect(next.name).toBe('a model')
    for (const name of ['vector', 'scalar', 'empty', 'matrix'] as const) {
      const before: Tensor = model[name]
      const after: Tensor = next[name]
      expect([after.dtype, after.shape]).toEqual([before.dtype, before.shape])
      expect(after.data.every((value, i) => Number.isFinite(value) && value !== before.data[i])).toBe(true)
    }
  })
})

describe('a part of a model', () => {
  const isHead = (_: Tensor, path: readonly (string | number)[]) => path[0] === 'head'
  const parts: Record<string, Optimizer> = {
    where: adam({ where: isHead }),
    accumulated: accumulate(sgd({ learningRate: 0.1, momentum: 0.9, where: isHead }), { every: 2 }),
    perGroup: perGroup({
      head: { where: isHead, optimizer: adam() },
      rest: { where: (leaf, path) => !isHead(leaf, path), optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) },
    }),
  }

  it.each(Object.entries(parts))('%s, is updated by one program', (_, optimizer) => {
    let model = {
      body: sequential(dense(2, 3, { key: key(1) }), dense(3, 2, { key: key(2) })),
      head: dense(2, 1, { key: key(3) }),
    }
    let state = optimizer.init(model)
    let traces = 0
    const step = compile((m: typeof model, s: unknown) => {
      traces++
      return optimizer.update(m, m, s)
    })
    for (let i = 0; i < 20; i++) [model, state] = step(model, state)
    // The first call, and the checks of calls 2 and 8.
    expect(traces).toBe(3)
  })
})

describe('lbfgs', () => {
  const model = { w: tensor([1, 2]) as Tensor }
  const solver = lbfgs()
  const state = solver.init(model)

  it('says that it cannot be traced', () => {
    const step = compile((m: typeof model, s: typeof state) => solver.update(m, ({ w }) => sum(w.square()), s))
    expect(() => step(model, state)).toThrow('[lbfgs.update] reads the values of the loss')
  })

  it('refuses a loss that is no scalar, or is not finite where it starts', () => {
    expect(() => solver.update(model, ({ w }) => w, state)).toThrow('[lbfgs.update] expected a floating-point scalar')
    expect(() => solver.update(model, ({ w }) => sum(w.div(0)), state)).toThrow('expected a finite loss')
  })
})
