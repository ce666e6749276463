import type { MoveWriter } from '../moves/write'
import { type Builder, list } from './builder'
import { gathered, scattered } from './indexing'
import { reduced } from './reductions'
import { asValue, elementOf, tensorType, tensorTypes, type Value } from './types'

/** The steps of moves, as operations of StableHLO. */
export function moveWriter(b: Builder): MoveWriter<Value> {
  const vector = { axis: 0, along: false } as const
  return {
    reshape: ({ shape }, x) => asValue(b.reshape(x, shape)),
    transpose: ({ permutation }, x) => asValue(b.transpose(x, permutation)),
    broadcast: ({ axes, shape }, x) => asValue(b.broadcast(x, axes, shape)),
    slice({ starts, limits, strides, shape }, x) {
      const ranges = starts.map((start, i) => `${start}:${limits[i]}${strides[i] === 1 ? '' : `:${strides[i]}`}`)
      const type = tensorType({ shape, element: x.element })
      return asValue(
        b.one(`stablehlo.slice ${x.name} [${ranges.join(', ')}] : (${tensorType(x)}) -> ${type}`, shape, x.element),
      )
    },
    reverse: ({ axes }, x) =>
      asValue(b.one(`stablehlo.reverse ${x.name}, dims = ${list(axes)} : ${tensorType(x)}`, x.shape, x.element)),
    pad: ({ low, high, interior }, x) => asValue(b.pad(x, b.splat(0, x.element), low, high, interior)),
    concat({ axis, shape }, ...list) {
      const type = tensorType({ shape, element: list[0].element })
      const operands = list.map(({ name }) => name).join(', ')
      return asValue(
        b.one(
          `stablehlo.concatenate ${operands}, dim = ${axis} : (${tensorTypes(list)}) -> ${type}`,
          shape,
          list[0].element,
        ),
      )
    },
    add: (_, x, y) => asValue(b.uniform(x.element === 'i1' ? 'or' : 'add', x, y)),
    select: (_, mask, x, y) => asValue(b.select(mask, x, y)),
    reduceSum: ({ axes }, x) => asValue(reduced(b, 'sum', x, axes)),
    fill: ({ value: number, shape, dtype }) => asValue(b.splat(number, elementOf(dtype), shape)),
    places({ offset, strides, shape }) {
      const terms = strides.flatMap((stride, axis) =>
        stride === 0 ? [] : [b.uniform('multiply', b.iota(axis, 'i32', shape), b.splat(stride, 'i32', shape))],
      )
      return asValue(terms.reduce((sum, term) => b.uniform('add', sum, term), b.splat(offset, 'i32', shape)))
    },
    gather: ({ shape }, x, places) => asValue(gathered(b, { ...vector, size: x.shape[0] }, x, places, shape)),
    scatterAdd: ({ shape }, x, places) =>
      asValue(scattered(b, { ...vector, size: shape[0], combine: 'sum' }, x, places, shape)),
  }
}
