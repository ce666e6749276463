import * as core from '@cotangent/core'
import type { Domain, Draw, Interval, Tensor } from '@cotangent/core'
import { notOps } from '../../../../test/not-ops'

/** One input of any shape with the given numbers, and attributes drawn for its shape. */
function single(
  interval: Interval,
  attributes: (shape: readonly number[], draw: Draw) => unknown = () => ({}),
  minRank = 0,
  minSize = 0,
): Domain {
  return (draw) => {
    const shape = draw.shape({ minRank, minSize })
    return { inputs: [{ shape, ...interval }], attributes: attributes(shape, draw) }
  }
}

const real = { min: -2, max: 2 }
const anyAxis = (shape: readonly number[], draw: Draw) => ({
  axis: draw.pick([undefined, ...shape.map((_, axis) => axis), ...(shape.length > 1 ? [[0, -1]] : [])]),
  keepDims: draw.pick([false, true]),
})
const oneAxis = (shape: readonly number[], draw: Draw) => ({ axis: draw.integer(-shape.length, shape.length - 1) })
const distinct =
  (domain: Domain): Domain =>
  (draw) => ({ ...domain(draw), distinct: true })

type Row = [domain: Domain, call?: (inputs: readonly any[], attributes: any) => Tensor]

/** Functions made of ops: a domain for each, and its call where that is not `f(...inputs, attributes)`. */
const rows: Record<string, Row> = {
  sum: [single(real, anyAxis)],
  mean: [single(real, anyAxis, 0, 1)],
  prod: [single(real, anyAxis)],
  max: [distinct(single(real, anyAxis, 0, 1))],
  min: [distinct(single(real, anyAxis, 0, 1))],
  variance: [single(real, anyAxis, 0, 1)],
  logSumExp: [single(real, anyAxis, 0, 1)],
  argmax: [distinct(single(real, oneAxis, 1, 1))],
  argmin: [distinct(single(real, oneAxis, 1, 1))],
  softmax: [single(real, oneAxis, 1, 1)],
  logSoftmax: [single(real, oneAxis, 1, 1)],
  cumsum: [single(real, oneAxis, 1)],
  sort: [distinct(single(real, oneAxis, 1))],
  argsort: [distinct(single(real, oneAxis, 1))],
  leakyRelu: [single({ ...real, avoid: [0] }), ([x]) => core.leakyRelu(x, 0.1)],
  elu: [single({ ...real, avoid: [0] }), ([x]) => core.elu(x, 1.5)],
  clip: [single({ ...real, avoid: [-1, 1] }), ([x]) => core.clip(x, -1, 1)],
  astype: [single(real), ([x]) => core.astype(x, 'float64')],
  matmul: [
    (draw) => {
      const [m, k, n] = [draw.integer(1, 3), draw.integer(0, 3), draw.integer(1, 3)]
      const [left, right] = draw.broadcastable(2)
      const a = draw.pick([[k], [m, k], [...left, m, k]])
      return { inputs: [{ shape: a }, { shape: draw.pick([[k], [k, n], [...right, k, n]]) }], attributes: undefined }
    },
    ([a, b]) => core.matmul(a, b),
  ],
  dot: [
    (draw) => {
      const shape = draw.shape({ minRank: 1, maxRank: 1 })
      return { inputs: [{ shape }, { shape }], attributes: undefined }
    },
    ([a, b]) => core.dot(a, b),
  ],
  outer: [
    (draw) => ({ inputs: [{ shape: [draw.integer(0, 3)] }, { shape: [draw.integer(0, 3)] }], attributes: undefined }),
    ([a, b]) => core.outer(a, b),
  ],
  reshape: [single(real), ([x]) => core.reshape(x, [-1, 1])],
  transpose: [single(real), ([x]) => core.transpose(x)],
  expandDims: [single(real), ([x]) => core.expandDims(x, -1)],
  squeeze: [single(real), ([x]) => core.squeeze(x)],
  flip: [single(real), ([x]) => core.flip(x)],
  broadcastTo: [single(real), ([x]) => core.broadcastTo(x, [2, ...x.shape])],
  slice: [single(real, undefined, 1, 1), ([x]) => core.slice(x, [-1])],
  at: [single(real, undefined, 1, 1), ([x]) => core.at(x, -1)],
  pad: [
    single(real),
    ([x]) =>
      core.pad(
        x,
        x.shape.map(() => [1, 2]),
        7,
      ),
  ],
  concat: [single(real, oneAxis, 1), ([x], { axis }) => core.concat([x, core.sin(x)], { axis })],
  stack: [
    single(real, (shape, draw) => ({ axis: draw.integer(0, shape.length) })),
    ([x], { axis }) => core.stack([x, core.sin(x)], { axis }),
  ],
  take: [
    single(real, (shape, draw) => ({ ...oneAxis(shape, draw), at: [draw.integer(0, shape.length - 1)] }), 1, 1),
    ([x], { axis }) => core.take(x, core.tensor([[0], [0]], { dtype: 'int32' }), { axis }),
  ],
  gather: [single(real, oneAxis, 1, 1), ([x], { axis }) => core.gather(x, core.zerosLike(x).astype('int32'), { axis })],
  oneHot: [
    single(real, undefined, 0, 1),
    ([x]) => core.oneHot(core.zerosLike(x).astype('int32'), 2, { dtype: 'float64' }),
  ],
}

