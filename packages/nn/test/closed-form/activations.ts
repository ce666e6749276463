// σ and σ' from their textbook definitions, in forms that neither overflow nor cancel.

/** An activation σ of one number, and its derivative. */
export interface Activation {
  readonly value: (z: number) => number
  readonly derivative: (z: number) => number
  /** Whether σ' or σ'' jumps at 0: there a difference quotient says nothing, and rounding may choose the other side. */
  readonly kink: boolean
}

const { abs, exp, expm1, log1p, max, PI, SQRT1_2, sqrt, tanh } = Math

/** `σ(z) = 1 / (1 + e⁻ᶻ)`. Small where z is negative, so e⁻ᶻ must not swallow the 1: there it is `eᶻ / (1 + eᶻ)`. */
export function sigmoid(z: number): number {
  return z >= 0 ? 1 / (1 + exp(-z)) : exp(z) / (1 + exp(z))
}

/** `log(1 + eᶻ) = max(z, 0) + log(1 + e^-|z|)`. */
export function softplus(z: number): number {
  return max(z, 0) + log1p(exp(-abs(z)))
}

/**
 * `erf(x) = (2/√π) e^(-x²) Σₙ 2ⁿ x²ⁿ⁺¹ / (1·3·5···(2n+1))` (Abramowitz & Stegun 7.1.6): all terms have one sign, so
 * nothing cancels.
 */
function errorFunctionSeries(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; abs(term) > abs(sum) * 1e-18; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / sqrt(PI)) * exp(-x * x) * sum
}

/**
 * `erfc(x) = 1 - erf(x)`. Above 1 that difference cancels, so there it is the continued fraction
 * `e^(-x²) / (√π (x + (1/2)/(x + 1/(x + (3/2)/(x + 2/(x + ...))))))` (Abramowitz & Stegun 7.1.14), from the inside out.
 * At 1 it has converged to the last bit after 160 levels.
 */
export function complementaryErrorFunction(x: number): number {
  if (x < 0) return 2 - complementaryErrorFunction(-x)
  if (x < 1) return 1 - errorFunctionSeries(x)
  let denominator = x
  for (let n = 160; n >= 1; n--) denominator = x + n / 2 / denominator
  return exp(-x * x) / (sqrt(PI) * denominator)
}

/** `Φ(z) = erfc(-z/√2) / 2`, the normal distribution function. */
const normalDistribution = (z: number) => complementaryErrorFunction(-z * SQRT1_2) / 2

/** `φ(z) = e^(-z²/2) / √(2π)`, its density. */
const normalDensity = (z: number) => exp((-z * z) / 2) / sqrt(2 * PI)

/** `sech² z = 4 e^(-2|z|) / (1 + e^(-2|z|))²`, which is `1 - tanh² z` without the difference. */
function hyperbolicSecantSquared(z: number): number {
  const e = exp(-2 * abs(z))
  return (4 * e) / ((1 + e) * (1 + e))
}

/** Slope of the leaky ReLU below 0. */
export const leakySlope = 0.01

/** The activations that backpropagation can pass. */
export const activations = {
  /** `σ(z) = z`, `σ'(z) = 1`. */
  identity: { value: (z) => z, derivative: () => 1, kink: false },
  /** `σ'(z) = σ(z) (1 - σ(z))`, and `1 - σ(z) = σ(-z)`. */
  sigmoid: { value: sigmoid, derivative: (z) => sigmoid(z) * sigmoid(-z), kink: false },
  /** `tanh'(z) = 1 - tanh² z`. */
  tanh: { value: tanh, derivative: hyperbolicSecantSquared, kink: false },
  /** `max(z, 0)`; the derivative at 0 is 0. */
  relu: { value: (z) => (z > 0 ? z : 0), derivative: (z) => (z > 0 ? 1 : 0), kink: true },
  /** z where positive, 0.01 z elsewhere. */
  leakyRelu: {
    value: (z) => (z > 0 ? z : leakySlope * z),
    derivative: (z) => (z > 0 ? 1 : leakySlope),
    kink: true,
  },
  /** z where positive, `eᶻ - 1` elsewhere. */
  elu: { value: (z) => (z > 0 ? z : expm1(z)), derivative: (z) => (z > 0 ? 1 : exp(z)), kink: true },
  /** `log(1 + eᶻ)`, whose derivative is the sigmoid. */
  softplus: { value: softplus, derivative: sigmoid, kink: false },
  /** `z Φ(z)`, derivative `Φ(z) + z φ(z)`. */
  gelu: {
    value: (z) => z * normalDistribution(z),
    derivative: (z) => normalDistribution(z) + z * normalDensity(z),
    kink: false,
  },
  /** `z σ(z)` with the sigmoid σ, derivative `σ(z) + z σ(z) (1 - σ(z))`. */
  silu: {
    value: (z) => z * sigmoid(z),
    derivative: (z) => sigmoid(z) * (1 + z * sigmoid(-z)),
    kink: false,
  },
  /** 1 where `z > 0`, else 0. It has no slope to pass an error back through. */
  step: {
    value: (z) => (z > 0 ? 1 : 0),
    derivative: () => {
      throw new Error('the step activation has no derivative to learn from: use the perceptron rule')
    },
    kink: true,
  },
} satisfies Record<string, Activation>

export type ActivationName = keyof typeof activations

/** The activation of this name, without the details of its own type. */
export const activation = (name: ActivationName): Activation => activations[name]
