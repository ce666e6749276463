import {
  argsort,
  checkpoint,
  compile,
  grad,
  jvp,
  map,
  sum,
  tensor,
  type Tensor,
  vmap,
  where,
  matmul,
  softmax,
  cumsum,
  argmax,
  sort,
  concat,
  transpose,
  trace,
  take,
  notEqual,
  remainder,
  sin,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { loopOp } from '../../src/control/loop'
import { traceLeaves } from '../../src/graph/trace'
import { applyAll } from '../../src/recording/apply'
import { placesInList } from '../../src/trees/places'
import { needSameBits } from '../backends/same-bits'
import { type Run, drawn, needSame, loop, hostOp, t } from './compiled-loops'

const lengths = [0, 1, 2, 3, 10]

describe('a compiled loop gives the bits of the loop that runs', () => {
  for (const reverse of [false, true])
    for (const size of [1, 3, 4, 5, 8])
      it(`with rows of ${size}${reverse ? ', last row first' : ''}`, () => {
        for (const steps of lengths) {
          // Softmax, a product of few columns, a sum, a transposition and a comparison once wrote behind their rows.
          const f: Run = (h, w, x) =>
            loop(
              ([c], [row]) => {
                const product = t(matmul(c, w))
                const next = t(product.add(row).tanh())
                const own = [softmax(next), product, sum(next, { axis: 0 }), transpose(next), next.greater(c)]
                return [[next], [...own.map(t), next]]
              },
              [h],
              [x],
              { reverse },
            )
          needSame(f, drawn(size, [[2, size]], [[size, size]], [[steps, 2, size]]))
        }
      })

  for (const dtype of ['float32', 'float64', 'int32', 'bool'] as const)
    it(`with carries of ${dtype}`, () => {
      for (const steps of lengths)
        for (const reverse of [false, true]) {
          const next = (c: Tensor, x: Tensor) => (dtype === 'bool' ? notEqual(c, x) : c.mul(2).add(x)) as Tensor
          const f: Run = (h, x) => loop(([c], [row]) => [[next(c, row)], [c]], [h], [x], { reverse })
          needSame(f, drawn(steps, [[5], dtype], [[steps, 5], dtype]))
        }
    })

  const types = [[[3]], [[3]], [[4, 3]], [[3]]] as const
  const steps: Record<string, (carries: Tensor[], rows: Tensor[], captured: Tensor) => readonly [Tensor[], Tensor[]]> =
    {
      'exchanges its carries': ([a, b], [x]) => [
        [b, t(a.add(x))],
        [a, b],
      ],
      'only exchanges them': ([a, b]) => [[b, a], [a]],
      'returns one tensor as two carries and as a row': ([a, b], [x]) => {
        const next = t(a.mul(b).add(x))
        return [
          [next, next],
          [next, next],
        ]
      },
      'returns a carry unchanged': ([a, b], [x]) => [[a, t(b.add(a.mul(x)))], [a]],
      'returns all carries unchanged': ([a, b], [x]) => [[a, b], [t(a.add(x))]],
      'returns a row as a carry': ([a], [x]) => [[x, a], [x]],
      'returns a captured tensor as a carry and as a row': ([a], [x], w) => [[w, t(a.add(x))], [w]],
      'returns a constant as a carry': ([a], [x]) => [[t(tensor([1, 2, 3])), t(a.mul(x))], [t(tensor([4, 5, 6]))]],
      'computes what depends on no carry and no row': ([a, b], [x], w) => [
        [t(a.add(w.exp().mul(2))), t(b.sub(sum(w.exp())))],
        [t(w.exp()), x],
      ],
      'has a carry that nothing needs': ([a, b], [x]) => [[t(a.add(x)), t(b.exp())], [a]],
    }
  for (const [name, step] of Object.entries(steps))
    it(`where a step ${name}`, () => {
      for (const length of lengths)
        for (const reverse of [false, true]) {
          const f: Run = (a, b, x, w) => loop((carries, rows) => step(carries, rows, w), [a, b], [x], { reverse })
          const args = drawn(7, types[0], types[1], [[length, 3]], types[3])
          needSame(f, args)
          needSame((...list) => [f(...list)[0]], args)
          needSame((...list) => f(...list).slice(2), args)
        }
    })

  it('with ops of all kinds in its body', () => {
    const f: Run = (h, x, index) =>
      loop(
        ([c, i], [row]) => {
          const moved = concat([c, row], { axis: 0 })
          const next = t(sum(t(take(moved, i as never)), { axis: 0 }).add(c))
          const order = argsort(next, { axis: 1 })
          return [
            [next, t(remainder(i.add(1), 6))],
            [sort(next), order, cumsum(next, { axis: 0 }), argmax(next, { axis: 1 }), t(next.reshape([-1]))].map(t),
          ]
        },
        [h, index],
        [x],
        { reverse: true },
      )
    needSame(f, [...drawn(3, [[3, 5]], [[4, 3, 5]]), t(tensor([0, 3, 5, 2], { dtype: 'int32' }))])
  })

  it('nested in a loop, over the same tensors', () => {
    for (const reverse of [false, true]) {
      const f: Run = (h, x, w) =>
        loop(
          ([c], [rows]) => {
            const [inner, ys] = loop(([d], [row]) => [[t(sin(d.mul(w).add(row)))], [d]], [c], [rows], { reverse })
            return [[t(inner.add(c))], [ys, inner]]
          },
          [h],
          [x],
          { reverse: !reverse },
        )
      needSame(f, drawn(1, [[3]], [[4, 2, 3]], [[3]]))
      needSame(f, drawn(1, [[]], [[4, 8]], [[]]))
    }
  })

  it('inside of a checkpoint, and with checkpoints and compiled functions in its body', () => {
    const inner = compile((c: Tensor, x: Tensor) => t(sin(c.mul(x))))
    const f: Run = (h, x) => [
      ...checkpoint((a: Tensor, b: Tensor) =>
        loop(([c], [row]) => [[checkpoint((d: Tensor) => t(inner(d, row).add(c)))(c)], [inner(row, c)]], [a], [b]),
      )(h, x),
    ]
    needSame(f, drawn(2, [[5]], [[3, 5]]))
    needSame((h, x) => [t(grad((a: Tensor) => t(sum(f(a, x)[0])))(h))], drawn(2, [[5]], [[3, 5]]))
  })

  it('for a batch', () => {
    const f: Run = (h, x, w) =>
      vmap((a: Tensor, b: Tensor) => loop(([c], [row]) => [[t(matmul(c, w).add(row))], [c]], [a], [b]))(h, x)
    needSame(f, drawn(4, [[3, 5]], [[3, 4, 5]], [[5, 5]]))
  })

  it('with kernels of the host in its body, whose errors name the op', () => {
    const twice = hostOp('twice', (x) => {
      if (x > 1000) throw new Error('too large')
      return 2 * x
    })
    const f: Run = (h, x) => loop(([c], [row]) => [[t(twice(c).add(row))], [twice(row)]], [h], [x], { reverse: true })
    const args = drawn(4, [[5]], [[3, 5]])
    needSame(f, args)
    const compiled = compile(f)
    expect(() => compiled(t(args[0].mul(1e4).abs()), args[1])).toThrow(/\[twice\].*too large/)
    needSameBits('after an error', compiled(...args), f(...args))
  })

  it('whose results are passed back and donated', () => {
    for (const donate of [[], [0], [0, 1]]) {
      const f: Run = (a, b, x) => loop(([c, d], [row]) => [[d, t(c.mul(0.5).add(row))], []], [a, b], [x])
      const compiled = compile(f, { donate })
      let [state, expected] = [drawn(5, [[3]], [[3]]), drawn(5, [[3]], [[3]])]
      const [x] = drawn(6, [[3, 3]])
      for (let call = 0; call < 6; call++) {
        state = compiled(...state, x)
        expected = f(...expected, x)
        if (donate.length === 0) needSameBits(`call ${call}`, state, expected)
      }
      needSameBits('the last call', state, expected)
    }
  })
})

describe('derivatives of compiled loops are loops with the same bits', () => {
  const f = (h: Tensor, x: Tensor, w: Tensor) => {
    const [last, ys] = loop(
      ([c], [row]) => {
        const next = t(matmul(c, w).add(row).tanh())
        return [[next], [t(where(next.greater(0), next, next.mul(0.1)))]]
      },
      [h],
      [x],
    )
    return t(sum(last.mul(last)).add(sum(ys)))
  }
  for (const length of [1, 2, 3, 10])
    it(`of ${length} steps`, () => {
      const args = drawn(length, [[2, 5]], [[length, 2, 5]], [[5, 5]])
      needSame((...list) => grad(f, { argument: [0, 1, 2] })(...(list as [Tensor, Tensor, Tensor])) as Tensor[], args)
      needSame((...list) => jvp(f, list as never, list as never).map(t), args)
      const second = (h: Tensor) => sum(t(grad((a: Tensor) => f(a, args[1], args[2]))(h)).square()) as Tensor
      needSame((h) => [t(grad(second)(h))], [args[0]])
    })
})

describe('a compiled loop', () => {
  const f = (h: Tensor, x: Tensor, w: Tensor) => {
    const [last, ys] = loop(([c], [row]) => [[t(matmul(c, w).add(row).tanh())], [c]], [h], [x])
    return t(sum(last).add(sum(ys)))
  }
  const args = (length: number) => drawn(1, [[2, 5]], [[length, 2, 5]], [[5, 5]]) as [Tensor, Tensor, Tensor]
  const gradient = compile((...list: [Tensor, Tensor, Tensor]) => grad(f, { argument: [0, 2] })(...list))

  it('has a size that does not depend on the number of steps', () => {
    const [few, many] = [10, 1000].map((length) => gradient.explain(...args(length)))
    expect(many.kernels.length).toBe(few.kernels.length)
    expect(many.graph.split('\n').length).toBe(few.graph.split('\n').length)
    // Larger numbers take a few bytes more.
    expect(many.moduleBytes - few.moduleBytes).toBeLessThan(100)
    expect(many.flops / few.flops).toBeGreaterThan(90)
  })

  it('shows its body', () => {
    const lines = compile(f)
      .explain(...args(10))
      .kernels.map((line) => line.replace(/ -> .*/, ''))
    expect(lines).toEqual([
      '#0 repeat 10 times: scan',
      '  #0.0 contract 2x5x5: matmul',
      '  #0.1 loop [2, 5]: add, tanh',
      '  #0.2 loop [2, 5]: copy',
      '#1 loop [2, 5]: sum',
      '#2 loop [10, 2, 5]: sum',
      '#3 loop []: add',
    ])
  })

  it('computes before its first step what no step changes', () => {
    const types = [[5], [5], [5]].map((shape) => ({ shape, dtype: 'float32' }) as const)
    const body = traceLeaves(types, placesInList(3), ([c, x, w]) => [t(c.mul(w.exp()).add(x)), t(x.sub(sum(w)))])
    const form = { length: 4, carries: 1, xs: 1, reverse: false, counted: false, keepsCarries: false, residuals: 0 }
    const g: Run = (c, x, w) => [...applyAll(loopOp('scan'), [c, x, w], { ...form, graphs: [body] })]
    const given = drawn(1, [[5]], [[4, 5]], [[5]])
    needSame(g, given)
    const lines = compile(g)
      .explain(...given)
      .kernels.map((line) => line.replace(/ -> .*/, ''))
    expect(lines).toEqual([
      '#0 loop [5]: exp',
      '#1 loop [5]: sum',
      '#2 repeat 4 times: scan',
      '  #2.0 loop [5]: mul, add, sub',
    ])
  })

  it('costs as many steps as it has', () => {
    const [one, ten] = [1, 10].map((length) => trace(f, ...args(length)).cost().flops)
    const [h, , w] = args(1)
    const step = trace((c: Tensor, row: Tensor, u: Tensor) => t(matmul(c, u).add(row).tanh()), h, h, w)
    // The sum of the rows adds as many elements as they have.
    expect(ten - one).toBe(9 * (step.cost().flops + h.size))
  })

  it('throws where a step reads beyond a tensor, as the loop that runs does', () => {
    const g = (x: Tensor, indices: Tensor) => map((index: Tensor) => t(take(x, index as never)), indices) as Tensor
    const [x] = drawn(1, [[3]])
    const indices = t(tensor([[0], [2], [3]], { dtype: 'int32' }))
    const wrong = /\[take\].*3/
    expect(() => g(x, indices)).toThrow(wrong)
    expect(() => compile(g)(x, indices)).toThrow(wrong)
  })
})
