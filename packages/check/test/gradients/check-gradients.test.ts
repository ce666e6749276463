import {
  bilinear,
  bodyOf,
  checkpoint,
  compile,
  customGradient,
  defineOp,
  elementwiseDomain,
  exp,
  grad,
  key,
  linear,
  matmul,
  max,
  maximum,
  maxPool,
  mul,
  noGradient,
  normal,
  relu,
  round,
  sin,
  splitKey,
  sqrt,
  stopGradient,
  sum,
  tanh,
  tensor,
  transpose,
  vjpRule,
  type DefinedOp,
  type Law,
  type Tensor,
} from '@cotangent/core'
import { checkGradients } from '@cotangent/check'
import { dense, l2, logLoss, sequential, softmaxCrossEntropy } from '@cotangent/nn'
import { describe, expect, it } from 'vitest'

const keys = splitKey(key(5), 8)
const everywhere = elementwiseDomain([{}])
type Numbers = { readonly [index: number]: number; readonly length: number }

/** An elementwise kernel for one input, with the given law. */
function unary(name: string, f: (value: number, i: number) => number, law: Law): DefinedOp {
  return defineOp({
    name,
    inputs: 1,
    infer: ([x]) => x,
    kernel: ([x], y) => Array.from(x.data as Numbers, f).forEach((value, i) => (y.data[i] = value)),
    law,
    domain: everywhere,
  })
}

const codes = (report: ReturnType<typeof checkGradients>) => report.notes.map(({ code }) => code)

describe('checkGradients on right functions', () => {
  it('passes every entry of a model, of both orders, and says how sure it is', () => {
    const model = sequential(
      dense(4, 3, { key: keys[0], activation: tanh }),
      dense(3, 2, { key: keys[1], activation: (x: Tensor) => x.sigmoid() }),
    )
    const y = tensor([
      [1, 0],
      [0, 1],
      [1, 1],
    ])
    const loss = (m: typeof model, x: Tensor) => logLoss(m.forward(x), y).add(l2(m, { lambda: 1, examples: 3 }))
    const report = checkGradients(loss, [model, normal(keys[2], [3, 4])])
    expect(report).toMatchObject({ ok: true, verdict: 'pass', failures: [], inconclusive: [] })
    expect(report.orders.map(({ passed }) => passed)).toEqual([35, 35])
    for (const { detection, resolution } of report.orders) {
      expect(detection).toBe(1)
      expect(resolution).toBeLessThan(1e-6)
    }
    expect(codes(report)).toEqual([])
  })

  it.each([1e-8, 1e8])('copes with arguments of size %s', (scale) => {
    const x = tensor([1, -2, 0.5], { dtype: 'float64' }).mul(scale)
    const report = checkGradients((v: Tensor) => sin(v.div(scale)).mul(v).sum(), [x])
    expect(report.inconclusive).toEqual([])
    expect(report.ok).toBe(true)
  })

  it('copes with entries of many sizes', () => {
    const x = tensor([1e-8, 1, 1e8, 3e-5], { dtype: 'float64' })
    expect(checkGradients((v: Tensor) => v.log().sum(), [x])).toMatchObject({ ok: true, inconclusive: [] })
  })

  it('reports kinks as inconclusive, and names the op and the entry', () => {
    const report = checkGradients((x: Tensor) => relu(x.mul(2)).sum(), [tensor([0, 1, -1])])
    expect(report.ok).toBe(true)
    expect(report.orders[0]).toMatchObject({ passed: 2, failed: 0, inconclusive: 1 })
    expect(report.inconclusive[0]).toMatchObject({ where: 'args[0][0]', reason: 'kink' })
    expect(report.kinks[0]).toMatchObject({ op: 'relu', detail: 'input 0 at [0] is 0, a kink of relu' })
    expect(report.kinks[0].line).toContain('gradients.test.ts')
  })

  it('does not call a smooth function wrong whose ops stand at kinks', () => {
    const report = checkGradients((x: Tensor) => relu(x).sub(relu(x.neg())).sum(), [tensor([0, 1])])
    expect(report).toMatchObject({ ok: true, failures: [] })
    expect(report.kinks.map(({ op }) => op)).toContain('relu')
  })

  it('says where the edge of a domain is', () => {
    const { inconclusive } = checkGradients((x: Tensor) => sqrt(x).sum(), [tensor([0, 4])], { order: 1 })
    expect(inconclusive).toMatchObject([{ where: 'args[0][0]', reason: 'edge' }])
  })

  it('accepts stopped gradients, and surrogates that say so', () => {
    const x = tensor([0.5, 2])
    expect(checkGradients((v: Tensor) => v.mul(stopGradient(v)).sum(), [x]).ok).toBe(true)
    const clip = customGradient(
      (v: Tensor) => ({ value: v.clip(0, 1) as Tensor, pullback: (g: Tensor) => [g] as [Tensor] }),
      {
        name: 'straightThrough',
        surrogate: true,
      },
    )
    const report = checkGradients((v: Tensor) => clip(v.mul(v)).mul(v).sum(), [x])
    expect(report.ok).toBe(true)
    expect(codes(report)).toContain('surrogate')
  })

  it('calls a function that reads values, and says so', () => {
    const report = checkGradients((x: Tensor) => (x.sum().item() > 0 ? x.square() : x).sum(), [tensor([3, 4])])
    expect(report.ok).toBe(true)
    expect(codes(report)).toContain('not-traceable')
  })

  it('widens its tolerance for a kernel that accepts only float32, and says so', () => {
    const single = defineOp({
      name: 'single',
      inputs: 1,
      infer: ([x]) => x,
      kernel: ([x], y) => x.data.forEach((value, i) => (y.data[i] = Math.fround(Math.fround(value) ** 2))),
      law: vjpRule({ pullback: ([g], { inputs: [x] }) => [g.mul(x).mul(2)] }),
      domain: everywhere,
    })
    const report = checkGradients((x: Tensor) => sum(single(x)), [tensor([0.3, 1.7])])
    expect(report.ok).toBe(true)
    expect(codes(report)).toContain('float32-only')
  })

  it('checks a network of 100,000 parameters in groups', () => {
    const big = sequential(dense(784, 128, { key: keys[3], activation: relu }), dense(128, 10, { key: keys[4] }))
    const labels = tensor([3, 1, 4, 1], { dtype: 'int32' })
    const loss = (m: typeof big, x: Tensor) => softmaxCrossEntropy(m.forward(x as never), labels)
    const report = checkGradients(loss, [big, normal(keys[5], [4, 784])], { order: 1 })
    expect(report).toMatchObject({ ok: true, inconclusive: [] })
    expect(report.orders[0].passed).toBe(784 * 128 + 128 + 1280 + 10 + 4 * 784)
    expect(report.orders[0].detection).toBeGreaterThan(0.9)
  })
})

