import { AssertionError, deepStrictEqual } from 'node:assert'
import {
  add,
  and,
  arange,
  at,
  concat,
  cumsum,
  div,
  dot,
  DTypeError,
  equal,
  exp,
  eye,
  full,
  grad,
  linspace,
  mean,
  mul,
  not,
  oneHot,
  ones,
  or,
  pad,
  prod,
  remainder,
  reshape,
  slice,
  sqrt,
  sum,
  tensor,
  type Tensor,
  trace,
  variance,
  where,
  zeros,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const of = (dtype: 'bool' | 'int32' | 'float32' | 'float64') => tensor([1, 0], { dtype })
const dtypes = ['bool', 'int32', 'float32', 'float64'] as const

describe('creation', () => {
  it('keeps the dtype of typed arrays and copies them', () => {
    const source = Float64Array.of(1.1, 2.2)
    const x = tensor(source)
    source[0] = 5
    expect([x.dtype, x.toArray()]).toEqual(['float64', [1.1, 2.2]])
    expect(tensor(Float32Array.of(1)).dtype).toBe('float32')
    // As booleans, 200 would silently become 1.
    expect([tensor(Uint8Array.of(0, 200)).dtype, tensor(Uint8Array.of(0, 200)).toArray()]).toEqual(['int32', [0, 200]])
    expect(tensor(Uint8Array.of(0, 200), { dtype: 'bool' }).toArray()).toEqual([false, true])
  })

  it('gives numbers float32 and booleans bool', () => {
    expect([tensor(0.1).dtype, tensor(0.1).item()]).toEqual(['float32', Math.fround(0.1)])
    expect(tensor(0.1, { dtype: 'float64' }).item()).toBe(0.1)
    expect([tensor([true, false]).dtype, tensor([true, false]).toArray()]).toEqual(['bool', [true, false]])
    expect(tensor([]).shape).toEqual([0])
    expect(tensor([[], []]).shape).toEqual([2, 0])
  })

  it('fills', () => {
    expect(eye(2).toArray()).toEqual([[1, 0], [0, 1]]) // prettier-ignore
    expect(Object.is(full([1], -0).item(), -0)).toBe(true)
    expect(full([1], 5, { dtype: 'bool' }).toArray()).toEqual([true])
    expect([arange(3).dtype, arange(1, 6, 2).toArray(), arange(0, 1, 0.25).dtype]).toEqual([
      'int32',
      [1, 3, 5],
      'float32',
    ])
    expect(arange(3, 0, -1).toArray()).toEqual([3, 2, 1])
    expect(linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1])
    expect(linspace(2, 3, 1).toArray()).toEqual([2])
    expect(oneHot(tensor([2, 0], { dtype: 'int32' }), 3).toArray()).toEqual([[0, 0, 1], [1, 0, 0]]) // prettier-ignore
  })
})

describe('ends of ranges', () => {
  it('Float16Array stays floating point', () => {
    // Node 20 has none: what counts is its name.
    const halves = Object.defineProperty(Uint8Array.of(1, 2), Symbol.toStringTag, { value: 'Float16Array' })
    expect([tensor(halves).dtype, tensor(halves).toArray()]).toEqual(['float32', [1, 2]])
  })

  it('linspace between ends whose difference overflows', () => {
    const m = Number.MAX_VALUE
    const shares = Array.from(linspace(-m, m, 5, { dtype: 'float64' }).data, (x) => x / m)
    expect(shares).toEqual([-1, expect.closeTo(-0.5, 15), expect.closeTo(0, 15), expect.closeTo(0.5, 15), 1])
    expect(linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1])
    expect(linspace(-m, m, 2, { dtype: 'float64' }).toArray()).toEqual([-m, m])
  })

  it('arange stays within int32', () => {
    expect(() => arange(2147483646, 2147483650)).toThrow('[arange] 2147483649 is not an int32')
    expect(arange(2147483646, 2147483648).toArray()).toEqual([2147483646, 2147483647])
    expect(arange(2147483646, 2147483650, 1, { dtype: 'float64' }).toArray()).toEqual([
      2147483646, 2147483647, 2147483648, 2147483649,
    ])
  })

  it('variance needs a finite correction', () => {
    for (const correction of [NaN, Infinity, -Infinity, 2])
      expect(() => variance(tensor([1, 2]), { correction } as object)).toThrow('[variance]')
  })
})

