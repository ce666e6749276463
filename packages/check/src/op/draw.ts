import type { Draw } from '@cotangent/core'
import fc from 'fast-check'

/** The value of `fc.gen()`: it draws from arbitraries one at a time, and shrinks all draws together. */
export type Generator = ReturnType<typeof fc.gen> extends fc.Arbitrary<infer G> ? G : never

/** Draws an integer from a range. */
export type Integers = (min: number, max: number) => number

// One function for all draws: while it shrinks, fast-check recognizes a drawn value by the function that drew it.
const integers = (min: number, max: number) => fc.integer({ min, max })

/** Integers that fast-check shrinks. */
export function shrinking(g: Generator): Integers {
  return (min, max) => g(integers, min, max)
}

/** Integers that are mostly small: the minimum in three cases of five. */
export function smallIntegers(random: () => number): Integers {
  return (min, max) => (random() < 0.6 ? min : min + Math.floor(random() * (max - min + 1)))
}

/** Draws a seed. */
export function drawSeed(integer: Integers): number {
  return integer(0, 2 ** 31 - 1)
}

/** Sizes of a long axis. Most are no multiple of the lanes or blocks of a kernel. */
const longest = { min: 17, max: 70 }

/**
 * A source of drawn values for domains. With `isLong`, one axis has size 17 to 70 and the others at most 2.
 *
 * @param largest the largest size of an axis where the domain names none.
 */
export function drawWith(integer: Integers, largest = 4, isLong = false): Draw {
  // Size 0 is one case in nine where it is allowed.
  const size = (min: number, max: number) => (min === 0 && integer(0, 8) === 8 ? 0 : integer(Math.max(1, min), max))
  const draw: Draw = {
    integer: (min, max) => integer(min, Math.max(min, max)),
    pick: (list) => list[integer(0, list.length - 1)],
    shape: ({ minRank = 0, maxRank = Math.max(minRank, 3), minSize = 0, maxSize } = {}) => {
      const isOpen = isLong && maxSize === undefined && maxRank > 0
      const most = maxSize ?? Math.max(minSize, isOpen ? 2 : largest)
      const rank = draw.integer(isOpen ? Math.max(minRank, 1) : minRank, maxRank)
      const shape = Array.from({ length: rank }, () =>
        isOpen ? Math.max(minSize, 1, integer(1, 2)) : size(minSize, most),
      )
      if (isOpen) shape[integer(0, rank - 1)] = integer(longest.min, longest.max)
      return shape
    },
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
