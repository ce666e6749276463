import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { roundingError, slope, slopeAtAnyScale } from '../../src/numeric/differences'

/** Functions with their derivative at a, written out by hand. */
const smooth: Record<string, [f: (x: number) => number, derivative: (x: number) => number]> = {
  exp: [Math.exp, Math.exp],
  sin: [Math.sin, Math.cos],
  cube: [(x) => x * x * x, (x) => 3 * x * x],
  logistic: [(x) => 1 / (1 + Math.exp(-x)), (x) => Math.exp(-x) / (1 + Math.exp(-x)) ** 2],
  'sin 50x': [(x) => Math.sin(50 * x), (x) => 50 * Math.cos(50 * x)],
  'large offset': [(x) => 1e6 + Math.sin(x), Math.cos],
}

/** The rounding errors of float64. */
const double = { absolute: 1e-16, relative: 1e-16 }

describe('slope', () => {
  it.each(Object.entries(smooth))('of %s is right within the error that it states', (_, [f, derivative]) => {
    fc.assert(
      fc.property(fc.double({ min: -2, max: 2, noNaN: true }), (a) => {
        const along = (t: number) => f(a + t)
        const noise = roundingError(along, 1)
        const found = slope(along, 1, noise, 0)
        expect(found.kind).toBe('smooth')
        expect(Math.abs(found.value - derivative(a))).toBeLessThanOrEqual(4 * found.error)
        expect(found.error).toBeLessThanOrEqual(1e-9 * (50 + noise.absolute / 1e-16))
      }),
    )
  })

  it('reports a kink, with both one-sided derivatives', () => {
    const found = slope((t) => Math.max(2 * t, -3 * t), 1, double, 0)
    expect(found).toMatchObject({ kind: 'kink' })
    expect(found.left).toBeCloseTo(-3, 9)
    expect(found.right).toBeCloseTo(2, 9)
  })

  it('is right next to a kink', () => {
    const found = slope((t) => Math.abs(t + 1e-6), 1, double, 0)
    expect(found.kind).toBe('smooth')
    expect(Math.abs(found.value - 1)).toBeLessThan(1e-9)
  })

  it('reports a jump, an edge, and values that are not finite', () => {
    expect(slope((t) => Math.floor(1 + t), 1, double, 0).kind).toBe('jump')
    expect(slope((t) => Math.sqrt(t), 1, double, 0).kind).toBe('edge')
    expect(slope((t) => Math.log(t), 1, double, 0).kind).toBe('not-finite')
  })

  it('uses larger steps where rounding drowns small ones, unless they contradict each other', () => {
    const tiny = (t: number) => (1e-8 + t - 1) ** 2
    expect(slopeAtAnyScale(tiny, 1e-8, roundingError(tiny, 1e-8), 1e-12).error).toBeLessThan(1e-8)
    const bump = (t: number) => Math.exp(-(((t - 5e-9) / 1e-8) ** 2))
    const { value } = slopeAtAnyScale(bump, 1e-8, double, 1e-12)
    const truth = (2 * 0.5 * Math.exp(-0.25)) / 1e-8
    expect(Math.abs(value / truth - 1)).toBeLessThan(1e-6)
  })
})

describe('roundingError', () => {
  it('is near 2^-53 of the size for float64, and near 2^-24 for values rounded to float32', () => {
    const f = (t: number) => Math.exp(1 + t)
    expect(roundingError(f, 1).absolute).toBeLessThan(64 * 2 ** -53 * Math.E)
    const single = roundingError((t) => Math.fround(f(t)), 1).absolute
    expect(single).toBeGreaterThan(2 ** -26)
    expect(single).toBeLessThan(2 ** -20)
  })

  it('is not misled by a kink among its points', () => {
    expect(roundingError((t) => Math.abs(t), 1).absolute).toBeLessThan(1e-15)
  })
})
