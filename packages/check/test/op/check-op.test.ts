import {
  broadcastTo,
  customGradient,
  defineElementwise,
  defineOp,
  type DefinedOp,
  expandDims,
  type Interval,
  matmul,
  tensor,
  type Tensor,
  transpose,
  vjpRule,
  bilinear,
  linear,
  where,
  equal,
} from '@cotangent/core'
import { checkOp } from '@cotangent/check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/effort'

const size = (inputs: readonly Tensor[]) => inputs.reduce((sum, each) => sum + each.size, 0)
const lawsOf = (report: ReturnType<typeof checkOp>) => report.failures.map(({ law }) => law)

const square = (pullback: (g: Tensor, x: Tensor) => Tensor, name = 'square'): DefinedOp =>
  defineOp({
    name,
    inputs: 1,
    infer: ([x]) => x,
    kernel: ([x], y) => x.data.forEach((value, i) => (y.data[i] = value * value)),
    law: vjpRule({ pullback: ([g], { inputs: [x] }) => [pullback(g, x)] }),
    domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
  })

describe('checkOp, on the four ways to make an op', () => {
  it('a plain function', () => {
    checkOp((x: Tensor, y: Tensor) => x.mul(y).tanh(), { runs: runs(12) }).throwIfFailed()
  })

  it('a formula', () => {
    const gaussian = defineElementwise({
      name: 'gaussian',
      inputs: 1,
      formula: (s, x) => s.exp(s.neg(s.mul(x, x))),
      domain: [{}],
    })
    const report = checkOp(gaussian, { seed: 3 })
    expect(String(report)).toBe(
      'gaussian (elementwise): keeps the 8 laws that apply (of 10), on 100 cases each\nseed 3',
    )
  })

  it('a custom gradient', () => {
    const right = customGradient((x: Tensor) => ({
      value: x.square() as Tensor,
      pullback: (g: Tensor) => [g.mul(x).mul(2) as Tensor] as [Tensor],
    }))
    const wrong = customGradient((x: Tensor) => ({
      value: x.square() as Tensor,
      pullback: (g: Tensor) => [g.mul(x).mul(2.001) as Tensor] as [Tensor],
    }))
    checkOp(right, { runs: runs(12) }).throwIfFailed()
    const { failures } = checkOp(wrong, { runs: runs(50) })
    expect(failures[0].detail).toContain('1.0005 times as much')
    expect(size(failures[0].inputs)).toBe(1)
  })

  it('a kernel', () => {
    checkOp(
      square((g, x) => g.mul(x).mul(2)),
      { runs: runs(12) },
    ).throwIfFailed()
  })

  it('a kernel that accepts only float32', () => {
    const single: DefinedOp = defineOp({
      name: 'single',
      inputs: 1,
      infer: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
      kernel: ([x], y) => x.data.forEach((value, i) => (y.data[i] = value * value)),
      law: vjpRule({ pullback: ([g], { inputs: [x] }) => [g.astype(x.dtype).mul(x).mul(2)] }),
      domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
    })
    checkOp(single, { runs: runs(12), fixedDType: true }).throwIfFailed()
  })
})

