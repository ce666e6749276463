import type { LoopKernel } from '../../../kernels/schedule'
import { constantQuad, newQuad } from '../lanes/access'
import type { Code, Local } from '../format/code'
import type { Emitter } from '../emitter'
import { type Quad, vectorsOf } from '../lanes/quad'
import { rowOf, storeAll } from './loop-nest'
import { combine, type Level, loadQuad, type Part, startAt, storeQuad } from './partial-sums'
import type { Space } from '../../../kernels/space'

/** A run of rows: row i is combined into row i modulo 8 of the lanes, which are combined in the end. */
export function emitRows(
  emitter: Emitter,
  kernel: LoopKernel,
  space: Space,
  level: Level,
  code: Code,
  lanes: number,
): void {
  const [from, to, target] = [0, 1, 2]
  const axis = space.reducedAxis
  const { readers, writers } = startAt(emitter, kernel, space, code)
  const width = space.shape[axis + 1]
  const strides = space.strides.map((list) => list[axis + 1])
  const { elements, targets, enter } = rowOf(emitter, code, kernel, strides)
  const walkers = [...readers, ...writers]
  const at = code.local('i32')
  const lane = code.local('i32')
  for (const part of level.parts) fillLanes(code, part, lanes, level)
  code.get(from).set(at)
  code.repeat(
    () => {
      code
        .get(at, from)
        .op('i32.sub')
        .i32(7)
        .op('i32.and')
        .i32(level.bytes)
        .op('i32.mul')
        .i32(lanes)
        .op('i32.add')
        .set(lane)
      const places = level.parts.map(({ offset }) => {
        const place = code.local('i32')
        code.get(lane).i32(offset).op('i32.add').set(place)
        return place
      })
      enter(walkers.map(({ pointer }) => pointer))
      code.count(code.local('i32'), width, 4, () => {
        elements.step()
        level.parts.forEach((part, i) => {
          const sum = newQuad(code, part.dtype)
          loadQuad(code, places[i], sum)
          combine(emitter, code, part, sum, sum, elements.quadOf(part.value))
          storeQuad(code, places[i], sum)
          code.advance(places[i], 16 * vectorsOf(part.dtype))
        })
        storeAll(code, kernel, elements, targets)
      })
      for (const { pointer, steps } of walkers) code.advance(pointer, steps[0])
    },
    () => code.get(at).i32(1).op('i32.add').tee(at).get(to).op('i32.lt_s'),
  )
  for (const part of level.parts) combineLanes(emitter, code, part, lanes, level, target, width)
}

function fillLanes(code: Code, { dtype, combination, offset }: Part, lanes: number, level: Level): void {
  const identity = constantQuad(code, dtype, combination.identity(dtype))
  const row = code.local('i32')
  const at = code.local('i32')
  const end = code.local('i32')
  code.i32(lanes + offset).set(row)
  const next = nextOffset(level, offset)
  code.count(code.local('i32'), 8, 1, () => {
    code
      .get(row)
      .tee(at)
      .i32(next - offset)
      .op('i32.add')
      .set(end)
    code.repeat(
      () => {
        storeQuad(code, at, identity)
        code.advance(at, 16 * identity.length)
      },
      () => code.get(at, end).op('i32.lt_u'),
    )
    code.advance(row, level.bytes)
  })
}

function nextOffset(level: Level, offset: number): number {
  return level.parts.map((part) => part.offset).find((other) => other > offset) ?? level.bytes
}

/** `((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7))` of the eight rows of lanes. */
function combineLanes(
  emitter: Emitter,
  code: Code,
  part: Part,
  lanes: number,
  level: Level,
  target: Local,
  width: number,
): void {
  const row = code.local('i32')
  const to = code.local('i32')
  code.i32(lanes + part.offset).set(row)
  code.get(target).i32(part.offset).op('i32.add').set(to)
  const pair = (first: number, count: number): Quad => {
    const quad = newQuad(code, part.dtype)
    if (count === 1) loadQuad(code, row, quad, first * level.bytes)
    else combine(emitter, code, part, quad, pair(first, count / 2), pair(first + count / 2, count / 2))
    return quad
  }
  code.count(code.local('i32'), width, 4, () => {
    storeQuad(code, to, pair(0, 8))
    code.advance(row, 16 * vectorsOf(part.dtype)).advance(to, 16 * vectorsOf(part.dtype))
  })
}