describe('checkGradients on wrong functions', () => {
  const x = tensor([0.1, 0.2, 3])
  const factor = unary(
    'factor',
    (value) => value ** 2,
    vjpRule({ pullback: ([g], { inputs: [v] }) => [g.mul(v).mul(2.001)] }),
  )

  it('blames the op, with input, index, values, types and the line', () => {
    const report = checkGradients((v: Tensor) => sum(factor(v.tanh()).exp()), [x])
    expect(report).toMatchObject({ ok: false, verdict: 'fail' })
    const [{ op, detail, application, line }] = report.blame
    expect(op).toBe('factor')
    expect(detail).toMatch(/^input 0 at \[0\]: expected .*, got .* \(1\.0005 times as much\)$/)
    expect(application).toBe('factor(float32[3]) -> float32[3]')
    expect(line).toMatch(/gradients\.test\.ts:\d+:\d+$/)
    expect(report.blame).toHaveLength(1)
  })

  const cases: Record<string, [f: (v: Tensor) => Tensor, blamed: string]> = {
    'deep in a network': [
      (v) => Array.from({ length: 8 }).reduce<Tensor>((a, _, i) => (i === 4 ? (factor(a) as Tensor) : a.tanh()), v),
      'factor',
    ],
    'a missing transpose': [
      (v) => {
        const product: DefinedOp = defineOp({
          name: 'product',
          inputs: 2,
          infer: ([a, b]) => ({ shape: [a.shape[0], b.shape[1]], dtype: a.dtype }),
          body: bodyOf('contract', () => ({})),
          law: bilinear(
            (g, { inputs: [, b] }) => matmul(g, b),
            (g, { inputs: [a] }) => matmul(transpose(a), g),
          ),
          domain: everywhere,
        })
        const square = matmul(v.reshape([3, 1]), v.add(1).reshape([1, 3])) as Tensor
        return product(square, square.tanh())
      },
      'product',
    ],
    'a save that is detached, which the second order shows': [
      unary(
        'detached',
        (v) => v ** 3,
        vjpRule({ pullback: ([g], { inputs: [v] }) => [g.mul(v).mul(stopGradient(v)).mul(3)] }),
      ),
      'detached',
    ],
    'a smooth op that is stated to be constant': [unary('frozen', (v) => v * v, { kind: 'constant' }), 'frozen'],
    'an affine op that is stated to be linear, where it matters': [
      unary('doubled', (v) => 2 * v + v * v, linear({ transpose: (g) => [g.mul(2)] })),
      'doubled',
    ],
    'a cotangent of the wrong shape': [
      (v) => {
        const row: DefinedOp = defineOp({
          name: 'addRow',
          inputs: 2,
          infer: ([a]) => a,
          kernel: ([a, b], y) => a.data.forEach((value, i) => (y.data[i] = value + b.data[i % b.data.length])),
          law: linear({ transpose: (g) => [g, g] }),
          domain: everywhere,
        })
        return row(matmul(v.reshape([3, 1]), v.reshape([1, 3])), v)
      },
      'addRow',
    ],
    'a cotangent of the wrong dtype': [
      unary('widening', (v) => 2 * v, linear({ transpose: (g) => [g.astype('float64').mul(2)] })),
      'widening',
    ],
    'a kernel that writes to its input': [
      defineOp({
        name: 'aliasing',
        inputs: 1,
        infer: ([v]) => v,
        kernel: ([v], y) => v.data.forEach((value, i) => ((y.data[i] = 2 * value), (v.data[i] = 0))),
        law: linear({ transpose: (g) => [g.mul(2)] }),
        domain: everywhere,
      }) as never,
      'aliasing',
    ],
    'a kernel that is not deterministic': [
      unary('unsteady', (v) => v * (1 + 1e-3 * Math.random()), linear({ transpose: (g) => [g] })),
      'unsteady',
    ],
    'a custom gradient that forgets an argument': [
      (v) =>
        customGradient(
          (a: Tensor, b: Tensor) => ({
            value: a.mul(b) as Tensor,
            pullback: (g: Tensor) => [g.mul(b) as Tensor, null] as [Tensor, null],
          }),
          { name: 'forgetful' },
        )(v, v.tanh()),
      'forgetful',
    ],
    'a save that a custom gradient detaches': [
      (v) =>
        customGradient(
          (a: Tensor) => {
            const saved = stopGradient(a)
            return {
              value: a.mul(a).mul(a) as Tensor,
              pullback: (g: Tensor) => [g.mul(saved).mul(saved).mul(3) as Tensor],
            }
          },
          { name: 'forgetting' },
        )(v),
      'forgetting',
    ],
    'two mistakes that make up for each other': [
      (v) =>
        unary(
          'halved',
          (a) => 2 * a,
          linear({ transpose: (g) => [g] }),
        )(unary('doubled', (a) => 2 * a, linear({ transpose: (g) => [g.mul(4)] }))(v)),
      'doubled',
    ],
    'a rule that is right at this point alone': [
      unary('frozen', (a) => a * a, vjpRule({ pullback: ([g]) => [g.mul(tensor([0.2, 0.4, 6]).astype(g.dtype))] })),
      'frozen',
    ],
    'a rule that overflows in float32 alone': [
      (v) =>
        unary(
          'logistic',
          (a) => 1 / (1 + Math.exp(-a)),
          vjpRule({ pullback: ([g], { inputs: [a] }) => [g.mul(a.neg().exp()).div(a.neg().exp().add(1).square())] }),
        )(v.mul(-30)),
      'logistic',
    ],
    'a rule that is wrong in float32 alone': [
      unary(
        'narrow',
        (a) => a * a,
        vjpRule({ pullback: ([g], { inputs: [a] }) => [g.mul(a).mul(a.dtype === 'float32' ? 1 : 2)] }),
      ),
      'narrow',
    ],
    'a kernel that takes float32 alone, with a wrong rule': [
      defineOp({
        name: 'single',
        inputs: 1,
        infer([a]) {
          if (a.dtype !== 'float32') throw new Error('float32 only')
          return a
        },
        kernel: ([a], y) => a.data.forEach((value, i) => (y.data[i] = value * value)),
        law: vjpRule({ pullback: ([g], { inputs: [a] }) => [g.mul(a).mul(2.002)] }),
        domain: everywhere,
      }) as never,
      'single',
    ],
    'inside a compiled function': [(v) => compile((a: Tensor) => factor(a.tanh()) as Tensor)(v), 'factor'],
    'inside a checkpoint': [(v) => checkpoint((a: Tensor) => factor(a.tanh()) as Tensor)(v), 'factor'],
    'a NaN where the function is smooth': [
      (v) => {
        const root = unary('root', Math.sqrt, vjpRule({ pullback: ([g], { output }) => [g.div(output.mul(2))] }))
        // The cotangent of the root is zero by coincidence, so no mask covers it.
        return v.add(root(v.mul(0)).mul(v.mul(0))) as Tensor
      },
      'root',
    ],
  }

  it.each(Object.entries(cases))('%s', (_, [f, blamed]) => {
    const report = checkGradients(f, [tensor([0.1, 0.2, 3])])
    expect(report.ok, String(report)).toBe(false)
    expect(
      report.blame.map(({ op }) => op),
      String(report),
    ).toContain(blamed)
  })

  it('one entry in 20,000 that is off by 0.1 %', () => {
    const size = 20_000
    const wrong = unary(
      'almost',
      (value) => 2 * value,
      linear({
        transpose: (g) => [
          g.mul(tensor(Float64Array.from({ length: size }, (_, i) => (i === 12_345 ? 2.002 : 2))).astype(g.dtype)),
        ],
      }),
    )
    const report = checkGradients((v: Tensor) => sum(sin(wrong(v))), [normal(keys[6], [size])])
    expect(report.failures.map(({ where }) => where)).toContain('args[0][12345]')
    expect(report.blame[0]).toMatchObject({ op: 'almost', detail: expect.stringMatching(/at \[12345\].*1\.001 times/) })
  })

  it('modes that disagree', () => {
    const skewed = unary(
      'skewed',
      (value) => value ** 2,
      vjpRule({
        pullback: ([g], { inputs: [v] }) => [g.mul(v).mul(2)],
        jvp: ([t], { inputs: [v] }) => [t!.mul(v).mul(2.001)],
      }),
    )
    const report = checkGradients(skewed, [x])
    expect(report.failures[0]).toMatchObject({ kind: 'forward' })
    expect(report.blame[0].op).toBe('skewed')
  })
})

