import * as core from '@cotangent/core'
import type { Domain, Draw, Interval, Tensor } from '@cotangent/core'
import { linearAlgebra } from './linear-algebra'
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

/** A vector of one to four elements. */
const vector =
  (attributes: (draw: Draw) => unknown = () => ({})): Domain =>
  (draw) => ({ inputs: [{ shape: [draw.integer(1, 4)], ...real }], attributes: attributes(draw) })

/** Both parts of a complex tensor. */
const parts = ({ real, imaginary }: core.Complex) => core.stack([real as Tensor, imaginary])

export type Row = [domain: Domain, call?: (inputs: readonly any[], attributes: any) => Tensor]

/** int32 indices along an axis: 0, 1, ... modulo the size, and the same for every line. */
function cycle(shape: readonly number[], axis: number, size: number): Tensor {
  const at = axis < 0 ? axis + shape.length : axis
  const line = core.remainder(core.arange(shape[at]), size)
  return core.broadcastTo(core.reshape(line, shape.map((each, i) => (i === at ? each : 1))), shape) // prettier-ignore
}

const segments = (x: Tensor) => core.remainder(core.arange(x.shape[0] as number), 2)

/** `x` and as many updates as an axis is long. */
const withUpdates: Domain = (draw) => {
  const shape = draw.shape({ minRank: 1, minSize: 1 })
  return {
    inputs: [
      { shape, ...real },
      { shape, ...real },
    ],
    attributes: oneAxis(shape, draw),
  }
}

/** One number, for which zero can be told from a second derivative, or any rows. */
const rowsOrOne: Domain = (draw) => ({
  inputs: [{ shape: draw.pick([[1], draw.shape({ minRank: 1, minSize: 1 })]), ...real }],
  attributes: undefined,
})

const offsets = (_: unknown, draw: Draw) => ({ offset: draw.integer(-2, 2) })

const share = { min: 0.1, max: 0.9 }
const above = { min: 0.3, max: 3 }
type Density = (x: Tensor, parameters: object) => Tensor

/** Log-densities: where x lies, and the parameters. */
const densities: Record<string, readonly [Interval, object]> = {
  normalLogDensity: [real, { mean: 0.3, deviation: 1.5 }],
  truncatedNormalLogDensity: [real, { mean: 0.3, deviation: 1.5, min: -3, max: 2.5 }],
  uniformLogDensity: [real, { min: -3, max: 2.5 }],
  exponentialLogDensity: [above, { rate: 2 }],
  gumbelLogDensity: [real, { location: 0.3, scale: 1.5 }],
  laplaceLogDensity: [{ ...real, avoid: [0] }, { scale: 1.5 }],
  logisticLogDensity: [{ ...real, avoid: [0] }, { scale: 1.5 }],
  gammaLogDensity: [above, { concentration: 2.5, rate: 0.7 }],
  betaLogDensity: [share, { alpha: 2.5, beta: 0.7 }],
}

const twos = (x: Tensor) => core.onesLike(x).mul(2) as Tensor

