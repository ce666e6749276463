import { grad, mapTree, sum, tensor, type Tensor, trace, valueAndGrad } from '@cotangent/core'
import {
  addMomentum,
  addWeightDecay,
  chain,
  clipByGlobalNorm,
  clipByValue,
  globalNorm,
  type GradientTransform,
  onlyWhere,
} from '@cotangent/optim'
import { optimizer, scaleByLearningRate, sgd } from '@cotangent/optim'
import { describe, expect, it } from 'vitest'

const f64 = (data: number | readonly number[]): Tensor => tensor(data, { dtype: 'float64' })
const list = (x: Tensor) => Array.from(x.data)
const everything = { learningRate: 0.5, momentum: 0.5, nesterov: true, weightDecay: 0.25, clip: clipByGlobalNorm(1) }

/** So many updates with the same gradients. */
function updated<T>(options: Parameters<typeof sgd>[0], model: T, gradients: T, steps = 3): T {
  const { init, update } = sgd(options)
  let [current, state] = [model, init(model)]
  for (let t = 0; t < steps; t++) [current, state] = update(current, gradients, state)
  return current
}

describe('what is not trained', () => {
  class Model {
    readonly rate = 0.5
    constructor(
      readonly weight: Tensor,
      readonly count: Tensor,
      readonly seen: Tensor,
      readonly apply: (x: Tensor) => Tensor,
    ) {}
  }
  const apply = (x: Tensor) => x
  const counts = tensor([1, 2], { dtype: 'int32' })
  const flags = tensor([true, false])
  const model = new Model(f64([1, 2]), counts, flags, apply)

  it('passes through: integers, flags, statics and the class', () => {
    const gradients = grad((m: Model) => sum(m.weight.mul(m.weight)))(model)
    for (const options of [{ learningRate: 0.5 }, everything]) {
      const next = updated(options, model, gradients)
      expect(next).toBeInstanceOf(Model)
      expect([next.count, next.seen, next.apply, next.rate]).toEqual([counts, flags, apply, 0.5])
      expect(next.count).toBe(counts)
      expect(next.seen).toBe(flags)
      expect(list(next.weight)).not.toEqual(list(model.weight))
      // Nothing is written into what came in.
      expect(list(model.weight)).toEqual([1, 2])
    }
  })

  it('stays frozen to the bit under decay, momentum and clipping', () => {
    const start = { frozen: f64([0.1, -0, 1e-310]), free: f64([1]) }
    const gradients = { frozen: f64([5, Infinity, NaN]), free: f64([3]) }
    const where = (_: Tensor, path: readonly (string | number)[]) => path[0] === 'free'
    const next = updated({ ...everything, where }, start, gradients)
    expect(list(next.frozen)).toEqual(list(start.frozen))
    // Nor does it count for the norm: alone, `free` takes the same steps.
    expect(list(next.free)).toEqual(list(updated(everything, { free: start.free }, { free: gradients.free }).free))
  })

  it('can be chosen by dtype and rank as well as by path', () => {
    const start = { weight: f64(1).reshape([1, 1]), bias: f64([1]) }
    const next = updated({ learningRate: 1, where: (leaf) => leaf.rank === 2 }, start, start, 1)
    expect([next.weight.item(), next.bias.item()]).toEqual([0, 1])
  })
})

describe('sharing', () => {
  it('of leaves stays: one cotangent, one update', () => {
    const shared = f64([2])
    const model = { a: shared, b: { again: shared }, own: f64([2]) }
    const loss = (m: typeof model) => sum(m.a.mul(3).add(m.b.again).add(m.own))
    const [, gradients] = valueAndGrad(loss)(model)
    expect(list(gradients.a)).toEqual([4])
    const next = updated(everything, model, gradients)
    expect(next.b.again).toBe(next.a)
    expect(next.own).not.toBe(next.a)
    const alone = updated({ learningRate: 0.5, momentum: 0.5 }, model, gradients, 1)
    expect([alone.a.item(), alone.own.item()]).toEqual([0, 1.5])
  })

  it('of gradients by chance is none of the parameters: a sum gives both its terms one cotangent', () => {
    const model = { a: f64([1]), b: f64([100]) }
    const [, gradients] = valueAndGrad((m: typeof model) => sum(m.a.add(m.b)))(model)
    const same = { a: gradients.a, b: gradients.a }
    const apart = { a: f64([1]), b: f64([1]) }
    const where = (_: Tensor, path: readonly (string | number)[]) => path[0] === 'b'
    for (const options of [everything, { learningRate: 1, weightDecay: 0.5 }, { ...everything, where }]) {
      const expected = updated(options, model, apart)
      for (const given of [gradients, same]) {
        const next = updated(options, model, given)
        expect([list(next.a), list(next.b)]).toEqual([list(expected.a), list(expected.b)])
      }
    }
  })
})