describe('checkGradients on functions that are not what they seem', () => {
  const x = tensor([3, 4])

  it('names parameters that never reach the result, or only through constants', () => {
    const model = {
      used: tensor([1, 2]),
      unused: tensor(1),
      rounded: tensor([0.3, 0.4]),
      count: tensor(2, { dtype: 'int32' }),
    }
    const report = checkGradients((m: typeof model) => m.used.mul(round(m.rounded)).sum(), [model])
    expect(report.ok).toBe(true)
    const texts = report.notes.map(({ text }) => text)
    expect(texts).toContain('args[0].unused never reaches the result: its gradient is zero')
    expect(texts.find((text) => text.includes('args[0].rounded'))).toContain('only through round')
    expect(texts.find((text) => text.includes('args[0].count'))).toContain('is int32')
  })

  it('finds the field that keeps old weights', () => {
    class Model {
      weight = tensor([1, 2])
      forward = (v: Tensor) => v.mul(this.weight)
    }
    const report = checkGradients((m: Model, v: Tensor) => m.forward(v).sum(), [new Model(), x])
    expect(report.failures).toMatchObject([{ kind: 'stale-closure' }])
    expect(report.failures[0].detail).toContain('args[0].weight is used through a closure')
  })

  it('finds it next to a penalty that uses the argument, and every other use of an argument through a closure', () => {
    class Model {
      weight = tensor([1, 2])
      forward = (v: Tensor) => v.mul(this.weight)
    }
    const penalized = (m: Model, v: Tensor) => m.forward(v).sum().add(m.weight.square().sum())
    expect(checkGradients(penalized, [new Model(), x]).failures).toMatchObject([{ kind: 'stale-closure' }])
    const start = { weight: tensor([1, 2]) }
    const proximal = (m: typeof start) => m.weight.sub(start.weight).square().sum().add(m.weight.sum())
    expect(checkGradients(proximal, [start]).failures).toMatchObject([{ kind: 'stale-closure' }])
    expect(checkGradients(proximal, [start], { closures: 'note' })).toMatchObject({ ok: true, verdict: 'pass' })
    const computed = (m: typeof start) => m.weight.square().sum().add(start.weight.square().sum())
    const [{ detail }] = checkGradients(computed, [start]).failures
    expect(detail).toMatch(
      /^a value that is computed from args\[0\]\.weight is used through a closure at .*gradients\.test\.ts/,
    )
    const held = (m: typeof start) => m.weight.sub(stopGradient(start.weight)).square().sum().add(m.weight.sum())
    expect(checkGradients(held, [start]).ok).toBe(true)
    const ignoring = (_: typeof start) => start.weight.mul(2)
    expect(checkGradients(ignoring, [start]).failures).toMatchObject([{ kind: 'stale-closure' }])
    expect(checkGradients((_: typeof start) => tensor([1]), [start]).failures).toMatchObject([{ kind: 'disconnected' }])
  })

  it('finds a function that changes between calls', () => {
    const report = checkGradients((v: Tensor) => v.mul(Math.random()).sum(), [x])
    expect(report.failures[0]).toMatchObject({ kind: 'not-deterministic' })
    let calls = 0
    const drifting = (v: Tensor) => v.mul(tensor(Array.from({ length: 20 }, (_, i) => (i === 9 ? calls++ : 1)))).sum()
    const { failures } = checkGradients(drifting, [normal(keys[7], [20])])
    expect(failures[0].detail).toContain('other values at each call')
  })

  it('takes a gradient as a function like any other', () => {
    const penalty = (v: Tensor) =>
      grad((w: Tensor) => tanh(w).mul(w).sum())(v)
        .square()
        .sum()
    expect(checkGradients(penalty, [x]).ok).toBe(true)
  })

  it('notes that an order does not exist, where the engine says so', () => {
    const lookup = unary('lookup', (v) => 2 * v, noGradient('it is a table'))
    const op = unary('once', (v) => v * v, vjpRule({ pullback: ([g], { inputs: [v] }) => [g.mul(lookup(v))] }))
    const report = checkGradients(op, [x])
    expect(report.ok, String(report)).toBe(true)
    expect(report.notes[0].text).toMatch(
      /^there is no derivative of order 2: .*lookup has no derivative \(it is a table\)/,
    )
    expect(checkGradients(lookup, [x]).failures[0]).toMatchObject({ kind: 'threw', order: 1 })
  })

  it('rejects functions that have nothing to check', () => {
    expect(() => checkGradients((v: Tensor) => v, [tensor([1], { dtype: 'int32' })])).toThrow(/no argument holds/)
    expect(() => checkGradients((v: Tensor) => v.sum().item(), [x])).toThrow()
    expect(() => checkGradients((v: Tensor) => v.greater(0), [x])).toThrow(/no floating-point tensor/)
  })
})

