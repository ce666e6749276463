import { checkOp } from '@cotangent/check'
import { type DefinedOp, defineOp, jvp, matmul, tensor, type Tensor, transpose, vjpRule } from '@cotangent/core'
import { expect, describe, it } from 'vitest'

type Numbers = { readonly [index: number]: number }

/** The logarithm of the determinant of a positive definite matrix, by elimination. It throws for other matrices. */
const logDeterminant = (factor: number): DefinedOp =>
  defineOp({
    name: 'logDeterminant',
    inputs: 1,
    infer: ([a]) => ({ shape: [], dtype: a.dtype }),
    kernel: ([{ data, shape }], y) => {
      const n = shape[0]
      const a = Array.from(data as Numbers & ArrayLike<number>)
      for (let k = 0; k < n; k++) {
        const pivot = a[k * n + k]
        if (!(pivot > 0)) throw new Error('not positive definite')
        y.data[0] += Math.log(pivot)
        for (let i = k + 1; i < n; i++)
          for (let j = n - 1; j >= k; j--) a[i * n + j] -= (a[i * n + k] / pivot) * a[k * n + j]
      }
    },
    law: vjpRule({ pullback: ([g], { inputs: [a] }) => [inverse(a).mul(g).mul(factor)] }),
    domain: (draw) => {
      const n = draw.integer(1, 3)
      return { inputs: [{ shape: [n, n], structure: 'symmetric positive definite' }], attributes: undefined }
    },
  })

/** The inverse of a symmetric matrix, by elimination. */
const inverse: DefinedOp = defineOp({
  name: 'inverse',
  inputs: 1,
  infer: ([a]) => a,
  kernel: ([{ data, shape }], y) => {
    const n = shape[0]
    const rows = Array.from({ length: n }, (_, i) => [
      ...Array.from({ length: n }, (_, j) => data[i * n + j]),
      ...Array.from({ length: n }, (_, j) => Number(i === j)),
    ])
    rows.forEach((row, k) => {
      const pivot = row[k]
      row.forEach((value, j) => (row[j] = value / pivot))
      rows.forEach((other, i) => {
        const factor = other[k]
        if (i !== k) other.forEach((value, j) => (other[j] = value - factor * row[j]))
      })
    })
    rows.forEach((row, i) => row.slice(n).forEach((value, j) => (y.data[i * n + j] = value)))
  },
  law: vjpRule({
    pullback: ([g], { output }) => [matmul(matmul(transpose(output), g), transpose(output)).neg()],
  }),
  domain: (draw) => {
    const n = draw.integer(1, 3)
    return { inputs: [{ shape: [n, n], structure: 'lower triangular' }], attributes: undefined }
  },
})

/** The position of the first number above zero in ascending numbers. It throws where they do not ascend. */
const gap = defineOp({
  name: 'gap',
  inputs: 1,
  infer: ([x]) => ({ shape: [], dtype: x.dtype }),
  kernel: ([{ data }], y) => {
    for (let i = 1; i < data.length; i++) if (!(data[i] > data[i - 1])) throw new Error('not ascending')
    y.data[0] = data[data.length - 1] - data[0]
  },
  law: vjpRule({
    pullback: ([g], { inputs: [x] }) => [
      tensor(Float64Array.from({ length: x.size }, (_, i) => Number(i === x.size - 1) - Number(i === 0)))
        .astype(g.dtype)
        .mul(g),
    ],
  }),
  domain: (draw) => ({ inputs: [{ shape: [draw.integer(1, 6)], structure: 'sorted' }], attributes: undefined }),
})