/** Functions made of ops: a domain for each, and its call where that is not `f(...inputs, attributes)`. */
const rows: Record<string, Row> = {
  sum: [single(real, anyAxis)],
  mean: [single(real, anyAxis, 0, 1)],
  prod: [single(real, anyAxis)],
  max: [distinct(single(real, anyAxis, 0, 1))],
  min: [distinct(single(real, anyAxis, 0, 1))],
  variance: [single(real, anyAxis, 0, 1)],
  std: [distinct(single(real, anyAxis, 0, 3))],
  median: [distinct(single(real, anyAxis, 0, 1))],
  quantile: [
    distinct(
      single(
        real,
        (shape, draw) => ({
          ...anyAxis(shape, draw),
          q: draw.pick([0.5, [0, 0.3, 1]]),
          method: draw.pick(['linear', 'nearest', 'midpoint', 'hazen']),
        }),
        0,
        1,
      ),
    ),
    ([x], { q, ...options }) => core.quantile(x, q, options),
  ],
  all: [single(real, anyAxis)],
  any: [single(real, anyAxis)],
  countNonzero: [single(real, anyAxis)],
  logSumExp: [single(real, anyAxis, 0, 1)],
  argmax: [distinct(single(real, oneAxis, 1, 1))],
  argmin: [distinct(single(real, oneAxis, 1, 1))],
  softmax: [single(real, oneAxis, 1, 1)],
  logSoftmax: [single(real, oneAxis, 1, 1)],
  ...Object.fromEntries(
    ['cumsum', 'cumprod', 'cumLogSumExp'].map((name) => [name, [single(real, oneAxis, 1)] satisfies Row]),
  ),
  cummax: [distinct(single(real, oneAxis, 1))],
  cummin: [distinct(single(real, oneAxis, 1))],
  sort: [distinct(single(real, oneAxis, 1))],
  argsort: [distinct(single(real, oneAxis, 1))],
  leakyRelu: [single({ ...real, avoid: [0] }), ([x]) => core.leakyRelu(x, 0.1)],
  elu: [single({ ...real, avoid: [0] }), ([x]) => core.elu(x, 1.5)],
  gelu: [single(real), ([x]) => core.gelu(x, { approximate: 'tanh' })],
  selu: [single({ ...real, avoid: [0] }), ([x]) => core.selu(x)],
  glu: [
    single(real, (shape, draw) => oneAxis(shape, draw), 1, 1),
    ([x], { axis }) => core.glu(core.concat([x, core.sin(x)], { axis }), { axis }),
  ],
  ...Object.fromEntries(
    Object.entries(densities).map(([name, [interval, parameters]]) => [
      name,
      [single(interval), ([x]) => (core[name as 'normalLogDensity'] as Density)(x, parameters)] satisfies Row,
    ]),
  ),
  // Integers have no derivative, but parameters do.
  poissonLogDensity: [single(above), ([rate]) => core.poissonLogDensity(twos(rate), { rate })],
  bernoulliLogDensity: [
    single(share),
    ([p]) =>
      core
        .bernoulliLogDensity(core.onesLike(p), { probability: p })
        .add(core.bernoulliLogDensity(core.zerosLike(p), { logits: p })),
  ],
  binomialLogDensity: [
    single(share),
    ([p]) =>
      core
        .binomialLogDensity(twos(p), { count: 5, probability: p })
        .sub(core.binomialLogDensity(twos(p), { count: 5, logits: p })),
  ],
  randintLogDensity: [single(share), ([min]) => core.randintLogDensity(twos(min), { min, max: 7 })],
  dirichletLogDensity: [
    (draw) => {
      const shape = draw.shape({ minRank: 1, minSize: 1 })
      return {
        inputs: [
          { shape, ...share },
          { shape, min: 0.5, max: 3 },
        ],
        attributes: undefined,
      }
    },
    ([x, concentration]) => core.dirichletLogDensity(x, { concentration }) as Tensor,
  ],
  categoricalLogDensity: [
    single(real, undefined, 1, 1),
    ([logits]) =>
      core.categoricalLogDensity(core.zeros(logits.shape.slice(0, -1), { dtype: 'int32' }), { logits }) as Tensor,
  ],
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
  scaledDotProductAttention: [
    (draw) => {
      const [queries, keys, features, outputs] = [3, 4, 3, 2].map((most) => draw.integer(1, most))
      return {
        inputs: [[queries, features], [keys, features], [keys, outputs]].map((shape) => ({ shape, ...real })), // prettier-ignore
        attributes: { block: draw.integer(1, 4), causal: draw.integer(0, 1) === 1 },
      }
    },
    ([q, k, v], options) => core.scaledDotProductAttention(q, k, v, options),
  ],
  einsum: [
    (draw) => {
      const [b, i, j, k] = Array.from({ length: 4 }, () => draw.integer(0, 3))
      const subscripts = draw.pick(['bij,bjk->bik', 'bij,bkj->ibk', 'bii,bk->', '...bj,...b', 'ij,jk,kl->il'])
      const sizes: Record<string, number> = { b, i, j, k, l: 2 }
      const terms = subscripts.split('->')[0].replaceAll('...', '').split(',')
      return {
        inputs: terms.map((term) => ({ shape: [...term].map((letter) => sizes[letter]) })),
        attributes: { subscripts },
      }
    },
    (inputs, { subscripts }) => core.einsum(subscripts as string, ...(inputs as Tensor[])),
  ],
  tensordot: [
    (draw) => {
      const [i, j, k] = Array.from({ length: 3 }, () => draw.integer(0, 3))
      return { inputs: [{ shape: [i, j, k] }, { shape: [k, j] }], attributes: { axes: [[2, 1], [0, 1]] } } // prettier-ignore
    },
    ([a, b], { axes }) => core.tensordot(a, b, axes),
  ],
  kron: [
    (draw) => ({ inputs: draw.broadcastable(2).map((shape) => ({ shape })), attributes: undefined }),
    ([a, b]) => core.kron(a, b),
  ],
  // Short vectors: each transform has tens of ops.
  fft: [vector((draw) => ({ n: draw.pick([undefined, 2, 4]) })), ([x], options) => parts(core.fft(x, options))],
  ifft: [vector(), ([x]) => parts(core.ifft({ real: x, imaginary: x }))],
  rfft: [vector(), ([x]) => parts(core.rfft(x))],
  irfft: [
    vector((draw) => ({ n: draw.integer(1, 5) })),
    ([x], options) => core.irfft({ real: x, imaginary: x }, options),
  ],
  fftn: [vector(), ([x]) => parts(core.fftn(core.outer(x, x)))],
  ifftn: [vector(), ([x]) => parts(core.ifftn(x))],
  fftShift: [single(real), ([x]) => core.fftShift(x)],
  ifftShift: [single(real), ([x]) => core.ifftShift(x)],
  convolve: [
    (draw) => ({
      inputs: [{ shape: [draw.integer(1, 4)] }, { shape: [draw.integer(1, 4)] }],
      attributes: { mode: draw.pick(['full', 'same', 'valid']) },
    }),
    ([a, b], { mode }) => core.convolve(a, b, { mode }),
  ],
  rearrange: [single(real, undefined, 2), ([x]) => core.rearrange(x, 'a ... b -> (b ...) 1 a')],
  reduce: [
    single(real, (_, draw) => ({ reduction: draw.pick(['sum', 'mean', 'prod']) }), 1, 1),
    ([x], { reduction }) => core.reduce(x, 'a ... -> ...', reduction),
  ],
  repeat: [single(real, undefined, 1), ([x]) => core.repeat(x, '... a -> 2 ... (a r)', { r: 2 })],
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
  split: [
    single(real, (shape, draw) => ({ axis: draw.integer(0, shape.length - 1), at: [draw.integer(0, 1)] }), 1, 1),
    ([x], { axis, at }) => core.concat(core.split(x, at, { axis }).reverse() as Tensor[], { axis }),
  ],
  chunk: [single(real, oneAxis, 1), ([x], { axis }) => core.concat(core.chunk(x, 2, { axis }).reverse(), { axis })],
  unstack: [single(real, oneAxis, 1, 1), ([x], { axis }) => core.stack(core.unstack(x, { axis }).reverse())],
  tile: [single(real), ([x]) => core.tile(x, [2, 3])],
  repeatElements: [
    single(real, (shape, draw) => ({ ...oneAxis(shape, draw), count: draw.integer(0, 2) }), 1),
    ([x], { axis, count }) => core.repeatElements(x, count, { axis }),
  ],
  roll: [
    single(real, (_, draw) => ({ axis: draw.pick([undefined, 0, -1]), shift: draw.integer(-4, 4) }), 1),
    ([x], { axis, shift }) => core.roll(x, shift, { axis }),
  ],
  meshgrid: [
    (draw) => ({ inputs: [{ shape: [draw.integer(0, 3)] }, { shape: [draw.integer(0, 3)] }], attributes: undefined }),
    ([a, b]) => core.mul(...(core.meshgrid([a, b]) as [Tensor, Tensor])),
  ],
  swapAxes: [single(real, undefined, 2), ([x]) => core.swapAxes(x, 0, -1)],
  moveAxis: [single(real, undefined, 2), ([x]) => core.moveAxis(x, 0, -1)],
  diagonal: [single(real, offsets, 2), ([x], { offset }) => core.diagonal(x, { offset, axes: [-1, 0] })],
  diag: [
    (draw) => ({ inputs: [{ shape: draw.shape({ minRank: 1, maxRank: 2 }) }], attributes: offsets(null, draw) }),
    ([x], { offset }) => core.diag(x, { offset }),
  ],
  diagEmbed: [single(real, offsets, 1)],
  tril: [single(real, offsets, 2)],
  triu: [single(real, offsets, 2)],
  takeAlongAxis: [
    distinct(single(real, oneAxis, 1)),
    ([x], { axis }) => core.takeAlongAxis(x, core.argsort(x, { axis }), { axis }),
  ],
  scatterAdd: [withUpdates, ([x, y], { axis }) => core.scatterAdd(x, cycle(x.shape, axis, 2), y, { axis })],
  scatterSet: [withUpdates, ([x, y], { axis }) => core.scatterSet(x, cycle(x.shape, axis, 1), y, { axis })],
  segmentSum: [single(real, undefined, 1), ([x]) => core.segmentSum(x, segments(x), 3)],
  segmentMean: [single(real, undefined, 1), ([x]) => core.segmentMean(x, segments(x), 3)],
  segmentMax: [distinct(rowsOrOne), ([x]) => core.segmentMax(x, segments(x), Math.min(2, x.shape[0]))],
  segmentMin: [distinct(rowsOrOne), ([x]) => core.segmentMin(x, segments(x), Math.min(2, x.shape[0]))],
  atIndex: [
    (draw) => {
      const shape = draw.shape({ minRank: 1, minSize: 1 })
      const updates = draw.pick(['set', 'add'])
      return { inputs: [{ shape }, { shape: [2, ...shape.slice(1)] }], attributes: { updates } }
    },
    ([x, y], { updates }) => {
      const places = core.tensor([0, 0], { dtype: 'int32' })
      return core.atIndex(core.atIndex(x, places)[updates as 'set'](y), [null, null, -1]).add(core.at(y, 0))
    },
  ],
  topK: [
    distinct(single(real, (shape, draw) => ({ ...oneAxis(shape, draw), largest: draw.pick([true, false]) }), 1, 1)),
    ([x], { axis, largest }) => core.topK(x, 1, { axis, largest }).values,
  ],
  searchSorted: [
    (draw) => ({
      inputs: [{ shape: [draw.integer(0, 3)] }, { shape: draw.shape() }],
      attributes: undefined,
      distinct: true,
    }),
    ([sorted, x]) => core.searchSorted(core.sort(sorted), x),
  ],
  bincount: [
    single(real, undefined, 1, 0),
    ([x]) => {
      const weights = core.reshape(x, [x.size])
      return core.bincount(core.remainder(core.arange(x.size), 2), { weights, length: 3 })
    },
  ],
  oneHot: [
    single(real, undefined, 0, 1),
    ([x]) => core.oneHot(core.zerosLike(x).astype('int32'), 2, { dtype: 'float64' }),
  ],
  ...linearAlgebra,
}

