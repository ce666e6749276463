import { sizeOf } from '@cotangent/core/internal'
import type { MoveWriter } from '../../moves/write'
import type { Operations } from './operations'
import { writeReduce } from './reductions'
import type { Value } from './values'

/** How each step of a move is written. */
export function moveWriter(o: Operations): MoveWriter<Value> {
  const { writer } = o
  return {
    reshape: ({ shape }, x) => o.reshape(x, shape),
    transpose: ({ permutation }, x) => o.transpose(x, permutation),
    broadcast({ axes, shape }, x) {
      const added = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
      return o.expand(o.unsqueeze(x, added), shape)
    },
    slice({ starts, limits, strides, shape }, x) {
      const cuts = starts.flatMap((start, axis) => {
        const [end, step] = [limits[axis], strides[axis]]
        return start === 0 && end >= x.shape[axis] && step === 1 ? [] : [{ axis, start, end, step }]
      })
      return o.slice(x, cuts, shape)
    },
    reverse: ({ axes }, x) => o.reverse(x, axes),
    pad({ low, high, interior, shape }, x) {
      const spread = interior.reduce(
        (value, zeros, axis) => (zeros === 0 ? value : spreadOut(o, value, axis, zeros)),
        x,
      )
      if ([...low, ...high].every((zeros) => zeros === 0)) return spread
      const pads = writer.integers([...low, ...high])
      return writer.node('Pad', [spread, pads, writer.scalar(0, x.dtype)], { shape, dtype: x.dtype })
    },
    concat: ({ axis }, ...list) => o.concat(list, axis),
    add: (_, a, b) => o.uniform(a.dtype === 'bool' ? 'Or' : 'Add', a, b),
    select: (_, mask, a, b) => o.where(mask as Value<'bool'>, a, b),
    reduceSum: (step, x) => writeReduce(o, 'sum', x, step.axes, step),
    fill: ({ value, shape, dtype }) => o.filled(value, shape, dtype),
    places({ offset, strides, shape }) {
      const terms = strides.flatMap((stride, axis) => (stride === 0 ? [] : [line(o, shape, axis, stride)]))
      const sum = terms.reduce((a, b) => o.uniform('Add', a, b), writer.scalar(offset, 'int64'))
      return o.cast(o.expand(sum, shape), 'int32')
    },
    gather: ({ shape, dtype }, x, places) => writer.node('Gather', [x, places], { shape, dtype }, { axis: 0 }),
    scatterAdd({ shape, dtype }, x, places) {
      if (dtype === 'bool') {
        const counts = scatterAdd(o, shape, o.cast(x, 'int32'), places)
        return o.cast(counts, 'bool')
      }
      return scatterAdd(o, shape, x, places)
    },
  }
}

function scatterAdd(o: Operations, shape: readonly number[], x: Value, places: Value): Value {
  const count = [sizeOf(x.shape)]
  const inputs = [o.filled(0, shape, x.dtype), o.reshape(places, count), o.reshape(x, count)]
  return o.writer.node('ScatterElements', inputs, { shape, dtype: x.dtype }, { axis: 0, reduction: 'add' })
}

/** The multiples of a stride along one axis, with axes of size 1 behind it. */
function line(o: Operations, shape: readonly number[], axis: number, stride: number): Value<'int64'> {
  const { writer } = o
  const limits = [0, shape[axis] * stride, stride].map((number) => writer.scalar(number, 'int64'))
  const multiples = writer.node('Range', limits, { shape: [shape[axis]], dtype: 'int64' })
  return o.unsqueeze(
    multiples,
    shape.slice(axis + 1).map((_, i) => i + 1),
  )
}

/** Zeros between neighbours along an axis: behind each element, without those behind the last. */
function spreadOut(o: Operations, x: Value, axis: number, zeros: number): Value {
  const { writer } = o
  const apart = o.unsqueeze(x, [axis + 1])
  const wide = apart.shape.map((size, at) => (at === axis + 1 ? 1 + zeros : size))
  const pads = writer.integers([...wide.map(() => 0), ...wide.map((_, at) => (at === axis + 1 ? zeros : 0))])
  const padded = writer.node('Pad', [apart, pads, writer.scalar(0, x.dtype)], { shape: wide, dtype: x.dtype })
  const length = x.shape[axis] * (1 + zeros)
  const joined = o.reshape(
    padded,
    x.shape.map((size, at) => (at === axis ? length : size)),
  )
  const end = length - zeros
  return o.slice(
    joined,
    [{ axis, start: 0, end, step: 1 }],
    joined.shape.map((size, at) => (at === axis ? end : size)),
  )
}
