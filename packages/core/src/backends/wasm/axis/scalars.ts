import type { AxisSpan } from '../../../kernels/space'
import type { Accumulation, Position } from '../../../kernels/work'
import { bytesPerElement, type DType, isFloat } from '../../../values/dtype'
import type { Emitter } from '../emitter'
import { type Code, functionOf, type Local } from '../format/code'
import { accesses, loadElements } from '../lanes/access'
import { plainContext } from '../lanes/context'
import { newQuad, type Quad } from '../lanes/quad'
import { identityOf } from '../../../kernels/numerics'
import { combinations } from '../loops/partial-sums'
import { converted, isWithin, stateDType } from './rows'

/** Slices that are accumulated at the same time. Within one slice each step waits for the one before it. */
const slicesAtOnce = 4

/** Elements that are compared with the extreme at once. */
const comparedAtOnce = 16

/**
 * The type of scalars that hold elements. Floats are float64: they compare the same, and the numerics specification
 * demands running sums in float64.
 */
function scalarOf(dtype: DType): 'f64' | 'i32' {
  return isFloat(dtype) ? 'f64' : 'i32'
}

/** Whether an element is not beyond an extreme. This is false if either is NaN. */
const comparisons = {
  argmaximum: { f64: 'f64.le', i32: 'i32.le_s' },
  argminimum: { f64: 'f64.ge', i32: 'i32.ge_s' },
} as const

const splats = { float32: 'f32x4.splat', float64: 'f64x2.splat', int32: 'i32x4.splat' } as const

function loadScalar(code: Code, dtype: DType, pointer: Local, offset = 0): Code {
  code.get(pointer).memory(accesses[dtype][0], offset)
  return dtype === 'float32' ? code.op('f64.promote_f32') : code
}

/** Pushes a running total combined with the scalar `x`. */
function combineScalars(code: Code, work: Accumulation, type: 'f64' | 'i32', total: Local, x: Local): void {
  const { instruction } = combinations[work]
  if (type === 'f64') code.get(total, x).op(`f64.${instruction}`)
  else if (instruction === 'add' || instruction === 'mul') code.get(total, x).op(`i32.${instruction}`)
  else code.get(total, x, total, x).op(instruction === 'max' ? 'i32.gt_s' : 'i32.lt_s', 'select')
}

/** Adds the function of accumulations along contiguous slices. */
export function emitAccumulation(
  emitter: Emitter,
  { outer, length }: AxisSpan,
  work: Accumulation,
  from: DType,
  to: DType,
): number {
  const { code, input, output } = functionOf('input', 'output')
  const type = scalarOf(from)
  const [fromBytes, toBytes] = [bytesPerElement(from), bytesPerElement(to)]
  const x = code.local(type)
  const identity = identityOf(work, type === 'f64' ? 'float64' : 'int32')
  const accumulateSlices = (slices: number) => {
    const totals = code.locals(slices, type)
    for (const total of totals) (type === 'f64' ? code.f64(identity) : code.i32(identity)).set(total)
    code.times(length, 1, () => {
      totals.forEach((total, slice) => {
        const at = slice * length
        code.get(output)
        loadScalar(code, from, input, at * fromBytes).set(x)
        combineScalars(code, work, type, total, x)
        code.tee(total)
        if (to === 'float32') code.op('f32.demote_f64')
        code.memory(accesses[to][1], at * toBytes)
      })
      code.advance(input, fromBytes).advance(output, toBytes)
    })
    const passed = (slices - 1) * length
    code.advance(input, passed * fromBytes).advance(output, passed * toBytes)
  }
  const groups = Math.floor(outer / slicesAtOnce)
  if (groups > 0) code.times(groups, 1, () => accumulateSlices(slicesAtOnce))
  if (outer % slicesAtOnce > 0) code.times(outer % slicesAtOnce, 1, () => accumulateSlices(1))
  return emitter.module.add(code)
}

/**
 * Adds the function that finds the position of the first extreme of each contiguous slice. A block of elements is
 * compared with the extreme at once, and one by one only if one of them may be beyond it.
 */
export function emitExtremePosition(
  emitter: Emitter,
  { outer, length }: AxisSpan,
  work: Position,
  dtype: DType,
): number {
  const { code, input, output } = functionOf('input', 'output')
  const type = scalarOf(dtype)
  const [x, best] = code.locals(2, type)
  const [at, position] = code.locals(2)
  const compareEach = (count: number) => {
    code.times(count, 1, () => {
      loadScalar(code, dtype, input).tee(x).get(best).op(comparisons[work][type], 'i32.eqz')
      code.if(() => {
        // Nothing is beyond a NaN.
        code.get(best, best).op(`${type}.eq`)
        code.if(() => code.get(x).set(best).get(at).set(position))
      })
      code.advance(input, bytesPerElement(dtype)).advance(at, 1)
    })
  }
  const state = stateDType(work, dtype)
  const identity = identityOf(work === 'argmaximum' ? 'maximum' : 'minimum', state)
  const bound = newQuad(code, state)
  const cursor = code.local()
  const setBound = () => splat(code, best, state, bound)
  const compareBlock = () => {
    areWithin(emitter, code, work, dtype, input, bound, cursor)
    code.if(
      () => code.get(cursor).set(input).advance(at, comparedAtOnce),
      () => {
        compareEach(comparedAtOnce)
        setBound()
      },
    )
  }
  const blocks = Math.floor(length / comparedAtOnce)
  code.times(outer, 1, () => {
    if (type === 'f64') code.f64(identity)
    else code.i32(identity)
    code.set(best).i32(0).tee(at).set(position)
    if (blocks > 0) {
      setBound()
      code.times(blocks, 1, compareBlock)
    }
    if (length % comparedAtOnce > 0) compareEach(length % comparedAtOnce)
    code.get(output, position).memory('i32.store').advance(output, 4)
  })
  return emitter.module.add(code)
}

/** Fills a quad with copies of a scalar. */
function splat(code: Code, scalar: Local, dtype: keyof typeof splats, quad: Quad): void {
  code.get(scalar)
  if (dtype === 'float32') code.op('f32.demote_f64')
  code.op(splats[dtype])
  for (const local of quad) code.tee(local)
  code.op('drop')
}

/**
 * Pushes whether no element of the block at `input` is beyond the extreme, and sets `cursor` to the end of the block.
 */
function areWithin(
  emitter: Emitter,
  code: Code,
  work: Position,
  dtype: DType,
  input: Local,
  bound: Quad,
  cursor: Local,
): void {
  const quad = newQuad(code, dtype)
  const within = code.local('v128')
  const state = stateDType(work, dtype)
  const context = plainContext(emitter.helpers, code, state)
  code.get(input).set(cursor)
  for (let i = 0; i < comparedAtOnce; i += 4) {
    loadElements(code, dtype, 1, cursor, quad)
    isWithin(context, work, converted(emitter, code, quad, dtype, state), bound, within)
    code.get(within)
    if (i > 0) code.op('v128.and')
    code.advance(cursor, 4 * bytesPerElement(dtype))
  }
  code.op('i32x4.all_true')
}
