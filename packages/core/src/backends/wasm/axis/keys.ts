import { type DType, isFloat } from '../../../values/dtype'
import type { Code, Local } from '../format/code'
import { accesses } from '../moves/move'
import type { MemoryAccess } from '../format/opcodes'

/**
 * An element while it is sorted: its position (int32), and behind it a key, an unsigned integer that has the order of the elements.
 * Narrow entries are one integer of 64 bits, the key its upper half; wide ones have a key of 64 bits.
 */
export interface Entry {
  readonly bytes: number
  /** Where the words of the key are, the lowest first. */
  readonly words: readonly number[]
  /** Where the 64 bits are that entries compare by. */
  readonly compared: number
  /** How an entry is read and written. */
  readonly load: MemoryAccess
  readonly store: MemoryAccess
  readonly type: 'i64' | 'v128'
}

const narrow: Entry = { bytes: 8, words: [4], compared: 0, load: 'i64.load', store: 'i64.store', type: 'i64' }
const wide: Entry = { bytes: 16, words: [8, 12], compared: 8, load: 'v128.load', store: 'v128.store', type: 'v128' }

/** The entries of elements of a dtype. */
export function entryOf(dtype: DType): Entry {
  return dtype === 'float64' ? wide : narrow
}

/**
 * Writes the key of the element at `source`. Negative floats have all bits flipped and others the sign, so that larger ones are
 * larger integers; 0 is added first, which makes 0 of -0. NaN has all bits set.
 */
export function writeKey(code: Code, dtype: DType, { words }: Entry, source: Local, at: Local): void {
  const [load, store] = accesses[dtype]
  const top = words[words.length - 1]
  if (!isFloat(dtype)) {
    code.get(at, source).memory(load)
    if (dtype === 'int32') code.i32(-(2 ** 31)).op('i32.xor')
    code.memory('i32.store', top)
    return
  }
  const type = dtype === 'float32' ? 'f32' : 'f64'
  const [x, zero] = [code.local(type), code.local(type)]
  const sign = code.local('i32')
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
    for (const word of words) code.get(at).i32(-1).memory('i32.store', word)
  })
}
