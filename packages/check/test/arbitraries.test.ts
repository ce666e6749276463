import { add, treeLeaves } from '@cotangent/core'
import { broadcastablePairs, checkGradients, forward, networks, shapes, tensors, trees } from '@cotangent/check'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/effort'

describe('arbitraries', () => {
  it('shapes and tensors keep to their options', () => {
    fc.assert(
      fc.property(
        tensors({ minRank: 1, maxRank: 2, minSize: 2, maxSize: 3, min: 0, max: 1, dtype: 'float32' }),
        (x) => {
          expect(x.dtype).toBe('float32')
          expect(x.shape.every((size: number) => size >= 2 && size <= 3)).toBe(true)
          expect(Array.from(x.data).every((value) => value >= 0 && value <= 1)).toBe(true)
        },
      ),
    )
    const drawn = fc.sample(shapes(), 300)
    expect(drawn.some((shape) => shape.includes(0))).toBe(true)
    expect(drawn.some((shape) => shape.length === 0)).toBe(true)
  })

  it('pairs broadcast', () => {
    fc.assert(
      fc.property(
        broadcastablePairs().chain(([a, b]) => fc.tuple(tensors({ shape: a }), tensors({ shape: b }))),
        ([a, b]) => {
          expect(add(a, b).rank).toBe(Math.max(a.rank, b.rank))
        },
      ),
    )
  })

  it('trees have leaves', () => {
    fc.assert(
      fc.property(trees(), (tree) => {
        expect(treeLeaves(tree).length).toBeGreaterThan(0)
      }),
    )
  })

  it('networks have right gradients, except at kinks', () => {
    fc.assert(
      fc.property(networks(), (network) => {
        const report = checkGradients((given: typeof network) => forward(given).square().sum(), [network])
        expect(report.failures, String(report)).toEqual([])
      }),
      { numRuns: runs(10) },
    )
  })

  it('shrink to the simplest', () => {
    const { counterexample } = fc.check(
      fc.property(tensors({ minRank: 1, minSize: 1 }), (x) => Array.from(x.data).every((v) => v < 1)),
    )
    expect(counterexample?.[0].size).toBeLessThanOrEqual(2)
  })
})
