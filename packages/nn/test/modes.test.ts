import {
  bernoulli,
  checkpoint,
  compile,
  foldKey,
  grad,
  key,
  mapTree,
  normal,
  ones,
  scan,
  splitKey,
  sum,
  tensor,
  type Tensor,
  trace,
  treeParameters,
  valueAndGrad,
  vmap,
  zeros,
} from '@cotangent/core'
import {
  batchNorm,
  BatchNorm,
  convolutional2d,
  dense,
  type Dropout,
  dropout,
  evaluating,
  forwardWithState,
  identity,
  maxPooling,
  type Mode,
  relu,
  Residual,
  residual,
  Sequential,
  sequential,
  training,
} from '@cotangent/nn'
import { adamw } from '@cotangent/optim'
import { describe, expect, it } from 'vitest'

const [k1, k2, k3] = splitKey(key(1), 3)
const x = normal(k1, [8, 4], { dtype: 'float64' })
const list = (a: Tensor) => Array.from(a.data)
const float64 = { dtype: 'float64' } as const

describe('a mode', () => {
  it('is required by layers that need one, at any depth', () => {
    const missing = expect.objectContaining({ name: 'ValueError', code: 'missing-mode' })
    const model = sequential(sequential(dropout(0.5))) as unknown as { forward(x: Tensor, mode?: unknown): Tensor }
    expect(() => model.forward(x)).toThrow(missing)
    expect(() => (batchNorm(4) as unknown as typeof model).forward(x)).toThrow(missing)
    for (const wrong of [key(1), true, null, {}]) expect(() => model.forward(x, wrong)).toThrow(missing)
    expect(model.forward(x, evaluating)).toBe(x)
  })

  it('is a value: one mode gives the same numbers, and each layer of a sequence others', () => {
    const layer = dropout(0.5)
    const mode = training(key(3))
    expect(list(layer.forward(x, mode))).toEqual(list(layer.forward(x, mode)))
    expect(list(layer.forward(x, mode.fold(1)))).not.toEqual(list(layer.forward(x, mode)))
    expect(list(layer.forward(x, mode.fold(1)))).toEqual(list(layer.forward(x, training(foldKey(key(3), 1)))))
    const twice = sequential(layer, layer)
    const both = list(twice.forward(x, mode))
    const [first, second] = [0, 1].map((i) => bernoulli(foldKey(mode.root, i), x.shape, { probability: 0.5 }).data)
    expect(both).toEqual(list(x).map((value, i) => (first[i] && second[i] ? 4 * value : 0)))
  })

  it('may be an argument of a compiled function, and its key may be folded with a counter of a loop', () => {
    const step = compile((a: Tensor, mode: Mode) => dropout(0.5).forward(a, mode))
    for (const mode of [training(k2), training(k3), evaluating])
      expect(list(step(x, mode))).toEqual(list(dropout(0.5).forward(x, mode)))
    const repeated = (a: Tensor, mode: Mode) =>
      scan(
        (carry: Tensor, i: Tensor): [Tensor, null] => [dropout(0.25).forward(carry, mode.fold(i)), null],
        a,
        tensor([0, 1, 2], { dtype: 'int32' }),
      )[0]
    const expected = [0, 1, 2].reduce<Tensor>((a, i) => dropout(0.25).forward(a, training(k2).fold(i)), x)
    expect(list(repeated(x, training(k2)))).toEqual(list(expected))
    expect(list(compile(repeated)(x, training(k2)))).toEqual(list(expected))
  })
})

