// The functions of core: a right call of each, and which odd values are right as well.

import * as core from '@cotangent/core'
import { type Draw, tensor, type Tensor, type WithOp, zeros } from '@cotangent/core'
import type { Call } from './calls'
import {
  any,
  callable,
  counts,
  finite,
  floats,
  notNegative,
  numbers,
  type Odd,
  options,
  positive,
  tensors,
} from './odd'

const x = tensor([[1, 2], [3, 4]]) as Tensor // prettier-ignore
const v = tensor([1, 2]) as Tensor
const yes = tensor([[true, false], [false, true]]) as Tensor // prettier-ignore
const picks = tensor([[0, 1], [1, 0]], { dtype: 'int32' }) as Tensor // prettier-ignore
const labels = tensor([0, 1], { dtype: 'int32' }) as Tensor
const random = core.key(1)
const double = (y: Tensor) => y.mul(2)
const same = (y: unknown) => y
const total = (y: Tensor) => y.mul(2).sum()

export const operand: readonly Odd[] = [...tensors, ...numbers]
const copy = core.linear({ transpose: (g) => [g] })
const domain = core.elementwiseDomain([{}])

/** A function: a right call, and which odd values are right as well, in each argument and in each option. */
interface Row {
  readonly call: readonly unknown[]
  readonly takes: readonly (readonly Odd[])[]
  /** How many arguments it needs; all by default. */
  readonly required?: number
  readonly options?: Readonly<Record<string, readonly Odd[]>>
  /** It takes any number of further arguments. */
  readonly isOpen?: boolean
}

const unary: Row = { call: [x], takes: [operand] }
const binary: Row = { call: [x, x], takes: [operand, operand] }
const axis: readonly Odd[] = ['-1', '0', '1']
const axes: readonly Odd[] = [...axis, 'empty array']
const square: readonly Odd[] = ['matrix tensor']
const ofRank2: readonly Odd[] = ['matrix tensor', 'empty tensor']
const vectors = tensors.filter((name) => /vector|int32|bool/.test(name))
const transformable = tensors.filter((name) => name !== 'scalar tensor')
const fourier: Row = {
  call: [v, { axis: 0 }],
  takes: [transformable, options],
  required: 1,
  options: { axis: ['-1', '0'], n: ['1', '2'], norm: [] },
}
const few: readonly Odd[] = ['0', '1', '2']
const shape: readonly Odd[] = ['empty array', 'numbers']
const axesOfTrees: readonly Odd[] = ['null', '-1', '0', '1', '2', 'huge', '1e308', 'empty object', 'bare object', 'unknown option', 'option of another library', 'empty array', 'numbers', 'array of null'] // prettier-ignore
const optional = (list: readonly Odd[]): readonly Odd[] => ['undefined', ...list]
const reduction = { call: [x, { axis: 0 }], takes: [operand, options], required: 1 }
const reduces: Row = { ...reduction, options: { axis: axes, keepDims: ['true'] } }
const position: Row = { ...reduction, options: { axis, keepDims: ['true'] } }
const along: Row = { ...reduction, options: { axis } }
const joins: Row = { call: [[x, x], { axis: 0 }], takes: [[], options], required: 1, options: { axis: [...axis, '2'] } }
const picking: Row = {
  call: [x, picks, { axis: 0 }],
  takes: [operand, operand, options],
  required: 2,
  options: { axis },
}
const definite = tensor([[4, 1], [1, 3]]) as Tensor // prettier-ignore
const matrix: Row = { call: [definite, {}], takes: [tensors, options], required: 1 }
const system: Row = { call: [x, x, {}], takes: [tensors, tensors, options], required: 2 }
const sloped: Row = { call: [x, 0.1], takes: [operand, optional(finite)], required: 1 }
const shaped: Row = { call: [[2], {}], takes: [shape, options], required: 1, options: { dtype: [] } }
const pick = (names: string, row: Row) => Object.fromEntries(names.split(' ').map((name) => [name, row]))
const draws = (fields: Row['options']): Row => ({
  call: [random, [2], {}],
  takes: [[], shape, options],
  required: 2,
  options: fields,
})

