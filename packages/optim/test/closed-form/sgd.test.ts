import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  clippedByGlobalNorm,
  clippedByValue,
  constantRate,
  cosineRate,
  type Descent,
  descend,
  exponentialRate,
  globalNorm,
  momentumStep,
  nesterovStep,
  plainStep,
  stepRate,
  withDecay,
} from './sgd'

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })
/** θ after `steps` updates on C = (a/2) θ², whose gradient is a θ. */
const onParabola = (a: number, start: number, steps: number, descent: Descent) =>
  descend([[start]], ([[theta]]) => [[a * theta]], steps, descent).map(([[theta]]) => theta)

describe('one step by hand', () => {
  // θ = (1, -2), g = (0.5, 4), v = (2, -1), η = 0.5, μ = 0.5; all numbers are exact.
  const theta = [1, -2]
  const gradient = [0.5, 4]
  const state = { theta, velocity: [2, -1] }

  it('plain: θ - η g', () => {
    expect(plainStep(theta, gradient, 0.5)).toEqual([0.75, -4])
  })

  it('momentum: v = (1 + 0.5, -0.5 + 4), θ - η v', () => {
    expect(momentumStep(state, gradient, 0.5, 0.5)).toEqual({ theta: [0.25, -3.75], velocity: [1.5, 3.5] })
  })

  it("Nesterov: g + μ v = (0.5 + 0.75, 4 + 1.75) with momentum's v", () => {
    expect(nesterovStep(state, gradient, 0.5, 0.5)).toEqual({ theta: [0.375, -4.875], velocity: [1.5, 3.5] })
  })

  it('decay and clipping', () => {
    expect(withDecay(gradient, theta, 0.25)).toEqual([0.75, 3.5])
    expect(clippedByValue([0.5, 4, -3], 1)).toEqual([0.5, 1, -1])
    expect(globalNorm([[3], [0, 4]])).toBe(5)
    expect(clippedByGlobalNorm([[3], [0, 4]], 2.5)).toEqual([[1.5], [0, 2]])
    expect(clippedByGlobalNorm([[3], [0, 4]], 5)).toEqual([[3], [0, 4]])
    expect(clippedByGlobalNorm([[0]], 1)).toEqual([[0]])
  })

  it('clips before it decays, and decays before momentum', () => {
    // g = 8 is clipped to 1; with w θ = 0.25 · 4 it is 2. v = 2, then 0.5 · 2 + (1 + 0.25 · 2).
    const history = descend([[4]], () => [[8]], 2, {
      rate: constantRate(1),
      momentum: 0.5,
      decay: 0.25,
      clip: { value: 1 },
    })
    expect(history).toEqual([[[4]], [[2]], [[-0.5]]])
  })
})

