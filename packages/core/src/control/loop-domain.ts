import { traceLeaves } from '../graph/trace'
import { add, mul } from '../ops/arithmetic'
import { less } from '../ops/comparison'
import { sin } from '../ops/trigonometric'
import type { Domain } from '../recording/domain'
import type { TensorType } from '../recording/op'
import { placesInList } from '../trees/places'
import type { Tensor } from '../values/tensor'
import { type Loop, plain } from './loop-form'

// What the law suite draws: bodies of which every input matters, in both directions, and for no steps too.

/** Loops with a carry, rows, and a tensor that the body captured. */
export const rowsDomain: Domain<Loop> = (draw) => {
  const shape = draw.shape()
  const type: TensorType = { shape, dtype: 'float32' }
  const length = draw.integer(0, 3)
  const reverse = draw.pick([false, true])
  const step = ([c, x, w]: readonly Tensor[]) => [add(mul(c, x), sin(w)), mul(c, w)]
  const body = traceLeaves([type, type, type], placesInList(3), step)
  return {
    inputs: [{ shape }, { shape: [length, ...shape] }, { shape }],
    attributes: { graphs: [body], length, carries: 1, xs: 1, reverse, ...plain },
  }
}

/** Loops that double a number up to a bound. From 0 they take the largest number of steps. */
export const conditionDomain: Domain<Loop> = (draw) => {
  const shape = draw.shape()
  const float: TensorType = { shape, dtype: 'float32' }
  const integer: TensorType = { shape: [], dtype: 'int32' }
  const step = ([c, i, w]: readonly Tensor[]) => [add(mul(c, w), sin(c)), add(i, i)]
  const body = traceLeaves([float, integer, float], placesInList(3), step)
  const condition = traceLeaves([float, integer, integer], placesInList(3), ([, i, end]) => [less(i, end)])
  const between = (min: number, max: number) => ({ shape: [], dtype: 'int32', min, max }) as const
  return {
    inputs: [{ shape }, between(0, 5), { shape }, between(4, 4)],
    attributes: { graphs: [body, condition], length: 4, carries: 2, xs: 0, reverse: false, ...plain },
  }
}