describe('clipping', () => {
  it('by value bounds each entry, and keeps infinity out', () => {
    const { update } = clipByValue(1)
    const gradients = { w: f64([0.5, -3, Infinity, -Infinity]) }
    expect(list(update(gradients, null, gradients)[0].w)).toEqual([0.5, -1, 1, -1])
  })

  it('by norm keeps every bit within the limit, and 0 at 0', () => {
    const { update } = clipByGlobalNorm(5)
    const within = { a: f64([3]), b: f64([0, 4]) }
    const [same] = update(within, null, within)
    expect([list(same.a), list(same.b)]).toEqual([[3], [0, 4]])
    const zero = { a: f64([0]) }
    expect(list(update(zero, null, zero)[0].a)).toEqual([0])
    const twice = { a: f64([6]), b: f64([0, 8]) }
    const [halved] = update(twice, null, twice)
    expect([list(halved.a), list(halved.b)]).toEqual([[3], [0, 4]])
  })

  it('by norm keeps the direction of gradients of any size', () => {
    const { update } = clipByGlobalNorm(1)
    const clipped = (model: { a: Tensor; b: Tensor }) => {
      const [{ a, b }] = update(model, null, model)
      return [a.item(), b.item()]
    }
    for (const size of [1, 2 ** 300, 2 ** 600, 1e200, 2 ** 1021]) {
      const [a, b] = clipped({ a: f64([3 * size]), b: f64([-4 * size]) })
      expect([a, b].map((x) => Math.abs(x)), String(size)).toEqual([expect.closeTo(0.6, 15), expect.closeTo(0.8, 15)]) // prettier-ignore
    }
    // In float32 too, where the norm itself would overflow, and with both dtypes.
    const large = 2 ** 127
    expect(clipped({ a: tensor([large]), b: tensor([large]) })).toEqual([Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2)]) // prettier-ignore
    expect(clipped({ a: tensor([1e30]), b: f64([1e200]) })).toEqual([0, 1])
    // Small ones are within any limit but a smaller one, and their norm does not vanish.
    expect(globalNorm({ a: f64([3e-200]), b: f64([4e-200]) }).item()).toBeCloseTo(5e-200, 210)
    expect(globalNorm({ a: f64([3e200]), b: f64([4e200]) }).item() / 5e200).toBeCloseTo(1, 15)
    const tiny = clipByGlobalNorm(1e-200).update({ a: f64([3e-200, 4e-200]) }, null, { a: f64([0, 0]) })[0].a
    expect(list(tiny).map((x) => x * 1e200)).toEqual([expect.closeTo(0.6, 14), expect.closeTo(0.8, 14)])
    const empty = { a: f64([]), b: f64([2]) }
    expect(list(update(empty, null, empty)[0].b)).toEqual([1])
  })

  it('by norm has a derivative at 0, within the limit, and beyond', () => {
    const { update } = clipByGlobalNorm(1)
    const total = (a: Tensor) => sum(update({ a }, null, { a })[0].a)
    expect(list(grad(total)(f64([0, 0])))).toEqual([1, 1])
    expect(list(grad(total)(f64([0.1, 0.2])))).toEqual([1, 1])
    // g/‖g‖ has the Jacobian (1 - u uᵀ)/‖g‖.
    const [u, v] = [0.6, 0.8]
    const beyond = list(grad(total)(f64([3, 4])))
    expect(beyond[0]).toBeCloseTo((1 - u * (u + v)) / 5, 15)
    expect(beyond[1]).toBeCloseTo((1 - v * (u + v)) / 5, 15)
  })

  it('has one norm in float64 for mixed precisions', () => {
    const model = { a: tensor([3]), b: f64([4]), count: tensor([100], { dtype: 'int32' }) }
    expect(globalNorm(model).item()).toBe(5)
    // Squares of 1e30 overflow float32.
    expect(globalNorm({ a: tensor([1e30]) }).item()).toBeCloseTo(1e30, -24)
    const [clipped] = clipByGlobalNorm(2.5).update(model, null, model)
    expect([clipped.a.dtype, clipped.b.dtype]).toEqual(['float32', 'float64'])
    expect([clipped.a.item(), clipped.b.item()]).toEqual([1.5, 2])
  })
})

