import {
  compile,
  cond,
  conjugateGradient,
  cos,
  customGradient,
  defineOp,
  type DType,
  fixedPoint,
  gmres,
  greater,
  less,
  map,
  matmul,
  mul,
  odeSolve,
  root,
  scan,
  sin,
  stopGradient,
  sum,
  switchCase,
  tensor,
  type Tensor,
  vjpRule,
  vmap,
  whileLoop,
} from '@cotangent/core'
import { bodiesOf } from '@cotangent/core/internal'
import { checkGradients } from '@cotangent/check'
import { describe, expect, it } from 'vitest'

type Op = (x: Tensor) => Tensor
const f64 = { dtype: 'float64' } as const

/** Functions with an op inside of a body, of a vector of positive numbers. */
const bodies: Record<string, (op: Op) => Op> = {
  'no body': (op) => (x) => sum(op(op(x))),
  scan: (op) => (x) => scan((h: Tensor, r: Tensor) => [op(h).add(r), null], tensor(0.7, { dtype: x.dtype }), x)[0],
  map: (op) => (x) => sum(map((r) => op(r.mul(1.5)), x)),
  whileLoop: (op) => (x) =>
    sum(
      whileLoop(
        (h: Tensor) => less(sum(h), 40),
        (h: Tensor) => op(h).add(h).add(x),
        x,
        { maxSteps: 6 },
      ).value,
    ),
  cond: (op) => (x) =>
    cond(
      greater(sum(x), 0),
      (y: Tensor) => sum(op(y)),
      (y: Tensor) => sum(y),
      x,
    ),
  switchCase: (op) => (x) => sum(switchCase(greater(sum(x), 0).astype('int32'), [sin, op], x)),
  'a scan under vmap': (op) => (x) =>
    sum(
      vmap((r: Tensor) => scan((h: Tensor) => [op(h).add(r), null], r, null, { length: 3 })[0])(
        x.add(x.mul(x)),
      ) as Tensor,
    ),
  'a branch in a scan': (op) => (x) =>
    scan(
      (h: Tensor, r: Tensor) => [
        cond(
          greater(r, 0.5),
          (y: Tensor) => op(y).add(r),
          (y: Tensor) => y.mul(r),
          h,
        ),
        null,
      ],
      tensor(0.7, { dtype: x.dtype }),
      x,
    )[0],
}

const twice = (name: string, surrogate: boolean) =>
  customGradient((x: Tensor) => ({ value: x.mul(2) as Tensor, pullback: (g: Tensor) => [g] }), { name, surrogate })

describe.each(Object.entries(bodies))('in %s', (_, around) => {
  const x = tensor([0.6, 0.3, 0.8], f64)
  const reports = (op: Op) => [x, x.astype('float32')].map((each) => checkGradients(around(op), [each], { seed: 1 }))

  it('a value behind stopGradient is a constant', () => {
    const ops: Op[] = [
      (y) => y.mul(stopGradient(cos(y))),
      (y) =>
        stopGradient(y)
          .mul(y)
          .sub(stopGradient(sin(y))),
    ]
    for (const report of ops.flatMap(reports)) {
      expect(report.verdict, String(report)).toBe('pass')
      expect(report.inconclusive).toEqual([])
    }
  })

  it('a surrogate is not compared, and a note says so', () => {
    for (const report of reports(twice('through', true) as Op)) {
      expect(report.verdict, String(report)).toBe('pass')
      expect(report.notes.map(({ code }) => code)).toContain('surrogate')
    }
  })

  it('the same rule is wrong if it is not declared a surrogate', () => {
    for (const report of reports(twice('undeclared', false) as Op)) {
      expect(report.verdict, String(report)).toBe('fail')
      expect(report.blame[0].op).toBe('undeclared')
    }
  })
})

/** Solvers, with all that they return, and arguments of a dtype. */
const solvers = (
  dtype: DType,
): Record<string, readonly [f: (...args: Tensor[]) => unknown, args: readonly Tensor[]]> => {
  const t = (data: number | number[] | number[][]) => tensor(data as number[], { dtype }) as Tensor
  const A = t([[4, 1, 0.3], [1, 3, 0.2], [0.3, 0.2, 2]]) // prettier-ignore
  const decay = (y: Tensor, _: Tensor, p: Tensor) => y.mul(p)
  return {
    conjugateGradient: [
      (A, b) => conjugateGradient((v: Tensor) => matmul(A.add(A.transpose()), v), b),
      [A, t([1, 2, 3])],
    ],
    gmres: [(A, b) => gmres((v: Tensor) => matmul(A, v), b), [A, t([1, 2, 3])]],
    fixedPoint: [(x) => fixedPoint((y: Tensor, p: Tensor) => cos(y).mul(p), t(0), x), [t(0.7)]],
    root: [(x) => root((y: Tensor, p: Tensor) => y.mul(y).mul(y).sub(p), t([1, 1]), x), [t([0.7, 2])]],
    rk4: [(y, p) => odeSolve(decay, y, t([0, 0.5]), p, { method: 'rk4' }), [t([1, 2]), t([0.5, -1])]],
    dopri5: [(y, p) => odeSolve(decay, y, t([0, 0.5]), p), [t([1]), t([0.5])]],
    adjoint: [(y, p) => odeSolve(decay, y, t([0, 0.5]), p, { gradient: 'adjoint' }), [t([1]), t([0.5])]],
  }
}

