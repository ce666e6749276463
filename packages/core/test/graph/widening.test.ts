import {
  add,
  applyAll,
  checkpoint,
  cond,
  conjugateGradient,
  fixedPoint,
  grad,
  greater,
  inlined,
  jvp,
  less,
  map,
  mul,
  odeSolve,
  type RegionBody,
  root,
  scan,
  sin,
  sum,
  switchCase,
  tensor,
  type Tensor,
  trace,
  vmap,
  whileLoop,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { needSame, type Run } from '../compile/compiled-loops'
import { needSameBits } from '../backends/same-bits'

type F = (x: Tensor, w: Tensor) => Tensor
const data = { x: [0.3, 0.7, 1.1], w: [0.9, 0.6, 1.3] }
const [x32, w32] = [tensor(data.x), tensor(data.w)]
const [x64, w64] = [data.x, data.w].map((each) => tensor(each.map(Math.fround), { dtype: 'float64' }))

/** Programs whose constants are the same in both dtypes. In some, a region uses a tensor that it captured alone. */
const programs: Record<string, F> = {
  scan: (x, w) => sum(scan((h: Tensor, r: Tensor) => [sin(add(h, mul(r, w))), h], x, w)[1]),
  'scan of what it captured': (x, w) => scan((n: Tensor) => [add(n, 1), mul(x, w)], tensor(0), null, { length: 2 })[1],
  map: (x, w) => map((r) => mul(sin(r), w), x),
  whileLoop: (x, w) =>
    whileLoop(
      (h: Tensor) => less(sum(h), 9),
      (h: Tensor) => add(mul(h, 1.5), w),
      x,
      { maxSteps: 9 },
    ).value,
  'whileLoop of what it captured': (x, w) =>
    whileLoop(
      ({ n }: { n: Tensor; h: Tensor }) => less(n, 3),
      ({ n, h }) => ({ n: add(n, 1), h: add(h, mul(w, sin(x))) }),
      { n: tensor(0, { dtype: 'int32' }) as Tensor, h: x },
      { maxSteps: 9 },
    ).value.h,
  cond: (x, w) => cond(greater(sum(x), 0), (y: Tensor) => mul(sin(y), w), (y: Tensor) => y, x), // prettier-ignore
  'cond of what it captured': (x, w) =>
    cond(
      greater(sum(x), 0),
      () => mul(sin(x), w),
      () => x,
    ),
  'switchCase of what it captured': (x, w) =>
    switchCase(greater(sum(x), 0).astype('int32'), [() => w, () => mul(sin(x), w)]),
  'a branch in a loop': (x, w) =>
    scan(
      (h: Tensor, r: Tensor) => [
        cond(
          greater(r, 0.5),
          () => mul(sin(h), w),
          () => h,
        ),
        null,
      ],
      x,
      x,
    )[0],
  vmap: (x, w) => vmap((r: Tensor) => scan((h: Tensor, s: Tensor) => [sin(add(h, s)), null], r, w)[0])(x),
  checkpoint: (x, w) => checkpoint((y: Tensor) => mul(sin(y), w))(x),
  conjugateGradient: (x, w) => conjugateGradient((v: Tensor) => mul(v, w), x).value,
  fixedPoint: (x, w) => fixedPoint((y: Tensor, p: Tensor) => mul(sin(add(y, p)), mul(w, 0.25)), x, x).value,
  root: (x, w) => root((y: Tensor, p: Tensor) => add(mul(y, add(mul(y, y), w)), mul(p, -1)), x, x).value,
  rk4: (x, w) => odeSolve((y: Tensor, _, p: Tensor) => mul(y, p), x, w, w, { method: 'rk4' }),
  dopri5: (x, w) => odeSolve((y: Tensor, _, p: Tensor) => mul(sin(y), p), x, w, w, { rtol: 1e-4 }),
  adjoint: (x, w) =>
    odeSolve((y: Tensor, _, p: Tensor) => mul(sin(y), p), x, w, w, { rtol: 1e-4, gradient: 'adjoint' }),
}

/** How far float64 values are from those of float32, relative: beyond this they have lost their digits. */
const digits = (a: Tensor, b: Tensor) =>
  Math.max(...Array.from(a.data, (value, i) => Math.abs(value - b.data[i]) / (1 + Math.abs(value))))

describe.each(Object.entries(programs))('the float32 graph of %s on float64 inputs', (name, f) => {
  // Tolerances of solvers are those of the dtype, so what a solver finds in float64 differs.
  const bound = /root|fixedPoint|dopri5|adjoint|Gradient/.test(name) ? 2e-5 : 1e-14
  const graphs = { f: () => trace(f, x32, w32), inlined: () => trace(inlined(f), x32, w32) }

  it('gives the values and derivatives of float64, as float64', () => {
    for (const make of Object.values(graphs)) {
      const graph = make()
      const wide = (x: Tensor, w: Tensor) => graph.evaluate([x, w])[0]
      const slopes = (g: F) => [
        g(x64, w64),
        ...grad(([x, w]: Tensor[]) => sum(sin(g(x, w))))([x64, w64]),
        jvp(g, [x64, w64], [w64, x64])[1],
      ]
      const [got, expected] = [slopes(wide), slopes(f)]
      got.forEach((each, i) => {
        expect(each.dtype).toBe('float64')
        expect(digits(each, expected[i])).toBeLessThan(bound)
      })
    }
  })

  it('gives the same bits compiled', () => {
    const graph = graphs.f()
    const wide = (x: Tensor, w: Tensor) => graph.evaluate([x, w])[0]
    needSame((x, w) => [wide(x, w)], [x64, w64])
  })
})

it('a region of which some inputs are widened computes in float64, compiled too', () => {
  for (const [name, f] of Object.entries(programs).filter(([name]) => /scan|map|while|cond|switch|loop/.test(name))) {
    const graph = trace(f, x32, w32)
    const regions = graph.nodes.filter(({ op }) => op.body.kind === 'region')
    for (const { op, attributes, inputs } of regions) {
      const given = inputs.map((at) => graph.values[at])
      given.forEach(({ dtype }, only) => {
        const { body } = op as { readonly body: RegionBody }
        // A loop stays in float32 if only its condition gets float64.
        const takes = body.owned(attributes).some(({ role, feeds }) => role !== 'condition' && feeds.some(({ input }) => input === only)) // prettier-ignore
        if (dtype !== 'float32' || !takes) return
        const values = given.map(({ shape, dtype }, i) =>
          tensor(
            Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => (k + 1) / 3),
            { shape: [...shape] },
          ).astype(i === only && dtype === 'float32' ? 'float64' : dtype),
        )
        const run = (...list: Tensor[]) => applyAll(op, list, attributes)
        const eager = run(...values)
        needSame(run as Run, values)
        const widened = applyAll(op, values.map((each) => (each.dtype === 'float32' ? each.astype('float64') : each)), attributes) // prettier-ignore
        needSameBits(`${name}, input ${only}`, eager, widened)
      })
    }
  }
})
