import type { DType, Move, MovePart, Strided } from '@cotangent/core'
import { sizeOf } from '@cotangent/core/internal'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runs } from '../../../../test/effort'
import { structured } from '../../src/moves/structured'
import { indices, interpret, moved } from './interpret'

type Integers = (min: number, max: number) => number
type Shape = readonly number[]

const integers = (min: number, max: number) => fc.integer({ min, max })
const specials = [NaN, -0, 0, Infinity, -Infinity, 1.5]

function drawShape(integer: Integers, maxRank: number, maxSize: number): number[] {
  return Array.from({ length: integer(0, maxRank) }, () => (integer(0, 12) === 12 ? 0 : integer(1, maxSize)))
}

/** Strides that stay in a tensor of `total` elements, made from those of a random shape or drawn freely. */
function drawStrided(integer: Integers, size: Shape, total: number): Strided | null {
  const inner = [1, integer(1, 4), integer(1, 6), integer(1, 12)]
  const strides = size.map(() => inner[integer(0, 3)] * integer(-2, 2))
  const low = size.reduce((sum, count, axis) => sum + Math.min(0, (count - 1) * strides[axis]), 0)
  const high = size.reduce((sum, count, axis) => sum + Math.max(0, (count - 1) * strides[axis]), 0)
  if (sizeOf(size) === 0) return { offset: integer(0, 3), strides }
  if (high - low >= total) return null
  return { offset: integer(-low, total - 1 - high), strides }
}

/** Row-major, permuted, or any strides. */
function drawSide(integer: Integers, size: Shape, shape: Shape): Strided | null {
  const total = sizeOf(shape)
  if (integer(0, 2) > 0) return drawStrided(integer, size, total)
  const order = [...size.keys()].sort(() => integer(-1, 1))
  const strides: number[] = []
  order.reduceRight((row, axis) => ((strides[axis] = row), row * size[axis]), 1)
  return sizeOf(size) <= total
    ? { offset: integer(0, total - sizeOf(size)), strides: size.map((_, i) => strides[i]) }
    : null
}

function isApart({ size, to }: MovePart): boolean {
  const places = indices(size).map((index) =>
    to.strides.reduce((sum, each, axis) => sum + each * index[axis], to.offset),
  )
  return new Set(places).size === places.length
}

function drawPart(integer: Integers, shapes: readonly Shape[], shape: Shape): MovePart | null {
  const input = integer(0, shapes.length - 1)
  const size = drawShape(integer, 4, 4)
  const from = drawSide(integer, size, shapes[input])
  const to = drawSide(integer, size, shape)
  if (from === null || to === null) return null
  const part = { input, size, from, to, adds: false }
  return { ...part, adds: !isApart(part) || integer(0, 4) === 0 }
}

it('drawn moves: to the bit where no part adds', () => {
  const seen = new Map<string, number>()
  const property = fc.property(fc.gen(), (g) => {
    const integer: Integers = (min, max) => g(integers, min, Math.max(min, max))
    const dtype = (['float32', 'float64', 'int32', 'bool'] satisfies DType[])[integer(0, 3)]
    const shapes = Array.from({ length: integer(1, 2) }, () => drawShape(integer, 3, 7))
    const shape = drawShape(integer, 3, 8)
    const parts: Move = Array.from({ length: integer(1, 3) }, () => drawPart(integer, shapes, shape)).filter(
      (part) => part !== null,
    )
    const adds = parts.some((part) => part.adds)
    const element = () =>
      dtype === 'bool' ? integer(0, 1) : adds || dtype === 'int32' ? integer(-9, 9) : specials[integer(0, 5)]
    const inputs = shapes.map((each) => ({ shape: each, dtype, data: Array.from({ length: sizeOf(each) }, element) }))
    const steps = structured(parts, shapes, shape, dtype)
    const result = interpret(steps, inputs)
    const expected = moved(parts, inputs, shape, dtype)
    expect([result.dtype, result.shape]).toEqual([dtype, shape])
    // toEqual tells -0 from 0. Sums of small integers are exact in any order.
    if (adds) expect(result.data.map((x) => x + 0)).toEqual(expected.map((x) => x + 0))
    else expect(result.data).toEqual(expected)
    for (const { kind } of steps.steps) seen.set(kind, (seen.get(kind) ?? 0) + 1)
  })
  fc.assert(property, { numRuns: runs(200) })
  const used = ['reshape', 'transpose', 'broadcast', 'slice', 'reverse', 'pad', 'concat', 'add', 'select', 'reduceSum']
  for (const kind of used) expect(seen.get(kind), kind).toBeGreaterThan(0)
})

it('drawn windows of a long axis, and sums at their places', () => {
  const seen = new Set<string>()
  const property = fc.property(fc.gen(), (g) => {
    const integer: Integers = (min, max) => g(integers, min, Math.max(min, max))
    const step = integer(1, 40)
    const [count, length] = [integer(2, 90), integer(1, 4) * (integer(0, 1) === 0 ? step : integer(1, 30))]
    const stride = integer(1, 3)
    const batch = integer(1, 2)
    const long = (count - 1) * step + (length - 1) * stride + 1 + integer(0, 3)
    const size = [batch, count, length]
    const rows = { offset: 0, strides: [count * length, length, 1] }
    const places = { offset: 0, strides: [long, step, stride] }
    const order = integer(0, 1) === 0 ? [0, 1, 2] : [0, 2, 1]
    const sorted = <T>(list: readonly T[]) => order.map((axis) => list[axis])
    const ordered = ({ offset, strides }: Strided) => ({ offset, strides: sorted(strides) })
    const part = { input: 0, size: sorted(size) }
    const views: readonly [Move, Shape, Shape][] = [
      [[{ ...part, from: ordered(places), to: ordered(rows), adds: false }], [batch, long], size],
      [[{ ...part, from: ordered(rows), to: ordered(places), adds: true }], size, [batch, long]],
    ]
    for (const [parts, from, to] of views) {
      const input = { shape: from, dtype: 'float64', data: Array.from({ length: sizeOf(from) }, (_, i) => i) } as const
      const steps = structured(parts, [from], to, 'float64')
      expect(interpret(steps, [input]).data).toEqual(moved(parts, [input], to, 'float64'))
      expect(steps.steps.length).toBeLessThan(4 * 64)
      for (const { kind } of steps.steps) seen.add(kind)
    }
  })
  fc.assert(property, { numRuns: runs(30) })
  for (const kind of ['gather', 'scatterAdd', 'places']) expect(seen).toContain(kind)
})
