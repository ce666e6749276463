// Optimizers made from optimizers: groups, look-ahead, accumulation, averages.

import { compile, mapTree, tensor, type Tensor, trace, treeLeaves } from '@cotangent/core'
import * as optim from '@cotangent/optim'
import { describe, expect, it } from 'vitest'

const f64 = (data: number | readonly number[]): Tensor => tensor(data, { dtype: 'float64' })
const list = (x: Tensor) => Array.from(x.data)

class Model {
  constructor(
    readonly w: Tensor,
    readonly b: Tensor,
    readonly count: Tensor = tensor([1, 2], { dtype: 'int32' }),
  ) {}
}
const model = new Model(
  f64([
    [1, 2],
    [3, 4],
  ] as never),
  f64([0.5, -0.5]),
)
const gradientsAt = (t: number) =>
  new Model(
    f64([
      [Math.sin(t), 1],
      [0.5, Math.cos(t)],
    ] as never),
    f64([t, -1]),
  )

/** The parameters after so many updates. */
function run(optimizer: optim.Optimizer, steps: number, start = model, gradients = gradientsAt) {
  let [current, state] = [start, optimizer.init(start)]
  const history: number[][] = []
  for (let t = 0; t < steps; t++) {
    ;[current, state] = optimizer.update(current, gradients(t), state)
    history.push([...list(current.w), ...list(current.b)])
  }
  return { current, state, history }
}

describe('groups', () => {
  const groups = {
    matrices: { where: (leaf: Tensor) => leaf.rank === 2, optimizer: optim.adam({ learningRate: 0.1 }) },
    vectors: { where: (_: Tensor, path: readonly unknown[]) => path[0] === 'b', optimizer: optim.sgd({ learningRate: 0.5 }) }, // prettier-ignore
  }

  it('update each leaf by its own optimizer, and keep classes, integers and paths', () => {
    const { current } = run(optim.perGroup(groups), 3)
    const [byAdam, bySgd] = [optim.adam({ learningRate: 0.1 }), optim.sgd({ learningRate: 0.5 })]
    expect(list(current.w)).toEqual(list(run(byAdam, 3).current.w))
    expect(list(current.b)).toEqual(list(run(bySgd, 3).current.b))
    expect(current).toBeInstanceOf(Model)
    expect(current.count).toBe(model.count)
  })

  it('have a state for their own leaves alone, under their names', () => {
    const { state } = run(optim.perGroup(groups), 1)
    const places: string[] = []
    mapTree((leaf, path) => (places.push(path.join('.')), leaf), state)
    expect(places).toEqual(['matrices.0.step', 'matrices.0.mean.w', 'matrices.0.square.w'])
  })

  it('may leave their leaves as they are', () => {
    const frozen = { ...groups, vectors: { ...groups.vectors, optimizer: null } }
    const { current, state } = run(optim.perGroup(frozen), 3)
    expect(current.b).toBe(model.b)
    expect((state as any).vectors).toBeNull()
  })

  it('compile', () => {
    const { init, update } = optim.perGroup(groups)
    const [next] = compile(update)(model, gradientsAt(1), init(model))
    expect(list(next.w)).toEqual(list(update(model, gradientsAt(1), init(model))[0].w))
  })

  it('take a tensor that stands at several places once', () => {
    const w = f64([1])
    const tied = { a: w, b: { again: w }, c: f64([1]) }
    const optimizer = optim.perGroup({
      shared: { where: (_, path) => path[0] !== 'c', optimizer: optim.adam({ learningRate: 0.5 }) },
      own: { where: (_, path) => path[0] === 'c', optimizer: optim.sgd({ learningRate: 1 }) },
    })
    // One gradient tensor for all, by chance.
    const [next] = optimizer.update(tied, { a: w, b: { again: w }, c: w }, optimizer.init(tied))
    expect(next.a).toBe(next.b.again)
    expect(next.a.item()).toBeCloseTo(0.5, 7)
    expect(next.c.item()).toBe(0)
  })

  it('are refused if a leaf has none or two, or a group is empty', () => {
    const all = { where: () => true, optimizer: optim.adam() }
    const none = { where: () => false, optimizer: optim.adam() }
    expect(() => optim.perGroup({ matrices: groups.matrices }).init(model)).toThrow(/select b, got none/)
    expect(() => optim.perGroup({ all, also: groups.matrices }).init(model)).toThrow(/got 'all' and 'also'/)
    expect(() => optim.perGroup({ all, none }).init(model)).toThrow(/group 'none' of perGroup selects no/)
  })
})

