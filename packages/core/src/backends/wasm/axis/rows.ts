import { bytesPerElement, type DType, isFloat } from '../../../values/dtype'
import type { Position } from '../../../kernels/work'
import type { Lines } from '../../../kernels/space'
import { load, newQuad, store } from '../lanes/access'
import { Code, type Local } from '../format/code'
import type { Emitter } from '../emitter'
import { emitters } from '../lanes/lanes'
import { type Quad, vectorsOf } from '../lanes/quad'
import { loadQuad, plainContext, storeQuad } from '../loops/partial-sums'

/** What is kept of a line in a dtype: its total, or its extreme so far, where booleans count as numbers. */
export function keptAs(work: 'scan' | Position, dtype: DType): Exclude<DType, 'bool'> {
  if (dtype === 'bool') return 'int32'
  return work === 'scan' && isFloat(dtype) ? 'float64' : dtype
}

/** Elements in another dtype, in new locals where it is another. */
export function converted(emitter: Emitter, code: Code, x: Quad, from: DType, to: DType): Quad {
  if (from === to) return x
  const out = newQuad(code, to)
  emitters.convert({ ...plainContext(emitter, code, to), from }, out, [x])
  return out
}

/**
 * Work on lines that stand side by side, row after row of elements: what is kept of each line stands in scratch memory, and
 * positions of extremes where they are returned. What is written past the end of a row is written again by the next.
 */
export function emitLineRows(
  emitter: Emitter,
  { outer, length, inner }: Lines,
  work: 'scan' | Position,
  from: DType,
  to: DType,
): number {
  const code = new Code(['i32', 'i32'])
  const [input, output] = [0, 1]
  const dtype = keptAs(work, from)
  const keptBytes = 16 * vectorsOf(dtype)
  const begin = emitter.scratch(Math.ceil(inner / 4) * keptBytes)
  const [source, target, place] = [code.local('i32'), code.local('i32'), code.local('i32')]
  const [row, at, isFirst] = [code.local('i32'), code.local('v128'), code.local('v128')]
  const [position, isBeyond, within] = [code.local('v128'), code.local('v128'), code.local('v128')]
  const [x, kept] = [newQuad(code, from), newQuad(code, dtype)]
  const nextRow = (pointer: Local, dtype: DType) => code.advance(pointer, inner * bytesPerElement(dtype))
  code.count(code.local('i32'), outer, 1, () => {
    code.count(row, length, 1, () => {
      code.get(row).op('i32x4.splat').tee(at).vector(new Int32Array(4)).op('i32x4.eq').set(isFirst)
      code.get(input).set(source).get(output).set(target).i32(begin).set(place)
      code.count(code.local('i32'), inner, 4, () => {
        load(code, from, 1, source, x)
        const taken = converted(emitter, code, x, from, dtype)
        loadQuad(code, place, kept)
        if (work === 'scan') {
          for (const total of kept) code.get(total, isFirst).op('v128.andnot').set(total)
          emitters.add(plainContext(emitter, code, dtype), kept, [kept, taken])
          store(code, to, target, converted(emitter, code, kept, dtype, to))
        } else {
          loadQuad(code, target, [position])
          // Nothing is beyond the first NaN, and everything beyond what is not there yet.
          emitters.equal(plainContext(emitter, code, dtype), [isBeyond], [kept, kept])
          isWithin(emitter, code, work, dtype, taken, kept, within)
          code.get(isBeyond, within).op('v128.andnot').get(isFirst).op('v128.or').set(isBeyond)
          emitters.select(plainContext(emitter, code, dtype), kept, [[isBeyond], taken, kept])
          code.get(at, position, isBeyond).op('v128.bitselect').set(position)
          storeQuad(code, target, [position])
        }
        storeQuad(code, place, kept)
        code.advance(source, 4 * bytesPerElement(from)).advance(target, 4 * bytesPerElement(to))
        code.advance(place, keptBytes)
      })
      nextRow(input, from)
      if (work === 'scan') nextRow(output, to)
    })
    if (work !== 'scan') nextRow(output, to)
  })
  return emitter.module.add(code)
}

/** Which of four elements are within the extremes so far; NaN, on either side, is not. */
export function isWithin(
  emitter: Emitter,
  code: Code,
  work: Position,
  dtype: DType,
  x: Quad,
  extremes: Quad,
  out: Local,
): void {
  const operands = work === 'argmaximum' ? [x, extremes] : [extremes, x]
  emitters.lessEqual(plainContext(emitter, code, dtype), [out], operands)
}
