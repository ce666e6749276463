import type { Emitter } from '../emitter'
import { type Code, functionOf, type Local } from '../format/code'
import { fillWithZeros } from '../lanes/access'
import type { SortEntry } from './keys'

/** Bits of a digit. Longer digits take fewer passes, but each pass then writes to more places at a time. */
const digitBits = 8
const buckets = 2 ** digitBits
const tableBytes = 4 * buckets
const digitsPerWord = 32 / digitBits

/** Entries for each digit of a key up to which insertion sort is faster. */
const insertedPerDigit = 16

/** A digit of a key: `digitBits` bits of the word at offset `word` of an entry, after `shift` lower bits. */
interface Digit {
  readonly word: number
  readonly shift: number
  /** Address of its table of counts. */
  readonly table: number
}

/** Whether radix sort of `length` entries is faster than insertion sort. */
export function isLong({ words }: SortEntry, length: number): boolean {
  return length > insertedPerDigit * digitsPerWord * words.length
}

/**
 * Least-significant-digit radix sort (D. Knuth, The Art of Computer Programming, volume 3, 5.2.5, algorithm R). It
 * sorts entries by one digit of their keys after the other, the lowest first. Each pass is stable. The time is linear
 * in the length. A digit that is the same in all keys is skipped.
 *
 * Scratch memory holds a table of counts for each digit, and two arrays of entries. Each pass copies from one to the
 * other.
 */
export class RadixSort {
  /** Address to which the entries are written. */
  readonly entries: number
  readonly #tables: number
  readonly #digits: readonly Digit[]
  readonly #pass: number

  constructor(
    emitter: Emitter,
    private readonly entry: SortEntry,
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

  /** Clears the counts, before the entries of a slice are written. */
  begin(code: Code): void {
    const tables = code.local()
    code.i32(this.#tables).set(tables)
    fillWithZeros(code, tables, this.#digits.length * tableBytes)
  }

  /** Counts the digits of the entry at `at`. */
  count(code: Code, at: Local): void {
    const count = code.local()
    for (const { word, shift, table } of this.#digits) {
      code.get(at).memory('i32.load', word)
      offsetOfCount(code, shift).tee(count)
      code.get(count).memory('i32.load', table).i32(1).op('i32.add').memory('i32.store', table)
    }
  }

  /** Sorts the entries, and sets `at` to the address of the sorted ones. */
  sort(code: Code, at: Local): void {
    const { entries, length, entry } = this
    const sumOfArrays = 2 * entries + length * entry.bytes
    code.i32(entries).set(at)
    for (const { word, shift, table } of this.#digits) {
      // The other array is at the sum of both addresses minus `at`.
      code.push(at, sumOfArrays, at).op('i32.sub')
      code.push(table, word, shift).call(this.#pass).set(at)
    }
  }
}

/** Replaces a word of a key on the stack by the offset of its digit's count in a table. */
function offsetOfCount(code: Code, shift: Local | number): Code {
  code.push(shift).op('i32.shr_u')
  code.i32(buckets - 1).op('i32.and')
  return code.i32(2).op('i32.shl')
}

/**
 * One pass: copies the entries at `from` to `to`, sorted by one digit, and returns `to`. If all entries have the same
 * digit, it copies nothing and returns `from`.
 */
function emitPass({ bytes, load, store }: SortEntry, length: number): Code {
  const { code, from, to, table, word, shift } = functionOf('from', 'to', 'table', 'word', 'shift')
  code.returns('i32')
  const [at, index, next, count, target] = code.locals(5)
  const findCount = () => {
    code.get(at, word).op('i32.add').memory('i32.load')
    return offsetOfCount(code, shift).get(table).op('i32.add').tee(count)
  }
  code.get(from).set(at)
  findCount().memory('i32.load').i32(length).op('i32.eq')
  code.if(() => code.get(from).op('return'))
  // Counts become the addresses to which the next entry with each digit goes.
  code.get(table).set(count).get(to).set(next)
  code.count(index, buckets, 1, () => {
    code.get(next, count).memory('i32.load').i32(bytes).op('i32.mul', 'i32.add')
    code.get(count, next).memory('i32.store').set(next)
    code.advance(count, 4)
  })
  code.count(index, length, 1, () => {
    findCount().memory('i32.load').tee(target).get(at).memory(load).memory(store)
    code.push(count, target, bytes).op('i32.add').memory('i32.store')
    code.advance(at, bytes)
  })
  return code.get(to)
}
