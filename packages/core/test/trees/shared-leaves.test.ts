import {
  checkpoint,
  compile,
  customGradient,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  mapTree,
  mul,
  sum,
  tensor,
  type Tensor,
  trace,
  valueAndGrad,
  vjp,
} from '@cotangent/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/effort'

const f64 = (data: number | number[]) => tensor(data as number[], { dtype: 'float64' }) as Tensor

interface Pair {
  a: Tensor
  b: Tensor
}

const product = ({ a, b }: Pair) => a.mul(b) as Tensor

describe('one tensor at several places of a tree', () => {
  const x = f64(3)

  it('sums the cotangents of all places of a result', () => {
    const [, pullback] = vjp((y: Tensor) => {
      const hidden = y.relu() as Tensor
      return { hidden, out: hidden, list: [hidden] }
    }, x)
    expect(pullback({ hidden: f64(1), out: f64(10), list: [f64(100)] })[0].item()).toBe(111)
    const layer = { w: x }
    const [, back] = vjp((y: Tensor) => ({ first: { w: y }, second: { w: y } }), layer.w)
    expect(back({ first: { w: f64(2) }, second: { w: f64(3) } })[0].item()).toBe(5)
  })

  it('counts an object that stands at several places at each of them', () => {
    const [result, pullback] = vjp((y: Tensor) => {
      const layer = { w: y.mul(2) as Tensor }
      return { first: layer, second: layer }
    }, x)
    expect(result.first).toBe(result.second)
    expect(pullback({ first: { w: f64(1) }, second: { w: f64(10) } })[0].item()).toBe(22)
  })

  it('sums where a conversion gave its input back', () => {
    const [, pullback] = vjp((y: Tensor) => [y, y.astype('float64')] as [Tensor, Tensor], x)
    expect(pullback([f64(1), f64(10)])[0].item()).toBe(11)
  })

  it('takes one tangent for all places of an argument, and names two that differ', () => {
    expect(jvp(product, [{ a: x, b: x }], [{ a: f64(1), b: f64(1) }])[1].item()).toBe(6)
    expect(() => jvp(product, [{ a: x, b: x }], [{ a: f64(1), b: f64(2) }])).toThrow(/one tensor stands at a and at b/)
    expect(() => hvp(product, { a: x, b: x }, { a: f64(1), b: f64(2) })).toThrow(/one tensor stands at a and at b/)
    // Equal numbers, which an outer derivative tells apart.
    const outer = (s: Tensor) => jvp(product, [{ a: x, b: x }], [{ a: s, b: s.mul(s) as Tensor }])[1]
    expect(() => grad(outer)(f64(1))).toThrow(/one tensor stands at a and at b/)
  })

  it('is another one at each place to the body of a custom gradient', () => {
    const own = customGradient((m: Pair) => ({
      value: product(m),
      pullback: (g: Tensor) => [{ a: g.mul(m.b) as Tensor, b: g.mul(m.a) as Tensor }],
    }))
    expect(grad((y: Tensor) => own({ a: y, b: y }))(x).item()).toBe(6)
    expect(grad(grad((y: Tensor) => own({ a: y, b: y })))(x).item()).toBe(2)
    const byVjp = customGradient((m: Pair) => {
      const [value, pullback] = vjp(product, m)
      return { value, pullback: (g: Tensor) => pullback(g) }
    })
    expect(grad((y: Tensor) => byVjp({ a: y, b: y }))(x).item()).toBe(6)
    const twice = customGradient((y: Tensor) => {
      const doubled = y.mul(2) as Tensor
      return {
        value: [doubled, doubled] as const,
        pullback: ([p, q]: readonly Tensor[]) => [p.add(q).mul(2) as Tensor],
      }
    })
    const f = (y: Tensor) => twice(y)[0].add(twice(y)[1].mul(10)) as Tensor
    const one = (y: Tensor) => {
      const [p, q] = twice(y)
      return p.add(q.mul(10)) as Tensor
    }
    expect([grad(f)(x).item(), grad(one)(x).item(), jvp(one, [x], [f64(1)])[1].item()]).toEqual([22, 22, 22])
    expect(trace(grad(one), x).run(f64(5)).item()).toBe(22)
  })

  it('takes one value of further trees, and names two that differ', () => {
    const tied = { a: x, b: x }
    expect(mapTree((_, __, g) => g, tied, { a: f64(7), b: f64(7) }).b.item()).toBe(7)
    expect(() => mapTree((_, __, g) => g, tied, { a: f64(7), b: f64(8) })).toThrow(/one tensor stands at a and at b/)
    expect(() => mapTree((leaf) => leaf, tied, { a: f64(7) } as never)).toThrow(/no tensor at b/)
  })

  it('is selected at all of its places, or at none', () => {
    expect(() => grad(product, { where: (_, path) => path[0] === 'b' })({ a: x, b: x })).toThrow(/at the second alone/)
    expect(grad(product, { where: (leaf) => leaf.rank === 0 })({ a: x, b: x }).a.item()).toBe(6)
  })

  it('is one argument, which is named once', () => {
    expect(() => grad((y: Tensor) => y, { argument: [0, 0] })(x)).toThrow(/argument 0 twice/)
    expect(() => valueAndGrad((y: Tensor) => y, { argument: [0, 0] })(x)).toThrow(/argument 0 twice/)
  })

  it('is run in a graph by its places', () => {
    const apart = trace((a: Tensor, b: Tensor) => a.mul(b), f64(1), f64(2))
    expect(apart.run(x, x).item()).toBe(9)
    const joined = trace((a: Tensor, b: Tensor) => a.mul(b), x, x)
    expect(joined.run(f64(4), f64(4)).item()).toBe(16)
    expect(() => joined.run(f64(4), f64(5))).toThrow(/one tensor stands at \[0\] and at \[1\]/)
  })
})

