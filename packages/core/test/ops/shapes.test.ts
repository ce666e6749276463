import {
  arange,
  argsort,
  at,
  atIndex,
  bincount,
  compile,
  diag,
  diagEmbed,
  diagonal,
  eye,
  grad,
  meshgrid,
  moveAxis,
  mul,
  repeatElements,
  roll,
  scatterAdd,
  scatterSet,
  searchSorted,
  segmentMax,
  segmentMean,
  segmentMin,
  segmentSum,
  slice,
  split,
  sum,
  swapAxes,
  take,
  takeAlongAxis,
  tensor,
  type Tensor,
  tile,
  topK,
  transpose,
  tril,
  triu,
  unique,
  unstack,
  vmap,
} from '@cotangent/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import golden from './golden/shapes.json'
import { needSameBits as needAll } from '../backends/same-bits'

const ints = (values: unknown): Tensor => tensor(values as number[], { dtype: 'int32' })
const doubles = (values: unknown): Tensor => tensor(values as number[], { dtype: 'float64' })

/** The numbers of the script: `sin(1.7 i + phase + 0.3 i²)`, rounded to four digits. */
function fixed(shape: readonly number[], phase: number): Tensor {
  const count = shape.reduce((a, b) => a * b, 1)
  const numbers = Array.from({ length: count }, (_, i) => Number(Math.sin(1.7 * i + phase + 0.3 * i * i).toFixed(4)))
  return tensor(Float64Array.from(numbers), { shape: [...shape] })
}

const rows = ints([2, 0, 2, 1, 2])
const places = ints([[0, 2, 1, 0], [2, 2, 1, 0], [1, 0, 1, 1]]) // prettier-ignore

type Derivative = keyof typeof golden.derivatives
const calls: Readonly<Record<Derivative, (...inputs: any[]) => Tensor>> = {
  tile: (x) => tile(x, [2, 1, 3]),
  repeatElements: (x) => repeatElements(x, 3, { axis: 1 }),
  repeatElementsByCounts: (x) => repeatElements(x, [2, 0, 1], { axis: 1 }),
  roll: (x) => roll(x, [1, -2], { axis: [0, 1] }),
  rollFlat: (x) => roll(x, 5),
  swapAxes: (x) => swapAxes(x, 0, 2),
  moveAxis: (x) => moveAxis(x, [0, 1], [2, 0]),
  diagonal: (x) => diagonal(x, { offset: 1, axes: [0, 2] }),
  diag: (x) => diag(x, { offset: -2 }),
  diagOfMatrix: (x) => diag(x, { offset: 1 }),
  diagEmbed: (x) => diagEmbed(x, { offset: 1 }),
  tril: (x) => tril(x, { offset: 1 }),
  triu: (x) => triu(x, { offset: -1 }),
  takeAlongAxis: (x) => takeAlongAxis(x, slice(places, null, [0, 2])),
  takeInBatch: (x) => take(x, ints([[1, 0, 1], [1, 0, 1]]), { axis: 2, batchAxes: 1 }), // prettier-ignore
  scatterAdd: (x, u) => scatterAdd(x, places, u),
  segmentSum: (x) => segmentSum(x, rows, 4),
  segmentMean: (x) => segmentMean(x, rows, 3),
  segmentMax: (x) => segmentMax(x, rows, 3),
  segmentMin: (x) => segmentMin(x, rows, 3),
  indexAdd: (x, u) => atIndex(x, null, ints([3, 0, 3])).add(u),
  indexSet: (x, u) => atIndex(x, ints([0, 2]), ints([3, 1])).set(u),
  topK: (x) => topK(x, 3).values,
  smallestK: (x) => topK(x, 2, { axis: 0, largest: false }).values,
}

const needSameBits = (got: Tensor, expected: Tensor) => needAll('it', [got], [expected])

function needClose(got: Tensor, expected: readonly number[]): void {
  expect(got.size).toBe(expected.length)
  // float64: sums of at most six terms below 10 round by less than 1e-14.
  got.data.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(1e-13))
}

