import {
  abs,
  clip,
  concat,
  cumsum,
  div,
  exp,
  gather,
  log,
  logSumExp,
  matmul,
  max,
  maximum,
  min,
  minimum,
  mul,
  pad,
  relu,
  softmax,
  sort,
  sqrt,
  square,
  sum,
  take,
  tensor,
  type Tensor,
  where,
} from '@cotangent/core'
import { bools, f64, type Unary } from './guarded'

const ints = (data: unknown) => tensor(data as number[], { dtype: 'int32' }) as Tensor

/** A function at a point, and its gradient there by hand; `second`: the diagonal of its Hessian. */
export interface Case {
  readonly f: Unary
  readonly x: readonly number[]
  readonly gradient: readonly number[]
  readonly second?: readonly number[]
}

const norm: Unary = (x) => sqrt(sum(square(x)))
const drop = <T>(x: T): Tensor => x as Tensor

/** What an op does not use, by indexing or by a choice. */
export const unused: Record<string, Case> = {
  slice: { f: (x) => sum(drop(sqrt(x).slice([1, 2]))), x: [0, 1], gradient: [0, 0.5], second: [0, -0.25] },
  'slice of a position': { f: (x) => drop(sqrt(x).at(1)), x: [0, 1], gradient: [0, 0.5], second: [0, -0.25] },
  'slice with a step': { f: (x) => sum(drop(log(x).slice([0, null, 2]))), x: [1, 0, 2], gradient: [1, 0, 0.5], second: [-1, 0, -0.25] }, // prettier-ignore
  'two slices': { f: (x) => { const y = sqrt(x); return drop(y.at(1)).add(drop(y.at(2)).mul(2)) }, x: [0, 1, 4], gradient: [0, 0.5, 0.5] }, // prettier-ignore
  'a slice of a slice': { f: (x) => sum(drop(sqrt(x).slice([1]).slice([0, 1]))), x: [0, 1, 0], gradient: [0, 0.5, 0] },
  take: { f: (x) => sum(take(sqrt(x), ints([1, 1]))), x: [0, 1], gradient: [0, 1], second: [0, -0.5] },
  'gather': { f: (x) => sum(gather(drop(log(x).reshape([2, 2])), ints([[1], [0]]), { axis: 1 })), x: [0, 1, 4, 0], gradient: [0, 1, 0.25, 0] }, // prettier-ignore
  'a smallest entry of a sorted row': { f: (x) => drop(sort(sqrt(x)).at(1)), x: [1, 0], gradient: [0.5, 0] },
  max: { f: (x) => max(sqrt(x)), x: [0, 4], gradient: [0, 0.25], second: [0, -1 / 32] },
  min: { f: (x) => min(drop(log(x).neg())), x: [0, 4], gradient: [0, -0.25], second: [0, 1 / 16] },
  'max of rows': { f: (x) => sum(max(drop(sqrt(x).reshape([2, 2])), { axis: 1 })), x: [0, 1, 4, 0], gradient: [0, 0.5, 0.25, 0] }, // prettier-ignore
  maximum: { f: (x) => sum(maximum(log(x), -100)), x: [0, 2], gradient: [0, 0.5], second: [0, -0.25] },
  minimum: { f: (x) => sum(minimum(drop(log(x).neg()), 100)), x: [0, 2], gradient: [0, -0.5] },
  'maximum of two': { f: (x) => sum(maximum(sqrt(x), f64([1, 1]))), x: [0, 4], gradient: [0, 0.25] },
  'maximum of a sum': { f: (x) => maximum(sum(log(x)), -100), x: [0, 2], gradient: [0, 0], second: [0, 0] },
  relu: { f: (x) => sum(relu(log(x))), x: [0, Math.E], gradient: [0, 1 / Math.E] },
  'relu at its kink': { f: (x) => sum(relu(sqrt(x))), x: [0, 4], gradient: [0, 0.25] },
  clip: { f: (x) => sum(clip(log(x), -10, 1)), x: [0, 2], gradient: [0, 0.5], second: [0, -0.25] },
  'clip from above': { f: (x) => sum(clip(div(1, x), -10, 10)), x: [0, 2], gradient: [0, -0.25] },
  'a root of relu': { f: (x) => sum(sqrt(relu(x))), x: [-1, 4], gradient: [0, 0.25] },
  'a root of maximum': { f: (x) => sum(sqrt(maximum(x, 0))), x: [-1, 4], gradient: [0, 0.25] },
  'a root of where': { f: (x) => sum(sqrt(where(drop(x.greater(0)), x, 0))), x: [-1, 4], gradient: [0, 0.25] },
  'a root of pad': { f: (x) => sum(sqrt(pad(x, [[1, 1]]))), x: [1, 4], gradient: [0.5, 0.25], second: [-0.25, -1 / 32] }, // prettier-ignore
  'a root of concat': { f: (x) => sum(sqrt(concat([x, f64([0])]))), x: [1, 4], gradient: [0.5, 0.25] },
  'a root of cumsum behind a slice': {
    f: (x) => sum(drop(sqrt(cumsum(x)).slice([1]))),
    x: [0, 4],
    gradient: [0.25, 0.25],
  },
  'a norm with a floor': { f: (x) => sum(div(x, maximum(norm(x), 1e-3))), x: [0, 0], gradient: [1000, 1000], second: [0, 0] }, // prettier-ignore
  'logSumExp of a row that is masked with -Infinity': { f: (x) => sum(where(bools([true, false]), logSumExp(where(bools([[true, true], [false, false]]), drop(x.reshape([2, 2])), -Infinity), { axis: 1 }), 0)), x: [0, 0, 1, 2], gradient: [0.5, 0.5, 0, 0], second: [0.25, 0.25, 0, 0] }, // prettier-ignore
  'softmax behind a mask': { f: (x) => drop(softmax(where(bools([true, true, false]), x, -Infinity)).at(0)), x: [0, 0, 5], gradient: [0.25, -0.25, 0] }, // prettier-ignore
  'an overflow that is not taken': { f: (x) => sum(where(drop(x.less(50)), exp(x), x)), x: [1000, 0], gradient: [1, 1], second: [0, 1] }, // prettier-ignore
  'rows of missing data': { f: (x) => sum(where(bools([[true], [false]]), matmul(f64([[1, 2], [NaN, NaN]]), drop(x.reshape([2, 1]))), 0)), x: [3, 4], gradient: [1, 2] }, // prettier-ignore
  'logs of rows that are not taken, multiplied': { f: (x) => sum(where(bools([[true], [false]]), matmul(log(drop(x.reshape([2, 2]))), f64([[1], [2]])), 0)), x: [1, 2, 0, 0], gradient: [1, 1, 0, 0], second: [-1, -0.5, 0, 0] }, // prettier-ignore
  'a column condition': { f: (x) => sum(where(bools([[true], [false]]), drop(sqrt(x).reshape([1, 2])), 0)), x: [1, 4], gradient: [0.5, 0.25] }, // prettier-ignore
  'never, by a scalar': { f: (x) => where(bools(false), sum(sqrt(x)), 0) as Tensor, x: [0, 4], gradient: [0, 0], second: [0, 0] }, // prettier-ignore
  'never, a row by a column': { f: (x) => sum(where(bools([[false], [false]]), drop(sqrt(x).reshape([1, 2])), 0)), x: [0, 4], gradient: [0, 0] }, // prettier-ignore
  'NaN that has lost to nothing': {
    f: (x) => sum(relu(x)).add(sum(maximum(x, 1)).mul(2)),
    x: [NaN, 4],
    gradient: [3, 3],
  },
  'clip at NaN': { f: (x) => sum(clip(x, 0, 1)), x: [NaN, 0.5], gradient: [0, 1] },
  'a row with NaN': { f: (x) => max(x), x: [NaN, 7, NaN], gradient: [0.5, 0, 0.5] },
  ties: { f: (x) => max(x).add(sum(maximum(x, 2)).mul(10)), x: [2, 2, 1], gradient: [5.5, 5.5, 0] },
}

/** Zeros that are there by coincidence: there the derivative is NaN, in both modes. */
export const coincidences: Record<string, Omit<Case, 'gradient'>> = {
  'a norm at 0': { f: norm, x: [0, 0] },
  'a square of a root at 0': { f: (x) => sum(square(sqrt(x))), x: [0, 0] },
  'a root times 0': { f: (x) => sum(mul(0, sqrt(x))), x: [0, 0] },
  'abs of a root at 0': { f: (x) => sum(abs(sqrt(x))), x: [0, 0] },
  'a norm that ties with its floor': { f: (x) => maximum(norm(x), 0), x: [0, 0] },
  'softmax of -Infinity alone': { f: (x) => sum(softmax(x).mul(f64([1, 2]))), x: [-Infinity, -Infinity] },
}
