import {
  argmax,
  argmin,
  argsort,
  compile,
  cummax,
  cummin,
  cumprod,
  cumsum,
  type DType,
  sort,
  type Tensor,
  tensor,
  transpose,
} from '@cotangent/core'
import { argmaxAxes, argminAxes } from '@cotangent/core/library'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { executeEagerly } from '../../src/backends/wasm/eager'
import { filled, generator } from '../compile/graph-inputs'
import { interpreted } from './interpreted'
import { needSameBits } from './same-bits'
import { runs } from '../../../../test/effort'

const dtypes: readonly DType[] = ['float32', 'float64', 'int32', 'bool']

/** What becomes of a line of numbers, written as plainly as can be. */
type Rule = (line: readonly number[], dtype: DType) => readonly number[]

// Array.prototype.sort is stable, and has no say about NaN.
const sorted: Rule = (line) => {
  const positions = line.map((_, position) => position)
  const numbers = positions.filter((position) => !Number.isNaN(line[position]))
  numbers.sort((a, b) => Number(line[a] > line[b]) - Number(line[a] < line[b]))
  return [...numbers, ...positions.filter((position) => Number.isNaN(line[position]))]
}

/** The running products, and the running extremes. */
const products: Rule = (line, dtype) => {
  const isFloat = dtype.startsWith('float')
  let total = 1
  return line.map((value) => (total = isFloat ? total * value : Math.imul(total, value)))
}
const extremes =
  (extreme: (a: number, b: number) => number): Rule =>
  (line) => {
    let best = line[0]
    return line.map((value) => (best = extreme(best, value)))
  }

const totals: Rule = (line, dtype) => {
  let total = 0
  const all = line.map((value) => (total += value))
  // Totals of integers are exact here, as no line has 2^21 of them.
  return dtype.startsWith('float') ? all : all.map((each) => Number(BigInt.asIntN(32, BigInt(each))))
}

/** Where a line first has its extreme, of which -0 and 0 are the same and NaN the farthest. */
const first =
  (extreme: (a: number, b: number) => number): Rule =>
  (line) => {
    const value = line.reduce((a, b) => extreme(a, b))
    return [line.findIndex((each) => (Number.isNaN(value) ? Number.isNaN(each) : each === value))]
  }

interface Work {
  readonly rule: Rule
  readonly call: (x: Tensor, axis: number) => Tensor
  readonly dtypeOf: (dtype: DType) => DType
  /** Whether it is defined for lines of nothing. */
  readonly ofNothing: boolean
}

const works: Record<string, Work> = {
  argsort: { rule: sorted, call: (x, axis) => argsort(x, { axis }), dtypeOf: () => 'int32', ofNothing: true },
  sort: {
    rule: (line, dtype) => sorted(line, dtype).map((position) => line[position]),
    call: (x, axis) => sort(x, { axis }),
    dtypeOf: (dtype) => dtype,
    ofNothing: true,
  },
  cumsum: {
    rule: totals,
    call: (x, axis) => cumsum(x, { axis }),
    dtypeOf: (dtype) => (dtype === 'bool' ? 'int32' : dtype),
    ofNothing: true,
  },
  cumprod: {
    rule: products,
    call: (x, axis) => cumprod(x, { axis }),
    dtypeOf: (dtype) => (dtype === 'bool' ? 'int32' : dtype),
    ofNothing: true,
  },
  cummax: {
    rule: extremes(Math.max),
    call: (x, axis) => cummax(x, { axis }),
    dtypeOf: (dtype) => (dtype === 'bool' ? 'int32' : dtype),
    ofNothing: true,
  },
  cummin: {
    rule: extremes(Math.min),
    call: (x, axis) => cummin(x, { axis }),
    dtypeOf: (dtype) => (dtype === 'bool' ? 'int32' : dtype),
    ofNothing: true,
  },
  argmax: {
    rule: first(Math.max),
    call: (x, axis) => argmax(x, { axis, keepDims: true }) as Tensor,
    dtypeOf: () => 'int32',
    ofNothing: false,
  },
  argmin: {
    rule: first(Math.min),
    call: (x, axis) => argmin(x, { axis, keepDims: true }) as Tensor,
    dtypeOf: () => 'int32',
    ofNothing: false,
  },
}