describe('what NumPy and PyTorch compute', () => {
  it.each(Object.keys(calls) as Derivative[])('%s: values and gradients, eager and compiled', (name) => {
    const { shapes, shape, value, gradients } = golden.derivatives[name]
    const f = calls[name]
    const inputs = shapes.map((each, k) => fixed(each, 0.1 + k))
    const out = f(...inputs)
    expect(out.shape).toEqual(shape)
    needClose(out, value)
    needSameBits((compile(f) as (...xs: Tensor[]) => Tensor)(...inputs), out)
    const loss = (...xs: Tensor[]) => f(...xs).square().mul(fixed(shape, 0.7)).sum() // prettier-ignore
    inputs.forEach((_, argument) => {
      const gradient = grad(loss, { argument })(...inputs) as Tensor
      needClose(gradient, gradients[argument])
      needSameBits((compile(grad(loss, { argument })) as (...xs: Tensor[]) => Tensor)(...inputs), gradient)
    })
  })

  it('slices with any bounds and steps', () => {
    for (const [size, start, stop, step, chosen] of golden.slices as [number, number, number, number, number[]][])
      expect(slice(arange(size), [start, stop, step]).toArray()).toEqual(chosen)
  })

  it('meshgrid, eye, searchSorted, bincount and unique', () => {
    const { numbers } = golden
    const vectors = [ints([1, 2, 3]), ints([4, 5]), ints([6, 7])]
    expect(meshgrid(vectors).map((each) => each.toArray())).toEqual(numbers.meshgrid)
    const pair = meshgrid(vectors.slice(0, 2), { indexing: 'ij' })
    expect(pair.map((each) => each.toArray())).toEqual(numbers.meshgridIJ)
    expect(eye(3, 5, { offset: -1 }).toArray()).toEqual(numbers.eye)
    const table = doubles([1, 2, 2, 3, 5, NaN])
    const wanted = doubles([0, 1, 2, 2.5, 3, 5, 6, NaN])
    expect(searchSorted(table, wanted).toArray()).toEqual(numbers.searchSortedLeft)
    expect(searchSorted(table, wanted, { side: 'right' }).toArray()).toEqual(numbers.searchSortedRight)
    expect(bincount(ints([0, 3, 3, 1]), { length: 6 }).toArray()).toEqual(numbers.bincount)
    const weights = fixed([4], 0.1)
    expect(bincount(ints([0, 3, 3, 1]), { length: 5, weights }).toArray()).toEqual(numbers.bincountWeights)
    const found = unique(doubles([3, 1, NaN, 3, 0, -0, 1, NaN, 2]))
    expect({
      values: Array.from(found.values.data, (value) => (Number.isNaN(value) ? 'nan' : value.toFixed(1))),
      indices: found.indices.toArray(),
      inverse: found.inverse.toArray(),
      counts: found.counts.toArray(),
    }).toEqual(numbers.unique)
  })
})

const value = fc.constantFrom(-2, -0, 0, 1, 2, 2.5, NaN, Infinity)
const positive = (row: unknown): unknown => (Array.isArray(row) ? row.map(positive) : (row as number) + 0)

describe('unique slices', () => {
  // numpy.unique(x, axis=...), NumPy 2.4
  const x = ints([[1, 0, 0], [1, 0, 0], [2, 3, 4], [0, 9, 9]]) // prettier-ignore

  it('are the distinct rows of a matrix, or its distinct columns', () => {
    const rows = unique(x, { axis: 0 })
    expect(rows.values.toArray()).toEqual([[0, 9, 9], [1, 0, 0], [2, 3, 4]]) // prettier-ignore
    expect([rows.indices, rows.inverse, rows.counts].map((each) => each.toArray())).toEqual([
      [3, 0, 2],
      [1, 1, 2, 0],
      [1, 2, 1],
    ])
    const columns = unique(ints([[3, 1, 3], [0, 2, 0]]), { axis: -1 }) // prettier-ignore
    expect(columns.values.toArray()).toEqual([[1, 3], [2, 0]]) // prettier-ignore
    expect(columns.inverse.toArray()).toEqual([1, 0, 1])
  })

  it('of a vector are its elements, and a matrix is taken from them again', () => {
    const vector = doubles([3, NaN, 0, 3, -0, NaN])
    expect(unique(vector, { axis: 0 }).inverse.toArray()).toEqual(unique(vector).inverse.toArray())
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { maxLength: 6 }), fc.boolean(), (given, turned) => {
        const matrix = tensor(given.flat(), { shape: [given.length, 2], dtype: 'float64' })
        const [own, axis]: [Tensor, number] = turned ? [transpose(matrix), 1] : [matrix, 0]
        const { values, inverse, counts } = unique(own, { axis })
        expect(positive(take(values, inverse, { axis }).toArray())).toEqual(positive(own.toArray()))
        expect(sum(counts).item()).toBe(given.length)
        expect(new Set(given.map(([a, b]) => `${a + 0},${b + 0}`)).size).toBe(counts.size)
      }),
    )
  })

  it('have the derivative of the slices that come first', () => {
    const slope = grad((x: Tensor) =>
      sum(
        mul(
          unique(x, { axis: 0 }).values,
          doubles([
            [1, 2],
            [3, 4],
          ]),
        ),
      ),
    )
    expect(slope(doubles([[5, 6], [0, 1], [5, 6]])).toArray()).toEqual([[3, 4], [1, 2], [0, 0]]) // prettier-ignore
  })
})

it('tile takes the count of the last axis as a number', () => {
  needSameBits(tile(fixed([2, 3], 0), 2), tile(fixed([2, 3], 0), [1, 2]))
})

const sizes = { minLength: 0, maxLength: 6 }

