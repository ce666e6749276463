import type { Operations } from './operations'
import type { Value } from './values'

/** A float64 between two numbers; 0 for NaN. */
export function clamped(o: Operations, x: Value<'float64'>, low: number, high: number): Value<'float64'> {
  const { writer } = o
  const bounded = o.uniform('Max', o.uniform('Min', x, writer.scalar(high, 'float64')), writer.scalar(low, 'float64'))
  return o.where(o.test('IsNaN', x), writer.scalar(0, 'float64'), bounded)
}
