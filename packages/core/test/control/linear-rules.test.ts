import {
  add,
  cond,
  customGradient,
  grad,
  greater,
  hessian,
  jvp,
  less,
  map,
  mul,
  scan,
  square,
  sum,
  switchCase,
  tensor,
  type Tensor,
  whileLoop,
  zeros,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const f64 = { dtype: 'float64' } as const
const x = tensor([0.3, -0.7, 1.2], f64)
const scalar = (value: number): Tensor => tensor(value, f64)
const rows = (a: Tensor, b: Tensor) => ({ a, b })

/** `Σ x_i³` with pullbacks that multiply the cotangent by `3 x_i²` in a loop or a branch: none states a `jvp`. */
const pullbacks: Record<string, (g: Tensor, x: Tensor) => Tensor> = {
  map: (g, x) => map((r) => mul(mul(square(r), 3), g), x),
  scan: (g, x) => scan((h: Tensor, r: Tensor) => [h, mul(mul(square(r), 3), h)], g, x)[1],
  'scan from zeros': (g, x) => {
    const all = mul(square(x), mul(g, 3))
    return scan((h: Tensor, r: Tensor) => [add(h, r), add(h, r)], scalar(0), all)[1].sub(
      scan((h: Tensor, r: Tensor) => [add(h, r), h], scalar(0), all)[1],
    )
  },
  'reversed scan': (g, x) =>
    scan((h: Tensor, { a, b }: { a: Tensor; b: Tensor }) => [h, mul(mul(square(a), b), h)], g, rows(x, x.mul(0).add(3)), { reverse: true })[1], // prettier-ignore
  whileLoop: (g, x) =>
    whileLoop(
      ({ n }: { n: Tensor; h: Tensor }) => less(n, 3),
      ({ n, h }) => ({ n: add(n, 1), h: add(h, mul(square(x), g)) }),
      { n: tensor(0, { dtype: 'int32' }) as Tensor, h: zeros([3], f64) as Tensor },
      { maxSteps: 5 },
    ).value.h,
  cond: (g, x) =>
    map(
      (r) =>
        cond(
          greater(r, 0),
          () => mul(mul(square(r), 3), g),
          () => mul(mul(r, g), mul(r, 3)),
        ),
      x,
    ),
  switchCase: (g, x) => map((r) => switchCase(greater(r, 0).astype('int32'), [(h: Tensor) => mul(mul(r, h), mul(r, 3)), (h: Tensor) => mul(mul(square(r), 3), h)], g), x), // prettier-ignore
}

const cubeWith = (pullback: (g: Tensor, x: Tensor) => Tensor) =>
  customGradient((x: Tensor) => ({
    value: sum(mul(square(x), x)) as Tensor,
    pullback: (g: Tensor) => [pullback(g, x)],
  }))

describe.each(Object.entries(pullbacks))('a pullback with a loop or a branch: %s', (_, pullback) => {
  const cube = cubeWith(pullback)
  const close = (got: Tensor, expected: readonly number[]) =>
    got.data.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 12))
  const [v, w] = [tensor([1, 2, -1], f64), Array.from(x.data)]

  it('is transposed for forward mode', () => {
    close(grad(cube)(x), w.map((each) => 3 * each ** 2)) // prettier-ignore
    close(jvp(cube, [x], [v])[1], [w.reduce((total, each, i) => total + 3 * each ** 2 * v.data[i], 0)])
  })

  it('has second derivatives in mixed modes', () => {
    const diagonal = w.flatMap((each, i) => w.map((_, k) => (i === k ? 6 * each : 0)))
    close(hessian(cube)(x) as Tensor, diagonal)
    close(jvp(grad(cube), [x], [v])[1], w.map((each, i) => 6 * each * v.data[i])) // prettier-ignore
    close(grad((y: Tensor) => jvp(cube, [y], [v])[1])(x), w.map((each, i) => 6 * each * v.data[i])) // prettier-ignore
  })
})

it.each([
  ['a step that is not linear', (g, x) => map((r) => mul(square(g), r), x)],
  ['a step that adds a constant', (g, x) => scan((h: Tensor, r: Tensor) => [add(h, 1), mul(h, r)], g, x)[1]],
  ['a first carry that is not zero', (g, x) => scan((h: Tensor) => [add(h, g), h], scalar(1), x)[1]],
  ['a product of carries', (g, x) => scan((h: Tensor, r: Tensor) => [mul(h, h), mul(h, r)], g, x)[1]],
  ['a branch that returns a constant', (g, x) => map((r) => cond(greater(r, 0), () => g, () => scalar(2)), x)], // prettier-ignore
  [
    'a number of steps that depends on it',
    (g, x) =>
      mul(
        x,
        whileLoop(
          (h: Tensor) => less(h, 9),
          (h: Tensor) => mul(h, 2),
          g,
          { maxSteps: 9 },
        ).value,
      ),
  ],
] as readonly (readonly [string, (g: Tensor, x: Tensor) => Tensor])[])(
  'a pullback is refused in forward mode that has %s',
  (_, pullback) => {
    expect(() => jvp(cubeWith(pullback), [x], [x])).toThrow(/needs its reverse rule to be linear in the cotangent/)
  },
)
