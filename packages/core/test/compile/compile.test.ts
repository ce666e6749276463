import {
  add,
  checkpoint,
  compile,
  concat,
  debugNaN,
  defineElementwise,
  defineOp,
  grad,
  greater,
  jvp,
  key,
  linear,
  normal,
  relu,
  sigmoid,
  sum,
  take,
  tensor,
  type Tensor,
  valueAndGrad,
  where,
  ones,
  zeros,
} from '@cotangent/core'
import { dense, logLoss, sequential } from '@cotangent/nn'
import { sgd, type SgdState } from '@cotangent/optim'
import { describe, expect, it } from 'vitest'

const x = tensor([1, 2, 3])
const y = tensor([4, 5, 6])

describe('a compiled function', () => {
  it('gives the trees that the function gives, with their types', () => {
    const f = (args: { a: Tensor; b: Tensor[] }) => ({
      total: args.a.add(args.b[0]),
      rest: [args.b[1].mul(2), 'static'],
    })
    const compiled = compile(f)
    const { total, rest } = compiled({ a: x, b: [y, x] })
    expect(total.toArray()).toEqual([5, 7, 9])
    expect((rest[0] as Tensor).toArray()).toEqual([2, 4, 6])
    expect(rest[1]).toBe('static')
  })

  it('has no this, and says how a method is compiled', () => {
    expect(
      compile(function (this: unknown, a: Tensor) {
        return this === undefined ? a.mul(2) : a
      })(x).toArray(),
    ).toEqual([2, 4, 6])
    class Scaled {
      w = tensor(2)
      forward(a: Tensor): Tensor {
        return this.w.mul(a)
      }
    }
    const scaled = new Scaled()
    expect(() => compile(scaled.forward)(x)).toThrow(/compile\(\(model, \.\.\.args\) => model\.forward\(\.\.\.args\)\)/)
    expect(compile((model: Scaled, a: Tensor) => model.forward(a))(scaled, x).toArray()).toEqual([2, 4, 6])
  })

  it('keeps its results when it is called again, as often as one likes', () => {
    const double = compile((a: Tensor) => a.mul(2))
    const results = [1, 2, 3, 4, 5].map((value) => double(tensor([value])))
    expect(results.map((result) => result.item())).toEqual([2, 4, 6, 8, 10])
  })

  it.each([3, 100])('keeps what was read of a result of %i elements before', (size) => {
    const double = compile((a: Tensor) => a.mul(2))
    const ones = new Float32Array(size).fill(1)
    const first = double(tensor(ones))
    const { data } = first
    expect(double(first).data).toEqual(ones.map(() => 4))
    double(zeros([size]))
    expect(data).toEqual(ones.map(() => 2))
    expect(first.data).toEqual(ones.map(() => 2))
  })

  it('lets go of a number that was read, which may outlive the program', () => {
    const total = compile((a: Tensor) => a.sum())
    const losses = [x, y, x].map((given) => {
      const loss = total(given)
      expect(loss.item()).toBe(given === x ? 6 : 15)
      return loss
    })
    expect(losses.map(({ storage }) => storage)).toEqual([null, null, null])
    expect(losses.map((loss) => loss.item())).toEqual([6, 15, 6])
  })

  it('takes its results as arguments in any order, the older ones too', () => {
    const both = compile((a: Tensor, b: Tensor) => [a.add(b), a.sub(b)])
    const [sum1, difference1] = both(x, y)
    const [sum2, difference2] = both(difference1, sum1)
    const [sum3] = both(sum1, sum2)
    expect(sum2.toArray()).toEqual([2, 4, 6])
    expect(difference2.toArray()).toEqual([-8, -10, -12])
    expect(sum3.toArray()).toEqual([7, 11, 15])
  })

  it('returns arguments and constants as they are', () => {
    const constant = tensor([7])
    const [same, fixed, again] = compile((a: Tensor) => [a, constant, a.add(0).sub(0)])(x)
    expect([same.toArray(), fixed.toArray(), again.toArray()]).toEqual([[1, 2, 3], [7], [1, 2, 3]])
  })

  it('calls kernels of ops that it knows nothing of, with fresh views', () => {
    const views = new Set<unknown>()
    const reversed = defineOp({
      name: 'reversed',
      inputs: 1,
      infer: ([type]) => type,
      kernel: ([input], output) => {
        views.add(input.data)
        for (let i = 0; i < input.data.length; i++) output.data[i] = input.data[input.data.length - 1 - i]
      },
      law: linear({ transpose: (g): Tensor[] => [reversed(g)] }),
      domain: (draw) => ({ inputs: [{ shape: draw.shape({ minRank: 1, maxRank: 1 }) }], attributes: undefined }),
    })
    const f = compile((a: Tensor) => reversed(a.mul(2)).add(1))
    expect(f(x).toArray()).toEqual([7, 5, 3])
    expect(f(y).toArray()).toEqual([13, 11, 9])
    expect(views.size).toBe(2)
  })

  it('is unharmed by a kernel that throws', () => {
    let fails = false
    const fragile = defineOp({
      name: 'fragile',
      inputs: 1,
      infer: ([type]) => type,
      kernel: ([input], output) => {
        if (fails) throw new Error('no luck')
        output.data.set(input.data)
      },
      law: linear({ transpose: (g) => [g] }),
      domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
    })
    const step = compile((state: Tensor) => fragile(state.add(1)).mul(1))
    const state = step(step(tensor([1])))
    fails = true
    expect(() => step(state)).toThrow('no luck')
    fails = false
    expect(step(state).item()).toBe(4)
    expect(state.item()).toBe(3)
  })
})