describe('inputs with a structure', () => {
  it('are drawn for ops that accept no others, and change within the structure', () => {
    checkOp(logDeterminant(1), { runs: 20 }).throwIfFailed()
    checkOp(inverse, { runs: 20 }).throwIfFailed()
    checkOp(gap, { runs: 20 }).throwIfFailed()
  })

  it('show mistakes, with a line that repeats them', () => {
    const wrong = logDeterminant(1.01)
    const { failures } = checkOp(wrong, { runs: 20, seed: 1 })
    expect(failures.length).toBeGreaterThan(0)
    for (const { inputs } of failures) expect(inputs[0].size).toBeLessThanOrEqual(4)
    const [{ law, inputs, structures, seed }] = failures
    expect(structures).toEqual(['symmetric positive definite'])
    expect(checkOp(wrong, { laws: [law], example: { inputs, structures, seed } }).ok).toBe(false)
  })
})

describe('an op with a pullback alone', () => {
  const scaled = (more: object): DefinedOp =>
    defineOp({
      name: 'scaled',
      inputs: 2,
      infer: ([x]) => x,
      kernel: ([a, b], y) => a.data.forEach((value, i) => (y.data[i] = value * b.data[i] ** 2)),
      // Linear in the cotangent, but not written in a form that shows it.
      law: vjpRule({
        pullback: ([g], { inputs: [a, b] }) => [opaqueProduct(g, b.square()), opaqueProduct(g, a.mul(b).mul(2))],
        ...more,
      }),
      domain: (draw) => {
        const shape = draw.shape()
        return { inputs: [{ shape }, { shape }], attributes: undefined }
      },
    })
  const opaqueProduct: DefinedOp = defineOp({
    name: 'opaqueProduct',
    inputs: 2,
    infer: ([x]) => x,
    kernel: ([a, b], y) => a.data.forEach((value, i) => (y.data[i] = value * b.data[i])),
    law: vjpRule({ pullback: ([g], { inputs: [a, b] }) => [g.mul(b), g.mul(a)] }),
    domain: (draw) => {
      const shape = draw.shape()
      return { inputs: [{ shape }, { shape }], attributes: undefined }
    },
  })
  const [a, b, t] = [tensor([1, 2]), tensor([3, 4]), tensor([0.5, -1])]

  it('has no forward mode unless it states in which inputs it is linear, and the report says so', () => {
    const without = checkOp(scaled({}), { runs: 10 })
    expect(String(without)).toContain(
      'it has no forward mode: [scaled] forward mode needs its reverse rule to be linear',
    )
    expect(() => jvp((x: Tensor) => scaled({})(x, b), [a], [t])).toThrow(/give the op a jvp/)
    const linearInFirst = scaled({ linearIn: [[0]] })
    expect(jvp((x: Tensor) => linearInFirst(x, b), [a], [t])[1].toArray()).toEqual([4.5, -16])
  })

  it('must keep what it states', () => {
    const { failures } = checkOp(scaled({ linearIn: [[0], [1]] }), { runs: 20 })
    expect(failures.map(({ law }) => law)).toContain('what is stated to be linear, bilinear or constant is')
  })
})

describe('inputs that are made from free numbers', () => {
  /** `x³` for `x = z² + 1`. Its kernel throws for smaller numbers, but for rounding. */
  const cube = (factor: number): DefinedOp =>
    defineOp({
      name: 'cube',
      inputs: 1,
      infer: ([a]) => a,
      kernel: ([{ data }], y) => {
        if (data.some((value) => value < 0.99)) throw new Error('below 1')
        y.data.set(data.map((value) => value ** 3))
      },
      law: vjpRule({ pullback: ([g], { inputs: [a] }) => [g.mul(a.square()).mul(factor)] }),
      domain: (draw) => {
        const from = (z: Tensor, before: readonly Tensor[]) => z.square().add(1 + before.length)
        return { inputs: [{ shape: draw.shape({ maxRank: 2 }), from }], attributes: undefined }
      },
    })

  it('keep the laws, and show a mistake at the inputs that were made', () => {
    checkOp(cube(3), { runs: 10 }).throwIfFailed()
    const report = checkOp(cube(2), { runs: 10 })
    expect(report.ok).toBe(false)
    for (const { inputs } of report.failures) expect(Math.min(...Array.from(inputs[0].data))).toBeGreaterThanOrEqual(1)
  })
})
