import { cond, map, scan, switchCase, tensor, type Tensor, whileLoop } from '@cotangent/core'
import { expectTypeOf, it } from 'vitest'

const x = tensor([[1, 2], [3, 4]]) as Tensor<[2, 2]> // prettier-ignore
const h = tensor([1, 2]) as Tensor<[2]>
const p = tensor(true)

it('scan passes rows to the step and stacks its results', () => {
  const [last, ys] = scan(
    (carry, row) => {
      expectTypeOf(carry).toEqualTypeOf<Tensor<[2]>>()
      expectTypeOf(row).toEqualTypeOf<{ a: Tensor<[2]>; b: Tensor<[2]>[] }>()
      return [carry.add(row.a), { sum: row.a.sum() }]
    },
    h,
    { a: x, b: [x] },
  )
  expectTypeOf(last).toEqualTypeOf<Tensor<[2]>>()
  expectTypeOf(ys).toEqualTypeOf<{ sum: Tensor<[number]> }>()
  expectTypeOf(map((row) => row.sum(), x)).toEqualTypeOf<Tensor<[number]>>()
  const [[a, b]] = scan(([a, b]) => [[a, b], null], [h, x] as [Tensor<[2]>, Tensor<[2, 2]>], null, { length: 2 })
  expectTypeOf(a).toEqualTypeOf<Tensor<[2]>>()
  expectTypeOf(b).toEqualTypeOf<Tensor<[2, 2]>>()
})

it('branches take the operands and return one type', () => {
  expectTypeOf(cond(p, (a: Tensor<[2]>) => a.mul(2), (a) => a, h)).toEqualTypeOf<Tensor<[2]>>() // prettier-ignore
  expectTypeOf(cond(p, () => h, () => h)).toEqualTypeOf<Tensor<[2]>>() // prettier-ignore
  // @ts-expect-error -- the branches return different types
  cond(p, () => h, () => [h]) // prettier-ignore
  const index = tensor(1, { dtype: 'int32' })
  expectTypeOf(switchCase(index, [(a) => a.sum(), (a) => a.at(0)], h)).toEqualTypeOf<Tensor<[]>>()
})

it('a while loop returns its carry', () => {
  const { value, steps, finished } = whileLoop(
    ({ n }) => n.less(3),
    ({ n, v }) => ({ n: n.add(1), v }),
    { n: tensor(0), v: h },
  )
  expectTypeOf(value).toEqualTypeOf<{ n: Tensor<[]>; v: Tensor<[2]> }>()
  expectTypeOf(steps).toEqualTypeOf<Tensor<[]>>()
  expectTypeOf(finished).toEqualTypeOf<Tensor<[]>>()
})