/** Options of windows, and the shape of a tensor `[n, height, width, c]` into which windows of `size` fit. */
function windows(channels: (draw: Draw) => number, kernel?: (c: number, draw: Draw) => readonly number[]): Domain {
  return (draw) => {
    const size = [draw.integer(1, 2), draw.integer(1, 3)]
    const stride = draw.integer(1, 2)
    const padding = draw.pick(['valid', 'same', [0, [0, 1]]])
    const c = channels(draw)
    const sizes = size.map((each) => each + draw.integer(0, 3))
    const shape = [draw.integer(1, 2), ...sizes, c]
    const w = kernel?.(c, draw)
    const inputs = [{ shape, ...real }, ...(w ? [{ shape: [...size, ...w], ...real }] : [])]
    return { inputs, attributes: { size, options: { stride, padding, ...(w && { groups: c / w[0] }) } } }
  }
}

const pools = windows((draw) => draw.integer(1, 2))
const pooled =
  (name: 'averagePool' | 'unfold'): Row[1] =>
  ([x], { size, options }) =>
    core[name](x, size as number[], options as object) as Tensor
const adaptive =
  (name: 'adaptiveAveragePool'): Row[1] =>
  ([x], { size }) =>
    core[name](x, size as number[])
const lines = (name: 'conv1d' | 'conv3d' | 'convTranspose1d' | 'convTranspose3d', rank: number): Row => [
  (draw) => {
    const space = Array.from({ length: rank }, () => 2)
    return { inputs: [{ shape: [...space.map((each) => each + draw.integer(0, 1)), 1] }, { shape: [...space, 1, 1] }], attributes: {} } // prettier-ignore
  },
  ([x, w]) => core[name](x, w, { padding: 'same', stride: 2 }) as Tensor,
]

Object.assign(rows, {
  conv1d: lines('conv1d', 1),
  conv2d: [
    windows(
      (draw) => draw.integer(1, 2),
      (c, draw) => [draw.pick([c, 1]), 2],
    ),
    ([x, w], { options }) => core.conv2d(x, w, options as object) as Tensor,
  ],
  conv3d: lines('conv3d', 3),
  convTranspose1d: lines('convTranspose1d', 1),
  convTranspose2d: [
    windows(
      () => 2,
      (c, draw) => [draw.integer(1, 2), c],
    ),
    ([x, w], { options: { stride } }) => core.convTranspose2d(x, w, { stride: stride as number }) as Tensor,
  ],
  convTranspose3d: lines('convTranspose3d', 3),
  averagePool: [pools, pooled('averagePool')],
  adaptiveAveragePool: [pools, adaptive('adaptiveAveragePool')],
  unfold: [pools, pooled('unfold')],
  fold: [
    pools,
    ([x], { size, options }) => core.fold(core.unfold(x, size as number[], options as object), x.shape.slice(1, -1), options as object) as Tensor, // prettier-ignore
  ],
} satisfies Record<string, Row>)

/** Functions whose result has one dtype whatever the inputs have. */
export const fixedDTypes = new Set(['toFloat32', 'toFloat64', 'astype', 'oneHot'])

/** The functions made of ops, with their domains. */
export const composites = Object.entries(rows).map(([name, [domain, call]]) => ({
  name,
  domain,
  call: (...args: readonly unknown[]) => {
    const isAttributes = args.length > 0 && !(args[args.length - 1] instanceof core.Tensor)
    const [inputs, attributes] = isAttributes ? [args.slice(0, -1), args[args.length - 1]] : [args, undefined]
    return call ? call(inputs, attributes) : (core[name as 'sum'] as (...args: unknown[]) => Tensor)(...args)
  },
}))

/** Exported functions that are tested by no law of this suite: they are no ops, draw, create or differentiate. */
export const untested = new Set([
  ...notOps,
  ...'onesLike zerosLike bernoulli normal permutation split uniform'.split(' '),
  ...'grad valueAndGrad vjp hvp jvp hessian jacobian vmap'.split(' '),
  // Differences cannot follow which element is the largest. The suite tests their ops, max and unfold, and their own
  // tests compare them with PyTorch.
  ...'maxPool adaptiveMaxPool'.split(' '),
  // They call functions. The suite tests their ops.
  ...'scan map whileLoop cond switchCase'.split(' '),
])