describe('checkOp finds, on at most four numbers,', () => {
  const cases: Record<string, DefinedOp> = {
    'a missing factor': square((g, x) => g.mul(x)),
    'a wrong sign for negative numbers': square((g, x) => g.mul(x.abs()).mul(2)),
    'a rule that is wrong at one point': square((g, x) => where(equal(x, 0), g, g.mul(x).mul(2)) as Tensor),
    'a rule that is right only for square matrices': defineOp({
      name: 'times its transpose',
      inputs: 1,
      infer: ([x]) => ({ shape: [x.shape[0], x.shape[0]], dtype: x.dtype }),
      kernel: ([{ data, shape }], y) => {
        const [rows, columns] = shape
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < rows; j++)
            for (let k = 0; k < columns; k++) y.data[i * rows + j] += data[i * columns + k] * data[j * columns + k]
      },
      law: vjpRule({
        pullback: ([g], { inputs: [x] }) => {
          const both = matmul(g.add(transpose(g)), x)
          return [x.shape[0] === x.shape[1] ? both : both.mul(2)]
        },
      }),
      domain: (draw) => ({ inputs: [{ shape: draw.shape({ minRank: 2, maxRank: 2 }) }], attributes: undefined }),
    }),
    'a rule that is right only when inputs differ': defineOp({
      name: 'product',
      inputs: 2,
      infer: ([a]) => a,
      kernel: ([a, b], y) => a.data.forEach((value, i) => (y.data[i] = value * b.data[i])),
      law: vjpRule({
        pullback: ([g], { inputs: [a, b] }) => [where(equal(a, b), 0, g.mul(b)), where(equal(a, b), 0, g.mul(a))],
      }),
      domain: (draw) => {
        const shape = draw.shape()
        return { inputs: [{ shape }, { shape }], attributes: undefined }
      },
    }),
    'a bilinear law with its sides exchanged': defineOp({
      name: 'swapped',
      inputs: 2,
      infer: ([a]) => a,
      kernel: ([a, b], y) => a.data.forEach((value, i) => (y.data[i] = value * b.data[i])),
      law: bilinear(
        (g, { inputs: [a] }) => g.mul(a),
        (g, { inputs: [, b] }) => g.mul(b),
      ),
      domain: (draw) => {
        const shape = draw.shape({ minSize: 1 })
        return { inputs: [{ shape }, { shape }], attributes: undefined }
      },
    }),
    'a kernel that reuses its output': defineOp({
      name: 'keeping',
      inputs: 1,
      infer: ([x]) => x,
      kernel: ([x], y) => {
        kept?.fill(7)
        x.data.forEach((value, i) => (y.data[i] = 2 * value))
        kept = y.data
      },
      law: linear({ transpose: (g) => [g.mul(2)] }),
      domain: (draw) => ({ inputs: [{ shape: draw.shape({ minSize: 1 }) }], attributes: undefined }),
    }),
    'a rule that throws for empty tensors': square((g, x) => {
      if (x.size === 0) throw new Error('nothing there')
      return g.mul(x).mul(2) as Tensor
    }),
  }
  let kept: Float64Array | Float32Array | Int32Array | Uint8Array | undefined

  it.each(Object.entries(cases))('%s', (_, op) => {
    const report = checkOp(op, { runs: runs(50) })
    expect(report.ok).toBe(false)
    for (const { inputs } of report.failures) expect(size(inputs)).toBeLessThanOrEqual(4)
  })
})

