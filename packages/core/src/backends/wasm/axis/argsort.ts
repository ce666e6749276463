import { bytesPerElement, type DType } from '../../../values/dtype'
import type { Lines } from '../../../kernels/space'
import { Code, type Local } from '../format/code'
import type { Emitter } from '../emitter'
import { isLong, RadixSort } from './radix'
import { type Entry, entryOf, writeKey } from './keys'
import { nest } from '../loops/loop-nest'

/** The function that sorts positions, line by line. */
export function emitOrder(emitter: Emitter, { outer, length, inner }: Lines, dtype: DType): number {
  const code = new Code(['i32', 'i32'])
  const [input, output] = [0, 1]
  const entry = entryOf(dtype)
  const bytes = bytesPerElement(dtype)
  const [source, target, at, position] = [code.local('i32'), code.local('i32'), code.local('i32'), code.local('i32')]
  const radix = isLong(entry, length) ? new RadixSort(emitter, entry, length) : null
  // An entry with the smallest key stands in front of all, so that no insertion passes it.
  const first = radix === null ? emitter.scratch(entry.bytes * (length + 1)) + entry.bytes : radix.entries
  if (radix === null)
    code
      .i32(first - entry.bytes)
      .vector(new Int32Array(4))
      .memory('v128.store')
  const walkers = [input, output].map((pointer, i) => {
    const step = i === 0 ? bytes : 4
    return { pointer, steps: [length * inner * step, step] }
  })
  nest(code, [outer, inner], walkers, () => {
    radix?.begin(code)
    code.get(input).set(source).i32(first).set(at)
    code.count(position, length, 1, () => {
      code.get(at, position).memory('i32.store')
      writeKey(code, dtype, entry, source, at)
      if (radix === null) insert(code, entry, at)
      else radix.count(code, at)
      code.advance(source, inner * bytes).advance(at, entry.bytes)
    })
    if (radix === null) code.i32(first).set(at)
    else radix.sort(code, at)
    code.get(output).set(target)
    code.count(position, length, 1, () => {
      code.get(target, at).memory('i32.load').memory('i32.store')
      code.advance(target, 4 * inner).advance(at, entry.bytes)
    })
  })
  return emitter.module.add(code)
}

/** Moves the entry at `at` in front of those before it that are larger. */
function insert(code: Code, { bytes, compared, load, store, type }: Entry, at: Local): void {
  const inserted = code.local(type)
  const key = code.local('i64')
  const place = code.local('i32')
  const isBehind = () => code.get(place).i32(bytes).op('i32.sub').memory('i64.load', compared).get(key).op('i64.gt_u')
  code.get(at).tee(place).memory('i64.load', compared).set(key)
  isBehind()
  code.if(() => {
    code.get(at).memory(load).set(inserted)
    code.repeat(() => {
      code.get(place, place).i32(bytes).op('i32.sub').memory(load).memory(store)
      code.advance(place, -bytes)
    }, isBehind)
    code.get(place, inserted).memory(store)
  })
}
