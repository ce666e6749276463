import { scan } from '../control/scan'
import { whileLoop } from '../control/while-loop'
import { abs, add, div, maximum, minimum, mul, sign, sub } from '../ops/arithmetic'
import { equal, greater, greaterEqual, less, lessEqual, where } from '../ops/comparison'
import { arange, onesLike, tensor, zerosLike } from '../ops/creation'
import { pow, sqrt } from '../ops/exponential'
import { sumAxes } from '../ops/broadcasting'
import { stopGradient } from '../ops/identity'
import { expandDims } from '../ops/movement'
import { at, concat, slice } from '../ops/slicing'
import type { Tensor } from '../values/tensor'
import { guarded } from './guard'
import { toleranceFor } from './precision'
import { inner } from './vectors'

/** The right-hand side of an equation `y' = f(y, t)`, on vectors. */
export type Slope = (y: Tensor, t: Tensor) => Tensor

/** How an equation is integrated from each time to the next. */
export interface StepSettings {
  readonly method: 'rk4' | 'dopri5'
  /** Default: that of the dtype. */
  readonly rtol: number | undefined
  /** Default: `rtol`. */
  readonly atol: number | undefined
  readonly maxSteps: number
  readonly stepsPerInterval: number
}

/** The states at the times, as rows. The first is `y0`. */
export function integrate(f: Slope, y0: Tensor, times: Tensor, settings: StepSettings): Tensor {
  const [n] = times.shape as readonly number[]
  const first = expandDims(y0, 0)
  if (n === 1) return first
  const intervals = { from: slice(times, [0, n - 1]), to: slice(times, [1, n]) }
  return concat([
    first,
    settings.method === 'rk4' ? fixed(f, y0, intervals, settings) : adaptive(f, y0, intervals, settings),
  ])
}

/** The ends of each interval, as rows. */
interface Intervals {
  readonly from: Tensor
  readonly to: Tensor
}

/** The classical method of order 4, in equal steps (Hairer, Norsett & Wanner 1993, table II.1.2). */
function fixed(f: Slope, y0: Tensor, intervals: Intervals, { stepsPerInterval: count }: StepSettings): Tensor {
  const step = (y: Tensor, t: Tensor, h: Tensor): Tensor => {
    const half = div(h, 2)
    const k1 = f(y, t)
    const k2 = f(add(y, mul(half, k1)), add(t, half))
    const k3 = f(add(y, mul(half, k2)), add(t, half))
    const k4 = f(add(y, mul(h, k3)), add(t, h))
    return add(y, mul(div(h, 6), add(add(k1, k4), mul(add(k2, k3), 2))))
  }
  const positions = arange(0, count, 1, { dtype: y0.dtype as 'float32' }) as Tensor
  const [, ys] = scan(
    (y: Tensor, { from, to }: Intervals) => {
      const h = div(sub(to, from), count)
      const [end] = scan(
        (each: Tensor, i: Tensor) => [step(each, add(from, mul(h, i)), h), null] as const,
        y,
        positions,
      )
      const next = finite(end, to, count)
      return [next, next] as const
    },
    y0,
    intervals,
  )
  return ys
}

/** The state at a time, which must be finite. */
function finite(y: Tensor, t: Tensor, count: number): Tensor {
  const steps = tensor(count, { dtype: 'int32' })
  // Zero times an infinity is NaN, and a comparison with NaN is false.
  const finished = equal(sumAxes(mul(y, 0), { axes: [0] }), 0)
  const { value } = guarded(
    { value: [y], steps, finished, residual: t },
    {
      operation: 'odeSolve',
      expected: 'a finite state at each time',
      reached: 'one that is not finite at time ',
      remedy:
        'raise stepsPerInterval, check that the times are numbers, or check whether the solution exists up to that time',
    },
  )
  return value[0]
}

