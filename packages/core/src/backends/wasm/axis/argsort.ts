import type { AxisSpan } from '../../../kernels/space'
import { bytesPerElement, type DType } from '../../../values/dtype'
import type { Emitter } from '../emitter'
import { type Code, functionOf, type Local } from '../format/code'
import { loopNest } from '../loops/loop-nest'
import { type SortEntry, entryOf, writeKey } from './keys'
import { isLong, RadixSort } from './radix'

/**
 * Adds the function that sorts positions along an axis, one slice after the other. The entries of a slice, keys with
 * their positions, are written to scratch memory and sorted there: short slices by insertion, long ones by radix sort.
 */
export function emitArgsort(emitter: Emitter, { outer, length, inner }: AxisSpan, dtype: DType): number {
  const { code, input, output } = functionOf('input', 'output')
  const entry = entryOf(dtype)
  const bytes = bytesPerElement(dtype)
  const [source, target, at, position] = code.locals(4)
  const radix = isLong(entry, length) ? new RadixSort(emitter, entry, length) : null
  // An entry with the smallest key stands before all others, so that no insertion passes the beginning.
  const first = radix === null ? emitter.scratch(entry.bytes * (length + 1)) + entry.bytes : radix.entries
  if (radix === null) {
    const sentinel = first - entry.bytes
    code.i32(sentinel).vector(new Int32Array(4)).memory('v128.store')
  }
  const cursors = [
    { pointer: input, steps: [length * inner * bytes, bytes] },
    { pointer: output, steps: [length * inner * 4, 4] },
  ]
  loopNest(code, [outer, inner], cursors, () => {
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

/** Moves the entry at `at` before all entries to its left that are larger. */
function insert(code: Code, { bytes, compared, load, store, type }: SortEntry, at: Local): void {
  const inserted = code.local(type)
  const key = code.local('i64')
  const place = code.local()
  const isLeftLarger = () => code.push(place, bytes).op('i32.sub').memory('i64.load', compared).get(key).op('i64.gt_u')
  code.get(at).tee(place).memory('i64.load', compared).set(key)
  isLeftLarger()
  code.if(() => {
    code.get(at).memory(load).set(inserted)
    code.repeat(() => {
      code.push(place, place, bytes).op('i32.sub').memory(load).memory(store)
      code.advance(place, -bytes)
    }, isLeftLarger)
    code.get(place, inserted).memory(store)
  })
}
