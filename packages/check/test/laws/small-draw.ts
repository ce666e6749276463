import type { Draw } from '@cotangent/core'

/** Draws one sample of a domain. Axes have size 2 where the domain leaves the choice. */
export const smallDraw: Draw = {
  integer: (min, max) => Math.min(Math.max(min, 2), max),
  pick: (list) => list[list.length - 1],
  shape: ({ minRank = 0, maxRank = 3 } = {}) =>
    Array.from({ length: Math.min(Math.max(minRank, 2), maxRank) }, () => 2),
  broadcastable: (count) => Array.from({ length: count }, () => [2, 2]),
}
