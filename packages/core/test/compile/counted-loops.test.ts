import { compile, grad, jvp, sum, tensor, type Tensor, vmap, whileLoop } from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { traceLeaves } from '../../src/graph/trace'
import { applyAll } from '../../src/recording/apply'
import { loopOp } from '../../src/control/loop'
import { placesInList } from '../../src/trees/places'
import { type Run, drawn, needSame, t } from './compiled-loops'

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

  it('show the kernels of their step and of their condition', () => {
    const { kernels } = compile((...[x, l]: Tensor[]) => grown(x, l).value[0]).explain(...drawn(3, [[5]], [[]]))
    expect(kernels.map((line) => line.replace(/ -> .*/, ''))).toEqual([
      '#0 loop [5]: square',
      '#1 repeat 12 times at most while a condition holds: whileLoop',
      '  #1a.0 loop [5]: mul, add',
      '  #1b.0 loop [5]: sum',
      '  #1b.1 loop []: less',
    ])
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
