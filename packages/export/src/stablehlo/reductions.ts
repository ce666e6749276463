import type { Accumulation, Combine, DType, Meeting } from '@cotangent/core'
import type { Builder } from './builder'
import { list } from './builder'
import { isFloating, type Operand, tensorType, tensorTypes } from './types'

/** How elements of a type are combined into one: the operation, and the number that changes nothing. */
export function combinationOf(combine: Accumulation | Meeting, { element }: Pick<Operand, 'element'>) {
  if (element === 'i1') {
    const isAny = combine === 'sum' || combine === 'maximum'
    return { name: isAny ? 'or' : 'and', identity: isAny ? 0 : 1 }
  }
  if (combine === 'sum') return { name: 'add', identity: 0 }
  if (combine === 'product') return { name: 'multiply', identity: 1 }
  const far = isFloating(element) ? Infinity : combine === 'maximum' ? 2 ** 31 : 2 ** 31 - 1
  return { name: combine, identity: combine === 'maximum' ? -far : far }
}

/** Combines the elements along axes, which are dropped. */
export function reduced(b: Builder, combine: Accumulation, x: Operand, axes: readonly number[]): Operand {
  const result = plainlyReduced(b, combine, x, axes)
  if (!isFloating(x.element) || (combine !== 'maximum' && combine !== 'minimum')) return result
  // XLA on CPU loses NaN in a reduction by maximum. A body that keeps it would be no operation that devices can do
  // together: an axis that they share could not be reduced.
  const isNaN = plainlyReduced(b, 'maximum', b.compare('NE', x, x), axes)
  return b.select(isNaN, b.splat(NaN, x.element, result.shape), result)
}

function plainlyReduced(b: Builder, combine: Accumulation, x: Operand, axes: readonly number[]): Operand {
  const shape = x.shape.filter((_, axis) => !axes.includes(axis))
  const { name, identity } = combinationOf(combine, x)
  const start = b.splat(identity, x.element)
  return b.one(
    `stablehlo.reduce(${x.name} init: ${start.name}) applies stablehlo.${name} across dimensions = ${list(axes)} : ` +
      `(${tensorTypes([x, start])}) -> ${tensorType({ shape, element: x.element })}`,
    shape,
    x.element,
  )
}

/** The position of the first extreme, in row-major order of the axes. NaN is more extreme than any number. */
export function extremePosition(
  b: Builder,
  combine: Exclude<Combine, Accumulation>,
  x: Operand,
  axes: readonly number[],
): Operand {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  const shape = kept.map((axis) => x.shape[axis])
  const count = axes.reduce((product, axis) => product * x.shape[axis], 1)
  const rows = b.reshape(b.transpose(x, [...kept, ...axes]), [...shape, count])
  const positions = b.iota(shape.length, 'i32', rows.shape)
  const isMaximum = combine === 'argmaximum'
  const [first, last] = [
    b.splat(combinationOf(isMaximum ? 'maximum' : 'minimum', x).identity, x.element),
    b.splat(2 ** 31 - 1, 'i32'),
  ]
  const [value, position, otherValue, otherPosition] = [x.element, 'i32', x.element, 'i32'].map((element) =>
    b.parameter([], element as Operand['element']),
  )
  const results = [x.element, 'i32' as const].map((element) => ({ shape, element }))
  const given = (operand: Operand) => `${operand.name}: ${tensorType(operand)}`
  const [, result] = b.nested(
    `stablehlo.reduce(${rows.name} init: ${first.name}), (${positions.name} init: ${last.name}) ` +
      `across dimensions = [${shape.length}] : (${tensorTypes([rows, positions, first, last])}) -> ` +
      `(${results.map(tensorType).join(', ')})`,
    results,
    () => {
      b.line(` reducer(${given(value)}, ${given(otherValue)}) (${given(position)}, ${given(otherPosition)}) {`)
      b.block(() => {
        const isMore = b.compare(isMaximum ? 'GT' : 'LT', value, otherValue)
        const isFirst = b.compare('LT', position, otherPosition)
        const isSame = b.compare('EQ', value, otherValue)
        const choices = isFloating(x.element) ? withNaN(b, { isMore, isSame }, value, otherValue) : { isMore, isSame }
        const isBest = b.uniform('or', choices.isMore, b.uniform('and', choices.isSame, isFirst))
        return [b.select(isBest, value, otherValue), b.select(isBest, position, otherPosition)]
      })
    },
    '}',
  )
  return result
}

function withNaN(b: Builder, plain: { isMore: Operand; isSame: Operand }, value: Operand, other: Operand) {
  const isNaN = b.compare('NE', value, value)
  const isOtherNumber = b.compare('EQ', other, other)
  const isOtherNaN = b.compare('NE', other, other)
  return {
    isMore: b.uniform('or', plain.isMore, b.uniform('and', isNaN, isOtherNumber)),
    isSame: b.uniform('or', plain.isSame, b.uniform('and', isNaN, isOtherNaN)),
  }
}

/**
 * Each element combined with all before it along an axis, in log n steps: after the step of distance d, each element
 * has combined 2d elements (Hillis and Steele 1986). Sums and products of floats are kept in float64 and rounded once.
 */
export function accumulated(b: Builder, combine: Accumulation, x: Operand, axis: number, dtype: DType): Operand {
  const isWide = x.element === 'f32' && (combine === 'sum' || combine === 'product')
  let total = isWide ? b.convert(x, 'f64') : x.element === 'i1' && dtype === 'int32' ? b.convert(x, 'i32') : x
  const { name, identity } = combinationOf(combine, total)
  const at = (value: number) => x.shape.map((_, i) => (i === axis ? value : 0))
  for (let distance = 1; distance < x.shape[axis]; distance *= 2) {
    const before = b.pad(total, b.splat(identity, total.element), at(distance), at(-distance))
    total = b.uniform(name, before, total)
  }
  return isWide ? b.convert(total, 'f32') : total
}

/** The int32 positions that sort along an axis: ascending, stable, NaN last, -0 equal to 0. */
export function sortPositions(b: Builder, x: Operand, axis: number): Operand {
  const positions = b.iota(axis, 'i32', x.shape)
  const [left, right] = [b.parameter([], x.element), b.parameter([], x.element)]
  const [first, second] = [b.parameter([], 'i32'), b.parameter([], 'i32')]
  const block = [left, right, first, second].map((operand) => `${operand.name}: ${tensorType(operand)}`)
  const [, sorted] = b.nested(
    `"stablehlo.sort"(${x.name}, ${positions.name}) <{dimension = ${axis} : i64, is_stable = true}> ({`,
    [x, positions],
    () => {
      b.line(`^bb0(${block.join(', ')}):`)
      b.block(() => {
        const isLess = b.compare('LT', left, right)
        if (!isFloating(x.element)) return [isLess]
        const isLast = b.uniform('and', b.compare('EQ', left, left), b.compare('NE', right, right))
        return [b.uniform('or', isLess, isLast)]
      })
    },
    `}) : (${tensorTypes([x, positions])}) -> (${tensorTypes([x, positions])})`,
  )
  return sorted
}
