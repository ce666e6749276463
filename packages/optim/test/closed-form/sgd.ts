// Stochastic gradient descent, written out over arrays of numbers: θ are the parameters, g the gradient, t counts the
// updates done, from 0.

type Numbers = readonly number[]

/** `θ ← θ - η g`. */
export function plainStep(theta: Numbers, gradient: Numbers, rate: number): number[] {
  return theta.map((value, i) => value - rate * gradient[i])
}

/** `v ← μ v + g`. */
function nextVelocity(velocity: Numbers, gradient: Numbers, momentum: number): number[] {
  return velocity.map((v, i) => momentum * v + gradient[i])
}

/** Parameters with their velocity v, which is 0 at the start. */
export interface Moving {
  readonly theta: Numbers
  readonly velocity: Numbers
}

/** `v ← μ v + g`, `θ ← θ - η v`. */
export function momentumStep({ theta, velocity }: Moving, gradient: Numbers, rate: number, momentum: number): Moving {
  const next = nextVelocity(velocity, gradient, momentum)
  return { theta: theta.map((value, i) => value - rate * next[i]), velocity: next }
}

/** `v ← μ v + g`, `θ ← θ - η (g + μ v)` with the new v. */
export function nesterovStep({ theta, velocity }: Moving, gradient: Numbers, rate: number, momentum: number): Moving {
  const next = nextVelocity(velocity, gradient, momentum)
  return { theta: theta.map((value, i) => value - rate * (gradient[i] + momentum * next[i])), velocity: next }
}

/** `g ← g + w θ`: the gradient of `(w/2) Σ θ²` joins the loss's, before any momentum. */
export function withDecay(gradient: Numbers, theta: Numbers, decay: number): number[] {
  return gradient.map((g, i) => g + decay * theta[i])
}

/** `g ← max(-c, min(c, g))`, entry by entry. */
export function clippedByValue(gradient: Numbers, limit: number): number[] {
  return gradient.map((g) => Math.max(-limit, Math.min(limit, g)))
}

/** `‖g‖ = √Σ g²` over the entries of all arrays. */
export function globalNorm(gradients: readonly Numbers[]): number {
  let sum = 0
  for (const gradient of gradients) for (const g of gradient) sum += g * g
  return Math.sqrt(sum)
}

/** `g ← g · min(1, c / ‖g‖)`, with one norm over all arrays; a gradient of 0 stays 0. */
export function clippedByGlobalNorm(gradients: readonly Numbers[], limit: number): number[][] {
  const norm = globalNorm(gradients)
  const factor = norm > limit ? limit / norm : 1
  return gradients.map((gradient) => gradient.map((g) => factor * g))
}

/** The learning rate of update t. */
export type Schedule = (t: number) => number

/** η. */
export function constantRate(rate: number): Schedule {
  return () => rate
}

/** `η γ^⌊t/s⌋`. */
export function stepRate(rate: number, { every, factor }: { every: number; factor: number }): Schedule {
  return (t) => rate * power(factor, Math.floor(t / every))
}

/** `η γᵗ`. */
export function exponentialRate(rate: number, { factor }: { factor: number }): Schedule {
  return (t) => rate * power(factor, t)
}

/** `η_min + (η - η_min)(1 + cos(π t/T))/2`, and η_min for all t after T. */
export function cosineRate(rate: number, { steps, minimum = 0 }: { steps: number; minimum?: number }): Schedule {
  return (t) => (t > steps ? minimum : minimum + ((rate - minimum) * (1 + Math.cos((Math.PI * t) / steps))) / 2)
}

/** `xⁿ` as what it means: n factors. */
function power(x: number, n: number): number {
  let result = 1
  for (let i = 0; i < n; i++) result *= x
  return result
}

/** One of the optimizers above; what is absent is not done. */
export interface Descent {
  readonly rate: Schedule
  readonly momentum?: number
  readonly nesterov?: boolean
  readonly decay?: number
  readonly clip?: { readonly value: number } | { readonly globalNorm: number }
}

/**
 * All states of a descent, the start included, where update t has the gradients `gradientsAt(θ, t)`. θ comes as several
 * arrays, since the global norm couples them. In the order of the standard frameworks: the loss's gradients are
 * clipped, then decay is added, then comes momentum, then the rate.
 */
export function descend(
  start: readonly Numbers[],
  gradientsAt: (thetas: readonly Numbers[], t: number) => readonly Numbers[],
  steps: number,
  { rate, momentum = 0, nesterov = false, decay = 0, clip }: Descent,
): (readonly Numbers[])[] {
  let states: Moving[] = start.map((theta) => ({ theta, velocity: theta.map(() => 0) }))
  const history = [start]
  for (let t = 0; t < steps; t++) {
    const thetas = states.map(({ theta }) => theta)
    let gradients = gradientsAt(thetas, t)
    if (clip && 'value' in clip) gradients = gradients.map((gradient) => clippedByValue(gradient, clip.value))
    if (clip && 'globalNorm' in clip) gradients = clippedByGlobalNorm(gradients, clip.globalNorm)
    if (decay !== 0) gradients = gradients.map((gradient, p) => withDecay(gradient, thetas[p], decay))
    states = states.map((state, p) => {
      if (momentum === 0) return { ...state, theta: plainStep(state.theta, gradients[p], rate(t)) }
      return (nesterov ? nesterovStep : momentumStep)(state, gradients[p], rate(t), momentum)
    })
    history.push(states.map(({ theta }) => theta))
  }
  return history
}