describe('promotion', () => {
  const table: Record<string, string[]> = {
    bool: ['int32', 'int32', 'float32', 'float64'],
    int32: ['int32', 'int32', 'error', 'error'],
    float32: ['float32', 'error', 'float32', 'float64'],
    float64: ['float64', 'error', 'float64', 'float64'],
  }
  it.each(dtypes)('%s with every dtype, in sums', (a) => {
    const results = dtypes.map((b) => {
      try {
        return add(of(a), of(b)).dtype
      } catch (error) {
        expect(error).toBeInstanceOf(DTypeError)
        return 'error'
      }
    })
    expect(results).toEqual(table[a])
  })

  it('gives numbers the dtype of the tensor beside them', () => {
    expect([mul(of('int32'), 2).dtype, mul(of('float64'), 0.1).toArray()]).toEqual(['int32', [0.1, 0]])
    expect(mul(of('float32'), 0.1).toArray()).toEqual([Math.fround(0.1), 0])
    expect([add(of('bool'), 2).dtype, add(of('bool'), 0.5).dtype]).toEqual(['int32', 'float32'])
  })

  it('gives float32 for what integers have no result of their own', () => {
    expect([div(of('int32'), 2).dtype, exp(of('int32')).dtype, mean(of('bool')).dtype]).toEqual([
      'float32',
      'float32',
      'float32',
    ])
    expect(equal(of('bool'), of('int32')).dtype).toBe('bool')
    expect(where(of('bool'), of('float64'), of('float32')).dtype).toBe('float64')
    expect(concat([of('float32'), of('float64')]).dtype).toBe('float64')
    expect([sum(tensor([true, true])).dtype, sum(tensor([true, true])).item()]).toEqual(['int32', 2])
  })

  it('computes float64 in float64', () => {
    expect(sqrt(tensor(2, { dtype: 'float64' })).item()).toBe(Math.SQRT2)
    expect(sum(tensor([0.1, 0.2], { dtype: 'float64' })).item()).toBe(0.1 + 0.2)
  })

  it('wraps int32, multiplications beyond 2^53 included', () => {
    const big = tensor([0x7fffffff, 0x7fffffff, 3], { dtype: 'int32' })
    expect(add(big, 1).toArray()).toEqual([-(2 ** 31), -(2 ** 31), 4])
    expect(prod(big).item()).toBe(3)
    expect(remainder(tensor([7, -7], { dtype: 'int32' }), tensor([-3, 3], { dtype: 'int32' })).toArray()).toEqual([
      -2, 2,
    ])
  })
})

describe('reading', () => {
  it('gives values in row-major order, nested or flat', () => {
    const x = tensor([[1, 2], [3, 4]]) // prettier-ignore
    expect([Array.from(x.data), x.toArray(), x.rank, x.size]).toEqual([[1, 2, 3, 4], [[1, 2], [3, 4]], 2, 4]) // prettier-ignore
    expect(tensor([[7]]).item()).toBe(7)
    expect(x.pipe((y: Tensor, by: number) => y.mul(by), 2).toArray()).toEqual([[2, 4], [6, 8]]) // prettier-ignore
  })

  it('prints type and leading elements', () => {
    expect(String(tensor([[1, 2.5], [-0, NaN]]))).toBe('Tensor float32[2, 2] [[1, 2.5], [-0, NaN]]') // prettier-ignore
    expect(String(zeros([10]))).toBe('Tensor float32[10] [0, 0, 0, ..., 0, 0, 0]')
    expect(String(tensor([true]))).toBe('Tensor bool[1] [true]')
    expect(String(zeros([2, 0]))).toBe('Tensor float32[2, 0] [[], []]')
  })
})

describe('slicing and padding', () => {
  const x = arange(10)
  it('follows Python where it has a meaning', () => {
    expect(slice(x, [2, 5]).toArray()).toEqual([2, 3, 4])
    expect(slice(x, [-3]).toArray()).toEqual([7, 8, 9])
    expect(slice(x, [null, -7]).toArray()).toEqual([0, 1, 2])
    expect(slice(x, [1, 8, 3]).toArray()).toEqual([1, 4, 7])
    expect(slice(x, [5, 2]).toArray()).toEqual([])
    expect(slice(x, [8, 100]).toArray()).toEqual([8, 9])
  })

  it('drops the axes that have a position', () => {
    const y = tensor([[1, 2, 3], [4, 5, 6]]) // prettier-ignore
    expect(at(x, -1).toArray()).toBe(9)
    expect(y.at(0).toArray()).toEqual([1, 2, 3])
    expect(y.at(-1, 2).item()).toBe(6)
    expect(y.at(null, 2).toArray()).toEqual([3, 6])
    expect(y.at(null, null).toArray()).toEqual(y.toArray())
    expect(
      grad((z: Tensor) =>
        z
          .at(null, 1)
          .mul(tensor([10, 20]))
          .sum(),
      )(y).toArray(),
    ).toEqual([
      [0, 10, 0],
      [0, 20, 0],
    ])
    expect(() => y.at(2)).toThrow('[at] position 2 is out of range for axis 0 of shape [2, 3]')
  })

  it('pads with any value', () => {
    expect(pad(tensor([1, 2]), [[1, 2]], 9).toArray()).toEqual([9, 1, 2, 9, 9])
    expect(pad(tensor([[1]]), [[0, 1], [1, 0]]).toArray()).toEqual([[0, 1], [0, 0]]) // prettier-ignore
  })
})

