// The engine against the closed form of backpropagation: value, every gradient, every δ and ∂C/∂x of random networks.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { networks } from './closed-form/arbitraries'
import { backpropagate, type Network } from './closed-form/backpropagation'
import { closedFormNumbers, compare, type Setup } from './closed-form/engine'
import { errorBounds } from './closed-form/error-bound'
import { runs } from '../../../test/effort'

const largest = (values: ArrayLike<number>) => Math.max(...Array.from(values, Math.abs))

/** Log-loss from probabilities and from logits; other losses once. */
const setups = ({ loss }: Network): Setup[] => (loss === 'logLoss' ? [{}, { fromLogits: true }] : [{}])

describe('the engine is the closed form', () => {
  // Relative to the largest entry of an array, because an entry is a sum, and one that cancels keeps the rounding of
  // its terms. The next test holds each entry to a bound of its own.
  it('to 1e-10 in float64', () => {
    let closest = 0
    fc.assert(
      fc.property(networks(), (network) => {
        for (const setup of setups(network)) {
          const result = compare(network, (_, values) => 1e-10 * largest(values), setup)
          expect(result.wrong).toEqual([])
          closest = Math.max(closest, result.closest)
        }
      }),
      { numRuns: runs(30) },
    )
    // Seen: 3e-14 of the largest entry.
    expect(closest).toBeLessThan(1e-2)
  })

  // The bound is derived in closed-form/error-bound.ts, for each number of the network by itself. In float64 the closed
  // form rounds as often as the engine does, so the two may be twice as far apart; beside float32 its share is 2⁻²⁹.
  it.each([
    ['float64', 2 ** -53, 2, 1e-6],
    ['float32', 2 ** -24, 1 + 2 ** -29, 4e-3],
  ] as const)('within the rounding error of %s, entry by entry', (dtype, u, factor, margin) => {
    let closest = 0
    fc.assert(
      fc.property(networks({ float32: dtype === 'float32', margin }), (network) => {
        for (const setup of setups(network)) {
          const bounds = Object.fromEntries(closedFormNumbers(errorBounds(network, u, backpropagate(network), setup)))
          const result = compare(network, (name, _, entry) => factor * bounds[name][entry], { ...setup, dtype })
          expect(result.wrong).toEqual([])
          closest = Math.max(closest, result.closest)
        }
      }),
      { numRuns: runs(50) },
    )
    // Not so wide that it holds for anything.
    expect(closest).toBeGreaterThan(0.05)
  })
})