// Parameters of distributions: whether a tensor fits the shape, the error of the call itself says.
const free: readonly Odd[] = [...finite, ...tensors, 'Infinity']
const above: readonly Odd[] = [...positive, 'scalar tensor', 'vector tensor', 'matrix tensor']
const whole: readonly Odd[] = ['-1', '0', '1', '2', 'int32 tensor', 'matrix tensor']
const needs = (needed: object): Row => ({ call: [random, [2], needed], takes: [[], shape, options] })
const density = (needed: object, fields: Row['options']): Row => ({
  call: [x, needed],
  takes: [operand, options],
  required: Object.keys(needed).length > 0 ? 2 : 1,
  options: fields,
})

const steps: readonly Odd[] = ['0', ...counts]
const tolerances = { rtol: notNegative, atol: notNegative, maxSteps: steps }
const linear = { ...tolerances, init: [] }
/** A solver for the equation of an identity. `others` are further arguments. */
const solver = (others: readonly (readonly Odd[])[], fields: Row['options']): Row => ({
  call: [same, v, ...others.map(() => null), {}],
  takes: [[], floats, ...others, options],
  required: 2 + others.length,
  options: fields,
})

const spaced: readonly Odd[] = ['1', '2', 'numbers']
const windowed = { stride: spaced, padding: ['0', '1', '2', 'numbers'] as const, dilation: spaced, layout: [] }
const convolves = (
  x: number[],
  w: number[],
  more: Row['options'] = {},
  left: readonly Odd[] = [],
  right: readonly Odd[] = [],
): Row => ({
  call: [zeros(x), zeros(w), {}],
  takes: [left, right, options],
  required: 2,
  options: { ...windowed, groups: ['1'], ...more },
})

