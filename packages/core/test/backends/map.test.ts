import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateScalar, runMap } from '../../src/backends/reference/map'
import { buildProgram } from '../scalar/formulas'
import { generator } from '../scalar/sweep'

/** Calls `visit` with the index of each element, in row-major order. */
function forEachIndex(shape: readonly number[], visit: (index: number[]) => void): void {
  const size = shape.reduce((a, b) => a * b, 1)
  for (let at = 0; at < size; at++) {
    let rest = at
    const index = shape.map(() => 0)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis]
      rest = Math.floor(rest / shape[axis])
    }
    visit(index)
  }
}

describe('runMap', () => {
  const program = buildProgram((s, a, b) => s.add(s.mul(a, 3), s.sub(a, b)), ['float64', 'float64'])

  it('reads any strides, in any number of blocks', () => {
    const axis = fc.constantFrom(...[1, 2, 3, 5, 17])
    fc.assert(
      fc.property(
        fc.array(axis, { maxLength: 4 }),
        fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        (shape, repeated, transposed) => {
          const data = Float64Array.from({ length: 17 ** 4 }, (_, i) => i % 1009)
          const strides = [0, 1].map((input) => {
            const order = shape.map((_, i) => i)
            if (!transposed) order.reverse()
            let step = 1
            const result = shape.map(() => 0)
            for (const axis of order) {
              if (repeated[axis][input]) continue
              result[axis] = step
              step *= shape[axis]
            }
            return result
          })
          const output = new Float64Array(shape.reduce((a, b) => a * b, 1))
          runMap(program, [data, data], strides, shape, output)
          const expected: number[] = []
          forEachIndex(shape, (index) => {
            const [a, b] = strides.map((stride) => data[index.reduce((at, i, axis) => at + i * stride[axis], 0)])
            expected.push(a * 3 + (a - b))
          })
          expect([...output]).toEqual(expected)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('takes every dtype, and mixed ones', () => {
    const where = buildProgram((s, c, a, b) => s.select(c, s.convert(a, 'float32'), b), ['bool', 'int32', 'float32'])
    const output = new Float32Array(4)
    const inputs = [Uint8Array.of(1, 0, 1, 0), Int32Array.of(-1, 2, 3, 4), Float32Array.of(0.1, 0.2, 0.3, 0.4)]
    runMap(where, inputs, [[1], [1], [1]], [4], output)
    expect([...output]).toEqual([-1, Math.fround(0.2), 3, Math.fround(0.4)])
    const less = buildProgram((s, a, b) => s.less(a, b), ['int32', 'int32'])
    const flags = new Uint8Array(3)
    runMap(less, [Int32Array.of(1, 2, 3), Int32Array.of(2)], [[1], [0]], [3], flags)
    expect([...flags]).toEqual([1, 0, 0])
  })

  it('does nothing for no elements, and one for rank 0', () => {
    const output = new Float64Array(1)
    runMap(
      program,
      [new Float64Array(0), new Float64Array(0)],
      [
        [2, 1],
        [2, 1],
      ],
      [0, 2],
      output,
    )
    expect(output[0]).toBe(0)
    runMap(program, [Float64Array.of(2), Float64Array.of(1)], [[], []], [], output)
    expect(output[0]).toBe(7)
  })

  it('returns a constant or an input as it is', () => {
    const output = new Float64Array(600)
    runMap(
      buildProgram((s) => s.const(4), ['float64']),
      [output],
      [[1]],
      [600],
      output,
    )
    expect(output.every((x) => x === 4)).toBe(true)
    runMap(
      buildProgram((_, x) => x, ['float64']),
      [Float64Array.from({ length: 600 }, (_, i) => i)],
      [[1]],
      [600],
      output,
    )
    expect(output[599]).toBe(599)
  })

  it('gives one element and many the same bits, whatever ran before', () => {
    const formula = buildProgram((s, x) => s.tanh(s.add(s.mul(x, x), s.sin(x))), ['float32'])
    const random = generator(3)
    const x = Float32Array.from({ length: 2000 }, () => (random() - 0.5) * 10)
    const output = new Float32Array(2000)
    for (const size of [3, 2000, 1]) {
      runMap(formula, [x], [[1]], [size], output)
      for (let i = 0; i < size; i++) expect(output[i]).toBe(evaluateScalar(formula, [x[i]]))
    }
  })
})