describe('dropout', () => {
  it('keeps the mean, and the share of zeros is the rate', () => {
    const ones = tensor(new Float32Array(100_000).fill(1))
    const y = list(dropout(0.3).forward(ones, training(k2)))
    const zeros = y.filter((value) => value === 0).length / y.length
    // Six standard deviations of a binomial share: a wrong rate of this size is one in 5e8.
    expect(Math.abs(zeros - 0.3)).toBeLessThan(6 * Math.sqrt((0.3 * 0.7) / y.length))
    for (const value of new Set(y))
      expect([0, Math.fround(1 / 0.7)].some((each) => Math.abs(value - each) < 1e-6)).toBe(true)
  })

  it('passes gradients where it passes values, under checkpoint and vmap too', () => {
    const mode = training(k2)
    const f = (a: Tensor) => sum(dropout(0.5).forward(a, mode))
    const slopes = list(grad(f)(x))
    expect(slopes).toEqual(list(dropout(0.5).forward(x.mul(0).add(1), mode)))
    expect(list(grad(checkpoint(f))(x))).toEqual(slopes)
    const each = vmap((row: Tensor, i: Tensor) => dropout(0.5).forward(row, mode.fold(i)))
    const rows = list(each(x, tensor([0, 1, 2, 3, 4, 5, 6, 7], { dtype: 'int32' })))
    expect(rows.slice(4, 8)).toEqual(list(dropout(0.5).forward(x.at(1), mode.fold(1))))
  })

  it('drops infinite entries as others', () => {
    const y = list(dropout(0.5).forward(tensor(new Float32Array(64).fill(Infinity)), training(k2)))
    expect(new Set(y)).toEqual(new Set([0, Infinity]))
  })

  it('costs the layers before it nothing', () => {
    const [first, second] = [convolutional2d(1, 4, 3, { key: k2 }), convolutional2d(4, 4, 3, { key: k3 })]
    const images = normal(k1, [2, 16, 16, 1])
    const flops = (drop: Dropout | typeof identity) => {
      const model = sequential(first, relu, second, relu, maxPooling(2), drop)
      return trace(
        grad((m: typeof model) => sum(m.forward(images, training(k1)).square())),
        model,
      ).cost().flops
    }
    // A mask that goes back through the layers more than doubles the work. Random numbers are below a tenth of it.
    expect(flops(dropout(0.5)) / flops(identity)).toBeLessThan(1.1)
  })

  it('refuses rates that drop everything or nothing that is a probability', () => {
    for (const rate of [1, -0.1, NaN, '0.5']) expect(() => dropout(rate as number)).toThrow('[dropout]')
  })
})

/** The statistics after batches, by the equations. */
function running(batches: readonly number[][][], momentum: number) {
  const features = batches[0][0].length
  let mean = new Array<number>(features).fill(0)
  let variance = new Array<number>(features).fill(1)
  for (const rows of batches) {
    const m = rows.length
    const average = mean.map((_, j) => rows.reduce((total, row) => total + row[j], 0) / m)
    const spread = mean.map((_, j) => rows.reduce((total, row) => total + (row[j] - average[j]) ** 2, 0) / (m - 1))
    mean = mean.map((old, j) => (1 - momentum) * old + momentum * average[j])
    variance = variance.map((old, j) => (1 - momentum) * old + momentum * spread[j])
  }
  return { mean, variance }
}

