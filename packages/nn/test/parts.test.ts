import {
  compile,
  grad,
  key,
  mapTree,
  normal,
  ones,
  splitKey,
  sum,
  take,
  tensor,
  type Tensor,
  transpose,
  treeLeaves,
  treeParameters,
  valueAndGrad,
  zeros,
} from '@cotangent/core'
import { load, loadPartial, open, pytorchNames, toSafetensors } from '@cotangent/io'
import {
  batchNorm,
  combine,
  countParameters,
  type Dense,
  dense,
  except,
  only,
  partition,
  pytorchLayers,
  relu,
  sequential,
} from '@cotangent/nn'
import { adam, adamw, sgd } from '@cotangent/optim'
import { describe, expect, it } from 'vitest'

const [k1, k2, k3] = splitKey(key(1), 3)
const x = normal(k3, [5, 4])
const make = () => ({
  body: sequential(dense(4, 6, { key: k1 }), batchNorm(6), relu, dense(6, 6, { key: k2 })),
  head: dense(6, 2, { key: k3 }),
  'a.b': { scale: tensor(2) },
  steps: zeros([], { dtype: 'int32' }),
})
const model = make()
const list = (a: Tensor) => Array.from(a.data)

/** The paths that a predicate selects. */
const selected = (where: (leaf: Tensor, path: readonly (string | number)[]) => boolean, of: unknown = model) => {
  const found: string[] = []
  mapTree((leaf: Tensor, path) => {
    if (where(leaf, path)) found.push(path.join('/'))
    return leaf
  }, of)
  return found
}

describe('countParameters', () => {
  it('counts distinct floating tensors without state', () => {
    expect(countParameters(model)).toBe(4 * 6 + 6 + 12 + 6 * 6 + 6 + 6 * 2 + 2 + 1)
    const tied = dense(4, 4, { key: k1 })
    expect(countParameters([tied, tied, { again: tied.weight }])).toBe(20)
    expect(countParameters({})).toBe(0)
    expect(() => countParameters(3)).toThrow('[countParameters] expected a model')
  })
})

describe('only and except', () => {
  const all = ['body/layers/0/weight', 'body/layers/0/bias', 'body/layers/1/weight', 'body/layers/1/bias', 'body/layers/3/weight', 'body/layers/3/bias', 'head/weight', 'head/bias', 'a.b/scale'] // prettier-ignore

  it.each([
    ['head', ['head/weight', 'head/bias']],
    ['body.layers[0]', ['body/layers/0/weight', 'body/layers/0/bias']],
    ['body.layers.3.bias', ['body/layers/3/bias']],
    ['body.layers[*].bias', ['body/layers/0/bias', 'body/layers/1/bias', 'body/layers/3/bias']],
    ['**.bias', ['body/layers/0/bias', 'body/layers/1/bias', 'body/layers/3/bias', 'head/bias']],
    ['**', all],
    ['h*d.w*', ['head/weight']],
    ['["a.b"]', ['a.b/scale']],
    [/\.bias$/, ['body/layers/0/bias', 'body/layers/1/bias', 'body/layers/3/bias', 'head/bias']],
    [/layers\[[13]\]/g, all.slice(2, 6)],
  ] as const)('%s', (part, expected) => {
    expect(selected(only(model, part))).toEqual(expected)
    expect(selected(except(model, part))).toEqual(all.filter((path) => !(expected as readonly string[]).includes(path)))
  })

  it('take several parts, and refuse one without parameters, with all paths', () => {
    expect(selected(only(model, 'head.bias', 'a*'))).toEqual(['head/bias', 'a.b/scale'])
    for (const part of ['body.layers[2]', 'body.layers[1].statistics', 'steps', 'layers', 'hea', '*.*.*.*.*'])
      for (const select of [only, except])
        expect(() => select(model, 'head', part)).toThrow(
          `expected a part of the model with parameters, got '${part}'; its parameters are body.layers[0].weight, body.layers[0].bias`,
        )
    expect(() => (only as (m: unknown) => unknown)(model)).toThrow('[only]')
    expect(() => only(model, '' as never)).toThrow('[only]')
    expect(() => only(model, 3 as never)).toThrow('[only]')
  })

  it('leave parts of a model as they are, in gradients and optimizers', () => {
    type Model = typeof model
    const loss = (m: Model) => sum(m.head.forward(relu(m.body.layers[0].forward(x))).square())
    const where = except(model, 'body', '["a.b"]')
    const optimizer = adam({ learningRate: 0.1, where })
    const step = compile((m: Model, state: ReturnType<typeof optimizer.init>) =>
      optimizer.update(m, grad(loss, { where })(m), state),
    )
    let [trained, state] = [make(), optimizer.init(model)]
    const first = loss(trained).item()
    for (let i = 0; i < 5; i++) [trained, state] = step(trained, state)
    expect(loss(trained).item()).toBeLessThan(first)
    expect(list(trained.body.layers[0].weight)).toEqual(list(model.body.layers[0].weight))
    expect(list(trained.head.weight)).not.toEqual(list(model.head.weight))
  })
})

