/** A loss along a direction: the step, the loss, its gradient, and its slope along the direction. */
export interface Point {
  readonly step: number
  readonly loss: number
  readonly gradient: Float64Array
  readonly slope: number
}

/** What a line search needs besides the loss. */
export interface Search {
  /** The first step to try. */
  readonly step: number
  /** The largest entry of the direction. */
  readonly size: number
  /** The least change of an entry of the parameters. */
  readonly tolerance: number
  /** The most evaluations after the first. */
  readonly evaluations: number
}

/** Sufficient decrease, and what is left of the slope (Nocedal & Wright 2006, section 3.1). */
const [c1, c2] = [1e-4, 0.9]

/** The point that a search found, and how many times it evaluated the loss. */
export interface Found {
  readonly point: Point
  readonly evaluations: number
}

/**
 * A step with the strong Wolfe conditions: `f(t) <= f(0) + c₁ t f'(0)` and `|f'(t)| <= -c₂ f'(0)` (Nocedal & Wright
 * 2006, algorithms 3.5 and 3.6, with the cubic interpolation and the safeguards of minFunc, Torch and PyTorch). A loss
 * that is no number is too large. It returns the best end of the bracket if it runs out of evaluations.
 */
export function strongWolfe(at: (step: number) => Point, start: Point, search: Search): Found {
  const isLow = (point: Point) => point.loss <= start.loss + c1 * point.step * start.slope
  const isFlat = (point: Point) => Math.abs(point.slope) <= -c2 * start.slope
  let before = start
  let now = at(search.step)
  let iterations = 0
  let bracket: [Point, Point] | null = null
  while (iterations < search.evaluations) {
    if (!isLow(now) || (iterations > 1 && now.loss >= before.loss)) {
      bracket = [before, now]
      break
    }
    if (isFlat(now)) return { point: now, evaluations: iterations + 1 }
    if (now.slope >= 0) {
      bracket = [before, now]
      break
    }
    const further = interpolate(before, now, now.step + 0.01 * (now.step - before.step), now.step * 10)
    before = now
    now = at(further)
    iterations++
  }
  const found = zoom(
    at,
    bracket ?? [start, now],
    { ...search, evaluations: search.evaluations - iterations },
    isLow,
    isFlat,
  )
  return { ...found, evaluations: iterations + 1 + found.evaluations }
}

/** Narrows a bracket that contains a step with the strong Wolfe conditions. */
function zoom(
  at: (step: number) => Point,
  [one, other]: readonly [Point, Point],
  search: Search,
  isLow: (point: Point) => boolean,
  isFlat: (point: Point) => boolean,
): Found {
  let [low, high] = one.loss <= other.loss ? [one, other] : [other, one]
  if (Number.isNaN(high.loss)) [low, high] = [one, other]
  let evaluations = 0
  let isStuck = false
  while (evaluations < search.evaluations) {
    const [left, right] = low.step < high.step ? [low, high] : [high, low]
    const width = right.step - left.step
    if (width * search.size < search.tolerance) break
    let step = interpolate(left, right, left.step, right.step)
    // A step close to an end of the bracket for the second time, or at it, moves a tenth of the width away from it.
    const margin = 0.1 * width
    if (Math.min(right.step - step, step - left.step) < margin) {
      if (isStuck || step >= right.step || step <= left.step) {
        step = Math.abs(step - right.step) < Math.abs(step - left.step) ? right.step - margin : left.step + margin
        isStuck = false
      } else isStuck = true
    } else isStuck = false
    const now = at(step)
    evaluations++
    if (!isLow(now) || !(now.loss < low.loss)) {
      high = now
      if (high.loss < low.loss) [low, high] = [high, low]
      continue
    }
    if (isFlat(now)) return { point: now, evaluations }
    if (now.slope * (high.step - low.step) >= 0) high = low
    low = now
  }
  return { point: low, evaluations }
}

/** The minimum of the cubic through two points and their slopes, within bounds; the middle where it has none. */
function interpolate(a: Point, b: Point, least: number, most: number): number {
  const [left, right] = a.step <= b.step ? [a, b] : [b, a]
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.step - b.step)
  const square = d1 ** 2 - a.slope * b.slope
  if (!(square >= 0)) return (least + most) / 2
  const d2 = Math.sqrt(square)
  const share = (right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2)
  return Math.min(Math.max(right.step - (right.step - left.step) * share, least), most)
}
