import type { Tensor } from '@cotangent/core'
import {
  acos,
  bilinear,
  broadcastTo,
  checkpoint,
  compile,
  concat,
  cumsum,
  customGradient,
  defineOp,
  div,
  exp,
  expandDims,
  flip,
  gather,
  linear,
  log,
  logSoftmax,
  logSumExp,
  matmul,
  max,
  maximum,
  mean,
  min,
  pad,
  pow,
  prod,
  reciprocal,
  softmax,
  sort,
  sqrt,
  square,
  stack,
  sum,
  take,
  tensor,
  variance,
  vjpRule,
  where,
} from '@cotangent/core'

export type Unary = (x: Tensor) => Tensor

export const f64 = (data: unknown) => tensor(data as number[], { dtype: 'float64' }) as Tensor
export const bools = (data: unknown) => tensor(data as boolean[], { dtype: 'bool' }) as Tensor
const ints = (data: unknown) => tensor(data as number[], { dtype: 'int32' }) as Tensor

/** Functions with an entry where they, or their derivative, are not finite. */
export const inner: Record<string, [f: Unary, bad: number]> = {
  sqrt: [sqrt, 0],
  log: [log, 0],
  'x log x': [(x) => x.mul(log(x)), 0],
  '1/x': [reciprocal, 0],
  acos: [acos, 1],
  'x^0.5': [(x) => pow(x, 0.5), 0],
  'a quotient': [(x) => div(2, x), 0],
  'exp that overflows': [exp, 1000],
  'data that are NaN': [(x) => x.mul(x).mul(0.5), NaN],
  'log of a difference': [(x) => log(x.mul(2)).sub(log(x.add(1))), 0],
}

const domain = () => ({ inputs: [{ shape: [3, 4] }], attributes: undefined })
const rowShape = (shape: readonly number[]) => shape.slice(0, -1)

/** The root by a kernel, with a reverse rule. */
const ownRoot = defineOp({
  name: 'ownRoot',
  inputs: 1,
  infer: ([x]) => x,
  kernel: ([x], out) => x.data.forEach((value, i) => (out.data[i] = Math.sqrt(value))),
  law: vjpRule({ pullback: ([g], { output }) => [div(g.mul(0.5), output)] }),
  domain,
})

/** The same with a forward rule. */
const ownRootBothWays = defineOp({
  name: 'ownRootBothWays',
  inputs: 1,
  infer: ([x]) => x,
  kernel: ([x], out) => x.data.forEach((value, i) => (out.data[i] = Math.sqrt(value))),
  law: vjpRule({
    pullback: ([g], { output }) => [div(g.mul(0.5), output)],
    jvp: ([t], { output }) => [div(t!.mul(0.5), output)],
  }),
  domain,
})

/** Sums of rows, by a kernel. */
const ownSum = defineOp({
  name: 'ownSum',
  inputs: 1,
  infer: ([x]) => ({ shape: rowShape(x.shape), dtype: x.dtype }),
  kernel: ([x], out) => {
    const length = x.shape[x.shape.length - 1]
    x.data.forEach((value, i) => (out.data[Math.floor(i / length)] += value))
  },
  law: linear({ transpose: (g, { inputs: [x] }) => [broadcastTo(expandDims(g, -1), x.shape)] }),
  domain,
})

/** Differences of neighbours, by a kernel: in the sum of its coefficients, 1 - 1 cancels. */
const ownDiff = defineOp({
  name: 'ownDiff',
  inputs: 1,
  infer: ([x]) => ({ shape: [...rowShape(x.shape), x.shape[x.shape.length - 1] - 1], dtype: x.dtype }),
  kernel: ([x], out) => {
    const length = x.shape[x.shape.length - 1]
    out.data.forEach((_, i) => {
      const at = Math.floor(i / (length - 1)) * length + (i % (length - 1))
      out.data[i] = x.data[at + 1] - x.data[at]
    })
  },
  law: linear({
    transpose: (g) => [pad(g, [...rowShape(g.shape).map(() => [0, 0] as const), [1, 0]]).sub(pad(g, [...rowShape(g.shape).map(() => [0, 0] as const), [0, 1]]))], // prettier-ignore
  }),
  domain,
})