describe('partition and combine', () => {
  it('are inverse, with tensors at their paths in plain objects', () => {
    const [head, others] = partition(model, only(model, 'head', 'body.layers[3].bias'))
    expect(head).toEqual({
      body: { layers: [null, null, null, { bias: model.body.layers[3].bias }] },
      head: { weight: model.head.weight, bias: model.head.bias },
    })
    expect(treeLeaves(others)).toHaveLength(treeLeaves(model).length - 3)
    const back = combine(model, head, others)
    expect(treeLeaves(back)).toEqual(treeLeaves(model))
    expect(back.head).toBeInstanceOf(model.head.constructor)
    const lists = [tensor(1), [tensor(2)]]
    expect(partition(lists, (_, path) => path.length === 2)).toEqual([[null, lists[1]], [lists[0]]])
    expect(combine(lists, ...partition(lists, (leaf) => leaf === lists[0]))).toEqual(lists)
  })

  it('differentiate, optimize and store a part alone', async () => {
    type Model = typeof model
    const [part, others] = partition(model, only(model, 'head'))
    const loss = (m: Model) => sum(m.head.forward(relu(m.body.layers[0].forward(x))).square())
    const gradients = grad((own: typeof part) => loss(combine(model, own, others)))(part)
    const whole = grad(loss)(model)
    expect(list(gradients.head!.weight!)).toEqual(list(whole.head.weight))
    const optimizer = adamw({ learningRate: 0.1 })
    const [next] = optimizer.update(part, gradients, optimizer.init(part))
    const file = toSafetensors(next)
    expect((await open(file)).names.toSorted()).toEqual(['head.bias', 'head.weight'])
    const { tree: loaded } = await loadPartial(file, make())
    expect(list(loaded.head.weight)).toEqual(list(combine(model, next).head.weight))
  })

  it('refuse what does not fit', () => {
    expect(() => partition(model, () => false)).toThrow('[partition] expected a predicate that selects a tensor')
    expect(() => combine(model, { tail: tensor(1) })).toThrow(
      '[combine] expected a part of the model, got a tensor at tail',
    )
    expect(() => combine(model, { head: { bias: zeros([3]) } })).toThrow(
      '[combine] expected float32[2] at head.bias, got float32[3]',
    )
    const tied = { a: ones([2]), b: null as Tensor | null }
    tied.b = tied.a
    expect(() => combine(tied, { a: zeros([2]), b: ones([2]) })).toThrow(
      'the model has one tensor at b and at another place',
    )
    const both = zeros([2])
    expect(combine(tied, { a: both, b: both })).toEqual({ a: both, b: both })
    expect(() => (combine as (m: unknown) => unknown)(model)).toThrow('[combine]')
  })
})

describe('a tensor that two layers share', () => {
  class Tied {
    constructor(
      readonly embedding: { readonly weight: Tensor<[number, number]> },
      readonly head: Dense,
    ) {}
    forward(ids: Tensor): Tensor {
      return this.head.forward(take(this.embedding.weight, ids))
    }
  }
  const build = () => {
    const weight = normal(k1, [7, 3], { dtype: 'float64' })
    const head = dense(3, 7, { key: k2, dtype: 'float64', initializer: () => weight })
    return new Tied({ weight }, head)
  }
  const ids = tensor([1, 4, 4], { dtype: 'int32' })
  const loss = (m: Tied) => sum(m.forward(ids).square())

  it('gets the sum of the gradients of both places', () => {
    const m = build()
    const apart = (a: Tensor, b: Tensor) => sum(take(a, ids).matmul(transpose(b)).add(m.head.bias).square())
    const [first, second] = grad(apart, { argument: [0, 1] })(m.embedding.weight, m.head.weight)
    const gradients = grad(loss)(m)
    expect(gradients.embedding.weight).toBe(gradients.head.weight)
    list(gradients.head.weight).forEach((value, i) => expect(value).toBeCloseTo(first.data[i] + second.data[i], 12))
  })

  it('is one parameter: updated once, with one state, and still shared', () => {
    const m = build()
    expect(treeParameters(m)).toHaveLength(2)
    expect(countParameters(m)).toBe(28)
    const [, gradients] = valueAndGrad(loss)(m)
    const optimizer = sgd({ learningRate: 0.01 })
    const [next] = optimizer.update(m, gradients, optimizer.init(m))
    expect(next.embedding.weight).toBe(next.head.weight)
    const expected = list(m.head.weight).map((value, i) => value - 0.01 * gradients.head.weight.data[i])
    list(next.head.weight).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 14))
    const compiled = compile((own: Tied) => optimizer.update(own, grad(loss)(own), optimizer.init(own))[0])
    const after = compiled(m)
    expect(after.embedding.weight).toBe(after.head.weight)
    expect(list(after.head.weight)).toEqual(list(next.head.weight))
    expect(selected(only(m, 'embedding'), m)).toEqual(['embedding/weight'])
    expect(
      grad(loss, { where: except(m, 'embedding') })(m)
        .head.weight.abs()
        .max()
        .item(),
    ).toBe(0)
  })

  it('is stored once, and loaded from files with either name or both, as PyTorch writes them', async () => {
    const names = pytorchNames(pytorchLayers)
    const m = build()
    const own = toSafetensors(m, { names })
    const file = await open(own)
    expect(file.names.toSorted()).toEqual(['embedding.weight', 'head.bias'])
    const { weight } = m.head
    const { bias } = m.head
    // `save_model` of PyTorch keeps one name, and a clone of the state_dict has both.
    for (const stored of [
      { 'embedding.weight': weight, 'head.bias': bias },
      { 'head.weight': weight, 'head.bias': bias },
      { 'embedding.weight': weight, 'head.weight': weight.add(0), 'head.bias': bias },
    ]) {
      const loaded = await load(toSafetensors(stored), build(), { names })
      expect(loaded.embedding.weight).toBe(loaded.head.weight)
      expect(list(loaded.head.weight)).toEqual(list(weight))
    }
    const differing = toSafetensors({ 'embedding.weight': weight, 'head.weight': weight.add(1), 'head.bias': bias })
    await expect(load(differing, build(), { names })).rejects.toThrow('two values for one tensor')
  })
})
