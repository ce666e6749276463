import {
  arange,
  broadcastTo,
  concat,
  flip,
  grad,
  type Move,
  roll,
  sum,
  type Tensor,
  transpose,
  unfold,
} from '@cotangent/core'
import { sizeOf, stridesOf } from '@cotangent/core/internal'
import { describe, expect, it } from 'vitest'
import { ExportError } from '../../src/errors'
import { structured } from '../../src/moves/structured'
import type { Step } from '../../src/moves/steps'
import { type MoveWriter, writeMove } from '../../src/moves/write'
import { interpret, moved } from './interpret'
import { movesOf } from './moves-of'

type Shape = readonly number[]

/** The kinds of the steps of a move, whose result is checked. */
function kindsOf(parts: Move, from: readonly Shape[], to: Shape): string {
  const steps = structured(parts, from, to, 'int32')
  const inputs = from.map((shape, k) => {
    const data = Array.from({ length: sizeOf(shape) }, (_, i) => 1 + i + 1000 * k)
    return { shape, dtype: 'int32' as const, data }
  })
  expect(interpret(steps, inputs).data).toEqual(moved(parts, inputs, to, 'int32'))
  return steps.steps.map(({ kind }) => kind).join(' ')
}

/** The kinds of the steps of each move that a function makes. */
function stepsOf(f: (...inputs: any[]) => unknown, ...shapes: readonly Shape[]): readonly string[] {
  const inputs = shapes.map((shape) => arange(sizeOf(shape)).reshape(shape).astype('float64') as Tensor)
  return movesOf(f, inputs).map(({ parts, from, to }) => kindsOf(parts, from, to))
}

const read = (shape: Shape, size: Shape, offset: number, strides: readonly number[]) =>
  kindsOf(
    [{ input: 0, size, from: { offset, strides }, to: { offset: 0, strides: stridesOf(size) }, adds: false }],
    [shape],
    size,
  )
const add = (shape: Shape, size: Shape, offset: number, strides: readonly number[]) =>
  kindsOf(
    [{ input: 0, size, from: { offset: 0, strides: stridesOf(size) }, to: { offset, strides }, adds: true }],
    [size],
    shape,
  )

describe('what is one operation stays one', () => {
  it.each<[string, string, (...inputs: any[]) => unknown, ...Shape[]]>([
    ['transpose', 'transpose', (x) => x.transpose(), [2, 3, 4]],
    ['axes of size 1 exchanged', 'reshape', (x) => transpose(x, [1, 0]), [1, 5]],
    ['a permutation with an axis of size 1', 'transpose', (x) => transpose(x, [2, 1, 0]), [2, 1, 3]],
    ['reshape', 'reshape', (x) => x.reshape([6, 4]), [4, 6]],
    ['reshape to nothing new', '', (x) => x.reshape([4, 6]), [4, 6]],
    ['slice', 'slice', (x) => x.slice([1, 3], null, [0, null, 2]), [4, 1, 5]],
    ['an empty slice', 'fill', (x) => x.slice([1, 1]), [4]],
    ['flip', 'reverse', (x) => flip(x), [4, 5]],
    ['broadcast to new axes', 'broadcast', (x) => broadcastTo(x, [2, 4, 3]), [3]],
    ['broadcast of axes of size 1', 'broadcast', (x) => broadcastTo(x, [4, 2, 3]), [4, 1, 3]],
    ['broadcast of a number', 'broadcast', (x) => broadcastTo(x, [4, 2]), []],
    ['concat', 'concat', (x, y) => concat([x, y, x], { axis: 1 }), [2, 3, 2], [2, 1, 2]],
    ['concat with an empty tensor', '', (x, y) => concat([x, y]), [2, 3], [0, 3]],
    [
      'the transpose of a slice',
      'pad',
      (x) => grad((y: Tensor) => sum(y.slice([1, 9, 2], [0, 2]).square()))(x),
      [9, 3],
    ],
  ])('%s: %s', (_, expected, f, ...shapes) => {
    expect(stepsOf(f, ...shapes)).toContain(expected)
  })
})

it('an element of a matrix is a slice and a reshape, a turned range a slice and a reversal', () => {
  expect(read([4, 5], [], 7, [])).toBe('slice reshape')
  expect(read([4, 5], [4, 3], 4, [5, -2])).toBe('slice reverse')
})

it('roll is two slices and their concatenation', () => {
  expect(stepsOf((x: Tensor) => roll(x, 2, { axis: 1 }), [3, 5])).toEqual(['slice slice concat'])
})

it('diagonals are slices of merged axes', () => {
  expect(read([4, 4], [4], 0, [5])).toBe('reshape slice')
  expect(read([2, 4, 4], [2, 3], 1, [16, 5])).toBe('reshape slice')
  expect(read([4, 4], [4], 3, [3])).toBe('reshape slice')
  expect(add([2, 4, 4], [2, 4], 0, [16, 5])).toBe('pad reshape')
})