/** Products of entries, by a kernel. */
const ownProduct = defineOp({
  name: 'ownProduct',
  inputs: 2,
  infer: ([a]) => a,
  kernel: ([a, b], out) => out.data.forEach((_, i) => (out.data[i] = a.data[i] * b.data[i])),
  law: bilinear(
    (g, { inputs: [, b] }) => g.mul(b),
    (g, { inputs: [a] }) => a.mul(g),
  ),
  domain: () => ({ inputs: [{ shape: [3] }, { shape: [3] }], attributes: undefined }),
})

const softmaxByHand = customGradient((x: Tensor) => {
  const y = softmax(x)
  return { value: y, pullback: (g: Tensor) => [y.mul(g.sub(sum(y.mul(g), { axis: -1, keepDims: true }))) as Tensor] }
})

const sumByHand = customGradient((x: Tensor) => ({
  value: sum(x, { axis: -1 }),
  pullback: (g: Tensor) => [broadcastTo(expandDims(g, -1), x.shape)],
}))

const rootByHand = customGradient((x: Tensor) => {
  const y = sqrt(x)
  return { value: y, pullback: (g: Tensor) => [div(g.mul(0.5), y) as Tensor] }
})

const weights = f64([
  [1, -2],
  [0.5, 3],
  [-1, 0.25],
  [2, 1],
])
const compiledSum = compile((x: Tensor) => sum(x, { axis: -1 }))
const compiledRoot = compile((x: Tensor) => sqrt(x).mul(x.add(1)))

/** What is done to a matrix of which each row becomes a row of the result, or an entry. */
export const rowwise: Record<string, Unary> = {
  nothing: (x) => x,
  sum: (x) => sum(x, { axis: 1 }),
  'sum that keeps the axis': (x) => sum(x, { axis: 1, keepDims: true }),
  mean: (x) => mean(x, { axis: -1 }),
  max: (x) => max(x, { axis: 1 }),
  min: (x) => min(x, { axis: 1 }),
  prod: (x) => prod(x, { axis: 1 }),
  variance: (x) => variance(x, { axis: 1 }),
  softmax: (x) => softmax(x, { axis: 1 }),
  logSoftmax: (x) => logSoftmax(x),
  logSumExp: (x) => logSumExp(x, { axis: 1 }),
  matmul: (x) => matmul(x, weights) as Tensor,
  'matmul from the left': (x) => matmul(weights.transpose(), x.transpose()).transpose() as Tensor,
  'two products': (x) => matmul(x, matmul(weights, weights.transpose())) as Tensor,
  'batched matmul': (x) => matmul(x.reshape([3, 1, 4]), weights.reshape([1, 4, 2])).reshape([3, 2]) as Tensor,
  'a product with itself': (x) => sum(matmul(x.reshape([3, 4, 1]), x.reshape([3, 1, 4])), { axis: [1, 2] }),
  'gather': (x) => gather(x, ints([[1, 1], [0, 3], [2, 0]]), { axis: 1 }), // prettier-ignore
  take: (x) => take(x, ints([3, 0, 0]), { axis: 1 }),
  slice: (x) => x.slice(null, [1, 3]) as Tensor,
  'slice of a position': (x) => x.at(null, 2) as Tensor,
  'slice with a step': (x) => x.slice(null, [0, 4, 2]) as Tensor,
  'pad': (x) => pad(x, [[0, 0], [1, 2]]), // prettier-ignore
  'pad with a value': (x) => pad(x, [[0, 0], [1, 2]], 3), // prettier-ignore
  'concat': (x) => concat([x, x.mul(2), f64([[1], [2], [3]])], { axis: 1 }), // prettier-ignore
  stack: (x) => stack([x, x.mul(x)], { axis: 1 }),
  cumsum: (x) => cumsum(x, { axis: 1 }),
  sort: (x) => sort(x, { axis: 1 }),
  norm: (x) => sqrt(sum(square(x), { axis: 1 })),
  normalizing: (x) => x.div(sum(x, { axis: 1, keepDims: true })) as Tensor,
  broadcasting: (x) => x.add(sum(x, { axis: 1, keepDims: true })) as Tensor,
  broadcastTo: (x) => broadcastTo(x.reshape([3, 1, 4]), [3, 2, 4]),
  transpose: (x) => x.transpose().transpose() as Tensor,
  flip: (x) => flip(x, 1),
  reshape: (x) => x.reshape([3, 2, 2]) as Tensor,
  maximum: (x) => maximum(x, 0.4),
  relu: (x) => x.sub(0.1).relu() as Tensor,
  'layer norm': (x) => x.sub(mean(x, { axis: 1, keepDims: true })).div(variance(x, { axis: 1, keepDims: true }).add(1e-3).sqrt()) as Tensor, // prettier-ignore
  'own sum': (x) => ownSum(x),
  'own diff': (x) => ownDiff(x),
  'own product': (x) => ownProduct(x, x),
  'own product with data': (x) => ownProduct(f64([[1, 2, 3, 4], [5, 6, 7, 8], [1, 1, 1, 1]]), x), // prettier-ignore
  'customGradient of softmax': (x) => softmaxByHand(x),
  'customGradient of sum': (x) => sumByHand(x),
  checkpoint: (x) => checkpoint((y: Tensor) => sum(y, { axis: 1 }))(x),
  'checkpoint of softmax': (x) => checkpoint((y: Tensor) => softmax(y))(x),
  'compiled sum': (x) => compiledSum(x),
}