/** Options of windows, and the shape of a tensor `[n, height, width, c]` into which windows of `size` fit. */
function windows(channels: (draw: Draw) => number, kernel?: (c: number, draw: Draw) => readonly number[]): Domain {
  return (draw) => {
    const size = [draw.integer(1, 2), draw.integer(1, 3)]
    const stride = draw.integer(1, 2)
    // Padding is narrower than a window, which would hold nothing else otherwise.
    const padding = draw.pick(['valid', 'same', [0, [0, Math.min(1, size[1] - 1)]]])
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
  (name: 'averagePool' | 'maxPool' | 'unfold'): Row[1] =>
  ([x], { size, options }) =>
    core[name](x, size as number[], options as object) as Tensor
const adaptive =
  (name: 'adaptiveAveragePool' | 'adaptiveMaxPool'): Row[1] =>
  ([x], { size }) =>
    core[name](x, size as number[])
const lines = (name: 'conv1d' | 'conv3d' | 'convTranspose1d' | 'convTranspose3d', rank: number): Row => [
  (draw) => {
    const space = Array.from({ length: rank }, () => 2)
    return { inputs: [{ shape: [...space.map((each) => each + draw.integer(0, 1)), 1] }, { shape: [...space, 1, 1] }], attributes: {} } // prettier-ignore
  },
  ([x, w]) => (core[name] as (...inputs: unknown[]) => Tensor)(x, w, { padding: 'same', stride: 2 }),
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
  maxPool: [distinct(pools), pooled('maxPool')],
  adaptiveMaxPool: [distinct(pools), adaptive('adaptiveMaxPool')],
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
  ...'foldKey randint categorical choice gumbel exponential laplace logistic truncatedNormal gamma beta dirichlet poisson orthogonal'.split(
    ' ',
  ),
  ...notOps,
  ...'onesLike zerosLike bernoulli normal permutation splitKey uniform'.split(' '),
  ...'grad valueAndGrad vjp hvp jvp hessian jacobian vmap'.split(' '),
  // Shapes of its results depend on values, which laws may not read.
  'unique',
  // They call functions. The suite tests their ops.
  ...'scan map whileLoop cond switchCase'.split(' '),
  // They check their arguments and apply one op, or take its result apart. The suite tests their ops.
  ...'cholesky triangularSolve solve determinant eigh svd pinv matrixExponential'.split(' '),
])
