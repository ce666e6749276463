// Attention against its equation in plain loops, and against itself in blocks of other sizes.

import {
  type AttentionOptions,
  bernoulli,
  compile,
  grad,
  hvp,
  key,
  mul,
  normal,
  ones,
  scaledDotProductAttention,
  sin,
  sum,
  type Tensor,
  tensor,
  vmap,
} from '@cotangent/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { needSameBits } from '../backends/same-bits'
import { runs } from '../../../../test/effort'

type Matrix = number[][]
type Options = Omit<AttentionOptions, 'mask'> & { mask?: Tensor }

/** The equation, and its derivative with respect to queries, keys and values for the cotangent `ones`. */
function inLoops(q: Matrix, k: Matrix, v: Matrix, allowed: boolean[][], added: Matrix, scale: number) {
  const [dq, dk, dv] = [q, k, v].map((matrix) => matrix.map((row) => row.map(() => 0)))
  const y = q.map((query, i) => {
    const terms = k.map((each, j) =>
      allowed[i][j] ? Math.exp(scale * each.reduce((s, x, d) => s + x * query[d], 0) + added[i][j]) : 0,
    )
    const total = terms.reduce((a, b) => a + b, 0)
    const w = terms.map((term) => (total === 0 ? 0 : term / total))
    const totals = v.map((row) => row.reduce((a, b) => a + b, 0))
    const mean = w.reduce((s, each, j) => s + each * totals[j], 0)
    w.forEach((each, j) => {
      const slope = each * (totals[j] - mean) * scale
      query.forEach((x, d) => {
        dq[i][d] += slope * k[j][d]
        dk[j][d] += slope * x
      })
      v[j].forEach((_, e) => (dv[j][e] += each))
    })
    return v[0].map((_, e) => w.reduce((s, each, j) => s + each * v[j][e], 0))
  })
  return { y, dq, dk, dv }
}

const drawn = fc.record({
  queries: fc.integer({ min: 1, max: 9 }),
  keys: fc.integer({ min: 1, max: 6 }),
  features: fc.integer({ min: 1, max: 4 }),
  outputs: fc.integer({ min: 1, max: 3 }),
  block: fc.integer({ min: 1, max: 10 }),
  causal: fc.boolean(),
  mask: fc.constantFrom('none' as const, 'bool' as const, 'added' as const),
  scale: fc.option(fc.double({ min: -2, max: 2, noNaN: true }), { nil: undefined }),
  seed: fc.nat(),
})

const near = (actual: Tensor, expected: Matrix) =>
  expected.flat().forEach((value, i) => expect(Math.abs(actual.data[i] - value)).toBeLessThan(1e-12))