/** Regions and laws around the function that is not finite. */
export const wrapped: Record<string, Unary> = {
  ownRoot: (x) => ownRoot(x),
  ownRootBothWays: (x) => ownRootBothWays(x),
  customGradient: (x) => rootByHand(x),
  checkpoint: (x) => checkpoint((y: Tensor) => sqrt(y).mul(y.add(1)))(x) as Tensor,
  compiled: (x) => compiledRoot(x),
  'a checkpoint in a compiled function': (x) => compile((y: Tensor) => checkpoint((z: Tensor) => sqrt(z))(y))(x),
}

export interface Guarded {
  /** With an entry that is not finite where `taken` is false. */
  readonly x: Tensor
  readonly taken: Tensor
  readonly f: Unary
}

/** Nonlinear, so that there are second derivatives. */
export const loss = (y: Tensor): Tensor => sum(y.mul(0.7).add(y.mul(y).mul(0.3)))

const rows = [[0.31, 0.62, 0.47, 0.83], [0.36, 0.58, 0.71, 0.22], [0.77, 0.43, 0.29, 0.65]] // prettier-ignore

/** A matrix of which the rows, or columns, or all, are not taken, with bad entries there. */
export function guardedRows(f: Unary, bad: number, outer: Unary, every = false): Guarded {
  const x = f64(rows.map((row, i) => row.map((value, j) => (i === 1 && (every || j % 2 === 0) ? bad : value))))
  const taken = bools(rows.map((row, i) => row.map(() => i !== 1)))
  const condition = bools([true, false, true])
  const guard = (y: Tensor) => where(condition.reshape([3, ...y.shape.slice(1).map(() => 1)]), y, 0.25) as Tensor
  return { x, taken, f: (v) => loss(guard(outer(f(v)))) }
}

/** Nothing is taken, by a scalar condition. */
export function guardedAll(f: Unary, bad: number, outer: Unary): Guarded {
  const x = f64(rows.map((row, i) => row.map((value, j) => ((i + j) % 2 === 0 ? bad : value))))
  const taken = bools(rows.map((row) => row.map(() => false)))
  return { x, taken, f: (v) => loss(where(bools(false), outer(f(v)), 0).add(sum(v.mul(where(taken, 1, 0))))) }
}

/** The function with a safe point in what is not taken: it is finite everywhere, and needs no mask. */
export function doubleWhere({ taken, f }: Guarded): Unary {
  return (x) => f(where(taken, x, 0.5) as Tensor)
}
