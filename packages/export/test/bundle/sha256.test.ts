import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sha256 } from '../../src/bundle/sha256'

const truth = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('sha256', () => {
  it('agrees with the one of Node around the ends of blocks', () => {
    for (let length = 0; length <= 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 255)
      expect(sha256(bytes), `${length} bytes`).toBe(truth(bytes))
    }
  })

  it('takes a view in the middle of a buffer', () => {
    const all = Uint8Array.from({ length: 100_003 }, (_, i) => (i * i) & 255)
    expect(sha256(all.subarray(3, 90_001))).toBe(truth(all.subarray(3, 90_001)))
  })
})
