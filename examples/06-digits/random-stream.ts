import { type Key, splitKey, uniform } from '@cotangent/core'

/** Returns the next number, uniform in [0, 1). */
export type RandomStream = () => number

const blockSize = 1 << 16

/** Reads core's random numbers one by one, in blocks. The same key gives the same stream everywhere. */
export function randomStream(key: Key): RandomStream {
  let [current, rest] = splitKey(key)
  let block = uniform(current, [blockSize]).data
  let position = 0
  return () => {
    if (position === blockSize) {
      ;[current, rest] = splitKey(rest)
      block = uniform(current, [blockSize]).data
      position = 0
    }
    return block[position++]
  }
}
