import type { Draw } from '@cotangent/core'
import fc from 'fast-check'

/** What `fc.gen()` gives: draws from arbitraries one at a time, and shrinks the whole. */
export type Generator = ReturnType<typeof fc.gen> extends fc.Arbitrary<infer G> ? G : never

// Builders are named once: fast-check knows a drawn value again, when it shrinks, by the function that it was drawn with.
const integers = (min: number, max: number) => fc.integer({ min, max })

/** Draws a seed. */
export function drawSeed(g: Generator): number {
  return g(integers, 0, 2 ** 31 - 1)
}

/** A source of drawn values for domains; `largest` is the size of an axis unless the domain says. */
export function drawWith(g: Generator, largest = 4): Draw {
  // Size 0 is one case in nine where it is allowed.
  const size = (min: number, max: number) =>
    min === 0 && g(integers, 0, 8) === 8 ? 0 : g(integers, Math.max(1, min), max)
  const draw: Draw = {
    integer: (min, max) => g(integers, min, Math.max(min, max)),
    pick: (list) => list[g(integers, 0, list.length - 1)],
    shape: ({ minRank = 0, maxRank = Math.max(minRank, 3), minSize = 0, maxSize = Math.max(minSize, largest) } = {}) =>
      Array.from({ length: draw.integer(minRank, maxRank) }, () => size(minSize, maxSize)),
    broadcastable(count) {
      const full = draw.shape()
      return Array.from({ length: count }, (_, i) => {
        const rank = i === 0 ? full.length : draw.integer(0, full.length)
        return full.slice(full.length - rank).map((each) => (draw.integer(0, 3) === 0 ? 1 : each))
      })
    },
  }
  return draw
}