describe('batchNorm', () => {
  const rowsOf = (a: Tensor) => a.toArray() as number[][]
  const close = (actual: Tensor, expected: number[]) =>
    list(actual).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 12))

  it('keeps running statistics, which it uses when evaluating', () => {
    let layer = batchNorm(4, { ...float64, momentum: 0.3 })
    const batches = [0, 1, 2].map((i) => normal(foldKey(k2, i), [5, 4], { dtype: 'float64', mean: i }))
    for (const batch of batches) [, layer] = layer.forwardWithState(batch, training(k1))
    const { mean, variance } = running(batches.map(rowsOf), 0.3)
    close(layer.statistics.mean, mean)
    close(layer.statistics.variance, variance)
    expect(layer.statistics.count.item()).toBe(3)
    const y = layer.forward(x, evaluating)
    close(
      y,
      rowsOf(x).flatMap((row) => row.map((value, j) => (value - mean[j]) / Math.sqrt(variance[j] + 1e-5))),
    )
  })

  it('refuses to lose its statistics, and to use what it has not seen', () => {
    const layer = batchNorm(4, float64)
    expect(() => layer.forward(x, training(k1))).toThrow(expect.objectContaining({ code: 'lost-state' }))
    expect(() => layer.forward(x, evaluating)).toThrow(expect.objectContaining({ code: 'no-statistics' }))
    const traced = compile((l: BatchNorm, a: Tensor) => l.forward(a, evaluating))
    expect(list(traced(layer, x)).every(Number.isNaN)).toBe(true)
    const [, seen] = layer.forwardWithState(x, training(k1))
    expect(list(traced(seen, x))).toEqual(list(seen.forward(x, evaluating)))
  })

  it('is trained with its state, which optimizers and gradients leave alone', () => {
    const start = sequential(
      dense(4, 6, { key: k2, dtype: 'float64' }),
      batchNorm(6, float64),
      relu,
      dense(6, 1, { key: k3, dtype: 'float64' }),
    )
    type Model = typeof start
    const optimizer = adamw({ learningRate: 0.1, weightDecay: 0.5 })
    const step = compile((model: Model, state: ReturnType<typeof optimizer.init>, a: Tensor<[8, 4]>) => {
      const loss = (m: Model): [Tensor<[]>, Model] => {
        const [y, next] = m.forwardWithState(a, training(k1))
        return [sum(y.square()), next]
      }
      const [[value, next], gradients] = valueAndGrad(loss, { aux: true })(model)
      const [updated, nextState] = optimizer.update(next, gradients, state)
      return [updated, nextState, value] as const
    })
    let [model, state, value] = step(start, optimizer.init(start), x)
    const first = value.item()
    const hidden = (m: Model) => m.layers[0].forward(x)
    const seen = [hidden(start)]
    for (let i = 0; i < 3; i++) {
      seen.push(hidden(model))
      ;[model, state, value] = step(model, state, x)
    }
    expect(value.item()).toBeLessThan(first)
    const { mean, variance } = running(
      seen.map((each) => rowsOf(each)),
      0.1,
    )
    close(model.layers[1].statistics.mean, mean)
    close(model.layers[1].statistics.variance, variance)
    expect(treeParameters(model)).toHaveLength(6)
  })

  it('uses one layer twice, in order', () => {
    const layer = batchNorm(4, float64)
    const twice: Sequential<BatchNorm<4>[]> = sequential(layer, layer) as never
    const [, next] = twice.forwardWithState(x, training(k1))
    const [first, second] = next.layers
    expect(second).toBe(first)
    const [once, after] = forwardWithState(layer, x, training(k1))
    const [, again] = forwardWithState(after, once, training(k1))
    expect(first.statistics.count.item()).toBe(2)
    expect(list(first.statistics.mean)).toEqual(list(again.statistics.mean))
    expect(mapTree((leaf: Tensor) => leaf, layer)).toBeInstanceOf(layer.constructor)
  })

  it('refuses two states of one layer', () => {
    const layer = batchNorm(4, float64)
    const apart = expect.objectContaining({ name: 'ValueError', code: 'shared-state' })
    const models = [
      sequential(layer, sequential(layer)),
      sequential(sequential(layer), relu, sequential(layer)),
      residual(layer, { projection: layer }),
    ]
    for (const model of models) {
      const step = (m: unknown) => forwardWithState(m as typeof layer, x, training(k1))
      expect(() => step(model)).toThrow(apart)
      expect(() => compile(step)(model)).toThrow(apart)
    }
    // Shared parameters are one whatever happens to state, and a model that is used has one state.
    const [, seen] = layer.forwardWithState(x, training(k1))
    const shared = sequential(seen, sequential(seen)) as Sequential<[BatchNorm<4>, Sequential<[BatchNorm<4>]>]>
    const [, same] = shared.forwardWithState(x, evaluating)
    expect(same.layers[1].layers[0]).toBe(seen)
  })

  it('keeps the dtype of its state', () => {
    const layer = batchNorm(4)
    const [y, { statistics }] = layer.forwardWithState(x, training(k1))
    expect([y.dtype, statistics.mean.dtype, statistics.variance.dtype]).toEqual(['float64', 'float32', 'float32'])
    const [last] = scan(
      (carry: BatchNorm<4>, rows: Tensor): [BatchNorm<4>, null] => [
        carry.forwardWithState(rows, training(k1))[1],
        null,
      ],
      layer,
      x.reshape([2, 4, 4]),
    )
    expect(last.statistics.count.item()).toBe(2)
  })

  it('is part of a layer of the same class, with the fields that a subclass adds', () => {
    class Norm extends BatchNorm<4> {
      readonly scale = ones([1], float64)
    }
    class Net extends Sequential<readonly [Norm]> {
      readonly head = ones([2], float64)
    }
    class Block extends Residual<Net, null> {
      readonly gate = ones([3], float64)
    }
    const norm = new Norm(ones([4], float64), zeros([4], float64), batchNorm(4, float64).statistics)
    const block = new Block(new Net([norm]))
    const step = (m: Block) => m.forwardWithState(x, training(k1))[1]
    for (const next of [step(block), compile(step)(block)]) {
      expect([next, (next as Block).inner, (next as Block).inner.layers[0]].map((each) => each.constructor)).toEqual([
        Block,
        Net,
        Norm,
      ])
      expect(treeParameters(next).map(({ size }) => size)).toEqual(treeParameters(block).map(({ size }) => size))
      expect(next.inner.layers[0].statistics.count.item()).toBe(1)
    }
  })

  it('is asked for a pair', () => {
    for (const wrong of [3, [x], [relu, x], [x, undefined], undefined]) {
      const model = sequential({ forward: () => x, forwardWithState: () => wrong } as never)
      expect(() => forwardWithState(model, x, training(k1))).toThrow('expected a pair [result, layer]')
    }
  })
})
