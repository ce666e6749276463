import type { Operations } from './operations'
import type { Value } from './values'
import { clamped } from './clamp'

// ONNX cannot read the bits of a float. Powers of two come from a table, so that no function has to be exact; a
// logarithm only guesses a position in it, and comparisons correct the guess.

type Float = 'float32' | 'float64'

const [smallest, largest] = [-1022, 1023]

/** Exact powers of two, `2^n`, for float64 n that are integers from -1022 to 1023. */
function powerOfTwo(o: Operations, n: Value<'float64'>): Value<'float64'> {
  const { writer } = o
  if (n.number !== undefined) return writer.scalar(2 ** n.number, 'float64')
  const powers = Array.from({ length: largest - smallest + 1 }, (_, i) => 2 ** (i + smallest))
  const at = o.cast(o.uniform('Sub', n, writer.scalar(smallest, 'float64')), 'int32')
  const table = writer.list(powers, 'float64')
  return writer.node('Gather', [table, at], { shape: n.shape, dtype: 'float64' }, { axis: 0 })
}

interface Split {
  /** The exponent of the magnitude, which is 0 for zeros, infinities and NaN. */
  readonly exponent: Value<'float64'>
  /** x, or `x 2^54` if that is subnormal. */
  readonly normal: Value<'float64'>
  /** The exponent of `normal`. */
  readonly exponentOfNormal: Value<'float64'>
}

function split(o: Operations, given: Value<Float>): Split {
  const { writer } = o
  const number = (value: number) => writer.scalar(value, 'float64')
  const x = o.cast(given, 'float64')
  const magnitude = o.uniform('Abs', x)
  const hasExponent = o.test('And', o.test('Less', number(0), magnitude), o.test('Less', magnitude, number(Infinity)))
  const isSubnormal = o.test('And', hasExponent, o.test('Less', magnitude, number(2 ** smallest)))
  const scale = o.where(isSubnormal, number(2 ** 54), number(1))
  const normal = o.uniform('Mul', x, scale)
  const positive = o.where(hasExponent, o.uniform('Abs', normal), number(1))
  const logarithm = o.uniform('Mul', o.uniform('Log', positive), number(Math.LOG2E))
  const guess = clamped(o, o.uniform('Floor', logarithm), smallest, largest)
  const power = powerOfTwo(o, guess)
  const isBelow = o.cast(o.test('Less', positive, power), 'float64')
  const isAbove = o.cast(o.test('LessOrEqual', o.uniform('Add', power, power), positive), 'float64')
  const exponentOfNormal = o.uniform('Sub', o.uniform('Add', guess, isAbove), isBelow)
  const lowered = o.where(isSubnormal, number(54), number(0))
  return { exponent: o.uniform('Sub', exponentOfNormal, lowered), normal, exponentOfNormal }
}

/** The integer e with `2^e <= |x| < 2^(e + 1)`; 0 for zeros, infinities and NaN. */
export function exponentOf<D extends Float>(o: Operations, x: Value<D>): Value<D> {
  return o.cast(split(o, x).exponent, x.dtype)
}

/** `x / 2^exponent(x)`, which is exact. */
export function significandOf<D extends Float>(o: Operations, x: Value<D>): Value<D> {
  const { normal, exponentOfNormal } = split(o, x)
  return o.cast(o.uniform('Div', normal, powerOfTwo(o, exponentOfNormal)), x.dtype)
}

/**
 * `x 2^n` with one rounding. A float32 is scaled in float64, where it is exact or so small that it becomes zero either
 * way. A float64 goes downwards in steps of 2^-969: a result that is not zero is still normal, so exact, before its
 * last step (as in musl's scalbn).
 */
export function scaledByPowerOfTwo<D extends Float>(o: Operations, x: Value<D>, n: Value): Value<D> {
  const wide = o.cast(x, 'float64')
  if (x.dtype === 'float32')
    return o.cast(o.uniform('Mul', wide, powerOfTwo(o, wholePower(o, n, smallest, largest))), x.dtype)
  let rest = wholePower(o, n, 3 * smallest, 3 * largest)
  let result = wide
  for (let step = 1; step < 3; step++) {
    const power = nextStep(o, rest)
    result = o.uniform('Mul', result, powerOfTwo(o, power))
    rest = difference(o, rest, power)
  }
  return o.uniform('Mul', result, powerOfTwo(o, bounded(o, rest))) as Value<D>
}

/** n as an integer between two others; NaN counts as 0. */
function wholePower(o: Operations, n: Value, low: number, high: number): Value<'float64'> {
  if (n.number !== undefined)
    return o.writer.scalar(Math.trunc(Math.min(high, Math.max(low, n.number || 0))), 'float64')
  // The detour over int32 truncates.
  return o.cast(o.cast(clamped(o, o.cast(n, 'float64'), low, high), 'int32'), 'float64')
}

function nextStep(o: Operations, rest: Value<'float64'>): Value<'float64'> {
  const { writer } = o
  if (rest.number !== undefined)
    return writer.scalar(rest.number < smallest ? -969 : Math.min(rest.number, largest), 'float64')
  const isFar = o.test('Less', rest, writer.scalar(smallest, 'float64'))
  const near = o.uniform('Min', rest, writer.scalar(largest, 'float64'))
  return o.where(isFar, writer.scalar(-969, 'float64'), near)
}

function difference(o: Operations, a: Value<'float64'>, b: Value<'float64'>): Value<'float64'> {
  if (a.number !== undefined && b.number !== undefined) return o.writer.scalar(a.number - b.number, 'float64')
  return o.uniform('Sub', a, b)
}

function bounded(o: Operations, n: Value<'float64'>): Value<'float64'> {
  const { writer } = o
  if (n.number !== undefined) return writer.scalar(Math.min(largest, Math.max(smallest, n.number)), 'float64')
  return o.uniform('Max', o.uniform('Min', n, writer.scalar(largest, 'float64')), writer.scalar(smallest, 'float64'))
}