const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1)

/** What work on each line along an axis must give. */
function expectedOf({ rule, dtypeOf, ofNothing }: Work, x: Tensor, axis: number): Tensor {
  const shape = x.shape as readonly number[]
  const [outer, length, inner] = [product(shape.slice(0, axis)), shape[axis], product(shape.slice(axis + 1))]
  const count = ofNothing ? length : 1
  const data = new Float64Array(outer * count * inner)
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      const line = Array.from({ length }, (_, l) => x.data[(o * length + l) * inner + i])
      rule(line, x.dtype).forEach((value, l) => (data[(o * count + l) * inner + i] = value))
    }
  return tensor(data, { shape: shape.map((size, at) => (at === axis ? count : size)) }).astype(
    dtypeOf(x.dtype),
  ) as Tensor
}

/** Throws unless work on lines gives what it must, interpreted, run and compiled. */
function needRight(work: Work, x: Tensor, axis: number): void {
  const f = (given: Tensor) => work.call(given, axis)
  const expected = [expectedOf(work, x, axis)]
  needSameBits('interpreted', [interpreted(() => f(x))], expected)
  needSameBits('run', [f(x)], expected)
  needSameBits('run again', [f(x)], expected)
  const compiled = compile(f)
  needSameBits('compiled', [compiled(x)], expected)
  expect(compiled.explain(x).kernels.filter((kernel) => kernel.includes('host'))).toEqual([])
}

/** Sizes about the places where kernels change: quads, blocks of 16, insertion up to 64 and 128 elements. */
const sizes = [1, 2, 3, 4, 5, 8, 15, 16, 17, 33, 64, 65, 128, 129, 300, 0]

const drawn = fc.record({
  sizes: fc.array(fc.constantFrom(...sizes), { minLength: 1, maxLength: 4, size: 'max' }),
  axis: fc.nat(3),
  dtype: fc.constantFrom(...dtypes),
  seed: fc.nat(2 ** 30),
  specials: fc.constantFrom(0, 10, 100),
})

/** A tensor of drawn elements, specials among them, with an axis of it. */
function lines({ sizes, axis, dtype, seed, specials }: typeof drawn extends fc.Arbitrary<infer T> ? T : never) {
  const shape: number[] = []
  for (const size of sizes) if (shape.length === 0 || product(shape) * size <= 5000) shape.push(size)
  return { x: filled(shape, dtype, generator(seed), specials), axis: axis % shape.length }
}

describe.each(Object.entries(works))('%s', (name, work) => {
  it('gives the bits of a plain rule, along any axis of any shape', () => {
    fc.assert(
      fc.property(drawn, (given) => {
        const { x, axis } = lines(given)
        if (work.ofNothing || x.shape[axis] > 0) needRight(work, x, axis)
      }),
      { numRuns: runs(20) },
    )
  }, 1e9)

  it.each(dtypes)('of long lines of %s', (dtype) => {
    for (const shape of [[100_000], [2, 10_001], [10_001, 2], [3, 1001, 3]])
      for (const specials of [0, 100])
        needRight(
          work,
          filled(shape, dtype, generator(specials), specials),
          shape.length > 2 ? 1 : shape.indexOf(Math.max(...shape)),
        )
  })

  it.each(dtypes)('of lines of %s that ascend, descend, or are all the same', (dtype) => {
    for (const length of [20, 100, 5000])
      for (const slope of [1, -1, 0]) {
        const line = Float64Array.from({ length: 3 * length }, (_, i) => slope * (i % length))
        needRight(work, tensor(line, { shape: [3, length] }).astype(dtype) as Tensor, 1)
      }
  })

  it('of an operand that is read through a view', () => {
    const x = filled([30, 40, 5], 'float32', generator(7), 10)
    const f = (given: Tensor) => work.call(transpose(given, [2, 0, 1]).mul(1) as Tensor, 1)
    const g = (given: Tensor) => work.call(transpose(given, [2, 0, 1]) as Tensor, 1)
    const expected = [
      expectedOf(
        work,
        interpreted(() => transpose(x, [2, 0, 1]) as Tensor),
        1,
      ),
    ]
    needSameBits('of a view', [compile(g)(x)], expected)
    needSameBits('of a product', [compile(f)(x)], expected)
  })

  it(`is shown by explain as ${name === 'sort' ? 'an axis kernel and a gather' : 'an axis kernel'}`, () => {
    const x = filled([6, 50, 4], 'float32', generator(1), 0)
    const [kernel] = compile((given: Tensor) => work.call(given, 1)).explain(x).kernels
    expect(kernel).toContain(`#0 axis 6x50x4: ${name === 'sort' ? 'argsort' : name} -> %1`)
  })
})