describe('a tensor among plain JavaScript', () => {
  it('becomes nested arrays in JSON, and text where there are no elements', () => {
    expect(JSON.stringify({ loss: tensor(0.5), w: tensor([[1, 2]]) })).toBe('{"loss":0.5,"w":[[1,2]]}')
    const texts: string[] = []
    trace((x: Tensor) => (texts.push(JSON.stringify(x)), x), tensor([1]))
    expect(texts).toEqual(['"Tensor float32[1] (symbolic)"'])
  })

  it('is equal to another with equal elements alone, for tools that compare objects', () => {
    expect(tensor([1, 2])).toEqual(tensor([1, 2]))
    expect(tensor([1, 2])).not.toEqual(tensor([1, 3]))
    expect(() => deepStrictEqual(tensor([1, 2]), tensor([1, 3]))).toThrow(AssertionError)
  })

  it('is the number in it where an operator wants one, or an error', () => {
    const [loss, many] = [tensor(0.5), tensor([1, 2])] as unknown as number[]
    expect([loss > 0, loss + 1, +loss, `${loss}`]).toEqual([true, 1.5, 0.5, 'Tensor float32[] 0.5'])
    expect(() => many > 0).toThrow(/use ops: x\.add\(1\)/)
  })

  it('takes boolean tensors alone as conditions', () => {
    const bools = tensor([true, false])
    const conditions: Readonly<Record<string, (value: any) => unknown>> = {
      'and, left': (value) => and(value, bools),
      'and, right': (value) => and(bools, value),
      or: (value) => or(bools, value),
      not: (value) => not(value),
      where: (value) => where(value, 1, 2),
    }
    const others = [
      0,
      1,
      2,
      0.5,
      NaN,
      true,
      ...(['int32', 'float32', 'float64'] as const).map((dtype) => ones([2], { dtype })),
    ]
    for (const [name, apply] of Object.entries(conditions)) {
      const own = name.split(',')[0]
      for (const value of others)
        expect(() => apply(value), `${name}: ${String(value)}`).toThrow(
          new RegExp(`^\\[${own}\\] takes (bool|tensors)`),
        )
      expect(() => apply(bools)).not.toThrow()
    }
    // The first that is wrong is told, and not that the two do not go together.
    expect(() => or(ones([1], { dtype: 'int32' }), ones([1]))).toThrow('[or] takes bool tensors, got int32')
  })

  it('counts booleans in arithmetic', () => {
    const bools = tensor([true, true, false])
    const results = {
      sum: sum(bools),
      prod: prod(bools),
      cumsum: cumsum(bools),
      dot: dot(bools, bools),
      add: add(bools, bools),
    }
    expect(Object.values(results).map(({ dtype }) => dtype)).toEqual(new Array(5).fill('int32'))
    expect(Object.values(results).map((x) => x.toArray())).toEqual([2, 0, [1, 2, 2], 2, [2, 2, 0]])
    expect(String(prod(tensor([[true, true], [true, false]]), { axis: 1, keepDims: true }))).toBe('Tensor int32[2, 1] [[1], [0]]') // prettier-ignore
  })

  it('has no size to compute where any would do', () => {
    expect(() => reshape(zeros([0]), [-1, 0])).toThrow('got [-1, 0]: with a size of 0, -1 can be any size')
    expect(() => reshape(zeros([0, 3]), [0, -1])).toThrow(/write out the sizes/)
    expect(() => reshape(zeros([6]), [-1, -1])).toThrow('got [-1, -1]: only one size can be -1')
    expect(() => reshape(zeros([6]), [-1, 0])).toThrow(/product of the sizes must be the number of elements/)
    expect(reshape(zeros([0, 3]), [-1, 3]).shape).toEqual([0, 3])
  })
})