describe('an optimizer', () => {
  it('is a chain of transforms, in their order', () => {
    const parts = [onlyWhere(() => true), addWeightDecay(0.25), addMomentum(0.5), scaleByLearningRate(0.5)]
    const built = optimizer(chain(...parts))
    const model = { w: f64([1, -2]) }
    const gradients = { w: f64([3, 5]) }
    const [next] = built.update(model, gradients, built.init(model))
    const options = { learningRate: 0.5, momentum: 0.5, weightDecay: 0.25 }
    expect(list(next.w)).toEqual(list(updated(options, model, gradients, 1).w))
  })

  it('has a state that goes in and comes out: the same call gives the same result', () => {
    const { init, update } = sgd(everything)
    const model = { w: f64([1]) }
    const state = init(model)
    const [first] = update(model, { w: f64([1]) }, state)
    const [second] = update(model, { w: f64([1]) }, state)
    expect(list(second.w)).toEqual(list(first.w))
  })

  it('is differentiable: the derivative of a step in its gradient is -η', () => {
    const { init, update } = sgd({ learningRate: 0.5 })
    const model = { w: f64([1]) }
    const step = (g: Tensor) => sum(update(model, { w: g }, init(model))[0].w)
    expect(grad(step)(f64([7])).item()).toBe(-0.5)
  })

  it('has a state that is a tree', () => {
    const { init } = sgd({ ...everything, learningRate: () => f64(0.5) as Tensor<[]> })
    const state = init({ w: f64([1, 2]) })
    const shapes: string[] = []
    mapTree((leaf) => {
      shapes.push(`${leaf.dtype}[${leaf.shape.join()}]`)
      return leaf
    }, state)
    expect(shapes).toEqual(['float64[2]', 'int32[]'])
  })

  it.each([
    ['another shape', { w: f64([1]), b: f64(1) }, 'GradientError', 'update-type'],
    ['another dtype', { w: tensor([1, 2]), b: f64(1) }, 'GradientError', 'update-type'],
    ['a missing leaf', { w: f64([1, 2]) }, 'ValueError', 'tree-structure'],
  ])('refuses gradients with %s: they would change the parameters silently', (_, gradients, name, code) => {
    const model = { w: f64([1, 2]), b: f64(1) }
    const refusal = expect.objectContaining({ name, code })
    for (const options of [{ learningRate: 1 }, everything])
      expect(() => updated(options, model, gradients as typeof model)).toThrow(refusal)
  })

  it('refuses a state of another model', () => {
    const { init, update } = sgd(everything)
    const model = { w: f64([1, 2]) }
    const state = init({ w: f64([[1, 2]] as never) })
    expect(() => update(model, model, state)).toThrow(expect.objectContaining({ code: 'update-type' }))
    expect(() => trace(update, model, model, state)).toThrow(expect.objectContaining({ code: 'update-type' }))
  })
})

describe('options', () => {
  it.each([
    ['a negative rate', { learningRate: -1 }],
    ['a rate that is no number', { learningRate: NaN }],
    ['an infinite rate', { learningRate: Infinity }],
    ['no rate', {} as { learningRate: number }],
    ['momentum 1', { learningRate: 1, momentum: 1 }],
    ['negative momentum', { learningRate: 1, momentum: -0.1 }],
    ['momentum that is no number', { learningRate: 1, momentum: NaN }],
    ['Nesterov without momentum', { learningRate: 1, nesterov: true }],
    ['negative decay', { learningRate: 1, weightDecay: -0.1 }],
    ['decay that is no number', { learningRate: 1, weightDecay: NaN }],
  ])('refuse %s', (_, options) => {
    expect(() => sgd(options)).toThrow(expect.objectContaining({ name: 'ValueError' }))
  })

  it.each([0, -1, NaN, Infinity])('refuse the limit %d', (limit) => {
    const refusal = expect.objectContaining({ name: 'ValueError', code: 'argument' })
    expect(() => clipByValue(limit)).toThrow(refusal)
    expect(() => clipByGlobalNorm(limit)).toThrow(refusal)
  })
})

describe('what a transform of yours returns', () => {
  const model = { w: f64([1, 2]) }
  const returning = (updates: unknown): GradientTransform<null> => ({
    init: () => null,
    update: () => [updates as never, null],
  })
  const run = (transform: GradientTransform) => {
    const { init, update } = optimizer(transform)
    return () => update(model, model, init(model))
  }
  const wrong = {
    'another shape': { w: f64([1]) },
    'another place': { v: f64([1, 2]) },
    'another dtype': { w: tensor([1, 2]) },
  }

  it.each(Object.entries(wrong))('is told apart from the gradients: %s', (_, updates) => {
    expect(run(returning(updates))).toThrow(/the updates of the transform/)
    expect(run(chain(clipByValue(1), returning(updates)))).toThrow(/the updates of the transform/)
    expect(run(chain(returning(updates), clipByValue(1)))).toThrow(/the updates of transform 0/)
    expect(run(chain(clipByValue(1), returning(updates), clipByValue(1)))).toThrow(/the updates of transform 1/)
    // Further updates speak of the gradients again.
    expect(() => sgd({ learningRate: 1 }).update(model, updates as never, [null])).toThrow(/the gradients/)
  })
})
