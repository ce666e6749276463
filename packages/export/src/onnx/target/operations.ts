import type { DType } from '@cotangent/core'
import { sameShape } from '@cotangent/core/internal'
import type { Attributes } from './attributes'
import type { Writer } from './writer'
import { type AnyValue, type ElementType, elementTypes, type Value, type ValueType } from './values'

type Shape = readonly number[]

/** Operators that several kinds of work need, with the types of their results. */
export class Operations {
  constructor(readonly writer: Writer) {}

  /** An elementwise operator on operands of one type of elements, which are broadcast. */
  uniform<D extends ElementType>(operator: string, ...operands: readonly Value<D>[]): Value<D> {
    return this.writer.node(operator, operands, this.uniformType(...operands))
  }

  /** The type of the result of `uniform`. */
  uniformType<D extends ElementType>(...operands: readonly Value<D>[]): ValueType<D> {
    return { shape: broadcast(operands), dtype: operands[0].dtype }
  }

  /** An elementwise operator whose result is bool. */
  test(operator: string, ...operands: readonly AnyValue[]): Value<'bool'> {
    return this.writer.node(operator, operands, { shape: broadcast(operands), dtype: 'bool' })
  }

  cast<D extends ElementType>(x: AnyValue, dtype: D): Value<D> {
    if (x.dtype === dtype) return x as Value<D>
    return this.writer.node('Cast', [x], { shape: x.shape, dtype }, { to: elementTypes[dtype] })
  }

  /** `a` where the condition holds, else `b`. ONNX Runtime has no Where for bool. */
  where<D extends ElementType>(condition: Value<'bool'>, a: Value<D>, b: Value<D>): Value<D> {
    const type = { shape: broadcast([condition, a, b]), dtype: a.dtype }
    if (a.dtype !== 'bool') return this.writer.node('Where', [condition, a, b], type)
    const otherwise = this.test('And', this.test('Not', condition), b)
    return this.test('Or', this.test('And', condition, a), otherwise) as Value<D>
  }

  reshape<D extends ElementType>(x: Value<D>, shape: Shape): Value<D> {
    // By default, a 0 in the new shape stands for the old size.
    const attributes: Attributes = shape.includes(0) ? { allowzero: 1 } : {}
    return this.writer.node('Reshape', [x, this.writer.integers(shape)], { shape, dtype: x.dtype }, attributes)
  }

  transpose<D extends ElementType>(x: Value<D>, perm: readonly number[]): Value<D> {
    if (perm.every((axis, i) => axis === i)) return x
    return this.writer.node('Transpose', [x], { shape: perm.map((axis) => x.shape[axis]), dtype: x.dtype }, { perm })
  }

  /** Axes of size 1 are put in at positions of the result. */
  unsqueeze<D extends ElementType>(x: Value<D>, axes: readonly number[]): Value<D> {
    if (axes.length === 0) return x
    const shape = [...x.shape]
    for (const axis of axes) shape.splice(axis, 0, 1)
    return this.writer.node('Unsqueeze', [x, this.writer.integers(axes)], { shape, dtype: x.dtype })
  }

  expand<D extends ElementType>(x: Value<D>, shape: Shape): Value<D> {
    if (sameShape(x.shape, shape)) return x
    return this.writer.node('Expand', [x, this.writer.integers(shape)], { shape, dtype: x.dtype })
  }

  /** One number everywhere. */
  filled<D extends ElementType>(number: number, shape: Shape, dtype: D): Value<D> {
    return this.expand(this.writer.scalar(number, dtype), shape)
  }

  concat<D extends ElementType>(list: readonly Value<D>[], axis: number): Value<D> {
    const total = list.reduce((sum, { shape }) => sum + shape[axis], 0)
    const shape = list[0].shape.map((size, at) => (at === axis ? total : size))
    return this.writer.node('Concat', list, { shape, dtype: list[0].dtype }, { axis })
  }

  /** Positions `start`, `start + step` ... before `end` along some axes. */
  slice<D extends ElementType>(
    x: Value<D>,
    cuts: readonly { readonly axis: number; readonly start: number; readonly end: number; readonly step: number }[],
    shape: Shape,
  ): Value<D> {
    if (cuts.length === 0) return x
    const { writer } = this
    const lists = [cuts.map(({ start }) => start), cuts.map(({ end }) => end), cuts.map(({ axis }) => axis)]
    const inputs = [...lists, cuts.map(({ step }) => step)].map((list) => writer.integers(list))
    return writer.node('Slice', [x, ...inputs], { shape, dtype: x.dtype })
  }

  /** From the last position to the first. */
  reverse<D extends ElementType>(x: Value<D>, axes: readonly number[]): Value<D> {
    const cuts = axes.map((axis) => ({ axis, start: -1, end: beforeAll, step: -1 }))
    return this.slice(x, cuts, x.shape)
  }

  /** The sum over axes, which are dropped or kept as axes of size 1. */
  reduce<D extends ElementType>(operator: string, x: Value<D>, axes: readonly number[], keepdims = false): Value<D> {
    const shape = x.shape.flatMap((size, axis) => (!axes.includes(axis) ? [size] : keepdims ? [1] : []))
    const attributes = { keepdims: Number(keepdims) }
    return this.writer.node(operator, [x, this.writer.integers(axes)], { shape, dtype: x.dtype }, attributes)
  }

  /** Whether any element along axes is true. */
  isSome(x: Value<'bool'>, axes: readonly number[]): Value<'bool'> {
    return this.cast(this.reduce('ReduceSum', this.cast(x, 'int32'), axes), 'bool')
  }
}

/** The end of a slice to the first position that goes backwards. Integers of JavaScript reach no further. */
const beforeAll = -Number.MAX_SAFE_INTEGER

/** The shape that operands are broadcast to. */
export function broadcast(operands: readonly AnyValue[]): Shape {
  const rank = Math.max(...operands.map(({ shape }) => shape.length))
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = operands.map(({ shape }) => shape[axis - rank + shape.length] ?? 1)
    return sizes.find((size) => size !== 1) ?? 1
  })
}

/** Whether a type of elements is a float. */
export const isFloating = (dtype: ElementType): dtype is Extract<DType, 'float32' | 'float64'> =>
  dtype === 'float32' || dtype === 'float64'