describe('donated arguments', () => {
  it('give the same results as arguments that are kept', () => {
    const kept = compile((state: Tensor, by: Tensor) => state.add(by))
    const donating = compile((state: Tensor, by: Tensor) => state.add(by), { donate: [0] })
    let [a, b]: Tensor[] = [x, x.add(0)]
    for (let i = 0; i < 5; i++) [a, b] = [kept(a, y), donating(b, y)]
    expect(b.toArray()).toEqual(a.toArray())
  })

  it('cannot be read afterwards', () => {
    const f = compile((state: Tensor) => state.add(1), { donate: [0] })
    const first = f(x.add(0))
    const second = f(first)
    expect(String(first)).toMatch(/^Tensor float32\[3\] \(donated to /)
    expect(() => first.toArray()).toThrow(/was donated to .* as args\[0\]/)
    expect(() => add(first, 1)).toThrow(/was donated/)
    expect(second.toArray()).toEqual([3, 4, 5])
  })
})

describe('donated arguments, given away', () => {
  it('cannot be used where they are still in memory', () => {
    const keeps = compile((a: Tensor) => a.mul(2))
    const given = tensor([1, 2])
    keeps(given)
    compile((a: Tensor) => a.mul(3), { donate: [0] })(given)
    expect(() => keeps(given)).toThrow(/was donated/)
  })

  describe('from one program to another, when they have been read or not,', () => {
    const reads = {
      never: () => false,
      'after each call': () => true,
      'after every other call': (call: number) => call % 2 === 1,
    }
    const sizes = { 'few elements': 2, 'many elements': 40 }
    const cases = Object.entries(reads).flatMap(([when, isRead]) =>
      Object.entries(sizes).map(([many, size]) => ({ when, isRead, many, size })),
    )

    it.each(cases)('of two signatures: $many, read $when', ({ isRead, size }) => {
      const step = compile((w: Tensor, by: Tensor) => w.add(by.sum()), { donate: [0] })
      let w: Tensor = zeros([size])
      for (let call = 0; call < 12; call++) {
        w = step(w, ones([call % 2 === 0 ? 3 : 2]))
        if (isRead(call)) void w.data
      }
      expect(w.toArray()).toEqual(new Array(size).fill(30))
    })

    it.each(cases)('of two functions: $many, read $when', ({ isRead, size }) => {
      const halve = compile((m: { w: Tensor }) => ({ w: m.w.mul(0.5) }), { donate: [0] })
      const raise = compile((m: { w: Tensor }) => ({ w: m.w.add(3) }), { donate: [0] })
      let m: { w: Tensor } = { w: zeros([size]) }
      const seen: number[] = []
      for (let call = 0; call < 12; call++) {
        m = (call % 2 === 0 ? raise : halve)(m)
        if (isRead(call)) seen.push(m.w.data[0])
      }
      // w = (w + 3) / 2 from 0 on: 3 (1 - 2^-n) after n rounds.
      expect(m.w.toArray()).toEqual(new Array(size).fill(3 * (1 - 2 ** -6)))
      expect(new Set(seen).size).toBe(seen.length)
    })

    it.each(cases)(
      'that are given back to the first program, which cannot use them: $many, read $when',
      ({ isRead, size }) => {
        const step = compile((w: Tensor) => w.add(1), { donate: [0] })
        const other = compile((w: Tensor) => w.mul(2), { donate: [0] })
        const first = step(zeros([size]))
        if (isRead(1)) void first.data
        const doubled = other(first)
        expect(() => step(first)).toThrow(/was donated/)
        expect(step(step(step(doubled))).toArray()).toEqual(new Array(size).fill(5))
      },
    )
  })

  it('are those of the call, also if a kernel calls the function with another signature', () => {
    const inner = tensor([1, 2])
    const nesting = defineOp({
      name: 'nesting',
      inputs: 1,
      infer: ([type]) => type,
      kernel: ([input], output) => {
        output.data.set(input.data)
        if (output.shape[0] === 3) f(inner)
      },
      law: linear({ transpose: (g) => [g] }),
      domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
    })
    const f = compile((a: Tensor): Tensor => nesting(a.mul(2)), { donate: [0] })
    const outer = tensor([1, 2, 3])
    expect(f(outer).toArray()).toEqual([2, 4, 6])
    for (const given of [outer, inner]) expect(() => given.toArray()).toThrow(/was donated/)
  })
})

describe('what engines take no function of', () => {
  const domain = { min: -1, max: 1 }

  it('is computed by JavaScript: a formula of many inputs, and a very long one', () => {
    const many = defineElementwise({
      name: 'many',
      inputs: 1200,
      formula: (s, ...xs) => xs.reduce((sum, x) => s.add(sum, x)),
      domain: Array.from({ length: 1200 }, () => domain),
    }) as (...xs: Tensor[]) => Tensor
    const long = defineElementwise({
      name: 'long',
      inputs: 1,
      formula: (s, x) => Array.from({ length: 60_000 }).reduce((sum: typeof x) => s.add(sum, x), x),
      domain: [domain],
    }) as (x: Tensor) => Tensor
    const ones: Tensor = tensor(new Float32Array(64).fill(1))
    for (const f of [(a: Tensor) => many(...Array.from({ length: 1200 }, () => a)), long]) {
      const expected = f(ones).data
      expect(expected[0]).toBeGreaterThan(1000)
      for (const again of [f, f, compile(f)]) expect(again(ones).data).toEqual(expected)
    }
  })
})

describe('a compiled function inside transforms', () => {
  const f = (a: Tensor, b: Tensor) => sum(sigmoid(a.mul(b)).mul(a))
  const compiled = compile(f)

  it.each(['float32', 'float64'] as const)('has the gradient of the function, bit for bit, in %s', (dtype) => {
    const [a, b] = [x.astype(dtype), y.astype(dtype).mul(0.1)]
    expect(grad(compiled)(a, b).toArray()).toEqual(grad(f)(a, b).toArray())
    const second = (g: typeof f) => grad((p: Tensor) => grad(g)(p, b).sum())(a).toArray()
    expect(second(compiled)).toEqual(second(f))
    expect(jvp(compiled, [a, b], [b, a]).map(String)).toEqual(jvp(f, [a, b], [b, a]).map(String))
  })

  it('may be called by another compiled function', () => {
    const outer = (a: Tensor) => grad((p: Tensor) => compiled(p, y).add(compiled(y, p)))(a)
    const interpreted = (a: Tensor) => grad((p: Tensor) => f(p, y).add(f(y, p)))(a)
    expect(compile(outer)(x).toArray()).toEqual(interpreted(x).toArray())
  })
})

it('trains as the function does, bit for bit', () => {
  const optimizer = sgd({ learningRate: 0.5, momentum: 0.9 })
  const corners = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]) // prettier-ignore
  const xor = tensor([[0], [1], [1], [0]])
  const start = sequential(
    dense(2, 4, { key: key(1), activation: relu }),
    dense(4, 1, { key: key(2), activation: sigmoid }),
  )
  const step = (model: typeof start, state: SgdState) => {
    const [loss, gradients] = valueAndGrad((m: typeof start) => logLoss(m.forward(corners), xor))(model)
    const [nextModel, nextState] = optimizer.update(model, gradients, state)
    return { loss, model: nextModel, state: nextState }
  }
  const compiled = compile(step)
  let a = { loss: tensor(0) as Tensor, model: start, state: optimizer.init(start) }
  let b = a
  for (let i = 0; i < 20; i++) [a, b] = [step(a.model, a.state), compiled(b.model, b.state)]
  expect(b.loss.item()).toBe(a.loss.item())
  expect(String(b.model.layers[0].weight)).toBe(String(a.model.layers[0].weight))
})

