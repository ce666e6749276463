import { describe, expect, it } from 'vitest'
import { expectedDigest, train } from './training'

// The digest is no copy of what this engine gives: Node 20, 22, 24 and 26 gave it, each of them eagerly and compiled. A
// change that moves it breaks every run that someone wants to repeat, so it may move only where the canon of arithmetic
// is to change, or the run itself. `npm run check:platforms` then prints the new digest for each platform; write it in
// when they agree.
describe('a training run', () => {
  it.each(['eager', 'compiled'] as const)('gives, %s, the bits that every platform gave', (how) => {
    const { digest, losses } = train(how)
    expect(digest).toBe(expectedDigest)
    // Networks that do not learn would pass through few of the numbers that training passes through.
    expect(losses[losses.length - 1]).toBeLessThan(losses[0] - 1.5)
  })
})
