import type { WorkKernel } from '../../../kernels/schedule'
import { identityOf } from '../../../kernels/numerics'
import type { Meeting, TensorType, Work } from '../../../kernels/work'
import type { Shape } from '../../../types/shapes'
import { bytesPerElement, type DType } from '../../../values/dtype'
import { sizeOf } from '../../../values/shape'
import type { KernelCall, Emitter } from '../emitter'
import { type Code, functionOf, type Local } from '../format/code'
import type { Module } from '../format/module'
import type { Plain } from '../format/opcodes'
import { accesses, fillWithZeros } from '../lanes/access'

type Numeric = Exclude<DType, 'bool'>

const meetings: Record<Meeting, Record<Numeric, readonly Plain[]>> = {
  sum: { int32: ['i32.add'], float32: ['f32.add'], float64: ['f64.add'] },
  maximum: { int32: ['i32.gt_s', 'select'], float32: ['f32.max'], float64: ['f64.max'] },
  minimum: { int32: ['i32.lt_s', 'select'], float32: ['f32.min'], float64: ['f64.min'] },
}

/** Whether there is code for a gather or scatter: not for scattered booleans and for empty tensors. */
export function canIndex({ work, inputs, type }: WorkKernel<'gather' | 'scatter'>): boolean {
  return sizeOf(selected(work, inputs[0].type, type)) > 0 && !(work.kind === 'scatter' && type.dtype === 'bool')
}

/** Adds the function of a gather or scatter. If an index is out of range, the function calls the host, which throws. */
export function emitIndexing(emitter: Emitter, kernel: WorkKernel<'gather' | 'scatter'>): KernelCall {
  const { work, inputs, output, type } = kernel
  const space = spaceOf(kernel)
  const { outer, count, inner, size, along } = space
  const combine = work.kind === 'scatter' ? work.combine : null
  const key = `${work.kind} ${combine} ${type.dtype} ${[outer, count, inner, size, along].join()}`
  const index = emitter.once(key, (module) => module.add(codeOf(space, combine, type.dtype, module)))
  const pointers = [...inputs.map(({ buffer }) => buffer), output].map((buffer) => ({ buffer, offset: 0 }))
  return { index, arguments: [...pointers, emitter.hostNumber(kernel)] }
}

/** The shape on the side of the indices: what a gather selects, or what a scatter combines. */
function selected({ kind }: Work<'gather' | 'scatter'>, given: TensorType, output: TensorType): Shape {
  return kind === 'gather' ? output.shape : given.shape
}

/**
 * Sizes before, along and behind the axis, on the side of the indices; `size` is that of the axis on the other side.
 * With `along`, each element has its own index; else all elements behind the axis share one.
 */
interface IndexingSpace {
  readonly outer: number
  readonly count: number
  readonly inner: number
  readonly size: number
  readonly along: boolean
}

function spaceOf({ work, inputs, type }: WorkKernel<'gather' | 'scatter'>): IndexingSpace {
  const { axis, along, size } = work
  const shape = selected(work, inputs[0].type, type)
  const indices = inputs[1].type.shape
  return {
    outer: sizeOf(shape.slice(0, axis)),
    count: along ? shape[axis] : sizeOf(indices),
    inner: sizeOf(shape.slice(along ? axis + 1 : axis + indices.length)),
    size,
    along,
  }
}

function codeOf(
  { outer, count, inner, size, along }: IndexingSpace,
  combine: Meeting | null,
  dtype: DType,
  module: Module,
): Code {
  const bytes = bytesPerElement(dtype)
  const { code, values, indices, output, position } = functionOf('values', 'indices', 'output', 'position')
  const indexCount = along ? outer * count * inner : count
  rejectOutOfRange(code, indices, indexCount, size, () => code.get(position).call(module.host))
  if (combine !== null) fillWithIdentity(code, combine, dtype as Numeric, output, outer * size * inner)
  const [outerAt, at, innerAt, index, place] = code.locals(5)
  // One side is addressed by index and begins anew for each outer index. The other is passed through once, in order.
  const [indexed, sequential] = combine !== null ? [output, values] : [values, output]
  const readIndex = () => {
    code.get(indices).memory('i32.load').set(index)
    code.advance(indices, 4)
  }
  code.count(outerAt, outer, 1, () => {
    code.count(at, count, 1, () => {
      if (!along) readIndex()
      code.count(innerAt, inner, 1, () => {
        if (along) readIndex()
        code.push(index, inner).op('i32.mul').get(innerAt).op('i32.add').i32(bytes).op('i32.mul')
        code.get(indexed).op('i32.add').set(place)
        if (combine !== null) combineElement(code, combine, dtype as Numeric, sequential, place)
        else copyElement(code, dtype, place, sequential)
        code.advance(sequential, bytes)
      })
    })
    if (!along) code.advance(indices, -4 * count)
    code.advance(indexed, size * inner * bytes)
  })
  return code
}

function copyElement(code: Code, dtype: DType, from: Local, to: Local): void {
  const [load, store] = accesses[dtype]
  code.get(to, from).memory(load).memory(store)
}

/** Combines the element at `from` with the one at `to`. */
function combineElement(code: Code, combine: Meeting, dtype: Numeric, from: Local, to: Local): void {
  const [load, store] = accesses[dtype]
  const instructions = meetings[combine][dtype]
  code.get(to)
  if (instructions.includes('select')) {
    const [present, given] = code.locals(2)
    code.get(to).memory(load).tee(present).get(from).memory(load).tee(given).get(present, given)
  } else code.get(to).memory(load).get(from).memory(load)
  code.op(...instructions).memory(store)
}

/** Fills `count` elements with the identity of a combination. */
function fillWithIdentity(code: Code, combine: Meeting, dtype: Numeric, output: Local, count: number): void {
  const bytes = bytesPerElement(dtype)
  const identity = identityOf(combine, dtype)
  if (identity === 0) {
    fillWithZeros(code, output, count * bytes)
    return
  }
  const [at, pointer] = code.locals(2)
  const [, store] = accesses[dtype]
  code.get(output).set(pointer)
  code.count(at, count, 1, () => {
    code.get(pointer)
    if (dtype === 'int32') code.i32(identity)
    else code.f64(identity)
    if (dtype === 'float32') code.op('f32.demote_f64')
    code.memory(store).advance(pointer, bytes)
  })
}

/** Calls `reject` if an index is outside `[0, size)`, before anything is written. */
function rejectOutOfRange(code: Code, indices: Local, count: number, size: number, reject: () => void): void {
  const [at, isAnyOutside, from] = code.locals(3)
  code.get(indices).set(from)
  code.count(at, count, 1, () => {
    code.get(from).memory('i32.load').i32(size).op('i32.ge_u').get(isAnyOutside).op('i32.or').set(isAnyOutside)
    code.advance(from, 4)
  })
  code.get(isAnyOutside).if(reject)
}