it('explains what became of the function', () => {
  const f = compile((a: Tensor) => where(greater(a, 0), sigmoid(a).mul(a), a.neg()).sum())
  const explanation = f.explain(normal(key(1), [64, 100]))
  expect(explanation.kernels).toHaveLength(1)
  expect(String(explanation)).toMatch(/loop \[64, 100\]: greater, sigmoid, mul, neg, where, sum/)
})

it('computes what is made of inputs alone in the loop that takes it, also where that waits for a product', () => {
  const decayed = compile((w: Tensor, g: Tensor, x: Tensor) => w.sub(g.matmul(x).add(w.mul(0.1)).mul(0.5)))
  const { kernels } = decayed.explain(normal(key(1), [8, 9]), normal(key(2), [8, 7]), normal(key(3), [7, 9]))
  expect(kernels).toEqual([
    expect.stringMatching(/contract/),
    expect.stringMatching(/loop \[8, 9\]: mul, add, mul, sub/),
  ])
})

it('gathers booleans like numbers', () => {
  const mask = greater(normal(key(1), [5, 7]), 0)
  const indices = tensor(Int32Array.of(3, 0, 4))
  const pick = compile((m: Tensor, i: Tensor) => take(m, i, { axis: 0 }))
  expect(pick(mask, indices).toArray()).toEqual(take(mask, indices, { axis: 0 }).toArray())
  expect(pick.explain(mask, indices).kernels).toEqual([expect.stringMatching(/gather/)])
})

