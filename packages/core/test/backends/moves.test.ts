import {
  bodyOf,
  compile,
  concat,
  defineOp,
  type DType,
  flip,
  linear,
  pad,
  slice,
  stack,
  type Tensor,
  tensor,
  transpose,
} from '@cotangent/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { filled, generator } from '../compile/graph-inputs'
import { needSameBits } from './same-bits'

/** Sizes whose runs take loads of every width, overlap, or are long. */
const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 12, 17, 31, 64, 127, 129, 0]

const drawn = fc.record({
  dtype: fc.constantFrom<DType>('float32', 'float64', 'int32', 'bool'),
  shape: fc.array(fc.constantFrom(...sizes), { minLength: 1, maxLength: 3, size: 'max' }),
  others: fc.array(fc.constantFrom(...sizes), { minLength: 1, maxLength: 3 }),
  axis: fc.nat(2),
  seed: fc.nat(2 ** 30),
})

type Index = readonly number[]

/** A tensor of which each element is what a function says of its index. */
function tabulated(shape: Index, dtype: DType, element: (index: Index) => number): Tensor {
  const size = shape.reduce((product, each) => product * each, 1)
  const data = Float64Array.from({ length: size }, (_, at) => {
    const index: number[] = []
    for (let axis = shape.length - 1, rest = at; axis >= 0; axis--) {
      index.unshift(rest % shape[axis])
      rest = Math.floor(rest / shape[axis])
    }
    return element(index)
  })
  return tensor(data, { shape }).astype(dtype) as Tensor
}

function elementOf(x: Tensor, index: Index): number {
  return x.data[index.reduce((at, each, axis) => at * x.shape[axis] + each, 0)]
}

const without = (index: Index, axis: number) => [...index.slice(0, axis), ...index.slice(axis + 1)]
const having = (index: Index, axis: number, value: number) => index.map((each, at) => (at === axis ? value : each))

/** Throws unless the function gives the bits that are expected, run and compiled. */
function needRight(f: (...xs: Tensor[]) => Tensor, xs: readonly Tensor[], expected: Tensor): void {
  needSameBits('run', [f(...xs)], [expected])
  needSameBits('compiled', [compile(f)(...xs)], [expected])
}

describe('compiled, parts are put where they belong', () => {
  it('one after the other, along any axis', () => {
    fc.assert(
      fc.property(drawn, ({ dtype, shape, others, axis: chosen, seed }) => {
        const axis = chosen % shape.length
        const xs = [shape[axis], ...others].map((size, i) =>
          filled(having(shape, axis, size), dtype, generator(seed + i), 0),
        )
        const total = xs.reduce((sum, x) => sum + (x.shape[axis] as number), 0)
        const expected = tabulated(having(shape, axis, total), dtype, (index) => {
          let at = index[axis]
          const x = xs.find((each) => at < each.shape[axis] || ((at -= each.shape[axis]), false))!
          return elementOf(x, having(index, axis, at))
        })
        needRight((...given) => concat(given, { axis }), xs, expected)
      }),
    )
  })

  it('side by side, along a new axis', () => {
    fc.assert(
      fc.property(drawn, ({ dtype, shape, others, axis: chosen, seed }) => {
        const axis = chosen % (shape.length + 1)
        const xs = others.map((_, i) => filled(shape, dtype, generator(seed + i), 0))
        const stacked = [...shape.slice(0, axis), xs.length, ...shape.slice(axis)]
        const expected = tabulated(stacked, dtype, (index) => elementOf(xs[index[axis]], without(index, axis)))
        needRight((...given) => stack(given, { axis }), xs, expected)
      }),
    )
  })

  it('with zeros around them', () => {
    fc.assert(
      fc.property(drawn, fc.array(fc.nat(3), { minLength: 6, maxLength: 6 }), ({ dtype, shape, seed }, widths) => {
        const x = filled(shape, dtype, generator(seed), 0)
        const pairs = shape.map((_, axis) => [widths[2 * axis], widths[2 * axis + 1]] as const)
        const expected = tabulated(
          shape.map((size, axis) => size + pairs[axis][0] + pairs[axis][1]),
          dtype,
          (index) => {
            const inner = index.map((each, axis) => each - pairs[axis][0])
            return inner.every((each, axis) => each >= 0 && each < shape[axis]) ? elementOf(x, inner) : 0
          },
        )
        needRight((given) => pad(given, pairs), [x], expected)
      }),
    )
  })

  it('read backwards, across, or with gaps', () => {
    const [a, b] = [filled([70, 66], 'float32', generator(1), 10), filled([66, 70], 'float32', generator(2), 10)]
    const views: ((x: Tensor) => Tensor)[] = [
      (x) => flip(x) as Tensor,
      (x) => transpose(flip(x, 0)) as Tensor,
      (x) => slice(x, [1, null, 2], [null, null, 3]) as Tensor,
    ]
    for (const view of views)
      for (const axis of [0, 1]) {
        const f = (x: Tensor, y: Tensor) => concat([view(x), view(transpose(y) as Tensor)], { axis })
        needSameBits('compiled', [compile(f)(a, b)], [f(a, b)])
      }
  })
})

it('neighbours of a part are left alone', () => {
  // Each part is written by itself: what the first wrote past its end, the second would hide, but not the other way
  // round.
  const parts = [5, 3, 1, 7, 2].map((size, i) => filled([6, size], 'float32', generator(i), 0))
  for (const order of [parts, [...parts].reverse()]) {
    const f = (...xs: Tensor[]) => concat(xs, { axis: 1 })
    expect(compile(f)(...order).data).toEqual(f(...order).data)
  }
})

describe('compiled, a move of many parts', () => {
  it('puts together more parts than a function has parameters', () => {
    const xs = Array.from({ length: 1500 }, (_, i) => tensor([i, -i]) as Tensor)
    needRight((...all) => concat(all) as Tensor, xs, tensor(xs.flatMap((x) => [...x.data])))
    needRight(
      (...all) => stack([...all, ...all]) as Tensor,
      xs.slice(0, 700),
      stack([...xs.slice(0, 700), ...xs.slice(0, 700)]),
    )
  })

  it('leaves zeros where parts lie upon each other and elsewhere is none', () => {
    const row = { offset: 0, strides: [1] }
    const twice = defineOp({
      name: 'twice',
      inputs: 1,
      infer: ([{ dtype }]) => ({ shape: [4], dtype }),
      body: bodyOf('move', () => ({
        parts: [0, 1].map(() => ({ input: 0, size: [2], from: row, to: row, adds: false })),
      })),
      law: linear({ transpose: (g) => [g.slice([0, 2])] }),
      domain: () => ({ inputs: [{ shape: [2] }], attributes: undefined }),
    })
    // What is computed before leaves other numbers in the memory that is used again.
    const f = (x: Tensor) => twice(slice(concat([x, x]).exp().add(20), [0, 2]).sub(20) as Tensor).mul(1)
    needSameBits('compiled', [compile(f)(tensor([1, 2]))], [f(tensor([1, 2]))])
    expect([...compile(f)(tensor([1, 2])).data.slice(2)]).toEqual([0, 0])
  })
})