describe('look-ahead', () => {
  it('goes back to slow parameters, which follow half of the way', () => {
    const { history } = run(optim.lookahead(optim.sgd({ learningRate: 0.1 }), { every: 2, rate: 0.5 }), 4)
    let slow = [1, 2, 3, 4, 0.5, -0.5]
    let fast = slow
    for (let t = 0; t < 4; t++) {
      const g = [Math.sin(t), 1, 0.5, Math.cos(t), t, -1]
      fast = fast.map((value, i) => value - 0.1 * g[i])
      if (t % 2 === 1) fast = slow = slow.map((value, i) => value + 0.5 * (fast[i] - value))
      history[t].forEach((value, i) => expect(value).toBeCloseTo(fast[i], 14))
    }
  })
})

describe('accumulation', () => {
  const inner = () => optim.adam({ learningRate: optim.exponentialSchedule(0.1, { factor: 0.5 }) })

  it.each([false, true])('is the update by the mean of the gradients, compiled: %s', (isCompiled) => {
    const { init, update } = optim.accumulate(inner(), { every: 3 })
    const step = isCompiled ? compile(update) : update
    let [current, state] = [model, init(model)]
    const means: Model[] = []
    for (let t = 0; t < 7; t++) {
      const before = list(current.w)
      ;[current, state] = step(current, gradientsAt(t), state)
      if (t % 3 !== 2) expect(list(current.w)).toEqual(before)
      else {
        const mean = (...leaves: Tensor[]) => leaves[0].add(leaves[1]).add(leaves[2]).div(3)
        const [a, b, c] = [gradientsAt(t - 2), gradientsAt(t - 1), gradientsAt(t)]
        means.push(new Model(mean(a.w, b.w, c.w), mean(a.b, b.b, c.b)))
      }
    }
    const expected = run(inner(), 2, model, (t) => means[t])
    list(current.w).forEach((value, i) => expect(value).toBeCloseTo(list(expected.current.w)[i], 14))
    expect((state.inner[0] as optim.ScaleByAdamState).step.item()).toBe(2)
  })

  it('forgets a NaN after the update', () => {
    const { init, update } = optim.accumulate(optim.sgd({ learningRate: 1 }), { every: 1 })
    const bad = mapTree((leaf) => leaf.mul(leaf.dtype === 'int32' ? 1 : NaN), model)
    const [, state] = update(model, bad, init(model))
    expect(list((state.sum as Model).w)).toEqual([0, 0, 0, 0])
  })

  it('reads no value: it can be traced', () => {
    const { init, update } = optim.accumulate(inner(), { every: 2 })
    expect(() => trace(update, model, model, init(model))).not.toThrow()
  })
})

describe('the average of parameters', () => {
  it('is β a + (1 - β) θ, with the integers of the model', () => {
    const later = new Model(gradientsAt(1).w, gradientsAt(1).b, tensor([5, 6], { dtype: 'int32' }))
    const average = optim.averageParameters(model, later, { decay: 0.75 })
    expect(list(average.b)).toEqual([0.75 * 0.5 + 0.25, -0.75 * 0.5 - 0.25])
    expect(average.count).toBe(later.count)
    expect(average).toBeInstanceOf(Model)
  })
})

