import { abs, add, big, div, isNegative, mul, neg, scale, sqrt, sub, type Big } from './big'
import { any, anySign, draws, magnitudes, near, tiny, uniform, type Draw } from './sweep'
import { erfc, exp, ln2, log, one, oneMinusSquare, pi, rootOfPi, truth } from './truth'

// First and second derivatives by their textbook formulas, with 256 bits: cancellation does not matter here.

type Unary = (x: Big) => Big

/** The true derivatives of a function of one argument, and where they are tried. */
export interface Slopes {
  readonly first: Unary
  readonly second: Unary
  readonly draws: readonly Draw[]
  /** Whether a point is inside the domain; all finite points, where absent. */
  readonly within?: (x: number) => boolean
  /** Size of the terms whose difference a derivative is, where it crosses zero: errors are measured against it. */
  readonly terms?: { readonly first?: Unary; readonly second?: Unary }
  /** Results from 2^room times the least normal number on are measured: below, a factor of them is subnormal. */
  readonly room?: number
}

const two = big(2)
const square = (x: Big) => mul(x, x)
const cube = (x: Big) => mul(x, mul(x, x))
const over = (x: Big) => div(one, x)
const half = (x: Big) => scale(x, -1)
const constant = (value: number) => () => big(value)
const drawsOf = (name: Exclude<keyof typeof truth, 'pow' | 'atan2'>) => draws[name].map(([draw]) => draw)

const bell = (x: Big) => div(scale(exp(neg(square(x))), 1), rootOfPi)
const density = (x: Big) => div(exp(half(neg(square(x)))), sqrt(scale(pi, 1)))
const distribution = (x: Big) => half(erfc(neg(div(x, sqrt(two)))))
const sigmoid = truth.sigmoid
const sigmoidSlope = (x: Big) => scale(truth.sechSquared(half(x)), -2)
const sigmoidCurvature = (x: Big) => neg(mul(sigmoidSlope(x), truth.tanh(half(x))))
const hypotenuse = (x: Big) => sqrt(add(one, square(x)))
const inside = (x: number) => Math.abs(x) < 1
const positive = (x: number) => x > 0

export const slopes = {
  square: { first: (x) => scale(x, 1), second: constant(2), draws: [any] },
  reciprocal: {
    first: (x) => neg(over(square(x))),
    second: (x) => scale(over(cube(x)), 1),
    draws: [any],
    within: (x) => x !== 0,
  },
  sqrt: {
    first: (x) => half(over(sqrt(x))),
    second: (x) => scale(neg(over(mul(x, sqrt(x)))), -2),
    draws: [magnitudes(-1074, 1023)],
    within: positive,
  },
  exp: { first: exp, second: exp, draws: drawsOf('exp') },
  expm1: { first: exp, second: exp, draws: drawsOf('expm1') },
  log: { first: over, second: (x) => neg(over(square(x))), draws: drawsOf('log'), within: positive },
  log1p: {
    first: (x) => over(add(one, x)),
    second: (x) => neg(over(square(add(one, x)))),
    draws: drawsOf('log1p'),
    within: (x) => x > -1,
  },
  log2: {
    first: (x) => over(mul(x, ln2)),
    second: (x) => neg(over(mul(square(x), ln2))),
    draws: drawsOf('log2'),
    within: positive,
  },
  sin: { first: truth.cos, second: (x) => neg(truth.sin(x)), draws: drawsOf('sin') },
  cos: { first: (x) => neg(truth.sin(x)), second: (x) => neg(truth.cos(x)), draws: drawsOf('cos') },
  tan: {
    first: (x) => add(one, square(truth.tan(x))),
    second: (x) => scale(mul(truth.tan(x), add(one, square(truth.tan(x)))), 1),
    draws: drawsOf('tan'),
  },
  asin: {
    first: (x) => over(sqrt(oneMinusSquare(x))),
    second: (x) => div(x, cube(sqrt(oneMinusSquare(x)))),
    draws: drawsOf('asin'),
    within: inside,
  },
  acos: {
    first: (x) => neg(over(sqrt(oneMinusSquare(x)))),
    second: (x) => neg(div(x, cube(sqrt(oneMinusSquare(x))))),
    draws: drawsOf('acos'),
    within: inside,
  },
  atan: {
    first: (x) => over(add(one, square(x))),
    second: (x) => div(scale(neg(x), 1), square(add(one, square(x)))),
    draws: drawsOf('atan'),
  },
  sinh: { first: truth.cosh, second: truth.sinh, draws: drawsOf('sinh') },
  cosh: { first: truth.sinh, second: truth.cosh, draws: drawsOf('cosh') },
  tanh: {
    first: truth.sechSquared,
    second: (x) => scale(mul(neg(truth.tanh(x)), truth.sechSquared(x)), 1),
    draws: drawsOf('tanh'),
    room: 2,
  },
  asinh: {
    first: (x) => over(hypotenuse(x)),
    second: (x) => neg(div(x, cube(hypotenuse(x)))),
    draws: drawsOf('asinh'),
  },
  acosh: {
    first: (x) => over(sqrt(neg(oneMinusSquare(x)))),
    second: (x) => neg(div(x, cube(sqrt(neg(oneMinusSquare(x)))))),
    draws: drawsOf('acosh'),
    within: (x) => x > 1,
  },
  atanh: {
    first: (x) => over(oneMinusSquare(x)),
    second: (x) => div(scale(x, 1), square(oneMinusSquare(x))),
    draws: drawsOf('atanh'),
    within: inside,
  },
  erf: { first: bell, second: (x) => scale(neg(mul(x, bell(x))), 1), draws: drawsOf('erf') },
  erfc: { first: (x) => neg(bell(x)), second: (x) => scale(mul(x, bell(x)), 1), draws: drawsOf('erfc') },
  sigmoid: { first: sigmoidSlope, second: sigmoidCurvature, draws: drawsOf('sigmoid') },
  softplus: { first: sigmoid, second: sigmoidSlope, draws: drawsOf('softplus') },
  elu: {
    first: (x) => (isNegative(x) ? exp(x) : one),
    second: (x) => (isNegative(x) ? exp(x) : big(0)),
    draws: drawsOf('exp'),
    within: (x) => x !== 0,
  },
  gelu: {
    first: (x) => add(distribution(x), mul(x, density(x))),
    second: (x) => mul(density(x), sub(two, square(x))),
    draws: [uniform(-40, 40), uniform(-3, 3), tiny],
    room: 12,
    terms: {
      first: (x) => add(distribution(x), mul(abs(x), density(x))),
      second: (x) => mul(density(x), add(two, square(x))),
    },
  },
  silu: {
    first: (x) => add(sigmoid(x), mul(x, sigmoidSlope(x))),
    second: (x) => add(scale(sigmoidSlope(x), 1), mul(x, sigmoidCurvature(x))),
    draws: [uniform(-740, 710), uniform(-5, 5), uniform(-110, 90), tiny],
    room: 12,
    terms: {
      first: (x) => add(sigmoid(x), mul(abs(x), sigmoidSlope(x))),
      second: (x) => add(scale(sigmoidSlope(x), 1), abs(mul(x, sigmoidCurvature(x)))),
    },
  },
} satisfies Record<string, Slopes>

