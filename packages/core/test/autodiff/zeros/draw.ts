import type { Tensor } from '@cotangent/core'
import {
  checkpoint,
  compile,
  concat,
  cumsum,
  customGradient,
  flip,
  gather,
  logSumExp,
  matmul,
  max,
  maximum,
  mean,
  pad,
  prod,
  softmax,
  sort,
  sqrt,
  square,
  sum,
  take,
  tensor,
  tanh,
  variance,
  where,
} from '@cotangent/core'
import fc from 'fast-check'
import { bools, f64, type Guarded, inner, loss, rowwise, type Unary } from './guarded'

/** A step of a drawn function; `k` are numbers that it may use. */
type Step = (x: Tensor, k: readonly number[]) => Tensor

const width = (x: Tensor) => x.shape[1] as number
const columns = (n: number, k: readonly number[]) =>
  f64(Array.from({ length: n }, (_, i) => [0, 1].map((j) => ((k[0] + 3 * i + 5 * j) % 7) / 4 - 0.6)))
const positions = (count: number, n: number, k: readonly number[]) =>
  tensor(Int32Array.from({ length: count }, (_, i) => (k[0] + i * k[1]) % n))

const meanByHand = customGradient((x: Tensor) => ({
  value: mean(x, { axis: 1, keepDims: true }),
  pullback: (g: Tensor) => [matmul(g, f64([Array.from({ length: width(x) }, () => 1 / width(x))])) as Tensor],
}))

/** From [3, n] to [3, m], row by row. */
const steps: Record<string, Step> = {
  sum: (x) => sum(x, { axis: 1, keepDims: true }),
  mean: (x) => mean(x, { axis: 1, keepDims: true }),
  max: (x) => max(x, { axis: 1, keepDims: true }),
  prod: (x) => prod(x, { axis: 1, keepDims: true }),
  variance: (x) => variance(x, { axis: 1, keepDims: true }),
  softmax: (x) => softmax(x),
  logSumExp: (x) => logSumExp(x, { axis: 1, keepDims: true }),
  norm: (x) => sqrt(sum(square(x), { axis: 1, keepDims: true }).add(0.1)),
  matmul: (x, k) => matmul(x, columns(width(x), k)) as Tensor,
  'matmul from the left': (x, k) => matmul(columns(width(x), k).transpose(), x.transpose()).transpose() as Tensor,
  take: (x, k) => take(x, positions(3, width(x), k), { axis: 1 }),
  gather: (x, k) => gather(x, positions(6, width(x), k).reshape([3, 2]), { axis: 1 }),
  slice: (x, k) => x.slice(null, [k[0] % width(x), null, 1 + (k[1] % 2)]) as Tensor,
  pad: (x, k) => pad(x, [[0, 0], [k[0] % 2, k[1] % 3]]), // prettier-ignore
  concat: (x) => concat([x, f64([[1], [2], [3]]), x.mul(0.5)], { axis: 1 }), // prettier-ignore
  cumsum: (x) => cumsum(x, { axis: 1 }),
  sort: (x) => sort(x, { axis: 1 }),
  flip: (x) => flip(x, 1),
  'a sum of columns': (x) => x.add(sum(x, { axis: 1, keepDims: true })) as Tensor,
  'a product of entries': (x) => x.mul(x).mul(0.5) as Tensor,
  'a product with a column': (x) => x.mul(f64([[0.5], [2], [-1]])) as Tensor,
  tanh: (x) => tanh(x),
  relu: (x) => x.sub(0.2).relu() as Tensor,
  maximum: (x) => maximum(x, 0.3),
  'two halves': (x) => x.slice(null, [0, 1]).add(x.slice(null, [width(x) - 1])) as Tensor,
  'an inner guard': (x) => where(bools([[true], [true], [false]]), x, 0.5) as Tensor,
  customGradient: (x) => meanByHand(x),
  checkpoint: (x) => checkpoint((y: Tensor) => y.mul(mean(y, { axis: 1, keepDims: true })))(x) as Tensor,
  compiled: (x) => compile((y: Tensor) => y.sub(mean(y, { axis: 1, keepDims: true })))(x) as Tensor,
  diff: (x) => rowwise['own diff'](pad(x, [[0, 0], [1, 0]])), // prettier-ignore
}

/** Steps that mix rows, of what is finite everywhere. */
const mixing: Record<string, Step> = {
  transpose: (x) => matmul(x, x.transpose()) as Tensor,
  'cumsum along columns': (x) => cumsum(x, { axis: 0 }),
  'softmax along columns': (x) => softmax(x, { axis: 0 }),
  'rows in another order': (x, k) => take(x, positions(3, 3, k)),
  'sum of rows': (x) => x.sub(sum(x, { axis: 0 })) as Tensor,
  ...steps,
}

/** A function with steps before and after its guard, at rows of which some are not taken and hold bad entries. */
export interface Drawn extends Guarded {
  toString(): string
}

interface Plan {
  readonly inner: string
  readonly before: readonly [string, readonly number[]][]
  readonly after: readonly [string, readonly number[]][]
  readonly isTaken: readonly boolean[]
  readonly isBad: readonly boolean[]
  /** Beside what is not finite, something that is. */
  readonly beside: boolean
  readonly numbers: readonly number[]
}

function build(plan: Plan): Drawn {
  const [f, bad] = inner[plan.inner]
  const run = (list: Plan['before'], table: Record<string, Step>, x: Tensor) =>
    list.reduce((y, [name, k]) => table[name](y, k), x)
  const entry = (i: number, j: number) =>
    !plan.isTaken[i] && plan.isBad[4 * i + j] ? bad : 0.2 + 0.7 * plan.numbers[4 * i + j]
  const x = f64([0, 1, 2].map((i) => [0, 1, 2, 3].map((j) => entry(i, j))))
  const taken = bools([0, 1, 2].map((i) => [0, 1, 2, 3].map(() => plan.isTaken[i])))
  const condition = bools(plan.isTaken).reshape([3, 1])
  const drawn: Unary = (v) => {
    const own = plan.beside ? f(v).add(where(taken, v, 0).mul(0.3)) : f(v)
    const guarded = where(condition, run(plan.before, steps, own as Tensor), 0.25)
    return loss(tanh(run(plan.after, mixing, guarded as Tensor)))
  }
  return { x, taken, f: drawn, toString: () => JSON.stringify(plan) }
}

const step = (table: Record<string, Step>) =>
  fc.tuple(fc.constantFrom(...Object.keys(table)), fc.array(fc.nat(6), { minLength: 2, maxLength: 2 }))

/** Guarded functions with two to four steps before the guard. */
export const guardedFunctions: fc.Arbitrary<Drawn> = fc
  .record<Plan>({
    inner: fc.constantFrom(...Object.keys(inner)),
    before: fc.array(step(steps), { minLength: 1, maxLength: 4 }),
    after: fc.array(step(mixing), { maxLength: 2 }),
    isTaken: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    isBad: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
    beside: fc.boolean(),
    numbers: fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 }),
  })
  .map(build)