it('joins and slices tensors', () => {
  const f = (a: Tensor, b: Tensor) => concat([a, b.mul(2), a.neg()], { axis: 0 }).slice([1, 8])
  expect(compile(f)(x, y).toArray()).toEqual(f(x, y).toArray())
})

it.each([
  [256, 300, 260],
  [128, 513, 20],
  [130, 516, 300],
  [66, 1026, 7],
  [65_536, 2, 3],
])('takes up a large product of %d x %d x %d block by block', (m, n, k) => {
  const [a, b, bias] = [normal(key(1), [m, k]), normal(key(2), [n, k]), normal(key(3), [n])]
  const f = (a: Tensor, b: Tensor, bias: Tensor, like: Tensor) => {
    const z = a.matmul(b.transpose()).add(bias)
    return [relu(z), greater(z, 0), like.sub(z.mul(0.1))]
  }
  const like = normal(key(4), [m, n])
  const fast = compile(f)
  const compiled = fast(a, b, bias, like)
  expect(fast.explain(a, b, bias, like).kernels).toHaveLength(n > 512 && n % 4 !== 0 ? 2 : 1)
  f(a, b, bias, like).forEach((expected, i) => expect(compiled[i].data).toEqual(expected.data))
})

it('keeps only the inputs of a checkpoint for the backward pass', () => {
  // Each part has several intermediate values that its derivative needs.
  const part = (a: Tensor) => {
    const b = a.sub(a.mean({ axis: 0 })).sigmoid()
    const c = b.sub(b.mean({ axis: 0 })).tanh()
    return c.sub(c.mean({ axis: 0 })).sigmoid()
  }
  const lossOf = (wrapped: (a: Tensor) => Tensor) =>
    compile(grad((a: Tensor) => sum([0, 1, 2, 3].reduce((value) => wrapped(value), a))))
  const a = normal(key(1), [200, 50])
  const [plain, checkpointed] = [lossOf(part), lossOf(checkpoint(part))]
  expect(checkpointed(a).data).toEqual(plain(a).data)
  expect(checkpointed.explain(a).arenaBytes).toBeLessThan(0.7 * plain.explain(a).arenaBytes)
})

it('is the function itself under debugNaN', () => {
  const f = compile(grad((a: Tensor) => sum(where(greater(a, 0), a.sqrt(), 0))))
  const a = tensor([4, 0])
  expect(debugNaN(f)(a).toArray()).toEqual(f(a).toArray())
  expect(() => debugNaN(compile((b: Tensor) => b.sub(5).sqrt()))(a)).toThrow(/NaN/)
})