it('eager calls run the same kernels, from the second time on', () => {
  const [shape, lines] = [[3, 1031], [3]]
  const inputs = [{ shape, dtype: 'float32', data: new Float32Array(3093) }] as const
  const positions = { kind: 'reduce', combine: 'argmaximum', axes: [1] } as const
  const calls = [
    () => executeEagerly({ kind: 'accumulate', combine: 'sum', axis: 1 }, inputs, { shape, dtype: 'float32' }),
    () => executeEagerly({ kind: 'argsort', axis: 1 }, inputs, { shape, dtype: 'int32' }),
    () => executeEagerly(positions, inputs, { shape: lines, dtype: 'int32' }),
  ]
  for (const call of calls) expect([call(), call()]).toEqual([null, expect.anything()])
})

it('a NaN behind an extreme wins, and the first of several does', () => {
  for (const dtype of ['float32', 'float64'] as const)
    for (const length of [3, 50]) {
      const line = Array.from({ length }, (_, i) => (i >= length - 2 ? NaN : i === 0 ? Infinity : -Infinity))
      for (const work of [works['argmax'], works['argmin']])
        for (const x of [tensor([line], { dtype }), transpose(tensor([line, line], { dtype }))] as Tensor[])
          needRight(work, x, x.shape[0] === 1 ? 1 : 0)
    }
})

it('positions over several axes, neighbours or not, count in row-major order of these', () => {
  fc.assert(
    fc.property(drawn, fc.nat(15), (given, chosen) => {
      const { x } = lines({ ...given, sizes: given.sizes.map((size) => Math.max(size, 1)) })
      const axes = (x.shape as number[]).flatMap((_, axis) => ((chosen >> axis) & 1 ? [axis] : []))
      const kept = (x.shape as number[]).flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]))
      const joined = transpose(x, [...kept, ...axes]).reshape([...kept.map((axis) => x.shape[axis]), -1]) as Tensor
      for (const [op, work] of [
        [argmaxAxes, works['argmax']],
        [argminAxes, works['argmin']],
      ] as const) {
        const f = (y: Tensor) => op(y, { axes })
        const expected = expectedOf(work, joined, kept.length).reshape(kept.map((axis) => x.shape[axis])) as Tensor
        needSameBits('interpreted', [interpreted(() => f(x))], [expected])
        needSameBits('run', [f(x)], [expected])
        const compiled = compile(f)
        needSameBits('compiled', [compiled(x)], [expected])
        expect(compiled.explain(x).kernels.join()).not.toContain('host')
      }
    }),
    { numRuns: runs(12) },
  )
}, 1e9)

it('integers wrap in running sums, also where float64 has no room for the total', () => {
  const length = 2 ** 23
  const x = tensor(new Int32Array(length).fill(2 ** 31 - 1))
  const expected = Number(BigInt.asIntN(32, BigInt(length) * (2n ** 31n - 1n)))
  expect(interpreted(() => cumsum(x)).data[length - 1]).toBe(expected)
  expect(compile((given: Tensor) => cumsum(given))(x).data[length - 1]).toBe(expected)
})

it('an order that is asked for twice is computed once', () => {
  const { kernels } = compile((x: Tensor) => [argsort(x), sort(x)]).explain(tensor([3, 1, 2]))
  expect(kernels).toEqual([expect.stringContaining('argsort'), expect.stringContaining('gather')])
})
