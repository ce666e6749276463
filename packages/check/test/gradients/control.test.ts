import {
  add,
  checkpoint,
  cond,
  defineOp,
  greater,
  less,
  map,
  mul,
  scan,
  sin,
  stopGradient,
  sum,
  switchCase,
  tanh,
  tensor,
  type Tensor,
  vjpRule,
  vmap,
  whileLoop,
} from '@cotangent/core'
import { checkGradients, checkOp, coverageRecords, gradientCoverage } from '@cotangent/check'
import { describe, expect, it } from 'vitest'

const f64 = { dtype: 'float64' } as const
const xs = tensor([0.3, -0.4, 0.9, 0.7], f64)
const rows = tensor([[0.3, -0.4], [0.9, 0.7], [-1.1, 0.2]], f64) // prettier-ignore

/** `x²` by a kernel, whose rule is wrong where `isWrong` says so. */
const squareWith = (name: string, factor: (x: Tensor) => Tensor | number) =>
  defineOp({
    name,
    inputs: 1,
    infer: ([x]) => x,
    kernel: ([x], y) => x.data.forEach((value, i) => (y.data[i] = value * value)),
    law: vjpRule({ pullback: ([g], { inputs: [x] }) => [g.mul(x).mul(factor(x))] }),
    domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
  })
const right = squareWith('right', () => 2)
const wrong = squareWith('wrong', () => 2.01)
/** Wrong above one half only. */
const sometimes = squareWith('sometimes', (x) => greater(x, 0.5).astype('float64').mul(0.01).add(2))

type Op = (x: Tensor) => Tensor
type F = (...args: Tensor[]) => Tensor

/** Functions with an op inside, their arguments, and where the op stands. */
const programs: Record<string, readonly [around: (op: Op) => F, args: readonly Tensor[], place: readonly object[]]> = {
  scan: [
    (op) => (h, xs) => sum(scan((h: Tensor, x: Tensor) => [tanh(add(h, op(x))), null], h, xs)[0]),
    [tensor(0.2, f64), xs],
    [{ region: 'scan', role: 'body', iteration: 0 }],
  ],
  map: [(op) => (xs) => sum(map((x) => sin(op(x)), xs)), [xs], [{ region: 'map', role: 'body', iteration: 0 }]],
  whileLoop: [
    (op) => (x) =>
      whileLoop(
        (h: Tensor) => less(h, 9),
        (h: Tensor) => add(op(h), mul(x, 2)),
        x,
        { maxSteps: 6 },
      ).value,
    [tensor(1.1, f64)],
    [{ region: 'whileLoop', role: 'body', iteration: 0 }],
  ],
  cond: [
    (op) => (x) =>
      cond(
        greater(sum(x), 0),
        (y: Tensor) => sum(op(y)),
        (y: Tensor) => sum(y),
        x,
      ),
    [xs],
    [{ region: 'cond', role: 'branch true', iteration: null }],
  ],
  switchCase: [
    (op) => (x) => switchCase(greater(sum(x), 0).astype('int32'), [tanh, op, sin], x).sum(),
    [xs],
    [{ region: 'switchCase', role: 'branch 1', iteration: null }],
  ],
  vmap: [(op) => (x) => sum(sin(vmap((row: Tensor) => sum(op(row)))(x))), [rows], []],
  checkpoint: [(op) => (x) => checkpoint((y: Tensor) => sum(tanh(op(y))))(x), [xs], []],
  'a branch in a scan in a map': [
    (op) => (rows, h) => {
      const choose = (x: Tensor) => cond(greater(x, 0.5), (y: Tensor) => op(y), sin, x)
      return sum(map((row) => scan((h: Tensor, x: Tensor) => [add(h, choose(x)), null], h, row)[0], rows))
    },
    [rows, tensor(0.5, f64)],
    [
      { region: 'map', role: 'body', iteration: 1 },
      { region: 'scan', role: 'body', iteration: 0 },
      { region: 'cond', role: 'branch true', iteration: null },
    ],
  ],
  'a branch in a while loop': [
    (op) => (x) => {
      const step = (h: Tensor) =>
        cond(
          greater(h, 2),
          (y: Tensor) => op(y),
          (y: Tensor) => add(y, x),
          h,
        )
      return whileLoop((h: Tensor) => less(h, 9), step, x, { maxSteps: 6 }).value
    },
    [tensor(1.1, f64)],
    [
      { region: 'whileLoop', role: 'body', iteration: 1 },
      { region: 'cond', role: 'branch true', iteration: null },
    ],
  ],
}

