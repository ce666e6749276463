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
  bernoulliLogDensity: [single(share), ([p]) => core.bernoulliLogDensity(core.onesLike(p), { probability: p })],
  binomialLogDensity: [single(share), ([p]) => core.binomialLogDensity(twos(p), { count: 5, probability: p })],
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
  ...'fold randint categorical choice gumbel exponential laplace logistic truncatedNormal gamma beta dirichlet poisson'.split(
    ' ',
  ),
  ...notOps,
  ...'onesLike zerosLike bernoulli normal permutation splitKey uniform'.split(' '),
  ...'grad valueAndGrad vjp hvp jvp hessian jacobian vmap'.split(' '),
  // They call functions. The suite tests their ops.
  ...'scan map whileLoop cond switchCase'.split(' '),
])