export type SlopeName = keyof typeof slopes

type Binary = (a: Big, b: Big) => Big

/**
 * The true partial derivatives of a function of two arguments: in a, b, twice in a, in a and b in either order, twice
 * in b.
 */
export interface BinarySlopes {
  readonly partials: Readonly<Record<Direction, Binary>>
  readonly draws: readonly (readonly [Draw, Draw])[]
  /** As in `Slopes`. */
  readonly room?: number
  readonly terms?: Partial<Readonly<Record<Direction, Binary>>>
}
export const directions = ['a', 'b', 'aa', 'ab', 'ba', 'bb'] as const
export type Direction = (typeof directions)[number]

const power = (a: Big, b: Big) => exp(mul(b, log(a)))
const zero = big(0)

export const binarySlopes = {
  mul: {
    partials: { a: (_, b) => b, b: (a) => a, aa: () => zero, ab: () => one, ba: () => one, bb: () => zero },
    draws: [[any, any]],
  },
  div: {
    partials: {
      a: (_, b) => over(b),
      b: (a, b) => neg(div(a, square(b))),
      aa: () => zero,
      ab: (_, b) => neg(over(square(b))),
      ba: (_, b) => neg(over(square(b))),
      bb: (a, b) => scale(div(a, cube(b)), 1),
    },
    draws: [
      [any, any],
      [anySign(magnitudes(-40, 40)), anySign(magnitudes(-40, 40))],
    ],
  },
  pow: {
    partials: {
      a: (a, b) => mul(b, power(a, sub(b, one))),
      b: (a, b) => mul(power(a, b), log(a)),
      aa: (a, b) => mul(mul(b, sub(b, one)), power(a, sub(b, two))),
      ab: (a, b) => mul(power(a, sub(b, one)), add(one, mul(b, log(a)))),
      ba: (a, b) => mul(power(a, sub(b, one)), add(one, mul(b, log(a)))),
      bb: (a, b) => mul(power(a, b), square(log(a))),
    },
    room: 24,
    draws: [...draws.pow, [magnitudes(-20, 20), uniform(-3, 3)], [near(1), uniform(-5, 5)]] as [Draw, Draw][],
    terms: {
      ab: (a, b) => mul(power(a, sub(b, one)), add(one, abs(mul(b, log(a))))),
      ba: (a, b) => mul(power(a, sub(b, one)), add(one, abs(mul(b, log(a))))),
    },
  },
} satisfies Record<string, BinarySlopes>

/** atan2, a function of formulas alone. */
export const angleSlopes: BinarySlopes = {
  partials: {
    a: (a, b) => div(b, add(square(a), square(b))),
    b: (a, b) => neg(div(a, add(square(a), square(b)))),
    aa: (a, b) => neg(div(scale(mul(a, b), 1), square(add(square(a), square(b))))),
    ab: (a, b) => div(sub(square(a), square(b)), square(add(square(a), square(b)))),
    ba: (a, b) => div(sub(square(a), square(b)), square(add(square(a), square(b)))),
    bb: (a, b) => div(scale(mul(a, b), 1), square(add(square(a), square(b)))),
  },
  draws: draws.atan2 as [Draw, Draw][],
  terms: { ab: (a, b) => over(add(square(a), square(b))), ba: (a, b) => over(add(square(a), square(b))) },
}
