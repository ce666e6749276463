/** A bound for the rounding error of a value v: `absolute + relative |v|`. */
export interface Noise {
  readonly absolute: number
  readonly relative: number
}

/** The derivative of a real function at 0, estimated by differences. */
export interface Slope {
  /** Estimate of the derivative. At a kink, the mean of the one-sided derivatives. */
  readonly value: number
  /** Estimated bound of the error of `value`, truncation and rounding together. */
  readonly error: number
  /**
   * `smooth`: there is one derivative. `kink`: the one-sided derivatives differ. `jump`: the function is not
   * continuous. `edge`: it is not finite on one side. `not-finite`: it is not finite at 0, or on both sides.
   */
  readonly kind: 'smooth' | 'kink' | 'jump' | 'edge' | 'not-finite'
  /** Derivative from the left. */
  readonly left: number
  /** Derivative from the right. */
  readonly right: number
  /** How many times the step was divided to reach the best estimate, counted from the scale that was asked for. */
  readonly level: number
}

const unit = 2 ** -53

/** Each step is smaller than the one before by this factor. */
const ratio = 4
const largestStep = 2 ** -4
/** The smallest step is 2^-4 4^-19 = 2e-13 of the scale. */
const levels = 20
const highestOrder = 4

/** Stop at this relative error: a further level is not worth its two evaluations. */
const goodEnough = 2e-11

/**
 * The derivative of `f` at 0, by Richardson extrapolation of central differences (Ridders 1982 for the choice among the
 * estimates). The differences D(h) for h = s/16, s/64, ... are extrapolated in h² to order 2j + 2:
 *
 *     R₀(h) = D(h),  Rⱼ(h) = (16ʲ Rⱼ₋₁(h) - Rⱼ₋₁(4h)) / (16ʲ - 1)
 *
 * The error of an estimate is the larger of its distances to the two estimates it was made of, plus 2 ε(f) / h for
 * rounding. The estimate with the smallest error wins.
 *
 * The jump of the derivative comes from the same values: S(h) = (f(h) - 2 f(0) + f(-h)) / h tends to f'(0+) - f'(0-).
 * Its error is a series in h, h³, h⁵, ..., so it is extrapolated in these.
 *
 * @param scale s, a distance over which `f` changes by about its own size.
 * @param noise ε, bounds for the rounding error of a value of `f`.
 * @param wanted stop at this error.
 * @param firstLevel how many of the largest steps to skip.
 * @param isWide whether to give up where `f` is not finite.
 */
export function slope(
  f: (t: number) => number,
  scale: number,
  noise: Noise,
  wanted: number,
  firstLevel = 0,
  isWide = false,
): Slope {
  const middle = f(0)
  if (!Number.isFinite(middle)) return without('not-finite')
  let best = { value: NaN, error: Infinity, jump: 0, jumpError: Infinity, level: 0 }
  let isEdge = false
  const rises: number[] = []
  const bends: number[] = []
  let central: number[] = []
  let jumps: number[] = []
  for (let level = firstLevel; level < levels; level++) {
    const h = scale * largestStep * ratio ** -level
    const [above, below] = [f(h), f(-h)]
    if (!Number.isFinite(above) || !Number.isFinite(below)) {
      if (isWide) break
      isEdge = Number.isFinite(above) !== Number.isFinite(below)
      ;[central, jumps] = [[], []]
      continue
    }
    const rounding = (2 * (noise.absolute + noise.relative * (Math.abs(above) + Math.abs(below)))) / h
    if (rounding > best.error) break
    rises.push(Math.abs(above - below))
    bends.push(Math.abs(above - middle + (below - middle)))
    // If a step that is four times smaller shows the same change, the change happens within that step. Estimates from
    // larger steps are then void.
    if (isStuck(rises, noise) || isStuck(bends, noise)) {
      ;[central, jumps] = [[], []]
      best = { ...best, error: Infinity }
    }
    const [previous, previousJumps] = [central, jumps]
    central = extrapolate((above - below) / (2 * h), previous, (j) => ratio ** (2 * j))
    jumps = extrapolate((above - middle + (below - middle)) / h, previousJumps, (j) => ratio ** (2 * j - 1))
    // Two estimates can agree by chance, so judge from the third level on.
    if (central.length < 3) continue
    const jumpError = Math.abs(jumps[2] - jumps[1]) + Math.abs(jumps[2] - previousJumps[1]) + 4 * rounding
    for (let j = 1; j < central.length; j++) {
      const spread = Math.max(Math.abs(central[j] - central[j - 1]), Math.abs(central[j] - previous[j - 1]))
      const error = spread + rounding
      if (error < best.error) best = { value: central[j], error, jump: jumps[2], jumpError, level }
    }
    const enough = Math.max(wanted, goodEnough * Math.abs(best.value))
    if (best.error <= enough && jumpError <= 1e5 * enough) break
  }
  if (best.error === Infinity && isJump(rises, noise)) return without('jump')
  if (best.error === Infinity) return without(isEdge ? 'edge' : 'not-finite')
  const { value, error, jump, jumpError, level } = best
  if (error > Math.abs(value) / 8 && isJump(rises, noise)) return { ...without('jump'), value, error, level }
  const isKink = Math.abs(jump) > 4 * jumpError + 1e-4 * Math.abs(value) && Math.abs(jump) > 8 * error
  const half = isKink ? jump / 2 : 0
  return { value, error, kind: isKink ? 'kink' : 'smooth', left: value - half, right: value + half, level }
}