describe('keys', () => {
  it('are not confused by how paths are printed', () => {
    const model = { 'a.b': f64(1), a: { b: f64(2) }, 'x[0]': f64(3), x: [f64(4)], '': f64(5), '["a"]': f64(6) }
    const gradient = grad((m: typeof model) =>
      sum(
        m['a.b']
          .mul(1)
          .add(m.a.b.mul(10))
          .add(m['x[0]'].mul(100))
          .add(m.x[0].mul(1000))
          .add(m[''].mul(1e4))
          .add(m['["a"]'].mul(1e5)),
      ),
    )(model)
    const updates = mapTree((_, __, g) => g, model, gradient)
    expect(updates['a.b'].item()).toBe(1)
    expect(updates.a.b.item()).toBe(10)
    expect(updates['x[0]'].item()).toBe(100)
    expect(updates.x[0].item()).toBe(1000)
    expect([updates[''].item(), updates['["a"]'].item()]).toEqual([1e4, 1e5])
    const graph = trace((m: typeof model) => m.a.b, model)
    expect(
      new Set(
        String(graph)
          .split('\n')[0]
          .match(/= [^,]+/g),
      ).size,
    ).toBe(6)
  })
})

// A tree of places, each with the position of the variable that stands there: drawn, and compared with the same
// function of as many variables apart.
const shapes = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.nat(2),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'a.b', '[0]'), tie('tree'), { minKeys: 1, maxKeys: 3 }),
  ),
})).tree

type Fill = (position: number, place: number) => Tensor

/** The tree with tensors in it; places are counted in the order of the walk. */
function filled(shape: unknown, fill: Fill): any {
  let place = 0
  const visit = (at: unknown): unknown => {
    if (typeof at === 'number') return fill(at, place++)
    if (Array.isArray(at)) return at.map(visit)
    return Object.fromEntries(Object.entries(at as object).map(([key, child]) => [key, visit(child)]))
  }
  return visit(shape)
}

function tensorsIn(root: unknown): Tensor[] {
  const found: Tensor[] = []
  const visit = (at: any): void => {
    if ('dtype' in at) found.push(at as Tensor)
    else for (const child of Array.isArray(at) ? at : Object.values(at)) visit(child)
  }
  visit(root)
  return found
}

describe('a function of a tree with shared leaves', () => {
  /** `Σ wᵢ xᵢ³ + Σ xᵢ xᵢ₊₁` over the places i. */
  const f = (root: unknown) => {
    const list = tensorsIn(root)
    const cubes = list.map(
      (x, i) =>
        x
          .mul(x)
          .mul(x)
          .mul(i + 1) as Tensor,
    )
    const products = list.slice(1).map((x, i) => mul(x, list[i]) as Tensor)
    return [...cubes, ...products].reduce((a, b) => a.add(b) as Tensor)
  }
  /** The variables of the places. */
  const positionsOf = (shape: unknown) => {
    const list: number[] = []
    filled(shape, (position) => (list.push(position), f64(0)))
    return list
  }
  const values = [0.5, -1.25, 2]

  it('has the derivatives of the function of the variables apart, in each mode, eager and compiled', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const variables = values.map((value) => f64(value))
        const positions = positionsOf(shape)
        const shared = filled(shape, (position) => variables[position])
        const apart = filled(shape, (position) => f64(values[position]))
        const separate = tensorsIn(grad(f)(apart)).map((g) => g.item())
        const total = (position: number) =>
          separate.reduce((all, each, i) => all + (positions[i] === position ? each : 0), 0)
        const transforms = [grad(f), grad(checkpoint(f)), compile(grad(f)), jacobian(f)]
        for (const transform of transforms) {
          const got = tensorsIn((transform as (root: unknown) => unknown)(shared))
          got.forEach((g, i) => expect(g.item()).toBeCloseTo(total(positions[i]), 10))
        }
        const direction = (position: number) => position + 1
        const tangents = filled(shape, (position) => f64(direction(position)))
        const expected = separate.reduce((all, each, i) => all + each * direction(positions[i]), 0)
        expect(jvp(f, [shared], [tangents])[1].item()).toBeCloseTo(expected, 10)
        expect(
          compile((m: unknown, t: unknown) => jvp(f, [m], [t])[1])(
            shared,
            filled(shape, (position) => variables[position]),
          ).item(),
        ).toBeCloseTo(
          separate.reduce((all, each, i) => all + each * values[positions[i]], 0),
          10,
        )
      }),
      { numRuns: runs(20) },
    )
  })

  it('takes cotangents at each place of its result', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const positions = positionsOf(shape)
        const g = (x: Tensor) => {
          const variables = values.map((value) => x.mul(value) as Tensor)
          return filled(shape, (position) => variables[position])
        }
        const weights = positions.map((_, i) => i + 1)
        const cotangent = filled(shape, (_, place) => f64(weights[place]))
        const expected = positions.reduce((all, position, i) => all + values[position] * weights[i], 0)
        expect(vjp(g, f64(1))[1](cotangent)[0].item()).toBeCloseTo(expected, 10)
        const own = customGradient((x: Tensor) => {
          const [value, pullback] = vjp(g, x)
          return { value, pullback: (given: unknown) => pullback(given as never) as [Tensor] }
        })
        expect(vjp(own, f64(1))[1](cotangent)[0].item()).toBeCloseTo(expected, 10)
      }),
      { numRuns: runs(20) },
    )
  })

  it('has the Hessian of one variable', () => {
    const x = f64(2)
    expect(hessian(product)({ a: x, b: x }).a.b.item()).toBe(2)
  })
})
