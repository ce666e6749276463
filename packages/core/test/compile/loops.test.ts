import {
  argsort,
  checkpoint,
  compile,
  type DType,
  defineOp,
  grad,
  jvp,
  scan,
  sum,
  tensor,
  type Tensor,
  vmap,
  where,
  whileLoop,
  cond,
  switchCase,
  matmul,
  softmax,
  cumsum,
  argmax,
  sort,
  concat,
  transpose,
  take,
  notEqual,
  remainder,
  sin,
  noGradient,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { traceLeaves } from '../../src/graph/trace'
import { applyAll } from '../../src/recording/apply'
import { loopOp } from '../../src/control/loop'
import { placesInList } from '../../src/trees/places'
import { interpreted } from '../backends/interpreted'
import { needSameBits } from '../backends/same-bits'
import { filled, generator } from './graph-inputs'

type Run = (...args: Tensor[]) => Tensor[]

/** Tensors of drawn numbers. */
function drawn(seed: number, ...types: readonly (readonly [shape: readonly number[], dtype?: DType])[]): Tensor[] {
  const random = generator(seed)
  return types.map(([shape, dtype = 'float32']) => filled(shape, dtype, random, 0))
}

/** Throws unless a function gives the same bits when it runs and when it is compiled, also by the interpreter. */
function needSame(f: Run, args: readonly Tensor[]): void {
  const expected = f(...args)
  const compiled = compile(f)
  const first = compiled(...args)
  needSameBits('compiled, called again', compiled(...args), expected)
  needSameBits('compiled', first, expected)
  needSameBits(
    'by the interpreter',
    interpreted(() => compile(f)(...args)),
    expected,
  )
}

/** A scan as a function of lists. */
function loop(
  step: (carries: Tensor[], rows: Tensor[]) => readonly [Tensor[], Tensor[]],
  carries: Tensor[],
  xs: Tensor[],
  options: { readonly reverse?: boolean; readonly length?: number } = {},
): Tensor[] {
  const [last, ys] = scan(step as never, carries as never, xs as never, options) as unknown as [Tensor[], Tensor[]]
  return [...last, ...ys]
}

/** An op that the host computes, element by element. */
const hostOp = (name: string, f: (x: number) => number) =>
  defineOp({
    name,
    inputs: 1,
    infer: ([x]) => x,
    kernel: ([x], out) => x.data.forEach((value, i) => (out.data[i] = f(value))),
    law: noGradient('it is a test'),
    domain: () => ({ inputs: [{ shape: [3] }], attributes: undefined }),
  }) as unknown as (x: Tensor) => Tensor

const lengths = [0, 1, 2, 3, 10]
const t = (x: unknown) => x as Tensor

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

describe('loops whose number of steps is a value', () => {
  const grown = (x: Tensor, limit: Tensor) =>
    whileLoop(
      ([c]: Tensor[]) => t(sum(c).less(limit)),
      ([c]: Tensor[]) => [t(c.mul(1.5).add(x.square()))],
      [x],
      { maxSteps: 12 },
    )
  it('run while a condition holds', () => {
    for (const limit of [-100, 1, 5, 100, 1e6]) {
      const f: Run = (x, l) => {
        const { value, steps, finished } = grown(x, l)
        return [...value, steps, finished] as Tensor[]
      }
      needSame(f, [...drawn(3, [[5]]), t(tensor(limit))])
      needSame(
        (x, l) => [t(grad((a: Tensor) => t(sum(grown(a, l).value[0])))(x))],
        [...drawn(3, [[5]]), t(tensor(limit))],
      )
      needSame(
        (x, l) => jvp((a: Tensor) => grown(a, l).value[0], [x] as never, [x] as never).map(t),
        [...drawn(3, [[5]]), t(tensor(limit))],
      )
    }
  })

  it('run while a condition holds for an example of a batch', () => {
    const f: Run = (x, l) =>
      vmap((a: Tensor) => {
        const { value, steps } = grown(a, l)
        return [...value, steps] as Tensor[]
      })(x)
    needSame(f, [...drawn(3, [[4, 3]]), t(tensor(100))])
    needSame((x, l) => [t(grad((a: Tensor) => t(sum(f(a, l)[0])))(x))], [...drawn(3, [[4, 3]]), t(tensor(100))])
  })

  const op = loopOp('counted')
  for (const reverse of [false, true])
    for (const size of [1, 3, 4, 5])
      it(`leave rows of ${size} zero that they do not reach${reverse ? ', last row first' : ''}`, () => {
        const length = 5
        const types = [[size], [size]].map((shape) => ({ shape, dtype: 'float32' }) as const)
        const body = traceLeaves(types, placesInList(2), ([c, x]) => [t(c.mul(0.5).add(x)), t(c.add(1))])
        const condition = traceLeaves(types.slice(0, 1), placesInList(1), ([c]) => [t(sum(c).less(0.3))])
        const form = { length, carries: 1, xs: 1, reverse, keepsCarries: true, residuals: 0 }
        for (const count of [-1, 0, 1, 3, 5, 9])
          for (const graphs of [[body], [body, condition]] as const) {
            const captured = graphs.flatMap((graph: typeof body) => [...graph.constants.values()])
            const f: Run = (n, c, x) => [...applyAll(op, [n, c, x, ...captured], { ...form, graphs, counted: true })]
            needSame(f, [t(tensor(count, { dtype: 'int32' })), ...drawn(size + count, [[size]], [[length, size]])])
          }
      })
})

describe('compiled branches', () => {
  const branches = [
    (x: Tensor) => [t(x.mul(2)), t(sum(x))],
    (x: Tensor) =>
      loop(([c], [row]) => [[t(c.add(row))], []], [t(sum(x))], [x])
        .concat(x)
        .reverse(),
    (x: Tensor) => [x, t(tensor(3))],
  ]
  const f: Run = (index, x) => switchCase(index as never, branches as never, x as never) as unknown as Tensor[]

  it('run the one of their index', () => {
    for (const index of [-3, 0, 1, 2, 7]) {
      needSame(f, [t(tensor(index, { dtype: 'int32' })), ...drawn(1, [[5]])])
      const loss = (i: Tensor) => (x: Tensor) => t(sum(t(f(i, x)[0]).square()).add(f(i, x)[1]))
      needSame((i, x) => [t(grad(loss(i))(x))], [t(tensor(index, { dtype: 'int32' })), ...drawn(1, [[5]])])
    }
  })

  it('run in loops, and for batches', () => {
    const step = (c: Tensor, row: Tensor) => t(cond(t(sum(c).less(sum(row))) as never, () => t(c.add(row)), () => t(c.mul(0.5)))) // prettier-ignore
    const g: Run = (h, x) => loop(([c], [row]) => [[step(c, row)], [c]], [h], [x])
    needSame(g, drawn(8, [[5]], [[7, 5]]))
    needSame((h, x) => [t(grad((a: Tensor) => t(sum(g(a, x)[0])))(h))], drawn(8, [[5]], [[7, 5]]))
    needSame((h, x) => vmap((a: Tensor) => g(a, x))(h), drawn(8, [[3, 5]], [[7, 5]]))
  })

  it('do not run the others', () => {
    let calls = 0
    const counting = hostOp('counting', (x) => (calls++, x))
    const chosen = compile((p: Tensor, x: Tensor) => t(cond(p as never, () => counting(x), () => x))) // prettier-ignore
    const [x] = drawn(1, [[3]])
    chosen(t(tensor(false)), x).toArray()
    expect(calls).toBe(0)
    chosen(t(tensor(true)), x).toArray()
    expect(calls).toBe(3)
  })
})

describe('the size of a compiled loop', () => {
  const explain = (length: number) => {
    const f = (h: Tensor, x: Tensor, w: Tensor) =>
      grad((a: Tensor, b: Tensor) => {
        const [last, ys] = loop(([c], [row]) => [[t(matmul(c, b).add(row).tanh())], [c]], [a], [x])
        return t(sum(last).add(sum(ys)))
      }, { argument: [0, 1] })(h, w) // prettier-ignore
    return compile(f).explain(...(drawn(1, [[2, 5]], [[length, 2, 5]], [[5, 5]]) as [Tensor, Tensor, Tensor]))
  }

  it('does not depend on the number of steps', () => {
    const [few, many] = [explain(10), explain(1000)]
    expect(many.kernels.length).toBe(few.kernels.length)
    expect(Math.abs(many.moduleBytes - few.moduleBytes)).toBeLessThan(100)
    expect(many.graph.split('\n').length).toBe(few.graph.split('\n').length)
    expect(many.flops / few.flops).toBeGreaterThan(90)
  })
})
