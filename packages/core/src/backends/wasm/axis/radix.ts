import { Code, type Local } from '../format/code'
import type { Emitter } from '../emitter'
import { fillWithZeros } from '../moves/move'
import type { Entry } from './keys'

/** Bits of a digit. More would take fewer passes, but more places are written to at a time. */
const digitBits = 8
const buckets = 2 ** digitBits
const tableBytes = 4 * buckets
const digitsPerWord = 32 / digitBits

/** Elements for each digit of a key up to which insertion is quicker than sorting by digits. */
const insertedPerDigit = 16

/** A digit of a key: in the word at `word` of an entry, so many bits from the right. */
interface Digit {
  readonly word: number
  readonly shift: number
  /** Where its table of counts is. */
  readonly table: number
}

/** Whether sorting so many entries by digits is quicker than by insertion. */
export function isLong({ words }: Entry, length: number): boolean {
  return length > insertedPerDigit * digitsPerWord * words.length
}

/**
 * Sorts entries by the digits of their keys, the lowest first, each time keeping the order of those that are equal (D. Knuth, The
 * Art of Computer Programming, volume 3, 5.2.5, algorithm R). Time grows with the length alone. A digit that is the same in all keys is passed over.
 */
export class RadixSort {
  /** Where the entries are to be written. */
  readonly entries: number
  readonly #tables: number
  readonly #digits: readonly Digit[]
  readonly #pass: number

  constructor(
    emitter: Emitter,
    private readonly entry: Entry,
    private readonly length: number,
  ) {
    this.#tables = emitter.scratch(entry.words.length * digitsPerWord * tableBytes + 2 * length * entry.bytes)
    this.#digits = entry.words.flatMap((word, i) =>
      Array.from({ length: digitsPerWord }, (_, digit) => {
        return { word, shift: digit * digitBits, table: this.#tables + (i * digitsPerWord + digit) * tableBytes }
      }),
    )
    this.entries = this.#tables + this.#digits.length * tableBytes
    this.#pass = emitter.once(`radix ${entry.bytes} ${length}`, (module) => module.add(emitPass(entry, length)))
  }

  /** Before the entries of a line are written. */
  begin(code: Code): void {
    const tables = code.local('i32')
    code.i32(this.#tables).set(tables)
    fillWithZeros(code, tables, this.#digits.length * tableBytes)
  }

  /** Counts the digits of the entry at `at`. */
  count(code: Code, at: Local): void {
    const place = code.local('i32')
    for (const { word, shift, table } of this.#digits) {
      code.get(at).memory('i32.load', word)
      countOf(code, () => code.i32(shift))
        .tee(place)
        .get(place)
        .memory('i32.load', table)
        .i32(1)
        .op('i32.add')
      code.memory('i32.store', table)
    }
  }

  /** Sorts the entries, and tells in `at` where they are then. */
  sort(code: Code, at: Local): void {
    const { entries, length, entry } = this
    code.i32(entries).set(at)
    for (const { word, shift, table } of this.#digits) {
      // From where they are to the other of the two places.
      code
        .get(at)
        .i32(2 * entries + length * entry.bytes)
        .get(at)
        .op('i32.sub')
      code.i32(table).i32(word).i32(shift).call(this.#pass).set(at)
    }
  }
}

/** From a word on the stack, the offset of its digit's count in a table. */
function countOf(code: Code, shift: () => Code): Code {
  shift()
    .op('i32.shr_u')
    .i32(buckets - 1)
  return code.op('i32.and').i32(2).op('i32.shl')
}

/**
 * The function `(from, to, table, word, shift)` that puts the entries at `from` to `to`, in the order of one digit, and returns
 * `to`; or `from`, where they stay.
 */
function emitPass({ bytes, load, store }: Entry, length: number): Code {
  const code = new Code(
    Array.from({ length: 5 }, () => 'i32' as const),
    ['i32'],
  )
  const [from, to, table, word, shift] = [0, 1, 2, 3, 4]
  const [at, index, next] = [code.local('i32'), code.local('i32'), code.local('i32')]
  const [place, target] = [code.local('i32'), code.local('i32')]
  const setPlace = () => {
    code.get(at, word).op('i32.add').memory('i32.load')
    return countOf(code, () => code.get(shift))
      .get(table)
      .op('i32.add')
      .tee(place)
  }
  code.get(from).set(at)
  setPlace().memory('i32.load').i32(length).op('i32.eq')
  code.if(() => code.get(from).op('return'))
  // Counts become the addresses of where the next entry with each digit goes.
  code.get(table).set(place).get(to).set(next)
  code.count(index, buckets, 1, () => {
    code.get(next, place).memory('i32.load').i32(bytes).op('i32.mul').op('i32.add')
    code.get(place, next).memory('i32.store').set(next)
    code.advance(place, 4)
  })
  code.count(index, length, 1, () => {
    setPlace().memory('i32.load').tee(target).get(at).memory(load).memory(store)
    code.get(place, target).i32(bytes).op('i32.add').memory('i32.store')
    code.advance(at, bytes)
  })
  return code.get(to)
}