describe('closed solutions', () => {
  const [a, start, rate, momentum] = [between(0.1, 4), between(-3, 3), between(0.01, 0.4), between(0.1, 0.95)]

  it('plain descent on a parabola is (1 - η a)ᵗ θ₀', () => {
    fc.assert(
      fc.property(a, start, rate, (a, start, rate) => {
        onParabola(a, start, 12, { rate: constantRate(rate) }).forEach((theta, t) =>
          expect(theta).toBeCloseTo((1 - rate * a) ** t * start, 12),
        )
      }),
    )
  })

  it('momentum on a slope gathers speed: v after t updates is g (1 - μᵗ)/(1 - μ)', () => {
    fc.assert(
      fc.property(start, momentum, rate, (g, momentum, rate) => {
        const thetas = descend([[0]], () => [[g]], 12, { rate: constantRate(rate), momentum }).map(([[theta]]) => theta)
        for (let t = 1; t <= 12; t++) {
          const speed = (thetas[t - 1] - thetas[t]) / rate
          expect(speed).toBeCloseTo((g * (1 - momentum ** t)) / (1 - momentum), 9)
        }
      }),
    )
  })

  it('momentum on a parabola is the heavy ball: θₜ₊₁ = (1 + μ - η a) θₜ - μ θₜ₋₁ (Polyak 1964)', () => {
    fc.assert(
      fc.property(a, start, rate, momentum, (a, start, rate, momentum) => {
        const thetas = onParabola(a, start, 12, { rate: constantRate(rate), momentum })
        for (let t = 1; t < 12; t++)
          expect(thetas[t + 1]).toBeCloseTo((1 + momentum - rate * a) * thetas[t] - momentum * thetas[t - 1], 11)
      }),
    )
  })

  it('Nesterov is the look-ahead u ← μ u - η ∇C(x + μ u), x ← x + u, seen at θ = x + μ u (Sutskever et al. 2013, eq. 3-4)', () => {
    fc.assert(
      fc.property(a, start, rate, momentum, (a, start, rate, momentum) => {
        const thetas = onParabola(a, start, 12, { rate: constantRate(rate), momentum, nesterov: true })
        let [x, u] = [start, 0]
        for (const theta of thetas) {
          expect(theta).toBeCloseTo(x + momentum * u, 11)
          u = momentum * u - rate * a * (x + momentum * u)
          x += u
        }
      }),
    )
  })

  it('decay w is descent on C + (w/2) θ²', () => {
    fc.assert(
      fc.property(a, start, rate, momentum, fc.boolean(), (a, start, rate, momentum, nesterov) => {
        const descent = { rate: constantRate(rate), momentum, nesterov }
        const [decayed, penalized] = [
          onParabola(a, start, 12, { ...descent, decay: 0.5 }),
          onParabola(a + 0.5, start, 12, descent),
        ]
        decayed.forEach((theta, t) => expect(theta).toBeCloseTo(penalized[t], 11))
      }),
    )
  })

  it('clipping by norm keeps the direction and never exceeds the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.array(between(-9, 9)), { minLength: 1 }), between(0.1, 20), (gradients, limit) => {
        const clipped = clippedByGlobalNorm(gradients, limit)
        const norm = globalNorm(gradients)
        expect(globalNorm(clipped)).toBeCloseTo(Math.min(norm, limit), 12)
        clipped.flat().forEach((g, i) => expect(g * norm).toBeCloseTo(gradients.flat()[i] * Math.min(norm, limit), 9))
      }),
    )
  })
})

describe('schedules', () => {
  const first = (schedule: (t: number) => number, count: number) => Array.from({ length: count }, (_, t) => schedule(t))

  it('constant, step and exponential', () => {
    expect(first(constantRate(0.5), 3)).toEqual([0.5, 0.5, 0.5])
    expect(first(stepRate(8, { every: 2, factor: 0.5 }), 6)).toEqual([8, 8, 4, 4, 2, 2])
    expect(first(exponentialRate(8, { factor: 0.5 }), 4)).toEqual([8, 4, 2, 1])
  })

  it('cosine starts at η, is halfway at T/2, ends at η_min and stays there', () => {
    const schedule = cosineRate(1, { steps: 6, minimum: 0.2 })
    // cos(π t/6) is 1, √3/2, 1/2, 0, -1/2, -√3/2, -1
    const cosines = [1, Math.sqrt(3) / 2, 0.5, 0, -0.5, -Math.sqrt(3) / 2, -1]
    cosines.forEach((c, t) => expect(schedule(t)).toBeCloseTo(0.6 + 0.4 * c, 15))
    expect([schedule(6), schedule(7), schedule(1000)]).toEqual([0.2, 0.2, 0.2])
    expect(cosineRate(1, { steps: 6 })(9)).toBe(0)
  })

  it('rates apply to the update that they are counted for', () => {
    const schedule = exponentialRate(1, { factor: 0.5 })
    expect(descend([[0]], () => [[1]], 3, { rate: schedule }).flat(2)).toEqual([0, -1, -1.5, -1.75])
  })
})
