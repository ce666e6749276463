import type { AxisSpan } from '../../../kernels/space'
import { type Accumulation, isPosition, type Position } from '../../../kernels/work'
import { bytesPerElement, type DType, isFloat } from '../../../values/dtype'
import type { Emitter } from '../emitter'
import { type Code, functionOf, type Local } from '../format/code'
import { loadElements, storeElements } from '../lanes/access'
import { type Context, plainContext } from '../lanes/context'
import { vectorCode } from '../lanes/lanes'
import { constantQuad, loadQuad, newQuad, type Quad, quadBytes, storeQuad } from '../lanes/quad'
import { identityOf } from '../../../kernels/numerics'
import { combinations } from '../loops/partial-sums'

/** The dtype of the state of a slice: of its running total, or of its extreme so far. Booleans are numbers there. */
export function stateDType(work: Accumulation | Position, dtype: DType): Exclude<DType, 'bool'> {
  if (dtype === 'bool') return 'int32'
  return (work === 'sum' || work === 'product') && isFloat(dtype) ? 'float64' : dtype
}

/** Four elements in another dtype, in new locals unless the dtype is the same. */
export function converted(emitter: Emitter, code: Code, x: Quad, from: DType, to: DType): Quad {
  if (from === to) return x
  const out = newQuad(code, to)
  vectorCode.convert({ ...plainContext(emitter.helpers, code, to), from }, out, [x])
  return out
}

/**
 * Adds a function for slices whose elements lie `inner` elements apart. A row of `inner` adjacent elements belongs to
 * `inner` slices. The function goes through the rows in order, four slices at a time. The states of the slices are in
 * scratch memory, the positions of extremes in the result itself.
 */
export function emitAxisRows(
  emitter: Emitter,
  { outer, length, inner }: AxisSpan,
  work: Accumulation | Position,
  from: DType,
  to: DType,
): number {
  const { code, input, output } = functionOf('input', 'output')
  const dtype = stateDType(work, from)
  const states = emitter.scratch(Math.ceil(inner / 4) * quadBytes(dtype))
  const [source, target, place, row] = code.locals(4)
  const [at, isFirst, position, isBeyond, within] = code.locals(5, 'v128')
  const [x, state] = [newQuad(code, from), newQuad(code, dtype)]
  const context = plainContext(emitter.helpers, code, dtype)
  /** The first element is combined with the identity element. */
  const combineWithTotals = (element: Quad, work: Accumulation) => {
    vectorCode.select(context, state, [[isFirst], constantQuad(code, dtype, identityOf(work, dtype)), state])
    vectorCode[combinations[work].instruction](context, state, [state, element])
    storeElements(code, to, target, converted(emitter, code, state, dtype, to))
  }
  /** An element replaces the extreme if it is beyond it, or the first. Nothing is beyond a NaN. */
  const compareWithExtremes = (element: Quad, work: Position) => {
    loadQuad(code, target, [position])
    vectorCode.equal(context, [isBeyond], [state, state])
    isWithin(context, work, element, state, within)
    code.get(isBeyond, within).op('v128.andnot').get(isFirst).op('v128.or').set(isBeyond)
    vectorCode.select(context, state, [[isBeyond], element, state])
    code.get(at, position, isBeyond).op('v128.bitselect').set(position)
    storeQuad(code, target, [position])
  }
  code.times(outer, 1, () => {
    code.count(row, length, 1, () => {
      code.get(row).op('i32x4.splat').tee(at).vector(new Int32Array(4)).op('i32x4.eq').set(isFirst)
      code.get(input).set(source).get(output).set(target).i32(states).set(place)
      code.times(inner, 4, () => {
        loadElements(code, from, 1, source, x)
        const element = converted(emitter, code, x, from, dtype)
        loadQuad(code, place, state)
        if (isPosition(work)) compareWithExtremes(element, work)
        else combineWithTotals(element, work)
        storeQuad(code, place, state)
        code.advance(source, 4 * bytesPerElement(from)).advance(target, 4 * bytesPerElement(to))
        code.advance(place, quadBytes(dtype))
      })
      code.advance(input, inner * bytesPerElement(from))
      if (!isPosition(work)) code.advance(output, inner * bytesPerElement(to))
    })
    if (isPosition(work)) code.advance(output, inner * bytesPerElement(to))
  })
  return emitter.module.add(code)
}

/** Sets a mask of the elements that are not beyond the extremes so far. It is not set where either is NaN. */
export function isWithin(context: Context, work: Position, x: Quad, extremes: Quad, out: Local): void {
  vectorCode.lessEqual(context, [out], work === 'argmaximum' ? [x, extremes] : [extremes, x])
}