describe.each(Object.entries(programs))('in %s', (_, [around, args, place]) => {
  it('a wrong rule is found, and blamed with its place', () => {
    const report = checkGradients(around(wrong), [...args], { seed: 1 })
    expect(report.ok, String(report)).toBe(false)
    expect(report.blame.map(({ op }) => op)).toEqual(['wrong'])
    expect(report.blame[0].place).toMatchObject(place)
    expect(report.blame[0].line).toContain('control.test.ts')
    const [{ role = '', iteration = null } = {}] = report.blame[0].place
    if (role !== '')
      expect(String(report)).toContain(`in ${iteration === null ? role : `iteration ${iteration}`} of the`)
  })

  it('a right rule is not blamed', () => {
    const report = checkGradients(around(right), [...args], { seed: 1 })
    expect(report.ok, String(report)).toBe(true)
    expect(report.blame).toEqual([])
  })
})

describe('the first wrong iteration is named', () => {
  it('of a scan and of a map', () => {
    for (const at of ['scan', 'map']) {
      const [around, args] = programs[at]
      const { blame } = checkGradients(around(sometimes), [...args], { seed: 1 })
      expect(blame).toMatchObject([{ op: 'sometimes', place: [{ region: at, iteration: 2 }] }])
    }
  })

  it('of a while loop', () => {
    const goesOn = (h: Tensor) => less(h, 0.95)
    const f = (x: Tensor) => whileLoop(goesOn, (h: Tensor) => add(sometimes(h), x), x, { maxSteps: 9 }).value
    // 0.3, 0.39, 0.45, 0.50, 0.55: the fifth is the first above one half.
    const report = checkGradients(f, [tensor(0.3, f64)], { seed: 1 })
    const steps: number[] = []
    for (let h = 0.3; h < 0.95 && steps.length < 9; h = h * h + 0.3) steps.push(h)
    expect(report.blame).toMatchObject([
      { op: 'sometimes', place: [{ region: 'whileLoop', iteration: steps.findIndex((h) => h > 0.5) }] },
    ])
  })
})

it('a rule in a while loop that is wrong at the second order only is blamed', () => {
  const cut = squareWith('cut', () => 2)
  const held = defineOp({
    name: 'held',
    inputs: 1,
    infer: ([x]) => x,
    kernel: ([x], y) => x.data.forEach((value, i) => (y.data[i] = value * value)),
    law: vjpRule({ pullback: ([g], { inputs: [x] }) => [g.mul(stopGradient(x)).mul(2)] }),
    domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
  })
  const around = (op: Op) => (x: Tensor) =>
    whileLoop(
      (h: Tensor) => less(h, 9),
      (h: Tensor) => add(op(h), x),
      x,
      { maxSteps: 5 },
    ).value
  const good = checkGradients(around(cut), [tensor(1.1, f64)], { seed: 1 })
  expect(good.ok, String(good)).toBe(true)
  const report = checkGradients(around(held), [tensor(1.1, f64)], { seed: 1 })
  expect(report.failures, String(report)).toMatchObject([{ order: 2 }])
  expect(report.blame[0]).toMatchObject({ op: 'held', stopsGradient: true })
})

it('an argument that only decides the number of steps has no gradient, and a note says so', () => {
  const f = (x: Tensor, bound: Tensor) =>
    whileLoop(
      (h: Tensor) => less(h, bound),
      (h: Tensor) => mul(h, 2),
      x,
      { maxSteps: 9 },
    ).value
  const { ok, notes } = checkGradients(f, [tensor(1.1, f64), tensor(5, f64)])
  expect(ok).toBe(true)
  expect(notes.map(({ text }) => text)).toEqual([
    'args[1] reaches the result only through whileLoop, less, whose derivative is zero: so is its gradient',
  ])
})

it('coverage counts the ops inside of loops and branches', () => {
  const records = coverageRecords([checkOp(right, { runs: 4 })])
  for (const at of ['scan', 'whileLoop', 'cond', 'vmap']) {
    const [around, args] = programs[at]
    const missing = gradientCoverage(around(wrong), [...args])
    expect(
      missing.ops.filter((op) => op.missing !== undefined).map(({ op }) => op),
      at,
    ).toEqual(['wrong'])
    const report = gradientCoverage(around(right), [...args], { records })
    expect(report.ok, String(report)).toBe(true)
    expect(report.ops.find(({ op }) => op === 'right')!.ruleOf).toBeUndefined()
  }
})
