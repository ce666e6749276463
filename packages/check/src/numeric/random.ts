import fc from 'fast-check'

/**
 * Uniform numbers in [0, 1) from a seed: a counter through two rounds of multiply and xor-shift. Only variety matters
 * here.
 */
export function numbersFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A number of either sign with a magnitude in [0.5, 1). None is small, and two cancel only by chance. */
export function signedWeight(random: () => number): number {
  const magnitude = 0.5 + random() / 2
  return random() < 0.5 ? -magnitude : magnitude
}

/** The seed that fast-check is configured with for all properties. Default: a new one. */
export function freshSeed(): number {
  return fc.readConfigureGlobal()?.seed ?? Math.floor(Math.random() * 2 ** 31)
}
