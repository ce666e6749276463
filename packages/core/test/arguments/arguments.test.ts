import { gather, oneHot, reshape, softmax, sum, take, tensor, transpose, variance } from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { checkArguments, type Kind, optional, options, rest } from '../../src/arguments/arguments'
import { axis, either, flag, integerFrom, listOf, numberFrom, oneOf, text } from '../../src/arguments/kinds'

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
])

/** Calls a function as JavaScript does, without types. */
function call(f: unknown, ...args: readonly unknown[]): () => unknown {
  return () => (f as (...args: readonly unknown[]) => unknown)(...args)
}

function reads(parameters: readonly Kind[], ...given: readonly unknown[]): () => void {
  return () => checkArguments('op', parameters, given)
}

describe('checkArguments', () => {
  const fields = options({ axis, keepDims: flag })

  it('takes what the kinds accept, and leaves optional arguments out', () => {
    expect(reads([axis, fields], 1)).not.toThrow()
    expect(reads([axis, fields], 1, { axis: -1, keepDims: undefined })).not.toThrow()
    expect(reads([optional(text), rest(axis)], undefined, 1, 2, 3)).not.toThrow()
  })

  it('names what is missing and what is too much', () => {
    expect(reads([axis, fields])).toThrow('[op] expected an axis (an integer) as argument 1, got nothing')
    expect(reads([axis], 1, 2)).toThrow('[op] takes at most 1 argument, got 2')
    expect(reads([axis, fields], 1, {}, true)).toThrow('pass options by name, as { axis, keepDims }')
    expect(reads([options({ axis }, ['axis'])], {})).toThrow(
      "expected an axis (an integer) as option 'axis', got nothing",
    )
  })

  it('says how a bare value is passed as an option', () => {
    expect(reads([axis, fields], 1, 2)).toThrow('got 2; write op(1, { axis: 2 })')
    expect(reads([axis, fields], 1, true)).toThrow('got true; write op(1, { keepDims: true })')
    expect(reads([axis, fields], 1, null)).toThrow('expected options { axis, keepDims }, got null')
  })

  it.each([
    ['dim', 'axis'],
    ['keepdims', 'keepDims'],
    ['keep_dims', 'keepDims'],
    ['axes', 'axis'],
    ['Axis', 'axis'],
  ])('takes %s for %s', (name, meant) => {
    expect(reads([fields], { [name]: 1 })).toThrow(`[op] has no option '${name}'; did you mean '${meant}'?`)
  })

  it('does not guess where nothing is close', () => {
    expect(reads([fields], { colour: 1 })).toThrow("[op] has no option 'colour'; its options are axis, keepDims")
  })

  it('takes no tensor, array or class for options', () => {
    for (const odd of [x, [1], new Float32Array(1), new Date(), new Map(), Object(1)])
      expect(reads([fields], odd)).toThrow('expected options')
  })

  it('sees the holes of arrays', () => {
    expect(reads([listOf(axis)], new Array(2))).toThrow('element 0 of argument 1, got nothing')
  })

  it('names the element that is of the wrong kind', () => {
    expect(reads([options({ axes: listOf(axis) })], { axes: [0, 'b'] })).toThrow(
      "expected an axis (an integer) as element 1 of option 'axes', got 'b'",
    )
    expect(reads([either(axis, listOf(axis))], [0, 'b'])).toThrow("as argument 1, got [0, 'b']")
  })

  it('states ranges', () => {
    expect(reads([numberFrom(0, 1)], NaN)).toThrow('a number from 0 to 1 as argument 1, got NaN')
    expect(reads([integerFrom(1)], 0)).toThrow('an integer of at least 1')
    expect(reads([either(axis, oneOf('all', 'none'))], 'al')).toThrow("an axis (an integer), or 'all' or 'none'")
  })
})

describe('the ops', () => {
  it.each<[string, () => unknown]>([
    ['sum', call(sum, x, 1)],
    ['sum', call(sum, x, null)],
    ['sum', call(sum, x, { dim: 0 })],
    ['sum', call(sum, x, { axis: '0' })],
    ['sum', call(sum, x, 0, true)],
    ['softmax', call(softmax, x, 0)],
    ['take', call(take, x, tensor(new Int32Array(1)), 1)],
    ['gather', call(gather, x, tensor(new Int32Array(1)), 1)],
    ['transpose', call(transpose, x, 1)],
    ['reshape', call(reshape, x, 6)],
    ['variance', call(variance, x, { correction: NaN })],
    ['oneHot', call(oneHot, tensor(new Int32Array(1)), 3, 'float64')],
  ])('%s rejects a wrong call by its own name', (name, wrong) => {
    expect(wrong).toThrow(new RegExp(`^\\[${name}\\] `))
    expect(wrong).toThrow(expect.objectContaining({ code: expect.any(String) as string }))
  })
})
