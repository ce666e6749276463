import { type DType, isFloat } from '../../../values/dtype'
import type { Code, Local } from '../format/code'
import type { MemoryAccess } from '../format/opcodes'
import { accesses } from '../lanes/access'

/**
 * The memory layout of an element while it is sorted: its position (int32), followed by a key. The key is an unsigned
 * integer, and keys compare as the elements do. A narrow entry is one 64-bit integer with the key in its upper half. A
 * wide entry has a key of 64 bits.
 */
export interface SortEntry {
  readonly bytes: number
  /** Offsets of the 32-bit words of the key, the lowest word first. */
  readonly words: readonly number[]
  /** Offset of the 64 bits by which entries compare. */
  readonly compared: number
  /** How an entry is copied. */
  readonly load: MemoryAccess
  readonly store: MemoryAccess
  readonly type: 'i64' | 'v128'
}

const narrow: SortEntry = { bytes: 8, words: [4], compared: 0, load: 'i64.load', store: 'i64.store', type: 'i64' }
const wide: SortEntry = { bytes: 16, words: [8, 12], compared: 8, load: 'v128.load', store: 'v128.store', type: 'v128' }

export function entryOf(dtype: DType): SortEntry {
  return dtype === 'float64' ? wide : narrow
}

/**
 * Writes the key of the element at `source` into the entry at `at`.
 *
 * - Integers: the sign bit is flipped.
 * - Floats: all bits of a negative number are flipped, and the sign bit of others, so that larger numbers are larger
 *   integers. Adding 0 first turns -0 into 0. NaN has all bits set.
 */
export function writeKey(code: Code, dtype: DType, { words }: SortEntry, source: Local, at: Local): void {
  const [load, store] = accesses[dtype]
  const top = words[words.length - 1]
  if (!isFloat(dtype)) {
    code.get(at, source).memory(load)
    if (dtype === 'int32') code.i32(-(2 ** 31)).op('i32.xor')
    code.memory('i32.store', top)
    return
  }
  const type = dtype === 'float32' ? 'f32' : 'f64'
  const [x, zero] = code.locals(2, type)
  const sign = code.local()
  code.get(source).memory(load).get(zero).op(`${type}.add`).set(x)
  code.get(at, x).memory(store, words[0])
  code.get(at).memory('i32.load', top).i32(31).op('i32.shr_s').set(sign)
  for (const word of words) {
    code.get(at, at).memory('i32.load', word).get(sign)
    if (word === top) code.i32(-(2 ** 31)).op('i32.or')
    code.op('i32.xor').memory('i32.store', word)
  }
  code.get(x, x).op(`${type}.ne`)
  code.if(() => {
    for (const word of words) code.push(at, -1).memory('i32.store', word)
  })
}
