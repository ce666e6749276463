import {
  add,
  associativeScan,
  compile,
  cumsum,
  grad,
  jvp,
  matmul,
  sum,
  tensor,
  type Tensor,
  vmap,
  zeros,
} from '@cotangent/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runs } from '../../../../test/effort'

const rows = (list: readonly number[]) => tensor([...list], { dtype: 'float64' }) as Tensor
const values = (x: Tensor) => [...x.data]

/** `y = a x + b` as pairs `(a, b)`: the first map is applied first. */
interface Affine {
  readonly a: Tensor
  readonly b: Tensor
}
const after = (first: Affine, then: Affine): Affine => ({
  a: then.a.mul(first.a),
  b: then.a.mul(first.b).add(then.b),
})

it('gives the prefixes of a loop, in both directions, for any number of rows', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }))), (pairs) => {
      const xs = { a: rows(pairs.map(([a]) => a)), b: rows(pairs.map(([, b]) => b)) }
      for (const reverse of [false, true]) {
        const order = reverse ? pairs.map((_, i) => pairs.length - 1 - i) : pairs.map((_, i) => i)
        const expected: [number, number][] = []
        let [a, b] = [1, 0]
        // Integers, so that brackets do not matter.
        for (const i of order) {
          ;[a, b] = [a * pairs[i][0] || 0, pairs[i][0] * b + pairs[i][1] || 0]
          expected[i] = [a, b]
        }
        const found = associativeScan(after, xs, { reverse })
        expect(values(found.a.add(0))).toEqual(expected.map(([each]) => each))
        expect(values(found.b.add(0))).toEqual(expected.map(([, each]) => each))
      }
    }),
    { numRuns: runs(50) },
  )
})

it('keeps the order of factors that do not commute', () => {
  const ms = rows(Array.from({ length: 5 * 4 }, (_, i) => Math.sin(i + 1))).reshape([5, 2, 2])
  const found = associativeScan((a: Tensor, b: Tensor) => matmul(a, b), ms)
  let product = ms.at(0)
  for (let i = 1; i < 5; i++) {
    product = matmul(product, ms.at(i))
    values(found.at(i)).forEach((each, k) => expect(each).toBeCloseTo(product.data[k], 12))
  }
})

it('combines at most twice at each level', () => {
  for (const [n, most] of [
    [0, 0],
    [1, 0],
    [2, 1],
    [3, 2],
    [8, 5],
    [1000, 18],
  ] as const) {
    // prettier-ignore
    let calls = 0
    const xs = zeros([n])
    associativeScan((a: Tensor, b: Tensor) => (calls++, add(a, b)), xs)
    expect(calls).toBeLessThanOrEqual(most)
  }
})

it('has derivatives in both modes, of any order, batched and compiled', () => {
  const x = rows([0.5, -1.5, 2, 0.25, 1.25])
  const cubes = (y: Tensor) => sum(associativeScan((a: Tensor, b: Tensor) => a.add(b), y).pow(3))
  const plain = (y: Tensor) => sum(cumsum(y).pow(3))
  const close = (a: Tensor, b: Tensor) => values(a).forEach((each, i) => expect(each).toBeCloseTo(b.data[i], 10))
  close(grad(cubes)(x), grad(plain)(x))
  close(jvp(cubes, [x], [x])[1], jvp(plain, [x], [x])[1])
  const second = (f: (y: Tensor) => Tensor) => grad((y: Tensor) => sum(grad(f)(y).square()))(x)
  close(second(cubes), second(plain))
  const batch = x.reshape([5, 1]).mul(x)
  close(vmap(grad(cubes))(batch), vmap(grad(plain))(batch))
  close(compile(grad(cubes))(x), grad(plain)(x))
})