/** Whether the last of some changes is more than half of the one before, and more than rounding. */
function isStuck(changes: readonly number[], noise: Noise): boolean {
  const [coarse, fine] = changes.slice(-2)
  return changes.length >= 2 && fine > coarse / 2 && fine > 16 * noise.absolute
}

/** Whether the rise across 0 does not shrink with the step. */
function isJump(rises: readonly number[], noise: Noise): boolean {
  const [coarse, fine] = rises.slice(-4)
  return rises.length >= 4 && fine > coarse / 2 && rises[rises.length - 1] > coarse / 2 && coarse > 100 * noise.absolute
}

function without(kind: 'jump' | 'edge' | 'not-finite'): Slope {
  return { value: NaN, error: Infinity, kind, left: NaN, right: NaN, level: 0 }
}

/** The next row of the extrapolation table. `power(j)` is the factor by which the leading error of column j shrinks. */
function extrapolate(first: number, previous: readonly number[], power: (j: number) => number): number[] {
  const row = [first]
  for (let j = 1; j <= Math.min(previous.length, highestOrder); j++) {
    const factor = power(j)
    row.push((factor * row[j - 1] - previous[j - 1]) / (factor - 1))
  }
  return row
}

/** Enough points that a kink among them, which spoils five residuals, does not move the median. */
const points = 16

/**
 * The points in units of the spacing. Their distances are uneven: with even distances, the rounding errors of nearly
 * linear values line up and cancel.
 */
const places = Array.from(
  { length: points },
  (_, i) => i - (points - 1) / 2 + 0.6 * (((i + 1) * 0.618033988749895) % 1) - 0.3,
)

/**
 * The residual of the middle one of five values: its distance from the cubic through the other four, divided by √(1 + Σ
 * Lⱼ²), where Lⱼ are the weights of the cubic. Smooth parts vanish. Independent errors of standard deviation σ leave σ.
 */
function residual(values: readonly number[], at: number): number {
  const others = [at - 2, at - 1, at + 1, at + 2]
  const weights = others.map((j) =>
    others.reduce(
      (product, k) => (k === j ? product : (product * (places[at] - places[k])) / (places[j] - places[k])),
      1,
    ),
  )
  const predicted = others.reduce((sum, j, i) => sum + weights[i] * values[j], 0)
  return Math.abs(values[at] - predicted) / Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 1))
}

/**
 * Bounds for the rounding error of the values of `f` near 0: four times the median of the residuals at twelve points,
 * similar to Hamming (1962) and Moré & Wild (2011). Residuals that shrink with the spacing come from the curvature of
 * `f`, so a finer spacing follows.
 */
export function roundingError(f: (t: number) => number, scale: number): Noise {
  const atSpacing = (spacing: number): Noise => {
    const values = places.map((place) => f(place * spacing * scale))
    const residuals = values.slice(2, -2).map((_, i) => residual(values, i + 2))
    const finite = residuals.filter(Number.isFinite)
    if (finite.length < 4) return { absolute: Infinity, relative: Infinity }
    const median = finite.sort((a, b) => a - b)[Math.floor(finite.length / 2)]
    const largest = Math.max(...values.map(Math.abs).filter(Number.isFinite))
    const absolute = Math.max(4 * median, 4 * unit * largest)
    return { absolute, relative: Math.max(absolute / Math.max(1, largest), unit) }
  }
  let noise = atSpacing(2 ** -14)
  for (let exponent = 17; exponent <= 32; exponent += 3) {
    const finer = atSpacing(2 ** -exponent)
    const agrees = noise.absolute <= 8 * finer.absolute
    noise = agrees && noise.absolute > finer.absolute ? noise : finer
    if (agrees) break
  }
  return noise.absolute === Infinity ? { absolute: 4 * unit * Math.abs(f(0)), relative: 4 * unit } : noise
}

/** `slope` at the given scale. Where its error is larger than wanted, also at larger scales whose result agrees. */
export function slopeAtAnyScale(
  f: (t: number) => number,
  scale: number,
  noise: Noise,
  wanted: number,
  firstLevel = 0,
): Slope {
  let best = slope(f, scale, noise, wanted, firstLevel)
  for (let wider = 1; wider <= 2 && best.kind === 'smooth' && best.error > 10 * wanted; wider++) {
    // Without one correct digit, nothing shows whether a larger step sees another part of the function.
    if (best.error > Math.max(0.1 * Math.abs(best.value), 1e-3)) break
    const other = slope(f, scale * 2 ** (13 * wider), noise, wanted, 0, true)
    // A function that is flat far away looks constant there, so the larger steps must agree with the finer ones.
    if (other.error >= best.error || Math.abs(other.value - best.value) > 2 * best.error) continue
    // Four to the power of 6.5 is 2^13.
    best = { ...other, level: Math.max(0, other.level - Math.ceil(6.5 * wider)) }
  }
  return best
}