describe('scaledDotProductAttention', () => {
  it('has the value and the gradients of its equation, in blocks of any size', () => {
    fc.assert(
      fc.property(drawn, ({ queries, keys, features, outputs, block, causal, mask, scale, seed }) => {
        const make = (n: number, ...shape: [number, number]) => normal(key(seed + n), shape, { dtype: 'float64' })
        const [q, k, v] = [make(0, queries, features), make(1, keys, features), make(2, keys, outputs)]
        const [bool, added] = [bernoulli(key(seed + 3), [queries, keys]), make(4, queries, keys)]
        const options: Options = { block, causal, ...(scale === undefined ? {} : { scale }) }
        if (mask !== 'none') options.mask = mask === 'bool' ? bool : added
        const allowed = bool
          .toArray()
          .map((row, i) => row.map((may, j) => (mask !== 'bool' || may === true) && (!causal || j <= i)))
        const biases = (added.toArray() as Matrix).map((row) => row.map((each) => (mask === 'added' ? each : 0)))
        const [a, b, c] = [q, k, v].map((each) => each.toArray() as Matrix)
        const truth = inLoops(a, b, c, allowed, biases, scale ?? 1 / Math.sqrt(features))
        const attend = (q: Tensor, k: Tensor, v: Tensor) => scaledDotProductAttention(q, k, v, options)
        near(attend(q, k, v), truth.y)
        const gradient = grad((q: Tensor, k: Tensor, v: Tensor) => sum(attend(q, k, v)), { argument: [0, 1, 2] })
        const found = gradient(q, k, v)
        near(found[0], truth.dq)
        near(found[1], truth.dk)
        near(found[2], truth.dv)
        needSameBits('compiled', compile(gradient)(q, k, v) as readonly Tensor[], found)
      }),
      { numRuns: runs(60) },
    )
  })

  const [q, k, v] = [
    normal(key(1), [2, 3, 10, 4], { dtype: 'float64' }),
    normal(key(2), [2, 1, 7, 4], { dtype: 'float64' }),
    normal(key(3), [2, 3, 7, 5], { dtype: 'float64' }),
  ]

  it('has the same bits in blocks, and broadcasts the heads of keys', () => {
    const whole = scaledDotProductAttention(q, k, v)
    needSameBits('blocks', [scaledDotProductAttention(q, k, v, { block: 3 })], [whole])
    const one = scaledDotProductAttention(q.at(1, 2), k.at(1, 0), v.at(1, 2))
    needSameBits('one head', [whole.at(1, 2)], [one])
    needSameBits(
      'vmap',
      [vmap(vmap(scaledDotProductAttention, { in: [0, null, 0] }))(q, k.reshape([2, 7, 4]) as Tensor, v)],
      [whole],
    )
  })

  it('has second derivatives that agree between blocks', () => {
    const f = (block: number) => (x: Tensor) => sum(sin(scaledDotProductAttention(x, k, v, { block, causal: true })))
    const direction = normal(key(4), [2, 3, 10, 4], { dtype: 'float64' })
    const [a, b] = [hvp(f(4), q, direction), hvp(f(16), q, direction)]
    a.data.forEach((value: number, i: number) => expect(Math.abs(value - b.data[i])).toBeLessThan(1e-13))
  })

  it('gives 0, and gradients of 0, to a query that may attend to nothing', () => {
    for (const mask of [tensor([[true], [false]]), tensor([[0], [-Infinity]], { dtype: 'float64' })]) {
      const [rows, columns] = [q.at(0, 0).slice([0, 2]), k.at(0, 0)]
      const attend = (x: Tensor) => scaledDotProductAttention(x, columns, v.at(0, 0), { mask })
      expect(Array.from(attend(rows).at(1).data)).toEqual([0, 0, 0, 0, 0])
      const slopes = grad((x: Tensor) => sum(attend(x)))(rows)
      expect(Array.from(slopes.at(1).data)).toEqual([0, 0, 0, 0])
      expect(slopes.at(0).data.some((each) => each !== 0)).toBe(true)
    }
  })

  it('gives 0 without keys, and equal weights without features', () => {
    const nothing = scaledDotProductAttention(ones([2, 2]), ones([0, 2]), ones([0, 3]))
    expect(nothing.toArray()).toEqual([[0, 0, 0], [0, 0, 0]]) // prettier-ignore
    const equal = scaledDotProductAttention(ones([1, 0]), ones([2, 0]), tensor([[1, 2], [3, 4]])) // prettier-ignore
    expect(equal.toArray()).toEqual([[2, 3]])
  })

  it('drops weights with the stated probability, and divides the others', () => {
    const n = 400
    const [rows, columns] = [ones([n, 1]), ones([n, 1])]
    for (const block of [64, 1000]) {
      const kept = scaledDotProductAttention(rows, columns, mul(ones([n, 1]), n), {
        block,
        dropout: { rate: 0.25, key: key(6) },
      })
      const total = sum(kept).item() / n
      // n² weights are kept with probability 3/4: six standard deviations of their share, over that probability.
      expect(Math.abs(total / n - 1)).toBeLessThan((6 * Math.sqrt(0.75 * 0.25)) / n / 0.75)
    }
    const all = { dropout: { rate: 1, key: key(1) } }
    expect(Array.from(scaledDotProductAttention(rows, columns, columns, all).data).every((each) => each === 0)).toBe(
      true,
    )
  })

  it('needs memory for a block of weights, not for all', () => {
    const bytes = (n: number, block: number) => {
      const x = ones([n, 8])
      const step = compile((x: Tensor) =>
        grad((x: Tensor) => sum(sin(scaledDotProductAttention(x, x, x, { block }))))(x),
      )
      return step.explain(x).arenaBytes
    }
    expect(bytes(1024, 32) / bytes(512, 32)).toBeLessThan(2.1)
    expect(bytes(1024, 1024)).toBeGreaterThan(1024 * 1024 * 4)
    expect(bytes(1024, 32)).toBeLessThan(1024 * 1024)
  })
})
