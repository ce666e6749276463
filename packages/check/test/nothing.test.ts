import '@cotangent/check/vitest'
import { checkGradients, checkOp, coverageRecords, gradientCoverage, shapes, tensors } from '@cotangent/check'
import {
  add,
  defineOp,
  type Domain,
  eye,
  linear,
  log,
  round,
  sin,
  stopGradient,
  sum,
  tensor,
  type Tensor,
  zeros,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const any = (value: unknown) => value as never
const x = tensor([0.5, -1])
const f = (v: Tensor) => v.square().sum()
const doubled = (domain: Domain, value: (v: number) => number = (v) => 2 * v) =>
  defineOp({
    name: 'doubled',
    inputs: 1,
    infer: ([v]) => v,
    kernel: ([v], y) => v.data.forEach((each, i) => (y.data[i] = value(each))),
    law: linear({ transpose: (g) => [g.mul(2)] }),
    domain,
  })
const some: Domain = (draw) => ({ inputs: [{ shape: draw.shape({ minSize: 1 }) }], attributes: undefined })
const withoutInputs = defineOp({
  name: 'withoutInputs',
  inputs: 0,
  infer: () => ({ shape: [2], dtype: 'float64' }),
  kernel: () => {},
  law: linear({ transpose: () => [] }),
  domain: some,
})

describe('nothing is verified where nothing was run', () => {
  const calls: Record<string, [call: () => unknown, message: RegExp]> = {
    'order 0': [() => checkGradients(f, [x], { order: 0 }), /integer from 1 to 10 as option 'order', got 0/],
    'an order in words': [() => checkGradients(f, [x], { order: any('second') }), /option 'order', got "?'?second/],
    'tolerance NaN': [() => checkGradients(f, [x], { tolerance: NaN }), /option 'tolerance', got NaN/],
    'an unknown option': [() => checkGradients(f, [x], any({ tol: 1 })), /no option 'tol'; did you mean 'tolerance'/],
    'a tensor for the arguments': [
      () => checkGradients(f, any(x)),
      /expected an array with the arguments .* write checkGradients\(f, \[x\]\)/,
    ],
    'too much': [() => (checkGradients as any)(f, [x], {}, 1), /takes at most 3 arguments/],
    'no runs': [() => checkOp(doubled(some), { runs: 0 }), /option 'runs', got 0/],
    'no laws': [() => checkOp(doubled(some), { laws: [] }), /one or more as option 'laws'/],
    'a law that there is not': [() => checkOp(doubled(some), { laws: any(['all']) }), /the laws are/],
    'no op': [() => checkOp(any(x)), /expected a function, or an op as argument 1/],
    'a domain that throws': [
      () =>
        checkOp(
          doubled(() => {
            throw new TypeError('no such shape')
          }),
        ),
      /the domain of doubled threw: TypeError: no such shape/,
    ],
    'a domain that draws nothing': [() => checkOp(doubled(() => any({}))), /must return \{ inputs/],
    'nothing but NaN': [
      () => checkOp((v: Tensor) => v.mul(NaN), { runs: 10 }),
      /nothing could be compared in \d+ cases/,
    ],
    'laws that do not apply': [
      () => checkOp((v: Tensor) => v.tanh(), { laws: ['what is stated to be linear, bilinear or constant is'] }),
      /none of the chosen laws applies/,
    ],
    'arguments without elements': [() => checkGradients(f, [zeros([0])]), /arguments have no elements/],
    'a result without elements': [() => checkGradients((v: Tensor) => v.slice([0, 0]), [x]), /result has no elements/],
    'a derivative rule without inputs': [
      () => checkOp(withoutInputs, { domain: () => ({ inputs: [], attributes: undefined }) }),
      /none of the chosen laws applies/,
    ],
    'records of anything': [() => coverageRecords(any([{ ok: true }])), /array of reports of checkOp/],
    'coverage to order 0': [() => gradientCoverage(f, [x], { order: 0 }), /option 'order', got 0/],
    'shapes of minus one': [() => shapes({ minRank: -1 }), /option 'minRank', got -1/],
    'numbers between 2 and 1': [() => tensors({ min: 2, max: 1 }), /expected min below max, got 2 and 1/],
  }
  it.each(Object.entries(calls))('%s', (_, [call, message]) => {
    expect(call).toThrow(message)
  })

  it('an error that is not of the library is a failure, with the case', () => {
    const report = checkOp(
      doubled(some, () => {
        throw new TypeError('not today')
      }),
      { runs: 5 },
    )
    expect(report.ok).toBe(false)
    expect(report.failures[0].detail).toContain('not today')
    expect(report.failures[0].inputs[0].size).toBe(1)
  })

  it('a function that gives NaN fails, and one whose entries all stand at kinks confirms nothing', () => {
    const nan = checkGradients((v: Tensor) => log(v).sum(), [tensor([-1, -2])])
    expect(nan.failures).toMatchObject([{ kind: 'not-finite' }])
    const kink = checkGradients((v: Tensor) => v.abs().sum(), [tensor([0, 0])], { order: 1 })
    expect(kink).toMatchObject({ ok: false, verdict: 'inconclusive' })
    const lost = checkGradients((v: Tensor) => sin(v.mul(1e7)).sum(), [x])
    expect(lost).toMatchObject({ ok: false, verdict: 'inconclusive', failures: [] })
    expect(() => kink.throwIfFailed()).toThrow(/nothing could be compared/)
    expect(() => expect((v: Tensor) => v.abs().sum()).toHaveCorrectGradients(tensor([0, 0]))).toThrow(/nothing could/)
    const infinite = checkGradients(f, [tensor([Infinity, 1e300])])
    expect(infinite.failures).toMatchObject([{ kind: 'not-finite', detail: expect.stringContaining('gives Infinity') }])
  })

  it.each<[string, (v: Tensor) => Tensor]>([
    ['stopGradient', (v) => stopGradient(v.square()).sum()],
    ['round', (v) => round(v.mul(10)).sum()],
  ])('a function of which %s cuts every path fails', (name, cut) => {
    const [failure] = checkGradients(cut, [x]).failures
    expect(failure).toMatchObject({ kind: 'disconnected', detail: expect.stringContaining(`is cut by ${name}`) })
  })

  it('counts the cases that were run', () => {
    const slow = doubled(some, (v) => {
      const end = performance.now() + 0.2
      while (performance.now() < end);
      return 2 * v
    })
    const report = checkOp(slow, { budgetMs: 400 })
    expect(report.runs).toBeLessThan(100)
    expect(String(report)).toMatch(/on \d+ of 100 cases, as the time was up/)
    expect(coverageRecords([checkOp(doubled(some), { example: { inputs: [x] } })])).toEqual([])
  })
})

describe('a check', () => {
  it('stops when its time is up, and reports its progress', () => {
    const seen: string[] = []
    const report = checkGradients((v: Tensor) => v.tanh().sum(), [x], {
      budgetMs: 1e-3,
      onProgress: ({ stage, total }) => seen.push(`${stage} of ${total}`),
    })
    expect(seen).toContain('order 1 of 2')
    expect(report.notes.map(({ code }) => code)).toContain('stopped')
    expect(report.verdict).toBe('inconclusive')
  })

  it('skips entries that are not needed to know that a function is wrong', () => {
    const wrong = doubled(some, (v) => 3 * v)
    const many = tensor(Float64Array.from({ length: 200 }, (_, i) => Math.cos(i)))
    const { orders, notes } = checkGradients((v: Tensor) => sum(wrong(v)), [many])
    expect(orders[0]).toMatchObject({ failed: 12, skipped: 188 })
    expect(notes[0].text).toContain('188 entries of order 1 were not checked: enough are wrong')
  })

  it('fails for an unused argument on request', () => {
    const unused = (v: Tensor, _: Tensor) => f(v)
    expect(checkGradients(unused, [x, x.mul(2)]).ok).toBe(true)
    expect(checkGradients(unused, [x, x.mul(2)], { unused: 'fail' }).failures).toMatchObject([{ kind: 'unused' }])
  })

  it('has no notes about tensors that a function creates itself', () => {
    const report = checkGradients(
      (v: Tensor) =>
        add(v, eye(2))
          .add(zeros([2, 2]))
          .add(tensor([1, 2])),
      [x],
    )
    expect(report).toMatchObject({ ok: true, notes: [] })
  })
})

describe('the matchers take typed arguments and options', () => {
  it('of the function, and then of the check', () => {
    expect(f).toHaveCorrectGradients(x, { seed: 3, order: 1, tolerance: 1e-6 })
    expect((v: Tensor, { scale }: { scale: number }) => v.mul(scale)).toHaveCorrectGradients(x, { scale: 2 })
    expect(() => expect((v: Tensor) => v.mul(NaN)).toHaveCorrectGradients(x, { seed: 77 })).toThrow(/seed 77/)
    // @ts-expect-error a number is no tensor
    expect(() => expect(f).toHaveCorrectGradients(1)).toThrow()
  })
})