describe('every optimizer', () => {
  const isMatrix = (leaf: Tensor) => leaf.rank === 2
  const all: Record<string, (options: optim.DescentOptions) => optim.Optimizer> = {
    sgd: (options) => optim.sgd({ learningRate: 0.1, momentum: 0.9, dampening: 0.5, ...options }),
    adam: (options) => optim.adam({ amsgrad: true, ...options }),
    adamw: optim.adamw,
    nadam: optim.nadam,
    radam: optim.radam,
    adamax: optim.adamax,
    adagrad: optim.adagrad,
    adadelta: optim.adadelta,
    rmsprop: (options) => optim.rmsprop({ centered: true, momentum: 0.5, ...options }),
    lion: optim.lion,
    lamb: optim.lamb,
    muon: optim.muon,
    adafactor: optim.adafactor,
  }
  const float32 = new Model(model.w.astype('float32'), model.b.astype('float32'))

  it.each(Object.entries(all))('keeps dtypes, and leaves that are not selected: %s', (_, make) => {
    const optimizer = make({ where: isMatrix, weightDecay: 0.1, clip: optim.clipByNorm(1) })
    const small = (t: number) => mapTree((leaf) => leaf.astype(leaf.dtype === 'float64' ? 'float32' : leaf.dtype), gradientsAt(t)) // prettier-ignore
    const { current, state } = run(optimizer, 2, float32, small)
    expect(current.b).toBe(float32.b)
    expect(current.count).toBe(float32.count)
    expect(current.w.dtype).toBe('float32')
    expect(list(current.w)).not.toEqual(list(float32.w))
    // Moments are float32; the counters are int32 and the product of NAdam is a float64 scalar.
    for (const leaf of treeLeaves(state)) if (leaf.rank > 0) expect(leaf.dtype).toBe('float32')
  })

  it.each(Object.entries(all))('stands still without a gradient and without decay: %s', (_, make) => {
    const zeros = () => mapTree((leaf) => leaf.mul(0), float32)
    const { current } = run(make({ where: isMatrix, weightDecay: 0 }), 3, float32, zeros)
    expect(list(current.w)).toEqual(list(float32.w))
  })

  it.each(Object.entries(all))('climbs with maximize, as far as it descends otherwise: %s', (_, make) => {
    const options = { where: isMatrix, weightDecay: 0, learningRate: 0.01 }
    const [down, up] = [run(make(options), 1).current, run(make({ ...options, maximize: true }), 1).current]
    list(model.w).forEach((value, i) => expect(list(up.w)[i] - value).toBeCloseTo(value - list(down.w)[i], 12))
  })

  it.each(Object.entries(all))('has a state of plain data and tensors: %s', (_, make) => {
    const visit = (value: unknown): void => {
      if (value === null || typeof value === 'number' || treeLeaves(value).includes(value as Tensor)) return
      const prototype = Object.getPrototypeOf(value) as object
      expect([Object.prototype, Array.prototype, Model.prototype]).toContain(prototype)
      for (const child of Object.values(value as object)) visit(child)
    }
    visit(make({ where: isMatrix, learningRate: optim.constantSchedule(1) }).init(model))
  })

  it('takes decay for some leaves only', () => {
    const step = optim.adamw({ weightDecay: 1, decayWhere: isMatrix })
    const zeros = () => mapTree((leaf) => leaf.mul(0), model)
    const { current } = run(step, 1, model, zeros)
    expect(list(current.b)).toEqual(list(model.b))
    list(current.w).forEach((value, i) => expect(value).toBeCloseTo(0.999 * list(model.w)[i], 14))
  })

  it('refuses vectors, if it is Muon', () => {
    const optimizer = optim.muon()
    expect(() => optimizer.update(model, model, optimizer.init(model))).toThrow(
      /expected a matrix at b, got shape \[2\]/,
    )
  })
})

describe('adaptive clipping', () => {
  it('limits each row of a matrix by the norm of its weights, and a vector as a whole', () => {
    const [limit, least] = [0.5, 2]
    const gradients = new Model(f64([[30, 40], [0.3, 0.4]] as never), f64([3, 4])) // prettier-ignore
    const [{ w, b }] = optim.clipAdaptively(limit, { least }).update(gradients, null, model)
    // ‖(1, 2)‖ = 2.236; ‖(0.5, -0.5)‖ is below 2.
    const first = 0.5 * Math.sqrt(5)
    const close = [first * 0.6, first * 0.8, 0.3, 0.4, 0.6, 0.8]
    ;[...list(w), ...list(b)].forEach((value, i) => expect(value).toBeCloseTo(close[i], 14))
  })
})

describe('a plateau', () => {
  it('runs in a compiled step, and its rate drives an optimizer', () => {
    const falling = optim.plateau({ patience: 1, factor: 0.5 })
    const step = compile((w: Tensor, loss: Tensor, state: optim.PlateauState) => {
      const next = falling.update(loss, state)
      const { init, update } = optim.sgd({ learningRate: () => next.rate })
      return [update({ w }, { w }, init({ w }))[0].w, next] as const
    })
    let state = falling.init(0.5)
    let w: Tensor = f64([1])
    for (const loss of [1, 1, 1, 1, 1]) [w, state] = step(w, f64(loss), state)
    expect(state.rate.item()).toBe(0.125)
    expect(w.item()).toBe(0.5 * 0.5 * 0.75 * 0.75 * 0.875)
  })
})