it('windows that do not overlap are a reshape, others a slice for each position of the shorter axis', () => {
  expect(read([2, 12], [2, 4, 3], 0, [12, 3, 1])).toBe('reshape')
  expect(read([2, 14], [2, 4, 3], 1, [14, 3, 1])).toBe('slice reshape')
  expect(read([12], [3, 4], 0, [1, 3])).toBe('reshape transpose')
  expect(read([10], [8, 3], 0, [1, 1])).toBe('slice slice slice concat reshape transpose')
  const three = 'slice slice slice concat'
  expect(stepsOf((x: Tensor) => unfold(x, [3, 3]), [1, 6, 6, 2])).toEqual([
    `${three} reshape ${three} reshape transpose`,
  ])
})

it('many windows are rows of a repeated axis', () => {
  expect(read([100], [50, 51], 0, [1, 1])).toBe('broadcast reshape slice reshape slice')
  expect(add([100], [50, 51], 0, [1, 1])).toBe('pad reshape pad reshape reduceSum')
})

it('frames whose distance divides their length are windows of blocks', () => {
  const slices = 'slice slice slice slice concat reshape'
  expect(read([10_112], [75, 512], 0, [128, 1])).toBe(`reshape ${slices} transpose reshape`)
})

it('windows along three axes of a view keep their order', () => {
  expect(read([100], [17, 40, 17], 0, [2, 1, 1])).toContain('transpose')
  expect(read([120], [40, 21, 21], 0, [1, 2, 1])).toContain('transpose')
})

it('places that interleave are written by selections, which keep -0', () => {
  const to = { offset: 0, strides: [3, 2] }
  const parts = [{ input: 0, size: [2, 3], from: { offset: 0, strides: [3, 1] }, to, adds: false }]
  const steps = structured(parts, [[2, 3]], [9], 'float64')
  const input = { shape: [2, 3], dtype: 'float64', data: [-0, NaN, -Infinity, -0, 1, 2] } as const
  expect(interpret(steps, [input]).data).toEqual([-0, 0, NaN, -0, -Infinity, 1, 0, 2, 0])
})

it('sums: over axes, at the places of windows, of parts', () => {
  expect(add([3], [2, 3, 4], 0, [0, 1, 0])).toBe('reduceSum')
  expect(add([6], [5, 2], 0, [1, 1])).toBe('transpose reshape slice pad slice pad add')
  const part = { input: 0, size: [3], from: { offset: 0, strides: [1] }, adds: true }
  const parts = [
    { ...part, to: { offset: 0, strides: [1] } },
    { ...part, to: { offset: 1, strides: [1] } },
  ]
  expect(kindsOf(parts, [[3]], [4])).toBe('pad pad add')
})

it('parts with gaps between them are a concatenation with zeros; other parts select by a mask', () => {
  const part = { input: 0, adds: false, from: { offset: 0, strides: [2, 1] }, size: [2, 2] }
  const at = (offset: number) => ({ ...part, to: { offset, strides: [6, 1] } })
  expect(kindsOf([at(4), at(1)], [[2, 2]], [2, 6])).toBe('fill fill concat')
  const wide = { ...part, to: { offset: 0, strides: [6, 2] } }
  expect(kindsOf([wide, at(0)], [[2, 2]], [2, 6])).toBe('pad pad fill pad select')
})

it('a part that writes a place twice without adding is refused', () => {
  const part = { input: 0, size: [2], from: { offset: 0, strides: [1] }, to: { offset: 0, strides: [0] }, adds: false }
  expect(() => structured([part], [[2]], [1], 'float32')).toThrow(ExportError)
})

it('a writer gets the steps in order, with their parameters, types and operands', () => {
  const written: string[] = []
  const writer = new Proxy({} as MoveWriter<{ shape: Shape; dtype: 'bool'; at: number }>, {
    get:
      (_, kind) =>
      ({ shape, dtype, operands: _operands, ...parameters }: Step, ...operands: { at: number }[]) => {
        written.push(`${String(kind)}(${operands.map(({ at }) => at).join()}) ${JSON.stringify(parameters)}`)
        return { shape, dtype, at: written.length }
      },
  })
  const part = { input: 0, size: [2], from: { offset: 2, strides: [-1] }, to: { offset: 0, strides: [2] }, adds: false }
  const result = writeMove(writer, [part], [{ shape: [3], dtype: 'bool', at: 0 }], { shape: [4], dtype: 'bool' })
  expect(written).toEqual([
    'slice(0) {"kind":"slice","starts":[1],"limits":[3],"strides":[1]}',
    'reverse(1) {"kind":"reverse","axes":[0]}',
    'pad(2) {"kind":"pad","low":[0],"high":[1],"interior":[1]}',
  ])
  expect(result).toEqual({ shape: [4], dtype: 'bool', at: 3 })
})