describe('duplicates, ties and empty places', () => {
  it('set takes the last of several updates, bit for bit, and add leaves all other bits', () => {
    const updates = fc.array(fc.tuple(fc.nat(4), value), sizes)
    fc.assert(
      fc.property(fc.array(value, { minLength: 5, maxLength: 5 }), updates, (target, given) => {
        const x = doubles(target)
        const indices = ints(given.map(([place]) => place))
        const values = doubles(given.map(([, each]) => each))
        const set = [...target]
        for (const [place, each] of given) set[place] = each
        needSameBits(scatterSet(x, indices, values), doubles(set))
        needSameBits(atIndex(x, indices).set(values), doubles(set))
        const f = compile((y: Tensor, i: Tensor, u: Tensor) => [scatterSet(y, i, u), scatterAdd(y, i, u)] as const)
        const added = scatterAdd(x, indices, values)
        const compiled = f(x, indices, values)
        needSameBits(compiled[0], doubles(set))
        needSameBits(compiled[1], added)
        target.forEach((each, place) => {
          const own = given.filter(([at]) => at === place)
          if (own.length === 0) expect(added.data[place]).toBe(each)
          else expect(added.data[place] + 0).toEqual(each + own.reduce((sum, [, update]) => sum + update, 0) + 0)
        })
      }),
    )
  })

  it('segments of extremes share ties, and an empty segment is the identity or what is asked for', () => {
    const x = doubles([1, 3, 3, -1])
    const segments = ints([0, 0, 0, 2])
    expect(segmentMax(x, segments, 3).toArray()).toEqual([3, -Infinity, -1])
    expect(segmentMin(x, segments, 3, { empty: 7 }).toArray()).toEqual([1, 7, -1])
    expect(segmentMax(ints([1, 2]), ints([1, 1]), 2).toArray()).toEqual([-(2 ** 31), 2])
    expect(segmentMean(x, segments, 3, { empty: 9 }).toArray()).toEqual([7 / 3, 9, -1])
    const total = (y: Tensor) =>
      segmentMax(y, segments, 3, { empty: 0 })
        .mul(doubles([1, 10, 100]))
        .sum()
    expect(grad(total)(x).toArray()).toEqual([0, 0.5, 0.5, 100])
    expect(compile(grad(total))(x).toArray()).toEqual([0, 0.5, 0.5, 100])
  })

  it('an extreme is that of the rows, NaN if one is, eager and compiled, in every dtype', () => {
    const given = fc.array(fc.tuple(fc.nat(2), value), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(given, fc.constantFrom('float32' as const, 'float64' as const, 'int32' as const), (list, dtype) => {
        const numbers = list.map(([, each]) => (dtype === 'int32' && !Number.isFinite(each) ? 7 : each))
        const x = doubles(numbers).astype(dtype) as Tensor
        const segments = ints(list.map(([segment]) => segment))
        for (const [f, combine] of [
          [segmentMax, Math.max],
          [segmentMin, Math.min],
        ] as const) {
          // prettier-ignore
          const got = f(x, segments, 3)
          const own = (segment: number) => x.data.filter((_: number, i: number) => list[i][0] === segment)
          for (let s = 0; s < 3; s++) if (own(s).length > 0) expect(got.data[s]).toEqual(combine(...own(s)))
          needSameBits(compile((y: Tensor, i: Tensor) => f(y, i, 3))(x, segments), got)
        }
      }),
    )
  })

  it('topK is the start of a stable descending order', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 8 }), fc.nat(8), (list, some) => {
        const k = Math.min(some, list.length)
        const x = doubles(list)
        const isBefore = (a: number, b: number) =>
          Number.isNaN(b) ? Number(!Number.isNaN(a)) : Number.isNaN(a) ? -1 : a < b ? 1 : a > b ? -1 : 0
        const order = [...list.keys()].sort((i, j) => isBefore(list[i], list[j])).slice(0, k)
        const { values, indices } = topK(x, k)
        expect(indices.toArray()).toEqual(order)
        needSameBits(values, doubles(order.map((i) => list[i])))
        expect(topK(x, k, { largest: false }).indices.toArray()).toEqual(slice(argsort(x), [0, k]).toArray())
      }),
    )
  })
})

describe('splitting', () => {
  it('gives pieces that are slices, and unstack the rows', () => {
    const x = fixed([5, 3], 0.3)
    const [a, b, c] = split(x, [1, -2])
    expect([a.shape, b.shape, c.shape]).toEqual([[1, 3], [2, 3], [2, 3]]) // prettier-ignore
    needSameBits(b, slice(x, [1, 3]))
    unstack(x, { axis: -1 }).forEach((column, i) => needSameBits(column, at(x, null, i)))
    expect(split(x, [0, 2])[0].shape).toEqual([0, 3])
  })
})

describe('inside of vmap', () => {
  it('each example has its own indices', () => {
    const x = fixed([3, 4], 0.2)
    const u = fixed([3, 4], 0.9)
    const f = (y: Tensor, i: Tensor, v: Tensor) => scatterSet(scatterAdd(y, i, v), i, segmentMax(v, i, 3).slice([0, 1]))
    const all = vmap(f)(x, places, u)
    const each = [0, 1, 2].map((k) => f(at(x, k), at(places, k), at(u, k)))
    each.forEach((row, k) => needSameBits(at(all, k), row))
  })
})
