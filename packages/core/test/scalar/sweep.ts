import { runMap } from '../../src/backends/reference/map'
import { buildProgram, type Program, type ScalarSet } from './formulas'
import { big, exponentOf, sub, toNumber, type Big } from './big'
import { truth } from './truth'

export type FunctionName = keyof typeof truth
export type Precision = 'float64' | 'float32'
export const names = Object.keys(truth) as FunctionName[]
export const precisions = ['float64', 'float32'] as const
export const isBinary = (name: FunctionName): boolean => name === 'pow' || name === 'atan2'

/** The same numbers everywhere (Knuth and Lewis's linear congruential generator). */
export function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

type Random = () => number
export type Draw = (random: Random) => number
export const uniform =
  (from: number, to: number): Draw =>
  (random) =>
    from + (to - from) * (random() + random() * 2 ** -32)
/** 2^from to 2^to, each binade equally often. */
export const magnitudes =
  (from: number, to: number): Draw =>
  (random) => {
    const exponent = Math.floor(from + (to - from) * random())
    const significand = 1 + random() + random() * 2 ** -32
    return significand * 2 ** Math.max(exponent, -1000) * 2 ** Math.min(0, exponent + 1000)
  }
export const anySign =
  (draw: Draw): Draw =>
  (random) =>
    (random() < 0.5 ? -1 : 1) * draw(random)
export const tiny = anySign(magnitudes(-1074, -1))
export const any = anySign(magnitudes(-1074, 1023))
export const near =
  (x: number): Draw =>
  (random) =>
    x + (random() < 0.5 ? -1 : 1) * (1 + random()) * 2 ** -Math.floor(50 * random() + 3)

const angle = [uniform(-10, 10), tiny, anySign(magnitudes(0, 47)), uniform(-1000, 1000)]
const bounded = [uniform(-1, 1), tiny, uniform(0.9, 1)]
const exponential = [uniform(-746, 710), uniform(-2, 2), tiny, uniform(-110, 90)]

/** Where each function is tried: its whole domain, by magnitude, and closer where it bends. */
export const draws: Record<FunctionName, readonly (readonly [Draw] | readonly [Draw, Draw])[]> = {
  ...(Object.fromEntries(
    Object.entries({
      exp: exponential,
      expm1: exponential,
      sinh: exponential,
      cosh: exponential,
      tanh: [...exponential, uniform(-20, 20)],
      sigmoid: exponential,
      softplus: exponential,
      log: [magnitudes(-1074, 1023), uniform(0.5, 2), near(1), uniform(0, 100)],
      log2: [magnitudes(-1074, 1023), uniform(0.5, 2), near(1), uniform(0, 100)],
      log1p: [magnitudes(-1074, 1023), uniform(-1, 2), tiny, uniform(0, 100)],
      sin: angle,
      cos: angle,
      tan: angle,
      asin: bounded,
      acos: bounded,
      atanh: bounded,
      atan: [uniform(-3, 3), any],
      asinh: [uniform(-5, 5), any],
      acosh: [uniform(1, 5), magnitudes(0, 1023), (random) => 1 + Math.abs(near(0)(random))],
      erf: [uniform(-6.5, 6.5), uniform(-1.2, 1.2), tiny],
      erfc: [uniform(-6.5, 28), uniform(-1.2, 1.2), tiny],
      gaussian: [uniform(-40, 40), uniform(-1.2, 1.2), tiny],
      sechSquared: [...exponential, uniform(-20, 20)],
    } satisfies Record<Exclude<FunctionName, 'pow' | 'atan2'>, Draw[]>).map(([name, list]) => [
      name,
      list.map((draw) => [draw] as const),
    ]),
  ) as unknown as Record<Exclude<FunctionName, 'pow' | 'atan2'>, readonly [Draw][]>),
  pow: [
    [magnitudes(-1074, 1023), anySign(magnitudes(-10, 10))],
    [uniform(0.5, 2), uniform(-1500, 1500)],
    [uniform(0, 100), uniform(-50, 50)],
    [near(1), anySign(magnitudes(0, 50))],
  ],
  atan2: [
    [uniform(-2, 2), uniform(-2, 2)],
    [any, any],
  ],
}

/** Arguments for `name`, rounded to the precision. */
export function argumentsOf(name: FunctionName, precision: Precision, count: number, seed: number): number[][] {
  const random = generator(seed)
  const round = precision === 'float32' ? Math.fround : (x: number) => x
  return draws[name].flatMap((list) => Array.from({ length: count }, () => list.map((draw) => round(draw(random)))))
}

const programs = new Map<string, Program>()

function programOf(name: FunctionName, precision: Precision): Program {
  const key = `${name} ${precision}`
  let program = programs.get(key)
  if (program === undefined) {
    const dtypes = Array.from({ length: isBinary(name) ? 2 : 1 }, () => precision)
    program = buildProgram((s, ...x) => (s[name] as ScalarSet['pow'])(x[0], x[1]), dtypes)
    programs.set(key, program)
  }
  return program
}

/** The canonical program's results. */
export function run(
  name: FunctionName,
  precision: Precision,
  points: readonly number[][],
): Float32Array | Float64Array {
  const storage = precision === 'float32' ? Float32Array : Float64Array
  const inputs = Array.from({ length: isBinary(name) ? 2 : 1 }, (_, i) => storage.from(points.map((point) => point[i])))
  const output = new storage(points.length)
  const program = programOf(name, precision)
  runMap(
    program,
    inputs,
    inputs.map(() => [1]),
    [points.length],
    output,
  )
  return output
}

const formats = {
  float64: { bits: 53, smallest: -1074, largest: 1023 },
  float32: { bits: 24, smallest: -149, largest: 127 },
}

/** |y - exact| in units in the last place of `exact`; 0 where both are beyond the range, Infinity where one is. */
export function ulps(y: number, exact: Big, precision: Precision): number {
  const { bits, smallest, largest } = formats[precision]
  if (exact.m === 0n) return y === 0 ? 0 : Infinity
  const exponent = exponentOf(exact)
  if (exponent > largest) return Math.abs(y) === Infinity ? 0 : Infinity
  if (!Number.isFinite(y)) return toNumber({ m: exact.m, e: exact.e - largest }) > 2 - 2 ** -bits ? 0 : Infinity
  const last = Math.max(exponent - bits + 1, smallest)
  const error = sub(big(y), exact)
  return Math.abs(toNumber({ m: error.m, e: error.e - last }))
}