/** The functions that do not apply a single op. */
const own: Readonly<Record<string, Row>> = {
  ...pick('zerosLike onesLike', unary),
  clip: { call: [x, 0, 1], takes: [operand, operand, operand] },
  ...pick('sum mean max min prod logSumExp median all any countNonzero', reduces),
  ...pick('variance std', { ...reduces, options: { ...reduces.options, correction: ['0', '0.5', '1'] } }),
  quantile: {
    call: [x, 0.5, { axis: 0 }],
    takes: [operand, ['0', '0.5', '1', 'empty array'], options],
    required: 2,
    options: { ...reduces.options, method: [] },
  },
  selu: unary,
  gelu: { call: [x, {}], takes: [operand, options], required: 1, options: { approximate: [] } },
  ...pick('argmax argmin', position),
  ...pick('softmax logSoftmax cumsum cumprod cummax cummin cumLogSumExp sort argsort glu', along),
  matmul: binary,
  ...pick('dot outer', { call: [v, v], takes: [operand, operand] }),
  ...pick('einsum einsumPath', { call: ['ij,jk->ik', x, x], takes: [[], ofRank2, square] }),
  tensordot: { call: [x, x, 1], takes: [['matrix tensor', 'empty tensor', 'tensor of three axes'], ['matrix tensor', 'tensor of three axes'], ['undefined', ...few]], required: 2 }, // prettier-ignore
  kron: binary,
  rearrange: { call: [x, 'a b -> b a', {}], takes: [ofRank2, [], options], required: 2 },
  reduce: { call: [x, 'a b -> b', 'sum', {}], takes: [ofRank2, [], [], options], required: 3 },
  repeat: { call: [x, 'a b -> b a 2', {}], takes: [ofRank2, [], options], required: 2 },
  ...pick('fft ifft', fourier),
  irfft: { ...fourier, takes: [transformable, options] },
  rfft: fourier,
  ...pick('fftn ifftn', { ...fourier, call: [v, { axis: 0 }], options: { axis: axes, norm: [] }, takes: [[...operand], options] }), // prettier-ignore
  ...pick('fftShift ifftShift', { ...reduces, options: { axis: axes } }),
  ...pick('fftFrequencies rfftFrequencies', { call: [2, 1, {}], takes: [['1', '2'], optional(positive), options], required: 1, options: { dtype: [] } }), // prettier-ignore
  convolve: { call: [v, v, {}], takes: [vectors, vectors, options], required: 2, options: { mode: [] } },
  ...pick('cholesky inverse', { ...matrix, options: { check: ['true'] } }),
  ...pick('determinant logDeterminant eigh qr svd matrixExponential matrixTrace', { call: [x], takes: [tensors] }),
  ...pick('pinv matrixRank', { ...matrix, options: { tolerance: notNegative } }),
  matrixNorm: { ...matrix, options: { p: ['Infinity', '1', '2'] } },
  matrixPower: { call: [x, 2], takes: [tensors, ['-1', '0', '1', '2']] },
  solve: { ...system, options: { check: ['true'] } },
  triangularSolve: {
    ...system,
    options: { lower: ['true'], transposed: ['true'], unitDiagonal: ['true'], check: ['true'] },
  },
  lstsq: { call: [x, x], takes: [tensors, tensors] },
  norm: { ...reduces, options: { ...reduces.options, p: ['Infinity', ...notNegative] } },
  ...pick('leakyRelu elu', sloped),
  reshape: { call: [x, [4]], takes: [operand, ['numbers']] },
  broadcastTo: { call: [x, [2, 2]], takes: [operand, ['numbers']] },
  transpose: { call: [x, [1, 0]], takes: [operand, ['undefined']], required: 1 },
  expandDims: { call: [x, 0], takes: [operand, [...axis, '2']] },
  squeeze: { call: [zeros([1, 2]), 0], takes: [operand, optional(axes)], required: 1 },
  flip: { call: [x, 0], takes: [operand, optional(axes)], required: 1 },
  ...pick('concat stack', joins),
  slice: { call: [x, [0, 1]], takes: [operand, ['null', 'numbers', 'array of null']], required: 1, isOpen: true },
  at: { call: [x, 0], takes: [operand, ['null', ...axis]], isOpen: true },
  gather: picking,
  take: { ...picking, options: { axis, batchAxes: few } },
  split: { ...along, call: [x, 2, { axis: 0 }], takes: [operand, ['1', '2', 'numbers', 'empty array'], options], required: 2 }, // prettier-ignore
  chunk: { ...along, call: [x, 2, { axis: 0 }], takes: [operand, counts, options], required: 2 },
  unstack: along,
  tile: { call: [x, [1, 2]], takes: [operand, [...few, 'numbers', 'empty array']] },
  repeatElements: {
    ...along,
    call: [x, 2, { axis: 0 }],
    takes: [operand, [...few, 'numbers'], options],
    required: 2,
  },
  roll: {
    call: [x, 1, { axis: 0 }],
    takes: [operand, [...axis, '2', 'huge', '1e308'], options],
    required: 2,
    options: { axis: axes },
  },
  meshgrid: {
    call: [[v, v], {}],
    takes: [['empty array'], options],
    required: 1,
    options: { indexing: [] },
  },
  swapAxes: { call: [x, 0, 1], takes: [operand, axis, axis] },
  moveAxis: { call: [x, 0, 1], takes: [operand, axis, axis] },
  diagonal: { call: [x, { offset: 0, axes: [0, 1] }], takes: [operand, options], required: 1, options: { offset: [...axis, '2', 'huge', '1e308'], axes: [] } }, // prettier-ignore
  ...pick('diag tril triu', {
    call: [x, { offset: 0 }],
    takes: [operand, options],
    required: 1,
    options: { offset: [...axis, '2', 'huge', '1e308'] },
  }),
  diagEmbed: { call: [v, { offset: 0 }], takes: [operand, options], required: 1, options: { offset: [...axis, '2'] } },
  takeAlongAxis: picking,
  ...pick('scatterAdd scatterSet', {
    ...picking,
    call: [x, picks, x, { axis: 0 }],
    takes: [operand, operand, operand, options],
    required: 3,
  }),
  segmentSum: { call: [x, labels, 2], takes: [operand, [], ['2', 'huge', '1e308']] },
  ...pick('segmentMean segmentMax segmentMin', {
    call: [x, labels, 2, {}],
    takes: [operand, [], ['2'], options],
    required: 3,
    options: { empty: numbers },
  }),
  atIndex: {
    call: [x, 0, picks],
    takes: [operand, ['null', 'numbers', ...axis, 'array of null', 'int32 tensor'], ['null', 'numbers', ...axis, 'array of null', 'int32 tensor']], // prettier-ignore
    required: 2,
    isOpen: true,
  },
  topK: { call: [x, 1, {}], takes: [operand, few, options], required: 2, options: { axis, largest: ['true'] } },
  searchSorted: {
    call: [v, x, {}],
    takes: [tensors, operand, options],
    required: 2,
    options: { side: [] },
  },
  bincount: {
    call: [labels, {}],
    takes: [[], options],
    required: 1,
    options: { length: ['2'], weights: [] },
  },
  unique: { call: [x, {}], takes: [operand, options], required: 1, options: { axis } },
  pad: { call: [x, [[1, 0], [0, 1]], 0], takes: [operand, [], optional(numbers)], required: 2 }, // prettier-ignore
  ...pick(
    'conv1d',
    convolves([1, 3, 2], [2, 2, 1], {}, ['matrix tensor', 'tensor of three axes'], ['tensor of three axes']),
  ),
  ...pick('conv2d', convolves([1, 3, 3, 2], [2, 2, 2, 1], {}, ['tensor of three axes'])),
  ...pick('conv3d', convolves([1, 3, 3, 3, 2], [2, 2, 2, 2, 1])),
  ...pick('convTranspose1d', convolves([1, 3, 1], [2, 2, 1], { outputPadding: ['0', 'empty array', 'numbers'] })),
  ...pick('convTranspose2d', convolves([1, 3, 3, 1], [2, 2, 2, 1], { outputPadding: ['0'] })),
  ...pick('convTranspose3d', convolves([1, 3, 3, 3, 1], [2, 2, 2, 2, 1], { outputPadding: ['0'] })),
  ...pick('maxPool averagePool unfold', { call: [zeros([1, 4, 4, 1]), 2, {}], takes: [['tensor of three axes'], spaced, options], required: 2, options: windowed }), // prettier-ignore
  ...pick('adaptiveAveragePool adaptiveMaxPool', { call: [zeros([1, 4, 4, 1]), 2, {}], takes: [['tensor of three axes'], spaced, options], required: 2, options: { layout: [] } }), // prettier-ignore
  fold: { call: [zeros([1, 1, 1, 2, 2, 1]), [2, 2], {}], takes: [[], ['2'], options], required: 2, options: { ...windowed, padding: ['0', 'text'] } }, // prettier-ignore
  oneHot: { call: [picks, 3, {}], takes: [operand, ['2'], options], required: 2, options: { dtype: [] } },
  astype: { call: [x, 'float64'], takes: [operand, []] },
  tensor: {
    call: [[1, 2], {}],
    takes: [[...numbers, 'true', 'empty array', 'numbers', 'typed array'], options],
    required: 1,
    options: { dtype: [], shape: ['numbers'] },
  },
  ...pick('zeros ones', shaped),
  full: { call: [[2], 1, {}], takes: [shape, numbers, options], required: 2, options: { dtype: [] } },
  eye: { call: [2, 2, {}], takes: [few, optional(few), options], required: 1, options: { dtype: [], offset: [...axis, '2', 'huge', '1e308'] } }, // prettier-ignore
  arange: {
    call: [0, 3, 1, {}],
    takes: [finite, optional(finite), optional(finite), options],
    required: 1,
    options: { dtype: [] },
  },
  linspace: { call: [0, 1, 3, {}], takes: [finite, finite, few, options], required: 3, options: { dtype: [] } },
  key: { call: [1], takes: [['-1', ...few]] },
  splitKey: { call: [random, 2], takes: [[], ['undefined', '1', '2']], required: 1 },
  uniform: draws({ min: free, max: free, dtype: [] }),
  normal: draws({ mean: free, deviation: ['0', ...above], dtype: [] }),
  bernoulli: draws({ probability: ['0', '0.5', '1', 'scalar tensor'], logits: free }),
  permutation: { call: [random, 3], takes: [[], few] },
  foldKey: { call: [random, 3], takes: [[], ['-1', ...few]] },
  orthogonal: { ...draws({ dtype: [] }), call: [random, [2, 2], {}] },
  ...pick('gumbel laplace logistic', draws({ location: free, scale: above, dtype: [] })),
  exponential: draws({ rate: above, dtype: [] }),
  truncatedNormal: draws({ mean: free, deviation: above, min: free, max: free, dtype: [] }),
  randint: { ...needs({ max: 7 }), options: { min: whole, max: whole } },
  categorical: {
    ...needs({ logits: v }),
    options: { logits: [...floats, 'int32 tensor'], probabilities: ['vector tensor'] },
  },
  choice: {
    call: [random, x, [2], {}],
    takes: [[], [...tensors, '1', '2'], shape, options],
    required: 3,
    options: { replace: ['true'], probabilities: [], axis },
  },
  gamma: { ...needs({ concentration: 2 }), options: { concentration: above, rate: above, dtype: [] } },
  beta: { ...needs({ alpha: 2, beta: 3 }), options: { alpha: above, beta: above, dtype: [] } },
  dirichlet: {
    ...needs({ concentration: v }),
    options: { concentration: ['vector tensor', 'matrix tensor'], dtype: [] },
  },
  poisson: draws({ rate: ['0', ...above] }),
  ...pick('gumbelLogDensity laplaceLogDensity logisticLogDensity', density({}, { location: free, scale: above })),
  normalLogDensity: density({}, { mean: free, deviation: above }),
  truncatedNormalLogDensity: density({}, { mean: free, deviation: above, min: free, max: free }),
  uniformLogDensity: density({}, { min: free, max: free }),
  exponentialLogDensity: density({}, { rate: above }),
  gammaLogDensity: density({ concentration: 2 }, { concentration: above, rate: above }),
  betaLogDensity: density({ alpha: 2, beta: 3 }, { alpha: above, beta: above }),
  dirichletLogDensity: {
    call: [v, { concentration: v }],
    takes: [tensors, options],
    options: { concentration: ['matrix tensor', 'scalar tensor'] },
  },
  poissonLogDensity: density({}, { rate: ['0', ...above] }),
  bernoulliLogDensity: density({}, { probability: ['0', '0.5', '1', 'scalar tensor', 'vector tensor'], logits: free }),
  binomialLogDensity: density(
    { count: 3, probability: 0.5 },
    { count: ['0', ...counts, 'matrix tensor'], probability: ['0', '0.5', '1', 'scalar tensor'], logits: free },
  ),
  randintLogDensity: density({ max: 7 }, { min: free, max: free }),
  categoricalLogDensity: {
    call: [picks, { logits: v }],
    takes: [operand, options],
    options: { logits: tensors, probabilities: tensors },
  },
  formatIndex: { call: [1, [2, 2]], takes: [few, ['numbers']] },
  formatPath: { call: [['layers', 0]], takes: [shape] },
  treeLeaves: { call: [{ w: x }], takes: [any], required: 0 },
  treeParameters: { call: [{ w: x }], takes: [any], required: 0 },
  flatten: { call: [{ w: x }], takes: [any], required: 0 },
  ...pick('grad valueAndGrad', {
    call: [total, {}],
    takes: [callable, options],
    required: 1,
    // Whether there is such an argument, the call of the derivative says.
    options: { argument: [...shape, ...few, 'huge', '1e308'], where: callable, aux: ['true'], disconnected: [] },
  }),
  ...pick('jacobian hessian checkpoint debugNaN inlined', { call: [double], takes: [callable] }),
  labelled: { call: ['name', () => 1], takes: [any, callable] },
  vmap: {
    call: [double, {}],
    takes: [callable, options],
    required: 1,
    // Whether the arguments have these axes, the call of the batched function says.
    options: { in: [...axesOfTrees], out: [...axesOfTrees], size: ['0', '1', '2', 'huge', '1e308'] },
  },
  scan: {
    call: [(c: unknown, row: unknown) => [c, row], x, x, {}],
    takes: [[], any, tensors, options],
    required: 3,
    options: { length: ['2'], reverse: ['true'], residuals: ['1', '2', 'huge', '1e308'] },
  },
  map: {
    call: [double, x, {}],
    takes: [callable, tensors, options],
    required: 2,
    options: { residuals: ['1', '2', 'huge', '1e308'] },
  },
  cond: { call: [core.tensor(true), same, same, x], takes: [[], callable, callable, any], required: 3, isOpen: true },
  switchCase: {
    call: [core.tensor(0, { dtype: 'int32' }), [same], x],
    takes: [[], [], any],
    required: 2,
    isOpen: true,
  },
  whileLoop: {
    call: [() => core.tensor(false), same, x, {}],
    takes: [[], callable, tensors, options],
    required: 3,
    options: { maxSteps: ['0', '1', '2'] },
  },
  scaledDotProductAttention: {
    call: [x, x, x, {}],
    takes: [floats, ['matrix tensor'], ['matrix tensor'], options],
    required: 3,
    options: { mask: tensors, causal: ['true'], scale: numbers, dropout: [], block: counts },
  },
  associativeScan: {
    call: [(a: unknown) => a, x, {}],
    takes: [[], tensors, options],
    required: 2,
    options: { reverse: ['true'] },
  },
  ...pick('conjugateGradient', solver([], linear)),
  ...pick('gmres', solver([], { ...linear, restart: counts })),
  ...pick('fixedPoint root', solver([any], { ...tolerances, linear: options })),
  odeSolve: {
    call: [same, v, v, null, {}],
    takes: [[], floats, ['vector tensor'], any, options],
    required: 4,
    options: { method: [], rtol: notNegative, atol: positive, maxSteps: steps, stepsPerInterval: counts, gradient: [] },
  },
  vjp: { call: [double, x], takes: [callable, tensors], isOpen: true },
  trace: { call: [(y: unknown) => y, x], takes: [callable, any], isOpen: true },
  jvp: { call: [double, [x], [x]], takes: [callable, [], []] },
  hvp: { call: [total, x, x], takes: [callable, ['matrix tensor'], ['matrix tensor']], isOpen: true },
  customGradient: {
    call: [(y: Tensor) => ({ value: y, pullback: (g: Tensor) => [g] }), {}],
    takes: [callable, options],
    required: 1,
    options: { name: ['text'], surrogate: ['true'] },
  },
  compile: {
    call: [double, {}],
    takes: [callable, options],
    required: 1,
    options: { donate: shape, retrace: ['true'] },
  },
  defineElementwise: {
    call: [{ name: 'twice', inputs: 1, formula: (s: core.ScalarSet, y: core.Scalar) => s.mul(y, 2), domain: [{}] }],
    takes: [[]],
  },
  defineOp: {
    call: [{ name: 'copy', inputs: 1, infer: ([type]: unknown[]) => type, kernel: () => {}, law: copy, domain }],
    takes: [[]],
  },
  elementwise: {
    call: [[null], [[0]], [{ lost: double }]],
    takes: [['empty array', 'array of null'], optional(['empty array']), optional(['empty array'])],
    required: 1,
  },
  linear: { call: [{ transpose: double }], takes: [[]] },
  bilinear: { call: [double, double], takes: [callable, callable] },
  vjpRule: { call: [{ pullback: double }], takes: [[]] },
  bodyOf: { call: ['contract', () => ({})], takes: [[], callable] },
  noGradient: { call: ['levels are looked up'], takes: [['text', 'empty text']] },
  elementwiseDomain: { call: [[{}], true], takes: [['empty array'], optional(['true'])], required: 1 },
  mapTree: { call: [double, { w: x }], takes: [callable, any], isOpen: true },
}

