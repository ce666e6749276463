import { expect } from 'vitest'
import type { DType, Move, Strided } from '@cotangent/core'
import { sizeOf, stridesOf } from '@cotangent/core/internal'
import type { Step, StructuredMove } from '../../src/moves/steps'

// Steps in plain loops over indices, and moves by their definition: two truths that share no code with the recognizer.

type Shape = readonly number[]

interface Value {
  readonly shape: Shape
  readonly dtype: DType
  readonly data: readonly number[]
}

/** All indices below the given sizes, in row-major order. */
export function indices(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (list, size) => list.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  )
}

const flat = (index: readonly number[], shape: Shape) =>
  stridesOf(shape).reduce((sum, row, axis) => sum + row * index[axis], 0)
const placeOf = ({ offset, strides }: Strided, index: readonly number[]) =>
  strides.reduce((sum, stride, axis) => sum + stride * index[axis], offset)

/** The sum of two elements as core computes it. */
function sum(dtype: DType, a: number, b: number): number {
  if (dtype === 'bool') return a | b
  if (dtype === 'int32') return (a + b) | 0
  return dtype === 'float32' ? Math.fround(a + b) : a + b
}

/** The elements of a step's result, which must have the type that the step states. */
function dataOf(step: Step, operands: readonly Value[]): readonly number[] {
  const [x, y, z] = operands
  const { shape } = step
  const each = (element: (index: number[]) => number) => indices(shape).map(element)
  const scattered = (places: (index: number[]) => number[] | null) => {
    const data = new Array<number>(sizeOf(shape)).fill(0)
    indices(x.shape).forEach((index, i) => {
      const to = places(index)
      if (to !== null) data[flat(to, shape)] = sum(step.dtype, data[flat(to, shape)], x.data[i])
    })
    return data
  }
  switch (step.kind) {
    case 'reshape':
      return x.data
    case 'transpose':
      return each(
        (index) =>
          x.data[
            flat(
              x.shape.map((_, axis) => index[step.permutation.indexOf(axis)]),
              x.shape,
            )
          ],
      )
    case 'broadcast': {
      expect(step.axes).toEqual([...step.axes].sort((a, b) => a - b))
      step.axes.forEach((to, axis) => expect([1, shape[to]]).toContain(x.shape[axis]))
      return each(
        (index) =>
          x.data[
            flat(
              step.axes.map((to, axis) => (x.shape[axis] === 1 ? 0 : index[to])),
              x.shape,
            )
          ],
      )
    }
    case 'slice': {
      step.starts.forEach((start, axis) => {
        expect(start).toBeGreaterThanOrEqual(0)
        expect(step.strides[axis]).toBeGreaterThanOrEqual(1)
        expect(step.limits[axis]).toBeLessThanOrEqual(x.shape[axis])
        expect(Math.ceil((step.limits[axis] - start) / step.strides[axis])).toBe(shape[axis])
      })
      return each(
        (index) =>
          x.data[
            flat(
              index.map((i, axis) => step.starts[axis] + i * step.strides[axis]),
              x.shape,
            )
          ],
      )
    }
    case 'reverse':
      return each(
        (index) =>
          x.data[
            flat(
              index.map((i, axis) => (step.axes.includes(axis) ? shape[axis] - 1 - i : i)),
              x.shape,
            )
          ],
      )
    case 'pad': {
      const { low, high, interior } = step
      for (const each of [...low, ...high, ...interior]) expect(each).toBeGreaterThanOrEqual(0)
      x.shape.forEach((size, axis) =>
        expect(low[axis] + size + Math.max(0, size - 1) * interior[axis] + high[axis]).toBe(shape[axis]),
      )
      const data = new Array<number>(sizeOf(shape)).fill(0)
      indices(x.shape).forEach((index, i) => {
        const to = index.map((at, axis) => low[axis] + at * (interior[axis] + 1))
        data[flat(to, shape)] = x.data[i]
      })
      return data
    }
    case 'concat': {
      const starts = operands.map((_, i) => operands.slice(0, i).reduce((all, one) => all + one.shape[step.axis], 0))
      return each((index) => {
        const at = starts.findLastIndex((start) => start <= index[step.axis])
        const own = index.map((i, axis) => (axis === step.axis ? i - starts[at] : i))
        return operands[at].data[flat(own, operands[at].shape)]
      })
    }
    case 'add':
      return x.data.map((a, i) => sum(step.dtype, a, y.data[i]))
    case 'select':
      return x.data.map((isOwn, i) => (isOwn === 1 ? y : z).data[i])
    case 'reduceSum':
      return scattered((index) => index.filter((_, axis) => !step.axes.includes(axis)))
    case 'fill':
      return new Array<number>(sizeOf(shape)).fill(step.value)
    case 'places':
      return each((index) => placeOf(step, index))
    case 'gather':
      expect(x.shape).toHaveLength(1)
      return y.data.map((at) => x.data[at])
    case 'scatterAdd':
      expect(shape).toHaveLength(1)
      return scattered((index) => [y.data[flat(index, y.shape)]])
  }
}

/** The result of a structured move. */
export function interpret({ steps, result }: StructuredMove, inputs: readonly Value[]): Value {
  const values: Value[] = [...inputs]
  for (const step of steps) {
    const operands = step.operands.map((at) => values[at])
    expect(operands).not.toContain(undefined)
    const data = dataOf(step, operands)
    expect(data).toHaveLength(sizeOf(step.shape))
    expect(data).not.toContain(undefined)
    values.push({ shape: step.shape, dtype: step.dtype, data })
  }
  return values[result]
}

/** A move, element by element, as its definition says. */
export function moved(parts: Move, inputs: readonly Value[], shape: Shape, dtype: DType): number[] {
  const data = new Array<number>(sizeOf(shape)).fill(0)
  for (const { input, size, from, to, adds } of parts)
    for (const index of indices(size)) {
      const element = inputs[input].data[placeOf(from, index)]
      const place = placeOf(to, index)
      data[place] = adds ? sum(dtype, data[place], element) : element
    }
  return data
}