describe('the report of an op', () => {
  const wrong = square((g, x) => g.mul(x), 'wrong')

  it('names the law, the smallest case, and a call to paste', () => {
    expect(String(checkOp(wrong, { seed: 1, runs: 20 }))).toMatchInlineSnapshot(`
      "wrong (vjp): BREAKS 1 of 10 laws
      law: reverse mode agrees with differences, and forward mode with reverse mode
        the cotangent of input 0 at []: expected 2 ± 3e-13, got 1 (0.5 times as much)
        the entry is 0.5 times what it should be
        input 0: Tensor float64[] 1
        repeat with: checkOp(wrong, { laws: ['reverse mode agrees with differences, and forward mode with reverse mode'], example: { inputs: [tensor([1], { shape: [], dtype: 'float64' })], seed: 0 } })
      seed 1"
    `)
  })

  it('gives a call that repeats the failure', () => {
    const [{ inputs, seed, law, detail }] = checkOp(wrong, { runs: runs(30) }).failures
    const again = checkOp(wrong, { laws: [law], example: { inputs, seed } })
    expect(again.failures.map((failure) => failure.detail)).toEqual([detail])
    expect(
      checkOp(
        square((g, x) => g.mul(x).mul(2)),
        { laws: [law], example: { inputs, seed } },
      ).ok,
    ).toBe(true)
  })

  it('is the same for the same seed, and is plain data', () => {
    const report = () => JSON.stringify(checkOp(wrong, { seed: 5, runs: 20 }))
    expect(report()).toBe(report())
    expect(JSON.parse(report())).toMatchObject({ ok: false, name: 'wrong', kind: 'vjp', seed: 5 })
  })

  it('can be thrown', () => {
    expect(() => checkOp(wrong, { runs: runs(30) }).throwIfFailed()).toThrow(/BREAKS \d of 10 laws/)
  })

  it('names the parts of the domain in which nothing was compared', () => {
    const logs = (domain: Interval) =>
      checkOp(defineElementwise({ name: 'logs', inputs: 1, formula: (s, x) => s.log(x), domain: [domain] }), {
        seed: 1,
      })
    expect(logs({ min: 0.1, max: 2 }).uncompared).toEqual([])
    const report = logs({ min: -2, max: 2 })
    expect(report.uncompared).toMatchObject([
      { where: expect.stringMatching(/^input 0 from -2 to 0\.0/) as string, reason: 'not-finite' },
    ])
    expect(String(report)).toMatch(
      /\nno derivative was compared for input 0 from -2 to 0\.0\d+ \(\d+ draws\): the values/,
    )
    expect(report.toJSON()).toMatchObject({ uncompared: [{ reason: 'not-finite' }] })
  })

  it('names the attributes with which nothing was compared', () => {
    const modal: DefinedOp<{ mode: string }> = defineOp<{ mode: string }>({
      name: 'modal',
      inputs: 1,
      infer: ([x]) => x,
      kernel: ([x], y, { mode }) =>
        x.data.forEach((value, i) => (y.data[i] = mode === 'log' ? Math.log(value) : value * value)),
      law: vjpRule({
        pullback: ([g], { inputs: [x], attributes: { mode } }) => [mode === 'log' ? g.div(x) : g.mul(x).mul(2)],
      }),
      domain: (draw) => ({
        inputs: [{ shape: draw.shape(), min: -2, max: -1 }],
        attributes: { mode: draw.pick(['square', 'log']) },
      }),
    })
    expect(checkOp(modal, { seed: 1 }).uncompared).toMatchObject([
      { where: 'attributes {"mode":"log"}', reason: 'not-finite' },
    ])
  })

  it('checks that a formula is linear in the inputs that it states', () => {
    const cube = defineElementwise({
      name: 'cube',
      inputs: 1,
      formula: (s, x) => s.mul(s.mul(x, x), x),
      partials: [(d, [x]) => d.mul(x.square()).mul(3)],
      linearIn: [[0]],
      domain: [{}],
    })
    expect(lawsOf(checkOp(cube, { runs: 20 }))).toEqual(['what is stated to be linear, bilinear or constant is'])
  })

  it('does not count NaN from no elements as linear', () => {
    const means = defineOp({
      name: 'means',
      inputs: 1,
      infer: ([x]) => ({ shape: [x.shape[0]], dtype: x.dtype }),
      kernel: ([x], y) => {
        const n = x.shape[1]
        y.data.forEach(
          (_, i) => (y.data[i] = Array.from(x.data.slice(i * n, (i + 1) * n)).reduce((a, b) => a + b, 0) / n),
        )
      },
      law: linear({ transpose: (g, { inputs: [x] }) => [broadcastTo(expandDims(g, 1), x.shape).div(x.shape[1])] }),
      domain: (draw) => ({ inputs: [{ shape: draw.shape({ minRank: 2, maxRank: 2 }) }], attributes: undefined }),
    })
    const { failures } = checkOp(means, { seed: 1 })
    expect(failures.map(({ detail }) => detail)).toEqual([expect.stringContaining('is NaN at [0]')])
  })

  it('checks only the requested laws', () => {
    const law = 'float32 in, float32 out: value within its rounding, gradients of the same dtype'
    expect(checkOp(wrong, { laws: [law], runs: runs(30) })).toMatchObject({ ok: true, laws: [law] })
    expect(lawsOf(checkOp(wrong, { runs: runs(30) }))).toContain(
      'reverse mode agrees with differences, and forward mode with reverse mode',
    )
  })

  it('skips inputs that a function without a domain rejects, and asks for a domain where it rejects most', () => {
    const total = (x: Tensor, y: Tensor) => matmul(x, transpose(y)).sum()
    expect(checkOp(total, { runs: 30 }).ok).toBe(true)
    const never = (x: Tensor) => matmul(x.reshape([7, 1]) as Tensor, x.reshape([7, 1]) as Tensor)
    expect(() => checkOp(never)).toThrow(/never rejected most of the drawn inputs.* checkOp\(f, { domain }\)/)
  })

  const by = (factor: (x: Tensor) => Tensor, name: string) =>
    customGradient(
      (x: Tensor) => ({ value: x.square() as Tensor, pullback: (g: Tensor) => [g.mul(x).mul(factor(x))] }),
      {
        name,
      },
    ) as (x: Tensor) => Tensor
  it.each<[string, (x: Tensor) => Tensor]>([
    ['from rank 3 on', by((x) => tensor(x.shape.length > 2 ? 3 : 2, { dtype: x.dtype as 'float64' }), 'deep')],
    ['beyond 2.1', by((x) => where(x.greater(2.1), 3, 2).astype(x.dtype) as Tensor, 'wide')],
    ['beyond 10', by((x) => where(x.greater(10), 3, 2).astype(x.dtype) as Tensor, 'huge')],
  ])('finds a rule of a function without a domain that is wrong %s', (_, wrong) => {
    expect(checkOp((x: Tensor) => wrong(x), { seed: 1 }).ok).toBe(false)
  })

  it('keeps to numbers that a function without a domain does not overflow with', () => {
    const logisticByHand = (x: Tensor) => x.neg().exp().add(1).pow(-1) as Tensor
    checkOp(logisticByHand, { seed: 1, runs: 20 }).throwIfFailed()
  })

  it('finds a derivative at a kink that lies between none from the two sides', () => {
    const sized = (atZero: number) =>
      customGradient(
        (x: Tensor) => ({
          value: x.abs() as Tensor,
          pullback: (g: Tensor) => [where(equal(x, 0), g.mul(atZero), where(x.greater(0), g, g.neg())) as Tensor],
        }),
        { name: 'sized' },
      ) as (x: Tensor) => Tensor
    for (const atZero of [-1, 0, 0.5, 1]) checkOp(sized(atZero), { seed: 1, runs: runs(12) }).throwIfFailed()
    for (const atZero of [5, -1.5]) expect(checkOp(sized(atZero), { seed: 1, runs: 30 }).ok).toBe(false)
  })

  it('shows an error of the function itself, with the case', () => {
    const { failures } = checkOp((a: any, b: any) => where(a.atLeast(b), a, b), { seed: 1, runs: 5 })
    expect(failures[0].detail).toBe('threw TypeError: a.atLeast is not a function')
    expect(failures[0].inputs).toHaveLength(2)
  })

  it('does not compare a surrogate with differences', () => {
    const body = (x: Tensor) => ({ value: x.clip(0, 1) as Tensor, pullback: (g: Tensor) => [g] as [Tensor] })
    checkOp(customGradient(body, { surrogate: true }), { runs: runs(12) }).throwIfFailed()
    expect(checkOp(customGradient(body), { runs: runs(30) }).ok).toBe(false)
  })

  it('rejects a value that is no op', () => {
    expect(() => checkOp(tensor(1) as never)).toThrow(/expected a function, or an op/)
  })
})
