import { defineElementwise } from '../../recording/define'
import { constant } from '../../recording/law'
import { scalar } from '../../recording/operands'
import type { BasicSet, CallingSet, Scalar } from '../../scalar/builder'
import { type Kind, named, optional } from '../../arguments/arguments'
import { checked } from '../../arguments/checked'
import { aKey, either, integerFrom } from '../../arguments/kinds'
import { Tensor } from '../../values/tensor'
import { arange } from '../creation'
import { at, stack } from '../slicing'

/**
 * The state of the random generator: two words. A key always gives the same numbers; `splitKey` makes independent keys.
 */
export type Key = Tensor<[2]>

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
]

/**
 * Threefry-2x32 with 20 rounds (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011, section 3.2 and
 * table 2): a keyed permutation of the 64-bit counter (c0, c1).
 */
export function threefry(s: BasicSet, k0: Scalar, k1: Scalar, c0: Scalar, c1: Scalar): [Scalar, Scalar] {
  // The parity word is the 32-bit form of the key schedule's constant C240 in the paper.
  const keys = [k0, k1, s.bitXor(s.bitXor(k0, k1), 0x1bd11bda)]
  const rotate = (x: Scalar, by: number) => s.bitOr(s.shiftLeft(x, by), s.shiftRightLogical(x, 32 - by))
  let x0 = s.add(c0, keys[0])
  let x1 = s.add(c1, keys[1])
  for (let group = 0; group < 5; group++) {
    for (const by of rotations[group % 2]) {
      x0 = s.add(x0, x1)
      x1 = s.bitXor(rotate(x1, by), x0)
    }
    x0 = s.add(x0, keys[(group + 1) % 3])
    x1 = s.add(s.add(x1, keys[(group + 2) % 3]), group + 1)
  }
  return [x0, x1]
}

/** What is drawn for one element, from the blocks of its streams. */
export type Draw = (s: CallingSet, block: (stream: number) => [Scalar, Scalar]) => Scalar

// Each element has its own block, with the counter (element, stream). So no element depends on another.
export function generator(name: string, draw: Draw) {
  const formula = (s: CallingSet, k0: Scalar, k1: Scalar, counter: Scalar) =>
    draw(s, (stream) => threefry(s, k0, k1, counter, s.const(stream, 'int32')))
  const words = { min: 0, max: 1000, dtype: 'int32' } as const
  return defineElementwise({ name, inputs: 3, formula, accepts: 'int32', law: constant, domain: [words, words, words] })
}

/** The stream for new keys. Numbers are drawn from streams 0 and 1. */
const keyStream = -1

/** The first word of a new key. */
export const firstWord = /* @__PURE__ */ generator('keyWord0', (_, block) => block(keyStream)[0])

/** The second word of a new key. */
export const secondWord = /* @__PURE__ */ generator('keyWord1', (_, block) => block(keyStream)[1])

/** The stream of keys that are folded with a number. */
const foldStream = -2

/** The first word of a key folded with a number. */
export const firstFoldedWord = /* @__PURE__ */ generator('foldedWord0', (_, block) => block(foldStream)[0])

/** The second word of a key folded with a number. */
export const secondFoldedWord = /* @__PURE__ */ generator('foldedWord1', (_, block) => block(foldStream)[1])

/** The upper 24 bits of a word as a float32 in [0, 1). */
export function unit32(s: BasicSet, word: Scalar): Scalar {
  return s.mul(s.convert(s.shiftRightLogical(word, 8), 'float32'), 2 ** -24)
}

/** The upper 53 of 64 bits as a float64 in [0, 1). */
export function unit64(s: BasicSet, [high, low]: [Scalar, Scalar]): Scalar {
  const upper = s.mul(s.convert(s.shiftRightLogical(high, 5), 'float64'), 2 ** 26)
  return s.mul(s.add(upper, s.convert(s.shiftRightLogical(low, 6), 'float64')), 2 ** -53)
}

/**
 * The key of an integer seed.
 *
 * @throws ValueError if `seed` is not a safe integer.
 */
export const key = /* @__PURE__ */ checked<(seed: number) => Key>(
  'key',
  [named('seed', integerFrom(-9_007_199_254_740_991, 9_007_199_254_740_991))],
  (seed: number): Key => new Tensor([2], 'int32', Int32Array.of(Math.floor(seed / 2 ** 32), seed)),
)

/** The two words of a key. */
export function wordsOf(of: Key): [Tensor, Tensor] {
  return [at(of, 0), at(of, 1)]
}

/**
 * `count` independent keys from one key (default: 2). Use each key once: a key always gives the same numbers.
 *
 * @throws ValueError if `count` is not a positive integer.
 */
export const splitKey = /* @__PURE__ */ checked<SplitKeySignature>(
  'splitKey',
  [aKey, named('count', optional(integerFrom(1)))],
  (from: Key, count = 2): Key[] => {
    const [k0, k1] = wordsOf(from)
    const counter = arange(count)
    const keys = stack([firstWord(k0, k1, counter), secondWord(k0, k1, counter)], { axis: 1 })
    return Array.from({ length: count }, (_, i) => at(keys, i))
  },
)

const aNumber: Kind = /* @__PURE__ */ either(/* @__PURE__ */ integerFrom(-2147483648, 2147483647), {
  expected: 'an int32 scalar tensor',
  accepts: (value) => value instanceof Tensor && value.dtype === 'int32' && value.rank === 0,
})

/**
 * A key that is made of another key and an int32: the number of a step, of an example or of a layer. Equal numbers give
 * equal keys, and different ones independent keys; it is independent of the keys of `splitKey` too. The number may be a
 * scalar tensor, as inside of a loop.
 *
 * @throws ValueError if `n` is not an int32.
 */
export const foldKey = /* @__PURE__ */ checked<(key: Key, n: Tensor | number) => Key>(
  'foldKey',
  [aKey, named('n', aNumber)],
  (from: Key, n: Tensor | number): Key => {
    const [k0, k1] = wordsOf(from)
    const counter = n instanceof Tensor ? n : scalar('foldKey', n, 'int32')
    return stack([firstFoldedWord(k0, k1, counter), secondFoldedWord(k0, k1, counter)]) as Key
  },
)

type SplitKeySignature = <const N extends number = 2>(key: Key, count?: N) => number extends N ? Key[] : KeyTuple<N>

type KeyTuple<N extends number, T extends Key[] = []> = T['length'] extends N
  ? T
  : T['length'] extends 32
    ? Key[]
    : KeyTuple<N, [...T, Key]>
