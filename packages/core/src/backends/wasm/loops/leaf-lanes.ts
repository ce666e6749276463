import type { LoopKernel } from '../../../kernels/schedule'
import { constantQuad, newQuad } from '../lanes/access'
import type { Code } from '../format/code'
import { Elements } from '../lanes/vector-program'
import type { Emitter } from '../emitter'
import { emitters } from '../lanes/lanes'
import type { Quad } from '../lanes/quad'
import { storeAll } from './loop-nest'
import { combine, type Level, type Part, plainContext, startAt, storeQuad } from './partial-sums'
import type { Space } from '../../../kernels/space'

/** A run along the innermost axis: quads go to two quads of lanes in turn, which change places after each. */
export function emitLanes(emitter: Emitter, kernel: LoopKernel, space: Space, level: Level, code: Code): void {
  const [from, to, target] = [0, 1, 2]
  const axis = space.reducedAxis
  const { readers, writers } = startAt(emitter, kernel, space, code)
  const cursors = readers.map(({ pointer }, read) => ({ pointer, stride: space.strides[read][axis] }))
  const elements = new Elements(code, emitter.helpers, kernel.instructions, cursors)
  const identities = level.parts.map(({ dtype, combination }) => constantQuad(code, dtype, combination.identity(dtype)))
  const lanes = level.parts.map(({ dtype }, i) => {
    const pair = [newQuad(code, dtype), newQuad(code, dtype)] as const
    for (const quad of pair) move(code, identities[i], quad)
    return pair
  })
  const at = code.local('i32')
  const mask = code.local('v128')
  elements.begin()
  code.get(from).set(at)
  code.repeat(
    () => {
      elements.step()
      const hasTail = space.shape[axis] % 4 !== 0
      if (hasTail) {
        code
          .get(at)
          .op('i32x4.splat')
          .vector(Int32Array.of(0, 1, 2, 3))
          .op('i32x4.add')
        code.get(to).op('i32x4.splat', 'i32x4.lt_s').set(mask)
      }
      level.parts.forEach((part, i) => {
        const [first, second] = lanes[i]
        const value = elements.quadOf(part.value)
        const counted = hasTail ? newQuad(code, part.dtype) : value
        if (hasTail) {
          emitters.select(plainContext(emitter, code, part.dtype), counted, [[mask], value, identities[i]])
        }
        const next = newQuad(code, part.dtype)
        combine(emitter, code, part, next, first, counted)
        exchange(code, first, second, next)
      })
      storeAll(
        code,
        kernel,
        elements,
        writers.map(({ pointer }) => pointer),
      )
    },
    () => code.get(at).i32(4).op('i32.add').tee(at).get(to).op('i32.lt_s'),
  )
  // After an odd number of quads the two have changed places.
  code.get(at, from).op('i32.sub').i32(4).op('i32.and')
  code.if(() => {
    lanes.forEach(([first, second], i) => {
      const keep = newQuad(code, level.parts[i].dtype)
      move(code, first, keep)
      exchange(code, first, second, keep)
    })
  })
  level.parts.forEach((part, i) => {
    const [first, second] = lanes[i]
    for (const quad of [first, second]) acrossLanes(emitter, code, part, quad)
    combine(emitter, code, part, first, first, second)
    storeQuad(code, target, first, part.offset)
  })
}

function move(code: Code, from: Quad, to: Quad): void {
  from.forEach((local, vector) => code.get(local).set(to[vector]))
}

/** `first = second; second = next`. */
function exchange(code: Code, first: Quad, second: Quad, next: Quad): void {
  move(code, second, first)
  move(code, next, second)
}

const neighbours = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11]
const halves = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]

/** Leaves `(0 + 1) + (2 + 3)` of the four elements in the first of them. */
function acrossLanes(emitter: Emitter, code: Code, part: Part, quad: Quad): void {
  const other = newQuad(code, part.dtype)
  const shuffled = (bytes: readonly number[]) =>
    quad.forEach((local, vector) => code.get(local, local).shuffle(bytes).set(other[vector]))
  if (quad.length === 1) {
    shuffled(neighbours)
    combine(emitter, code, part, quad, quad, other)
    shuffled(halves)
    combine(emitter, code, part, quad, quad, other)
  } else {
    shuffled(halves)
    combine(emitter, code, part, quad, quad, other)
    move(code, [quad[1], quad[0]], other)
    combine(emitter, code, part, quad, quad, other)
  }
}