describe('the report', () => {
  const wrong = unary('wrong', (v) => v * v, vjpRule({ pullback: ([g], { inputs: [v] }) => [g.mul(v)] }))
  const check = () => checkGradients((v: Tensor) => sum(wrong(v)), [tensor([1, 2])], { seed: 7 })

  it('fits a screen', () => {
    const text = String(check()).replace(/at \S+gradients\.test\.ts:\d+:\d+/, 'at gradients.test.ts')
    expect(text).toMatchInlineSnapshot(`
      "gradients: WRONG in 2 entries of order 1
      order 1: 0 passed, 2 failed, 0 inconclusive
      wrong:
        args[0][0]: expected 2 ± 7e-13, got 1 (0.5 times as much)
        args[0][1]: expected 4 ± 9e-13, got 2 (0.5 times as much)
      to blame:
        wrong: input 0 at [0]: expected 0.9166439092 ± 2e-13, got 0.4583219546 (0.5 times as much)
          all 2 entries are 0.5 times what they should be
          wrong(float32[2]) -> float32[2]
          at gradients.test.ts
      note:
        order 2 was not checked: fix order 1 first
      seed 7, relative tolerance 1e-7"
    `)
  })

  it('is the same for the same seed, as text and as data', () => {
    expect(JSON.stringify(check())).toBe(JSON.stringify(check()))
    expect(Object.keys(check().toJSON())).toEqual([
      'ok',
      'verdict',
      'seed',
      'tolerance',
      'orders',
      'failures',
      'inconclusive',
      'blame',
      'kinks',
      'notes',
    ])
  })

  it('compares second derivatives where elements are selected', () => {
    // Windows and products: what rounding can do to a product must not change which element is the largest.
    const x = tensor(
      Float64Array.from({ length: 24 }, (_, i) => Math.sin(12.9 * (i + 1))),
      { shape: [1, 4, 6, 1] },
    )
    const largest = (y: Tensor) => max(mul(y, y), { axis: 2 })
    const pool = (y: Tensor) => maxPool(exp(y) as Tensor<[number, number, number, number]>, [2, 2], { stride: 1 })
    for (const f of [largest, pool]) {
      const { orders, verdict } = checkGradients(f, [x], { order: 2 })
      expect([verdict, orders.map(({ passed, inconclusive }) => [passed, inconclusive])]).toEqual([
        'pass',
        [
          [24, 0],
          [24, 0],
        ],
      ])
    }
  })

  it('can be thrown', () => {
    expect(() => check().throwIfFailed()).toThrow(/^gradients: WRONG in 2 entries/)
    checkGradients((v: Tensor) => maximum(v, 0).sum(), [tensor([1, 2])]).throwIfFailed()
  })
})