/** The coefficients of Dormand & Prince (1980). */
function dormandPrince() {
  // A row for each stage after the first: its time, and the weights of the slopes before it.
  const stages: readonly (readonly [c: number, ...a: number[]])[] = [
    [1 / 5, 1 / 5],
    [3 / 10, 3 / 40, 9 / 40],
    [4 / 5, 44 / 45, -56 / 15, 32 / 9],
    [8 / 9, 19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
    [1, 9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
    [1, 35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
  ]
  // The weights of the difference of the solutions of order 5 and 4.
  const differences = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40]
  return { stages, differences }
}

/** `Σ w_i k_i` without the terms of weight zero. */
function combined(weights: readonly number[], slopes: readonly Tensor[]): Tensor {
  return weights.flatMap((w, i) => (w === 0 ? [] : [mul(slopes[i], w)])).reduce((a, b) => add(a, b))
}

/** The tolerances of a step. */
interface Tolerances {
  readonly rtol: number | Tensor
  readonly atol: number | Tensor
}

/** The size of `x` where 1 is what the tolerances allow for a state of at most `scale`. */
function sizeOf(x: Tensor, scale: Tensor, { rtol, atol }: Tolerances): Tensor {
  const relative = div(x, add(mul(scale, rtol), atol))
  return sqrt(div(inner(relative, relative), Math.max(1, x.size)))
}

/** A state within an interval. Sizes of steps are fractions of the interval. */
interface Progress {
  readonly y: Tensor
  /** The slope at `y`. */
  readonly k: Tensor
  /** The fraction that is done. */
  readonly done: Tensor
  /** The next fraction to try. */
  readonly fraction: Tensor
}

/**
 * The method of Dormand and Prince of order 5 with an error estimate of order 4 (1980), in steps that end at each of
 * the times. Step sizes follow Hairer, Norsett & Wanner 1993, II.4. They are constants for derivatives: only the ends
 * of an interval move with the times.
 */
function adaptive(f: Slope, y0: Tensor, intervals: Intervals, settings: StepSettings): Tensor {
  const { maxSteps, rtol = toleranceFor(y0), atol = rtol } = settings
  const tolerances: Tolerances = { rtol, atol }
  const [start, end] = [at(intervals.from, 0), at(intervals.to, 0)]
  const k = f(y0, start)
  const h = stopGradient(firstStep(f, y0, k, start, sign(sub(end, start)), tolerances))
  const [, ys] = scan(
    ({ y, k, h }: { y: Tensor; k: Tensor; h: Tensor }, { from, to }: Intervals) => {
      const span = sub(to, from)
      const length = stopGradient(abs(span))
      const isEmpty = lessEqual(length, 0)
      const { value, steps } = whileLoop<Progress>(
        ({ done }) => less(done, 1),
        (progress) => attempt(f, progress, from, span, tolerances),
        { y, k, done: zerosLike(length), fraction: where(isEmpty, 1, div(h, where(isEmpty, 1, length))) },
        { maxSteps },
      )
      const { value: reached } = guarded(
        {
          value: [value.y, value.k],
          steps,
          finished: greaterEqual(value.done, 1),
          residual: add(from, mul(value.done, span)),
        },
        {
          operation: 'odeSolve',
          expected: `to reach the next time within ${maxSteps} steps`,
          reached: 'as far as ',
          remedy: 'raise maxSteps, loosen rtol or atol, or check whether the solution exists up to that time',
        },
      )
      const next = { y: reached[0], k: reached[1], h: where(isEmpty, h, mul(value.fraction, length)) }
      return [next, next.y] as const
    },
    { y: y0, k, h },
    intervals,
  )
  return ys
}

/** Tries a step, and goes on from its end if the estimated error is small enough. */
function attempt(
  f: Slope,
  { y, k, done, fraction }: Progress,
  from: Tensor,
  span: Tensor,
  tolerances: Tolerances,
): Progress {
  const left = sub(1, done)
  // The last step may be a little longer, so that no tiny step remains.
  const isLast = greaterEqual(mul(fraction, 1.01), left)
  const part = stopGradient(where(isLast, left, fraction))
  const h = mul(part, span)
  const t = add(from, mul(stopGradient(done), span))
  const { stages, differences } = dormandPrince()
  const slopes = [k]
  let next = y
  for (const [c, ...weights] of stages) {
    next = add(y, mul(h, combined(weights, slopes)))
    slopes.push(f(next, add(t, mul(h, c))))
  }
  const error = mul(h, combined(differences, slopes))
  const ratio = stopGradient(sizeOf(error, maximum(abs(y), abs(next)), tolerances))
  const isAccepted = lessEqual(ratio, 1)
  const factor = mul(pow(maximum(ratio, 1e-6), -1 / 5), 0.9)
  // A comparison with NaN is false: a step that left the domain of f is tried again in small.
  const proposed = mul(part, where(greater(factor, 0.2), minimum(factor, 10), 0.2))
  const after = where(isAccepted, where(isLast, onesLike(done), add(done, part)), done)
  return {
    y: where(isAccepted, next, y),
    k: where(isAccepted, slopes[slopes.length - 1], k),
    done: after,
    // A step that was cut off at the end of the interval says little about the next one.
    fraction: where(greaterEqual(after, 1), maximum(proposed, fraction), proposed),
  }
}

/** The size of the first step (Hairer, Norsett & Wanner 1993, II.4, page 169). */
function firstStep(f: Slope, y: Tensor, k: Tensor, t: Tensor, direction: Tensor, tolerances: Tolerances): Tensor {
  const scale = abs(y)
  const [d0, d1] = [sizeOf(y, scale, tolerances), sizeOf(k, scale, tolerances)]
  const isSmall = greater(1e-5, minimum(d0, d1))
  const h0 = where(isSmall, 1e-6, mul(div(d0, maximum(d1, 1e-5)), 0.01))
  const signed = mul(h0, direction)
  const after = f(add(y, mul(signed, k)), add(t, signed))
  const d2 = div(sizeOf(sub(after, k), scale, tolerances), h0)
  const largest = maximum(d1, d2)
  const h1 = where(
    lessEqual(largest, 1e-15),
    maximum(mul(h0, 1e-3), 1e-6),
    pow(div(0.01, maximum(largest, 1e-15)), 1 / 5),
  )
  return minimum(mul(h0, 100), h1)
}