describe.each(['float32', 'float64'] as const)('solvers in %s', (dtype) => {
  it.each(Object.entries(solvers(dtype)))('%s has correct gradients', (name, [f, args]) => {
    // A second derivative of many steps takes long.
    const order = /dopri5|adjoint/.test(name) ? 1 : 2
    const report = checkGradients(f, [...args], { seed: 1, order })
    expect(report.verdict, String(report)).toBe('pass')
    expect(report.inconclusive, String(report)).toEqual([])
  })
})

describe('a solver that does not converge', () => {
  const scalar = (value: number): Tensor => tensor(value, f64)
  const solve = (x: Tensor, maxSteps: number) =>
    fixedPoint((y: Tensor, p: Tensor) => cos(y).mul(p), scalar(0), x, { maxSteps }).value

  it('next to the arguments, is not compared there, and the report says why', () => {
    let calls = 0
    // It converges at the argument alone.
    const f = (x: Tensor) => {
      calls++
      return x.item() === 0.7 ? solve(x, 100) : solve(x, 3)
    }
    const report = checkGradients(f, [scalar(0.7)], { seed: 1, order: 1 })
    expect(report.verdict, String(report)).toBe('inconclusive')
    expect(report.inconclusive).toMatchObject([{ reason: 'threw', where: 'args[0]' }])
    expect(report.inconclusive[0].detail).toMatch(
      /the function throws next to this point: \[fixedPoint\] expected a step/,
    )
    expect(calls).toBeLessThan(150)
  })

  it('at distant points, does not hide a gradient', () => {
    const report = checkGradients((x: Tensor) => solve(x, 60), [scalar(0.7)], { seed: 1 })
    expect(report.verdict, String(report)).toBe('pass')
  })

  it('in the derivative alone, is not compared', () => {
    const f = (x: Tensor) =>
      fixedPoint((y: Tensor, p: Tensor) => matmul(p, cos(y)), tensor([0, 0, 0], f64), x, { linear: { maxSteps: 1, rtol: 1e-9 } }).value // prettier-ignore
    const x = tensor([[0.3, 0.1, 0], [0.2, -0.3, 0.1], [0, 0.2, 0.4]], f64) // prettier-ignore
    const report = checkGradients(f, [x], { seed: 1 })
    expect(report.verdict, String(report)).toBe('inconclusive')
    expect(report.inconclusive[0]).toMatchObject({ reason: 'threw', where: 'the derivative of order 1' })
  })
})

describe('an error that is no CotangentError', () => {
  const throwing = (name: string, rule: () => never) =>
    defineOp({
      name,
      inputs: 1,
      infer: ([x]) => x,
      kernel: ([x], y) => x.data.forEach((value, i) => (y.data[i] = value)),
      law: vjpRule({ pullback: ([g]) => [g.mul(rule())] }),
      domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
    })
  const around = (op: Op) => (x: Tensor) => sum(map((r) => op(r), x))
  const x = tensor([0.6, 0.3], f64)

  it('is a failure where a rule of the user throws it', () => {
    const theirs = throwing('theirs', () => {
      throw new TypeError('not a thing')
    })
    for (const f of [theirs, around(theirs), compile((y: Tensor) => theirs(y))])
      expect(checkGradients(f, [x], { seed: 1 }).failures[0]).toMatchObject({ kind: 'threw' })
  })

  it('is no verdict on a gradient where the library throws it', () => {
    // A mistake of the library: it reads a property of nothing.
    const ours = throwing('ours', () => bodiesOf(undefined as never) as never)
    for (const f of [ours, around(ours)]) expect(() => checkGradients(f, [x], { seed: 1 })).toThrow(TypeError)
  })
})

it('a loop whose number of steps depends on what it captured is traced', () => {
  const f = (x: Tensor) =>
    whileLoop(
      (h: Tensor) => less(h, 5),
      (h: Tensor) => mul(h, x),
      tensor(1.1, f64) as Tensor,
      { maxSteps: 9 },
    ).value
  const { verdict, notes } = checkGradients(f, [tensor(1.7, f64)], { seed: 1 })
  expect([verdict, notes]).toEqual(['pass', []])
})
