/** Random integers below `n`, from a seed: mulberry32. */
export function randomFrom(seed: number): (n: number) => number {
  let state = seed | 0
  return (n) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % n
  }
}

type Damage = (bytes: Uint8Array, random: (n: number) => number, other: Uint8Array) => Uint8Array

const concat = (...parts: Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]))

/** The text of a file with one character for each byte, changed and turned back. */
const asText = (bytes: Uint8Array, change: (text: string) => string) =>
  Uint8Array.from(change(String.fromCharCode(...bytes)), (character) => character.charCodeAt(0))

const huge = [
  '9007199254740993',
  '18446744073709551615',
  '4294967296',
  '2147483647',
  '0',
  '-1',
  '1e3',
  '99999999999999999999',
]

const damages: readonly Damage[] = [
  function flipBits(bytes, random) {
    const damaged = bytes.slice()
    for (let i = random(8); i >= 0; i--) damaged[random(damaged.length)] ^= 1 << random(8)
    return damaged
  },
  function flipEarly(bytes, random) {
    const damaged = bytes.slice()
    damaged[random(Math.min(80, damaged.length))] ^= 1 << random(8)
    return damaged
  },
  (bytes, random) => bytes.slice(0, random(bytes.length)),
  (bytes, random) => concat(bytes, bytes.subarray(0, 1 + random(20))),
  (bytes, random, other) => concat(other.subarray(0, random(other.length)), bytes.subarray(random(bytes.length))),
  function declareHuge(bytes, random) {
    const damaged = bytes.slice()
    const at = random(damaged.length)
    damaged.fill([255, 127][random(2)], at, at + [2, 4, 8][random(3)])
    return damaged
  },
  (bytes, random) =>
    asText(bytes, (text) => {
      const numbers = [...text.matchAll(/\d+/g)]
      const at = numbers[random(numbers.length)]
      return at === undefined
        ? text
        : text.slice(0, at.index) + huge[random(huge.length)] + text.slice(at.index + at[0].length)
    }),
  function repeat(bytes, random) {
    const from = random(bytes.length)
    const to = from + random(60)
    return concat(bytes.subarray(0, to), bytes.subarray(from))
  },
]

/** The same file, damaged in a random way. */
export function damage(bytes: Uint8Array, seed: number, other: Uint8Array): Uint8Array {
  const random = randomFrom(seed)
  return damages[random(damages.length)](bytes, random, other)
}