const draw: Draw = {
  integer: (min) => min,
  pick: (list) => list[0],
  shape: () => [2, 2],
  broadcastable: (count) => Array.from({ length: count }, () => [2, 2]),
}

/** What applies one op has its row from the op's domain. */
function rowOf({ op }: WithOp): Row {
  const { inputs } = op.domain(draw)
  return {
    call: inputs.map(({ dtype }) => (dtype === 'bool' ? yes : dtype === 'int32' ? picks : x)),
    // A number alone is a float32 scalar.
    takes: inputs.map(({ dtype }) =>
      dtype === 'bool' ? ['bool tensor'] : dtype === 'int32' && inputs.length === 1 ? ['int32 tensor'] : operand,
    ),
  }
}

type Any = (...args: unknown[]) => unknown

export const exported = Object.entries(core).filter((entry): entry is [string, Any] => typeof entry[1] === 'function')
const ops = exported.filter((entry): entry is [string, Any & WithOp] => 'op' in entry[1])
export const rows: Readonly<Record<string, Row>> = {
  ...Object.fromEntries(ops.map(([name, f]) => [name, rowOf(f)])),
  ...own,
}

/** The calls of a row; of a method, the first argument is what it belongs to. */
function callOf({ call, takes, required = call.length, options: fields, isOpen }: Row, f: Any, first = 0): Call {
  const args = call.slice(first)
  const last = args.length - 1
  return {
    call: f,
    args,
    passes: {
      ...Object.fromEntries(takes.slice(first).map((right, i) => [i, right])),
      ...Object.fromEntries(
        Object.entries(fields ?? {}).map(([field, right]) => [`${last}.${field}`, optional(right)]),
      ),
    },
    whole: args.flatMap((_, i) => (i === last && fields !== undefined ? [] : [i])),
    isVariadic: isOpen,
    optional: call.length - required,
  }
}

const byName = Object.fromEntries(exported)
const named = (names: readonly string[], of: (name: string) => Call) =>
  Object.fromEntries(names.map((name) => [name, of(name)]))

export const functionCalls = named(Object.keys(rows), (name) => callOf(rows[name], byName[name]))

const isMethod = (name: string) => name in core.Tensor.prototype
const methodOf = (self: unknown, name: string) => (self as Record<string, Any>)[name].bind(self)
const one = tensor(1)
export const methodCalls: Readonly<Record<string, Call>> = {
  ...named(Object.keys(rows).filter(isMethod), (name) => callOf(rows[name], methodOf(rows[name].call[0], name), 1)),
  item: { call: methodOf(one, 'item'), args: [] },
  toArray: { call: methodOf(one, 'toArray'), args: [] },
  expectShape: { call: methodOf(one, 'expectShape'), args: [[]], passes: { '0': ['empty array'] } },
  pipe: { call: methodOf(one, 'pipe'), args: [double], passes: { '0': callable }, isVariadic: true },
}
