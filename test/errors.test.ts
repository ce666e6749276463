import { checkGradients, checkOp, explain, tensors } from '@cotangent/check'
import {
  adaptiveAveragePool,
  add,
  arange,
  argmax,
  associativeScan,
  at,
  bernoulli,
  bilinear,
  bitwiseAnd,
  bodyOf,
  broadcastTo,
  bernoulliLogDensity,
  categorical,
  checkpoint,
  cholesky,
  choice,
  clip,
  compile,
  concat,
  conjugateGradient,
  cond,
  constant,
  convolve,
  conv1d,
  conv2d,
  convTranspose1d,
  CotangentError,
  customGradient,
  debugNaN,
  defineElementwise,
  defineOp,
  dot,
  einsum,
  elementwiseDomain,
  eigh,
  exp,
  expandDims,
  exponential,
  eye,
  fft,
  fixedPoint,
  floor,
  fold,
  full,
  gamma,
  gather,
  glu,
  gmres,
  grad,
  greater,
  hessian,
  hvp,
  jacobian,
  jvp,
  type Kernel,
  key,
  type Law,
  type OpOptions,
  type ScalarSet,
  linear,
  less,
  linspace,
  logDeterminant,
  lstsq,
  map,
  mapTree,
  matmul,
  matrixNorm,
  matrixPower,
  max,
  maxPool,
  mean,
  mul,
  noGradient,
  norm,
  normal,
  odeSolve,
  oneHot,
  ones,
  or,
  orthogonal,
  outer,
  pad,
  quantile,
  randint,
  relu,
  rfft,
  remainder,
  rearrange,
  repeat,
  reshape,
  root,
  scaledDotProductAttention,
  scan,
  slice,
  solve,
  splitKey,
  squeeze,
  stack,
  std,
  sum,
  svd,
  tensordot,
  switchCase,
  take,
  tensor,
  type Tensor,
  trace,
  transpose,
  treeLeaves,
  uniform,
  valueAndGrad,
  variance,
  vjp,
  vjpRule,
  vmap,
  where,
  whileLoop,
  split,
  unstack,
  repeatElements,
  roll,
  meshgrid,
  moveAxis,
  diagonal,
  diag,
  diagEmbed,
  tril,
  takeAlongAxis,
  scatterAdd,
  scatterSet,
  segmentSum,
  atIndex,
  topK,
  searchSorted,
  bincount,
  unique,
  zeros,
} from '@cotangent/core'
import {
  combine,
  confusionMatrix,
  dense,
  except,
  batchNorm,
  dropout,
  evaluating,
  fans,
  gru,
  l2,
  learnedPositions,
  logLoss,
  lstm,
  mse,
  multiHeadAttention,
  normalInitializer,
  rotary,
  sequential,
  training,
  transformerBlock,
  softmaxCrossEntropy,
  summary,
  accuracy,
} from '@cotangent/nn'
import { batches, type BatchState, kFolds, trainTestSplit } from '@cotangent/data'
import {
  adam,
  addMomentum,
  clipByGlobalNorm,
  constantSchedule,
  cosineSchedule,
  joinSchedules,
  lbfgs,
  lookahead,
  muon,
  oneCycleSchedule,
  perGroup,
  scaleByLearningRate,
  sgd,
} from '@cotangent/optim'
import { toSVG } from '@cotangent/view'
import { expect, it } from 'vitest'
import { badBundles } from './bundle-errors'
import { badExports } from './export-errors'
import { badFiles } from './file-errors'
import { badLayers } from './layer-errors'
import { badLosses } from './loss-errors'
import { badModels } from './model-errors'
import { badOnnxExports } from './onnx-export-errors'

// Bad calls as a caller without types would make them: everything is cast away.
const any = (value: unknown) => value as never
const a23 = tensor([[1, 2, 3], [4, 5, 6]]) as Tensor // prettier-ignore
const a54 = zeros([5, 4]) as Tensor
const v3 = tensor([1, 2, 3]) as Tensor
const ints = tensor([1, 2, 3], { dtype: 'int32' }) as Tensor
const flags = tensor([true, false, true]) as Tensor
const scalar = tensor(2) as Tensor
/** Both branches are traced, so that nothing ends the recursion. */
const endless = (x: Tensor): Tensor =>
  cond(
    x.less(1),
    (y: Tensor) => y,
    (y: Tensor) => endless(y.mul(0.5)),
    x,
  )
const everywhere = elementwiseDomain([{}])
const v2 = tensor([1, 2]) as Tensor
/** Matrices of two rows and columns; a batch if there are several. */
const matrices = (...list: readonly number[][]): Tensor =>
  tensor(list.flat(), { shape: list.length === 1 ? [2, 2] : [list.length, 2, 2], dtype: 'float32' })
const rotated = (x: Tensor) => stack([at(x, 1), at(x, 0).mul(-1)])

class Secretive {
  #w = tensor(1)
  static spied(it: object): Tensor {
    return (it as Secretive).#w
  }
}

class Method {
  w = tensor(2)
  forward(x: Tensor): Tensor {
    return this.w.mul(x)
  }
}

class Hidden {
  readonly w = scalar
  #secret = 1
  read() {
    return this.#secret
  }
}
const cyclic: Record<string, unknown> = { w: scalar }
cyclic.self = cyclic

/** An op whose kernel reads attributes like the given ones; the domain draws them. */
const scaledBy = (attributes: object) =>
  defineOp<object, (x: Tensor) => Tensor>({
    name: 'scale',
    inputs: 1,
    infer: ([x]) => x,
    kernel: ([x], out, given) => out.data.set(x.data.map((each) => each * Number(Object.values(given)[0]))),
    law: noGradient('none is needed'),
    domain: () => ({ inputs: [{ shape: [1] }], attributes }),
  })
const broken = (law: Parameters<typeof defineOp>[0]['law']) =>
  defineOp({
    name: 'broken',
    inputs: 1,
    infer: ([x]) => x,
    kernel: ([x], out) => out.data.set(x.data),
    law,
    domain: everywhere as never,
  })

const badCalls: Record<string, () => unknown> = {
  'tensor of text': () => tensor(any('abc')),
  'tensor of ragged arrays': () => tensor(any([[1, 2], [3]])),
  'tensor of tensors': () => tensor(any([scalar, scalar])),
  'tensor with a shape that does not fit': () => tensor([1, 2, 3], { shape: [2, 2] }),
  'int32 tensor of fractions': () => tensor([1.5], { dtype: 'int32' }),
  'tensor of an unknown dtype': () => tensor([1], { dtype: any('float16') }),
  'zeros of a negative size': () => zeros([-1]),
  'zeros of a number': () => zeros(any(3)),
  'zeros too large': () => zeros([100_000, 100_000]),
  'full with a fraction in int32': () => full([1], 0.5, { dtype: 'int32' }),
  'full of text': () => full([1], any('1')),
  'eye of a fraction': () => eye(1.5),
  'arange without end': () => arange(0, Infinity),
  'arange with step 0': () => arange(0, 3, 0),
  'linspace of integers': () => linspace(0, 1, 3, { dtype: 'int32' }),
  'linspace to NaN': () => linspace(0, NaN, 3),
  'item of many': () => v3.item(),
  expectShape: () => a23.expectShape([3, 2]),
  'astype of an unknown dtype': () => v3.astype(any('double')),
  'add of shapes that do not broadcast': () => add(a23, any(a54)),
  'add of null': () => add(a23, any(null)),
  'add of a string': () => add(any('3'), a23),
  'add of int32 and float32': () => add(ints, v3),
  'add of int32 and a fraction': () => add(ints, 0.5),
  'exp of nothing': () => exp(any(undefined)),
  'exp of two': () => (exp as (...xs: Tensor[]) => Tensor)(v3, v3),
  'clip with exchanged bounds': () => clip(v3, 1, 0),
  'remainder of an int32 by 0': () => remainder(ints, 0),
  'where with numbers as condition': () => where(v3, v3, v3),
  'or of numbers': () => or(v3, v3),
  'sum of nothing given': () => sum(any(undefined)),
  'sum with an option of another library': () => sum(a23, any({ dim: 1 })),
  'sum along an axis that is not there': () => sum(a23, { axis: 2 }),
  'sum along a repeated axis': () => sum(a23, { axis: [0, -2] }),
  'mean of no elements': () => mean(zeros([0])),
  'max of no elements': () => max(zeros([2, 0]), { axis: 1 }),
  'argmax of no elements': () => argmax(zeros([0])),
  'variance with too large a correction': () => variance(v3, any({ correction: 3 })),
  'matmul of shapes that do not fit': () => matmul(a23, any(a54)),
  'matmul of a scalar': () => matmul(scalar, a23),
  'matmul of batches that do not broadcast': () => matmul(zeros([2, 1, 3]), any(zeros([4, 3, 1]))),
  'dot of matrices': () => dot(any(a23), any(a23)),
  'dot of different sizes': () => dot(any(v3), any(zeros([4]))),
  'einsum with a digit': () => einsum(any('i1->i'), a23),
  'einsum with two arrows': () => einsum(any('ij->i->j'), a23),
  'einsum with stray dots': () => einsum(any('i..j->i'), a23),
  'einsum with an operand too few': () => einsum(any('ij,jk->ik'), a23),
  'einsum with too few letters': () => einsum(any('i->i'), a23),
  'einsum with too many letters': () => einsum(any('...ijk->i'), a23),
  'einsum with a letter of two sizes': () => einsum(any('ij,kj->ik'), a23, a54),
  'einsum with ... of two shapes': () => einsum(any('...,...->...'), a23, a54),
  'einsum with an unknown letter in the result': () => einsum(any('ij->iz'), a23),
  'einsum with a letter twice in the result': () => einsum(any('ij->ii'), a23),
  'einsum that loses ...': () => einsum(any('i...->i'), a23),
  'tensordot of sizes that differ': () => tensordot(a23, a54, any(1)),
  'tensordot over too many axes': () => tensordot(a23, a54, any(3)),
  'tensordot with lists of two lengths': () => tensordot(a23, a23, any([[0, 1], [0]])),
  'tensordot with an axis twice': () => tensordot(a23, a23, any([[0, 0], [0, 0]])), // prettier-ignore
  'rearrange without an arrow': () => rearrange(a23, any('a b')),
  'rearrange with nested parentheses': () => rearrange(a23, any('a b -> ((a) b)')),
  'rearrange with an open parenthesis': () => rearrange(a23, any('a b -> (a b')),
  'rearrange with a closing parenthesis': () => rearrange(a23, any('a b -> a b)')),
  'rearrange with a strange name': () => rearrange(a23, any('a ? -> ? a')),
  'rearrange with a name twice': () => rearrange(a23, any('a a -> a a')),
  'rearrange with ... in parentheses on the left': () => rearrange(a23, any('(...) -> ...')),
  'rearrange with ... on the right only': () => rearrange(a23, any('a b -> a b ...')),
  'rearrange with too few axes': () => rearrange(a23, any('a -> a')),
  'rearrange of two unknown sizes': () => rearrange(a23, any('(a b) c -> a b c')),
  'rearrange of a size that is no multiple': () => rearrange(a23, any('a (b c) -> a b c'), any({ b: 2 })),
  'rearrange to a new axis': () => rearrange(a23, any('a b -> a b c')),
  'rearrange that loses an axis': () => rearrange(a23, any('a b -> a')),
  'rearrange with the size of no axis': () => rearrange(a23, any('a b -> b a'), any({ c: 2 })),
  'rearrange with a fractional size': () => rearrange(a23, any('a b -> b a'), any({ a: 0.5 })),
  'repeat along an axis of unknown size': () => repeat(a23, any('a b -> a b c')),
  'fft of text': () => fft(any('wave')),
  'fft of parts that differ': () => fft({ real: v3, imaginary: any(a23) }),
  'fft of nothing': () => fft(zeros([0])),
  'rfft of a complex tensor': () => rfft(any({ real: v3, imaginary: v3 })),
  'convolve of matrices': () => convolve(any(a23), v3),
  'convolve of nothing': () => convolve(any(zeros([0])), v3),
  'outer of matrices': () => outer(any(a23), any(v3)),
  'cholesky of a rectangular matrix': () => cholesky(any(a23)),
  'cholesky of a vector': () => cholesky(any(v3)),
  'cholesky of a matrix that is not positive definite': () => cholesky(matrices([1, 2, 2, 1])),
  'solve with a singular matrix in a batch': () => solve(matrices([1, 0, 0, 1], [1, 2, 2, 4]), v2),
  'solve with other rows': () => solve(any(matrices([1, 0, 0, 1])), any(v3)),
  'grad of logDeterminant of a singular matrix': () =>
    grad((a: Tensor) => logDeterminant(a).logAbs)(matrices([1, 2, 2, 4])),
  'lstsq with columns that depend on each other': () => lstsq(matrices([1, 2, 2, 4]), v2),
  'grad of eigenvectors of equal eigenvalues': () =>
    grad((a: Tensor) => sum(at(eigh(a).eigenvectors, null, 0)))(matrices([1, 0, 0, 1])),
  'grad of singular vectors of a singular value of 0': () =>
    grad((a: Tensor) => sum(svd(a).u))(tensor([[1, 0], [0, 0], [0, 0]])), // prettier-ignore
  'matrixPower of a fraction': () => matrixPower(matrices([1, 0, 0, 1]), 0.5),
  'matrixNorm of another kind': () => matrixNorm(a23, any({ p: 'fro' })),
  'norm with a negative exponent': () => norm(v3, { p: -1 }),
  'reshape to another size': () => reshape(a23, [4, 2]),
  'reshape with two unknown sizes': () => reshape(a23, [-1, -1]),
  'transpose with a missing axis': () => transpose(a23, [0, 0]),
  'expandDims out of range': () => expandDims(a23, 5),
  'squeeze of a long axis': () => squeeze(a23, 0),
  'broadcastTo a smaller shape': () => broadcastTo(a23, [3]),
  'at a position out of range': () => at(a23, 2),
  'at no position': () => at(a23, ...any([])),
  'slice with positions': () => slice(a23, any(0), any(2)),
  'slice with a step of 0': () => slice(a23, [3, 0, 0]),
  'slice with too many ranges': () => slice(v3, [0], any([0])),
  'concat of nothing': () => concat([]),
  'concat of shapes that do not fit': () => concat(any([a23, a54])),
  'stack of different shapes': () => stack(any([v3, a23])),
  'split into unequal sections': () => split(a23, 2, { axis: 1 }),
  'split at positions that descend': () => split(v3, [2, 1]),
  'split of keys, by its former name': () => split(any(key(1)), 3),
  'unstack of a scalar': () => unstack(any(scalar)),
  'repeatElements with too few counts': () => repeatElements(v3, [1, 2]),
  'roll with too many shifts': () => roll(a23, [1, 2], { axis: 0 }),
  'meshgrid of a matrix': () => meshgrid(any([a23])),
  'moveAxis of one axis twice': () => moveAxis(a23, [0, 0], [0, 1]),
  'diagonal of one axis': () => diagonal(a23, { axes: [0, -2] }),
  'diag of a batch': () => diag(zeros([2, 2, 2]) as Tensor),
  'diagEmbed of a scalar': () => diagEmbed(scalar),
  'tril of a vector': () => tril(v3),
  'eye with a fraction of a column': () => eye(2, any(0.5)),
  'take in batches that differ': () => take(a23, zeros([3, 1], { dtype: 'int32' }), { axis: 1, batchAxes: 1 }),
  'take along an axis of the batch': () => take(a23, zeros([2, 1], { dtype: 'int32' }), { batchAxes: 1 }),
  'takeAlongAxis of another rank': () => takeAlongAxis(a23, ints),
  'scatterAdd of another shape': () => scatterAdd(a23, ints, 1),
  'scatterAdd of booleans': () => scatterAdd(flags, zeros([3], { dtype: 'int32' }), flags),
  'scatterSet out of range': () => scatterSet(v3, ints, 0),
  'segmentSum with too few segments': () => segmentSum(a23, ints, 2),
  'segmentSum of a segment too many': () => segmentSum(v3, ints, 3),
  'atIndex apart': () =>
    atIndex(zeros([2, 2, 2]) as Tensor, tensor([0], { dtype: 'int32' }), null, tensor([0], { dtype: 'int32' })),
  'atIndex of a condition': () => atIndex(v3, any(flags)),
  'atIndex out of range': () => atIndex(a23, 2),
  'atIndex with a value of another shape': () => atIndex(a23, 0).set(tensor([1, 2])),
  'topK of more than there are': () => topK(v3, 4),
  'searchSorted in a scalar': () => searchSorted(scalar, 1),
  'bincount of a matrix': () => bincount(any(zeros([2, 2], { dtype: 'int32' }))),
  'bincount without a length, compiled': () => compile((x: Tensor) => bincount(x))(ints),
  'unique along an axis that is not there': () => unique(a23, { axis: any(2) }),
  'unique in a trace': () => trace((x: Tensor) => unique(x).values, v3),
  'pad with missing widths': () => pad(a23, [[1, 1]]),
  'convolution of a vector': () => conv2d(any(v3), any(zeros([2, 2, 1, 1]))),
  'convolution of sizes, as of a layer': () => conv2d(any(1), any(8), any(3)),
  'convolution with a matrix as kernel': () => conv2d(zeros([4, 4, 1]), any(a23)),
  'convolution with an empty kernel': () => conv1d(zeros([4, 1]), zeros([0, 1, 1])),
  'convolution of other channels': () => conv2d(any(zeros([4, 4, 3])), zeros([2, 2, 2, 1])),
  'convolution of other channels in groups': () => conv2d(zeros([4, 4, 3]), zeros([2, 2, 2, 4]), { groups: 2 }),
  'convolution in groups that do not divide': () => conv2d(zeros([4, 4, 2]), zeros([2, 2, 1, 3]), { groups: 2 }),
  'convolution with a kernel that does not fit': () =>
    conv2d(zeros([2, 9, 1]), zeros([3, 3, 1, 1]), { dilation: 2, padding: 1 }),
  'convolution with three strides for two axes': () =>
    conv2d(zeros([4, 4, 1]), zeros([2, 2, 1, 1]), { stride: [1, 1, 1] }),
  'convolution with the layout of another rank': () =>
    conv2d(zeros([1, 4, 4, 1]), zeros([2, 2, 1, 1]), { layout: any('NWC') }),
  'convolution with half a pixel of padding': () =>
    conv2d(zeros([4, 4, 1]), zeros([2, 2, 1, 1]), { padding: any(0.5) }),
  'transposed convolution that leaves nothing': () => convTranspose1d(zeros([1, 1]), zeros([2, 1, 1]), { padding: 1 }),
  'transposed convolution with large output padding': () =>
    convTranspose1d(zeros([3, 1]), zeros([2, 1, 1]), { stride: 2, outputPadding: 2 }),
  'pool of nothing but padding': () => maxPool(zeros([4, 4, 1]), 2, { padding: 2 }),
  'pool of an empty axis': () => adaptiveAveragePool(zeros([0, 4, 1]), 2),
  'pool of four spatial axes': () => maxPool(zeros([2, 2, 2, 2, 1]), any([2, 2, 2, 2])),
  'fold of too few axes': () => fold(any(a23), [2, 2]),
  'fold of another number of windows': () => fold(zeros([2, 2, 2, 2, 1]), [4, 4]),
  'take with fractional indices': () => take(a23, v3),
  'take out of range': () => take(a23, ints),
  'gather of another shape': () => gather(a23, ints),
  'oneHot out of range': () => oneHot(ints, 3),
  'oneHot of depth 0': () => oneHot(ints, 0),
  'key of a fraction': () => key(0.5),
  'splitKey of a number': () => splitKey(any(7)),
  'splitKey into none': () => splitKey(key(1), 0),
  'uniform with exchanged bounds': () => uniform(key(1), [2], { min: 1, max: 0 }),
  'uniform integers': () => uniform(key(1), [2], { dtype: 'int32' }),
  'uniform beyond float32': () => uniform(key(1), [2], { max: 1e39 }),
  'normal with a negative deviation': () => normal(key(1), [2], { deviation: -1 }),
  'bernoulli with probability 2': () => bernoulli(key(1), [2], { probability: 2 }),
  'bernoulli with more probabilities than shape': () =>
    bernoulli(key(1), [2], { probability: uniform(key(1), [3, 2]) }),
  'gamma without a concentration': () => gamma(key(1), [2], any({})),
  'gamma with a concentration of 0': () => gamma(key(1), [2], { concentration: 0 }),
  'exponential with more rates than shape': () => exponential(key(1), [2], { rate: ones([3, 2]) }),
  'randint with an empty range': () => randint(key(1), [2], { min: 3, max: 3 }),
  'bernoulliLogDensity of two probabilities': () => bernoulliLogDensity(1, any({ probability: 0.5, logits: 0 })),
  'normal with a mean of another shape': () => normal(key(1), [2], { mean: zeros([3]) }),
  'categorical of nothing': () => categorical(key(1), [2], any({})),
  'choice with too few probabilities': () => choice(key(1), 3, [2], { probabilities: ones([2]) }),
  'choice of more than there are': () => choice(key(1), 3, [4], { replace: false }),
  'glu of an odd size': () => glu(ones([2, 3])),
  'quantile beyond 1': () => quantile(ones([3]), 1.5),
  'std of one element with correction 1': () => std(ones([1]), { correction: 1 }),
  'bitwise and of floats': () => bitwiseAnd(ones([2]), 1),
  'tree with a cycle': () => treeLeaves(cyclic),
  'tree with a Map of tensors': () => treeLeaves({ layers: new Map([['w', scalar]]) }),
  'tree with private state': () => mapTree((leaf) => leaf, new Hidden()),
  'tree of nothing but private fields': () => treeLeaves(new Secretive()),
  'grad in nothing but private fields': () => grad(any(() => scalar))(new Secretive()),
  'private fields that only a copy lacks': () => grad((_: Tensor) => Secretive.spied({}))(scalar),
  'mapTree with two values for one tensor': () =>
    mapTree((_, __, g) => g, { a: scalar, b: scalar }, { a: tensor(1), b: tensor(2) }),
  'a list of tensors in place of a tensor': () =>
    hvp(
      any((x: Tensor) => x.mul(x).sum()),
      [v3],
      [v3],
    ),
  'grad in one argument twice': () => grad((x: Tensor) => x, { argument: [0, 0] })(scalar),
  'compile of a method': () => compile(new Method().forward)(scalar),
  'tensor of another copy': () => sum(any({ [Symbol.for('cotangent.tensor')]: {} })),
  'tree with a tensor of another copy': () => treeLeaves({ w: { [Symbol.for('cotangent.tensor')]: {} } }),
  'mapTree of trees that differ': () => mapTree((leaf) => leaf, { w: scalar }, { v: scalar }),
  'grad of no function': () => grad(any(scalar))(scalar),
  'grad of a vector': () => grad((x: Tensor) => x.mul(2))(v3),
  'grad of a number': () => grad((x: Tensor) => x.item())(scalar),
  'grad of a boolean': () => grad((x: Tensor) => greater(x, 0))(scalar),
  'grad of a pair without aux': () => grad((x: Tensor) => [x, 1])(scalar),
  'grad in integers': () => grad((x: Tensor) => sum(x))(ints),
  'grad in a JS number': () => grad((x: number) => mul(scalar, x))(3),
  'grad in an argument that is not there': () => grad((x: Tensor) => x, { argument: 1 })(scalar),
  'grad of something that does not depend on it': () => grad((x: Tensor) => (x.rank === 0 ? tensor(2) : x))(scalar),
  'grad through floor': () => grad((x: Tensor) => sum(floor(x)))(v3),
  'grad of an async function': () => grad(async (x: Tensor) => x)(scalar),
  'vjp with a cotangent of another shape': () => vjp((x: Tensor) => x.mul(2), v3)[1](scalar),
  'jvp with a tangent of another dtype': () => jvp((x: Tensor) => x.mul(2) as Tensor, [v3], [v3.astype('float64')]),
  'jvp with a tangent too few': () => jvp((x: Tensor) => x.mul(2) as Tensor, [v3], any([])),
  'jvp of a tensor without a list': () => jvp((x: Tensor) => x.mul(2) as Tensor, any(v3), any(v3)),
  'jvp of a number': () => jvp((x: Tensor) => x.sum().item(), [v3], [v3]),
  'vjp without arguments': () => (vjp as any)((x: Tensor) => x),
  'hessian in another argument': () => (hessian as any)((x: Tensor) => x, { argument: 1 }),
  'grad with an argument in place of the options': () => grad((x: Tensor) => x, any(scalar)),
  'grad with a position in place of the options': () => grad((x: Tensor) => x, any(1)),
  'checkpoint with the argument of its function': () => (checkpoint as any)((x: Tensor) => x, v3),
  'vmap over different numbers of examples': () => vmap(add)(a23, zeros([3, 3])),
  'vmap of a batch of another size': () => vmap(relu, { size: 3 })(a23),
  'vmap of a scalar': () => vmap(relu)(any(scalar)),
  'vmap along an axis that is not there': () => vmap(relu, { in: 2 })(a23),
  'vmap into an axis that is not there': () => vmap(relu, { out: 2 })(a23),
  'vmap without a batch': () => vmap(relu, { in: null })(a23),
  'vmap with an axis for another argument': () => vmap(relu, any({ in: [0, 0] }))(a23),
  'vmap with an axis for another place': () => vmap(({ w }: { w: Tensor }) => w, any({ in: [{ v: 0 }] }))({ w: a23 }),
  'vmap of what differs between the examples': () => vmap(relu, { out: null })(a23),
  'vmap that returns a number': () => vmap(() => 1, { size: 2 })(),
  'vmap that reads': () => vmap((x: Tensor) => (x.sum().item() > 0 ? x : x.neg()))(a23),
  'vmap with the argument of its function': () => (vmap as any)(relu, a23),
  'scan with a carry of another shape': () => scan((c: Tensor) => [any(c.add(v3)), null], scalar, null, { length: 2 }),
  'scan with a carry of another structure': () => scan(() => [any([scalar]), null], { h: scalar }, null, { length: 2 }),
  'scan with a carry that is a number': () => scan(({ i }) => [{ i: i + 1 }, null], { i: 0 }, null, { length: 2 }),
  'scan with a carry that becomes a number': () =>
    scan(() => [{ h: any(1) }, null], { h: scalar }, null, { length: 2 }),
  'scan without a pair': () => scan((c: Tensor) => any(c), scalar, a23),
  'scan over a scalar': () => scan((c: Tensor) => [c, null], scalar, { a: scalar }),
  'scan over different numbers of rows': () => scan((c: Tensor) => [c, null], scalar, [a23, v3]),
  'scan over another number of rows': () => scan((c: Tensor) => [c, null], scalar, [a23], { length: 3 }),
  'scan without a length': () => scan((c: Tensor) => [c, null], scalar, null),
  'scan that reads': () => scan((c: Tensor) => [c.mul(c.item()), null], scalar, a23),
  'scan that writes into its carry': () =>
    scan(
      (c: { h: Tensor }) => {
        c.h = c.h.add(1)
        return [c, null]
      },
      { h: scalar },
      a23,
    ),
  'orthogonal vector': () => orthogonal(key(1), any([3])),
  'orthogonal matrix of integers': () => orthogonal(key(1), [2, 2], { dtype: 'int32' }),
  'attention with other features in the keys': () => scaledDotProductAttention(a23, any(ones([3, 2])), ones([3, 2])),
  'attention with a value too few': () => scaledDotProductAttention(a23, a23, ones([3, 2])),
  'attention over a vector': () => scaledDotProductAttention(v3, any(v3), v3),
  'attention with more heads of keys than of queries': () =>
    scaledDotProductAttention(a23, any(ones([4, 2, 3])), ones([2, 3])),
  'attention of integers': () => scaledDotProductAttention(ints.reshape([1, -1]), any(a23), a23),
  'attention with a mask for other keys': () => scaledDotProductAttention(a23, a23, a23, { mask: ones([2, 4]) }),
  'attention with a mask for more batches': () => scaledDotProductAttention(a23, a23, a23, { mask: ones([4, 2, 2]) }),
  'attention with a mask of another dtype': () => scaledDotProductAttention(a23, a23, a23, { mask: ints }),
  'associativeScan of nothing': () => associativeScan((a: { w: number }) => any(a), { w: 1 }),
  'associativeScan over different numbers of rows': () => associativeScan(([a]) => [a, a], [a23, v3]),
  'associativeScan that drops rows': () => associativeScan((a: Tensor, b: Tensor) => any(a.add(b).sum()), v3),
  'conjugateGradient of an operator that is not definite': () => conjugateGradient(rotated, tensor([1, 2])),
  'conjugateGradient with too few steps': () =>
    conjugateGradient((x: Tensor) => x.mul(v3), tensor([1, 1, 1]) as Tensor, { maxSteps: 2 }),
  'a batch of systems, one of them singular': () =>
    vmap((a: Tensor) => gmres((x: Tensor) => x.mul(a), v3).value)(tensor([[1, 2, 3], [1, 2, 0]])), // prettier-ignore
  'gmres of an operator of another shape': () => gmres((x: Tensor) => x.sum(), v3),
  'gmres with a start of another shape': () => gmres((x: Tensor) => x, v3, { init: a23 }),
  'gmres without unknowns': () => gmres((x: { w: number }) => x, { w: 1 }),
  'gmres for integers': () => gmres((x: Tensor) => x, ints),
  'gmres for several dtypes': () => gmres((x: unknown) => x, [v3, v3.astype('float64')]),
  'gmres with an operator that reads': () => gmres((x: Tensor) => x.mul(x.sum().item()), v3),
  'fixedPoint that runs away': () => fixedPoint((x: Tensor) => x.mul(2), v3, null, { maxSteps: 5 }),
  'fixedPoint with a derivative that does not exist': () =>
    grad((p: Tensor) => fixedPoint((x: Tensor, q: Tensor) => x.mul(q), zeros([2]) as Tensor, p).value.sum())(
      tensor([1, 1]) as Tensor,
    ),
  'root that is not there': () => root((x: Tensor) => x.square().add(1), tensor(0.3) as Tensor, null),
  'root of a function of another shape': () => root((x: Tensor) => x.sum(), v3, null),
  'odeSolve up to a singularity': () =>
    odeSolve((y: Tensor) => y.square(), scalar, tensor([0, 1]) as Tensor, null, { maxSteps: 20 }),
  'odeSolve in equal steps beyond a singularity': () =>
    odeSolve((y: Tensor) => y.square(), scalar, tensor([0, 1, 2000]) as Tensor, null, { method: 'rk4' }),
  'a function that calls itself in a branch without end': () => trace(endless, scalar),
  'odeSolve without times': () => odeSolve((y: Tensor) => y, scalar, zeros([0]) as Tensor, null),
  'odeSolve with times of another dtype': () => odeSolve((y: Tensor) => y, scalar, v3.astype('float64'), null),
  'odeSolve with another method': () => odeSolve((y: Tensor) => y, scalar, v3, null, { method: any('euler') }),
  'map over different numbers of rows': () => map(([a]) => a, [a23, v3]),
  'map with the length': () => map((x) => x, a23, any({ length: 2 })),
  'cond on a number': () => cond(any(1), relu, relu, v3),
  'cond on several': () => cond(greater(v3, 0), relu, relu, v3),
  'cond on a float': () => cond(any(scalar), relu, relu, v3),
  'cond without a branch': () => (cond as any)(greater(scalar, 0), relu, v3),
  'cond with branches of different types': () =>
    trace(
      (x: Tensor) =>
        cond(
          greater(x, 0),
          (y: Tensor): { a: Tensor } => ({ a: y.add(v3) }),
          (y) => ({ a: y }),
          x,
        ),
      scalar,
    ),
  'cond that reads in a trace': () =>
    trace(
      (x: Tensor) =>
        cond(
          greater(x, 0),
          () => x.mul(x.item()),
          () => x,
        ),
      scalar,
    ),
  'switchCase on a float': () => switchCase(any(scalar), [relu], v3),
  'switchCase without branches': () => switchCase(any(tensor(1, { dtype: 'int32' })), []),
  'switchCase with branches of different types': () =>
    trace((i: Tensor) => switchCase(i, [() => v3, any(() => [v3])]), tensor(1, { dtype: 'int32' })),
  'a while loop without a bound in reverse mode': () =>
    grad(
      (x: Tensor) =>
        whileLoop(
          (c: Tensor) => less(c, 9),
          (c: Tensor) => c.mul(x),
          scalar,
        ).value,
    )(scalar),
  'a while loop on a number': () =>
    whileLoop(
      () => any(true),
      (c: Tensor) => c,
      scalar,
    ),
  'a while loop without tensors': () =>
    whileLoop(
      () => flags,
      (c) => c,
      { i: 1 },
    ),
  'a while loop on several': () =>
    whileLoop(
      (c: Tensor) => less(c, 1),
      (c: Tensor) => c,
      v3,
    ),
  'a while loop with a carry of another dtype': () =>
    whileLoop(
      (c) => less(c, 1),
      (c) => c.astype('float64'),
      scalar,
    ),
  'a while loop of fewer than no steps': () =>
    whileLoop(
      (c) => less(c, 1),
      (c) => c,
      scalar,
      { maxSteps: -1 },
    ),
  'jacobian in nothing': () => jacobian((x: Tensor) => x)(ints),
  'reading in a rule': () =>
    grad((x: Tensor) =>
      customGradient((y: Tensor) => ({ value: y, pullback: (g: Tensor) => [g.mul(y.item()) as Tensor] }))(x),
    )(scalar),
  'custom gradient with a missing cotangent': () =>
    grad((x: Tensor) => customGradient((y: Tensor) => ({ value: y, pullback: () => any([]) }))(x))(scalar),
  'custom gradient of another shape': () =>
    grad((x: Tensor) => customGradient((y: Tensor) => ({ value: y, pullback: () => [v3] }))(x))(scalar),
  'custom gradient that captures': () =>
    grad((x: Tensor) =>
      customGradient((y: Tensor) => ({ value: y.mul(x) as Tensor, pullback: (g: Tensor) => [g] }))(scalar),
    )(scalar),
  'forward mode through a rule that is not linear': () =>
    jvp(
      customGradient((x: Tensor) => ({ value: x, pullback: (g: Tensor) => [g.mul(g) as Tensor] })),
      [scalar],
      [scalar],
    ),
  'rule with a cotangent of another type': () =>
    grad((x: Tensor) => sum(broken(linear({ transpose: () => [scalar] }))(x)))(v3),
  'rule with a tangent of another type': () =>
    jvp((x: Tensor) => broken(vjpRule({ pullback: (g) => g, jvp: () => [scalar] }))(x), [v3], [v3]),
  'trace that reads': () => trace((x: Tensor) => x.sum().item(), v3),
  'trace that is async': () => trace(async (x: Tensor) => x, v3),
  'checkpoint that reads': () => checkpoint((x: Tensor) => (x.item() > 0 ? x : x.neg()))(scalar),
  'graph run on another shape': () => trace((x: Tensor) => x, v3).run(a23),
  'graph run on too few': () => trace((x: Tensor, y: Tensor) => x.add(y), v3, a23).run(v3),
  'symbolic tensor after its trace': () => {
    let kept = scalar
    trace((x: Tensor) => (kept = x.mul(2) as Tensor), scalar)
    return kept.add(1)
  },
  'symbolic tensor read after its trace': () => {
    let kept = scalar
    trace((x: Tensor) => (kept = x.mul(2) as Tensor), scalar)
    return kept.item()
  },
  'op without its attributes': () =>
    defineOp<{ by: number }, (x: Tensor) => Tensor>({
      name: 'scale',
      inputs: 1,
      infer: ([x], { by }) => (by === 0 ? { ...x, shape: [] } : x),
      kernel: ([x], out, { by }) => x.data.forEach((each, i) => (out.data[i] = by * each)),
      law: noGradient('none is needed'),
      domain: () => ({ inputs: [{ shape: [1] }], attributes: { by: 1 } }),
    })(v3),
  'op whose kernel reads its attributes, without them': () => scaledBy({ by: 2 })(v3),
  'op whose attributes are a list, without them': () => scaledBy([2, 3])(v3),
  'op with kernel and body': () =>
    defineOp({ name: 'none', infer: ([x]) => x, law: linear({ transpose: (g) => [g] }), domain: everywhere as never }),
  'op with a body of an unknown kind': () => bodyOf(any('scan'), () => any({})),
  'op with the body of a formula': () =>
    defineOp({
      name: 'map',
      infer: ([x]) => x,
      body: any({ kind: 'map' }),
      law: constant,
      domain: everywhere as never,
    }),
  'op whose body makes another dtype than it states': () =>
    defineOp({
      name: 'mean',
      inputs: 1,
      infer: () => ({ shape: [], dtype: 'float64' }),
      body: bodyOf('reduce', () => ({ combine: 'sum', axes: [0] })),
      law: constant,
      domain: everywhere as never,
    })(v3),
  'op without a name': () => withLaw(constant, undefined, { name: '' }),
  'op without a shape rule': () => withLaw(constant, undefined, any({ infer: undefined })),
  'op whose shape rule returns nothing': () => withLaw(constant, undefined, any({ infer: () => undefined }))(scalar),
  'op without a law': () => withLaw(any(undefined)),
  'linear op without a transpose': () => withLaw(linear(any({}))),
  'bilinear op with one rule': () => withLaw((bilinear as any)((g: Tensor) => g)),
  'op with a rule that is none': () => withLaw(vjpRule(any({ pullback: null }))),
  'elementwise op without a formula': () => defineElementwise(any({ name: 'bare', inputs: 1, domain: [{}] })),
  'elementwise op with a partial too few': () =>
    defineElementwise({
      name: 'product',
      inputs: 2,
      formula: (s, x, y) => s.mul(x, y),
      partials: [(d) => d],
      domain: [{}, {}],
    }),
  'elementwise op with a domain too few': () =>
    defineElementwise({ name: 'product', inputs: 2, formula: (s, x, y) => s.mul(x, y), domain: [{}] }),
  'elementwise op without a domain': () =>
    defineElementwise(any({ name: 'product', inputs: 1, formula: (s: ScalarSet, x: never) => s.abs(x) })),
  'partial of a wrong shape': () => {
    const op = defineElementwise({
      name: 'twice',
      inputs: 1,
      formula: (s, x) => s.mul(2, x),
      partials: [(d) => d.sum()],
      domain: [{}],
    })
    return grad((x: Tensor) => sum(op(x)))(v3)
  },
  'partial that returns nothing': () => {
    const op = defineElementwise({
      name: 'twice',
      inputs: 1,
      formula: (s, x) => s.mul(2, x),
      partials: [any(() => undefined)],
      domain: [{}],
    })
    return grad((x: Tensor) => sum(op(x)))(v3)
  },
  'partial of a wrong shape, forwards': () => {
    const op = defineElementwise({
      name: 'twice',
      inputs: 1,
      formula: (s, x) => s.mul(2, x),
      partials: [(d) => d.sum()],
      domain: [{}],
    })
    return jvp(op, [v3], [v3])
  },
  'partial that returns nothing, forwards': () => {
    const op = defineElementwise({
      name: 'twice',
      inputs: 1,
      formula: (s, x) => s.mul(2, x),
      partials: [any(() => undefined)],
      domain: [{}],
    })
    return jvp(op, [v3], [v3])
  },
  'formula in the operators of JavaScript': () =>
    defineElementwise({ name: 'twice', inputs: 1, formula: (_, x) => any((x as any) * 2), domain: [{}] })(v3),
  'custom gradient that returns its value alone': () => customGradient(any((x: Tensor) => x.mul(2)))(v3),
  'formula with a scalar of another formula': () => {
    let kept: unknown
    const op = defineElementwise({
      name: 'leaky',
      inputs: 1,
      formula: (s, x) => s.add(x, any((kept ??= x))),
      domain: [{}],
    })
    return [op(scalar), op(scalar.astype('float64'))]
  },
  'formula that mixes dtypes': () =>
    defineElementwise({ name: 'mixed', inputs: 1, formula: (s, x) => s.add(x, s.less(x, 0)), domain: [{}] })(scalar),
  'grad through an op without a derivative': () => {
    const quantize = defineOp({
      name: 'quantize',
      inputs: 1,
      infer: ([x]) => x,
      kernel: ([x], y) => y.data.set(x.data.map(Math.round)),
      law: noGradient('levels are looked up'),
      domain: everywhere,
    })
    return trace(
      grad((model: { weight: Tensor }) => sum(quantize(model.weight.mul(2)).mul(3))),
      { weight: v3 },
    )
  },
  'debugNaN of a value': () => debugNaN((x: Tensor) => x.sub(1).log())(tensor([1, 2])),
  'debugNaN of a derivative': () => debugNaN(grad((x: Tensor) => sum(x.sqrt())))(tensor([0, 2])),
  'kernel that returns its result': () =>
    withLaw(
      linear({ transpose: (g) => [g] }),
      any(() => [1]),
    )(scalar),
  'kernel that takes its time': () =>
    withLaw(
      linear({ transpose: (g) => [g] }),
      any(() => Promise.resolve()),
    )(scalar),
  'rule with nothing for a cotangent': () =>
    grad((x: Tensor) => sum(withLaw(vjpRule({ pullback: () => any([undefined]) }))(x)))(v3),
  'rule with zero for a cotangent': () =>
    grad((x: Tensor) => sum(withLaw(vjpRule({ pullback: () => any([0]) }))(x)))(v3),
  'rule with too few cotangents': () => grad((x: Tensor) => sum(withLaw(vjpRule({ pullback: () => [] }))(x)))(v3),
  'rule with a number for a cotangent': () =>
    grad((x: Tensor) => sum(withLaw(vjpRule({ pullback: any(() => [3]) }))(x)))(v3),
  'valueAndGrad of nothing': () => valueAndGrad((x: Tensor) => x)(any(undefined)),
  'checkGradients of integers': () => checkGradients((x: Tensor) => x, [ints]),
  'checkGradients of a function without tensors': () => checkGradients((x: Tensor) => x.sum().item(), [v3]),
  'checkOp of a tensor': () => checkOp(any(scalar)),
  'checkOp of a function that takes none of the inputs': () =>
    checkOp((x: Tensor) => matmul(x.reshape([7, 1]), x), { name: 'f' }),
  'checkOp with a domain that throws': () =>
    checkOp((x: Tensor) => x, { name: 'f', domain: () => (any(undefined) as { inputs: never }).inputs }),
  'checkOp with a domain that draws nothing': () => checkOp((x: Tensor) => x, { name: 'f', domain: () => any({}) }),
  'checkOp of what is NaN everywhere': () => checkOp((x: Tensor) => x.mul(NaN), { name: 'f', runs: 3, seed: 1 }),
  'checkOp with laws that do not apply': () =>
    checkOp((x: Tensor) => x, { name: 'f', runs: 3, laws: ['what is stated to be linear, bilinear or constant is'] }),
  'checkOp without runs': () => checkOp((x: Tensor) => x, { runs: 0 }),
  'checkGradients of a tensor for arguments': () => checkGradients((x: Tensor) => x, any(v3)),
  'checkGradients with a misspelt option': () => checkGradients((x: Tensor) => x, [v3], any({ tol: 1 })),
  'tensors between 2 and 1': () => tensors({ min: 2, max: 1 }),
  'explain of a loss that is no number': () => explain({ w: v3 }, (m) => m.w),
  'dense of size 0': () => dense(0, 3, { key: key(1) }),
  'dense without a key': () => dense(2, 3, any(undefined)),
  'dense with an activation by its name': () => dense(2, 3, { key: key(1), activation: any('relu') }),
  'dense with an initializer of another shape': () =>
    dense(2, 3, { key: key(1), initializer: (_, [m, n]) => zeros([n, m]) }),
  'dense with a function that makes initializers': () =>
    dense(2, 3, { key: key(1), initializer: any(normalInitializer) }),
  'dense with an activation that sums': () =>
    dense(2, 3, { key: key(1), activation: any((x: Tensor) => sum(x)) }).forward(zeros([4, 2])),
  'a part that the model does not have': () => except(dense(2, 3, { key: key(1) }), 'layers[0]'),
  'a part of another size': () => combine(dense(2, 3, { key: key(1) }), { bias: zeros([4]) }),
  'a summary of an object that cannot be called': () => summary({ head: dense(2, 3, { key: key(1) }) }, a23),
  'dense on rows of another size': () => dense(2, 3, { key: key(1) }).forward(any(a23)),
  'sequential of a number': () => sequential(any(3)),
  'lstm of another number of features': () => lstm(2, 3, { key: key(1) }).forward(any(zeros([4, 5, 3]))),
  'gru with the state of another batch': () =>
    gru(2, 3, { key: key(1) }).run(zeros([4, 5, 2]), { state: any(zeros([1, 3, 3])) }),
  'gru with lengths beyond the sequence': () =>
    gru(2, 3, { key: key(1) }).run(zeros([2, 5, 2]), { lengths: tensor([6, 1], { dtype: 'int32' }) }),
  'multiHeadAttention of heads that do not divide': () => multiHeadAttention(6, 4, { key: key(1) }),
  'transformerBlock of a mask of another length': () =>
    transformerBlock(4, 2, { key: key(1) }).run(zeros([2, 3, 4]), { keyMask: tensor([true, false]) }),
  'learnedPositions of a longer sequence': () => learnedPositions(4, 2, { key: key(1) }).forward(zeros([5, 2])),
  'rotary of an odd number of features': () => rotary(zeros([4, 3])),
  'dropout without a mode': () => dropout(0.5).forward(v3, any(undefined)),
  'batchNorm in training without its next state': () => batchNorm(3).forward(a23, training(key(1))),
  'batchNorm that has seen nothing': () => batchNorm(3).forward(a23, evaluating),
  'batchNorm of one example': () => batchNorm(3).forwardWithState(ones([1, 3]), training(key(1))),
  'mse of different shapes': () => mse(a23, v3),
  'mse of arrays': () => mse(any([1]), any([2])),
  'logLoss of labels': () => logLoss(a23, ints),
  'logLoss of a scalar': () => logLoss(scalar, scalar),
  'logLoss of integers': () => logLoss(ints, ints),
  'logLoss of logits': () => logLoss(tensor([[2, -1]]), tensor([[1, 0]])),
  'logLoss with targets that are class numbers': () => logLoss(tensor([0.5, 0.5]), tensor([1, 2])),
  'softmaxCrossEntropy of one column': () => softmaxCrossEntropy(tensor([[1], [2]]), tensor([[1], [0]])),
  'softmaxCrossEntropy with several ones in a row': () => softmaxCrossEntropy(a23, tensor([[1, 1, 0], [0, 0, 1]])), // prettier-ignore
  'softmaxCrossEntropy with negative targets': () => softmaxCrossEntropy(tensor([[1, 2]]), tensor([[-1, 2]])),
  'softmaxCrossEntropy of a vector': () => softmaxCrossEntropy(v3, ints),
  'softmaxCrossEntropy with too many labels': () => softmaxCrossEntropy(a23, ints),
  'softmaxCrossEntropy with a label out of range': () => softmaxCrossEntropy(a23, tensor([0, 3], { dtype: 'int32' })),
  'l2 with a negative lambda': () => l2({ w: a23 }, { lambda: -1, examples: 1 }),
  'l2 with a select that returns a Promise': () =>
    l2({ w: a23 }, { lambda: 1, examples: 1, select: any(async () => true) }),
  'l2 that selects nothing': () => l2({ b: v3 }, { lambda: 1, examples: 1 }),
  'fans of a bias': () => fans([3]),
  'initializer without scale': () => normalInitializer(0),
  'accuracy of flags': () => accuracy(flags, ints),
  'accuracy of one column': () => accuracy(tensor([[0.7], [0.2]]), tensor([[1], [0]])),
  'accuracy of other classes': () => accuracy(a23, zeros([2, 4])),
  'accuracy with a label beyond the scores': () => accuracy(a23, tensor([0, 3], { dtype: 'int32' })),
  'accuracy of different lengths': () => accuracy(a23, ints),
  'confusionMatrix with too few classes': () => confusionMatrix(ints, ints, 2),
  'sgd without a learning rate': () => sgd(any({})),
  'sgd with a negative learning rate': () => sgd({ learningRate: -1 }),
  'sgd with momentum 1': () => sgd({ learningRate: 1, momentum: 1 }),
  'sgd with Nesterov and no momentum': () => sgd({ learningRate: 1, nesterov: true }),
  'batches of tensors with different first sizes': () => batches({ x: a23, y: [v3, scalar] }, { size: 2 }),
  'batches of no tensor': () => batches({ x: [1, 2] }, { size: 2 }),
  'batches without a size': () => batches(a23, any({})),
  'batches shuffled by a seed': () => batches(a23, { size: 1, shuffle: any(1) }),
  'batches that are all dropped': () => batches(a23, { size: 3, dropLast: true }),
  'batches of no examples': () => batches(zeros([0, 2]), { size: 3 }),
  'batches of an empty source': () => [...batches(new Set<Tensor>(), { size: 3 })],
  'batches from the state of other data': () => {
    const [[, state]] = batches(a23, { size: 1 }).withState()
    return batches(a54, { size: 1, state })
  },
  'batches from a state beyond the data': () => batches(a23, { size: 1, state: { epoch: 0, position: 3 } }),
  'batches of a source from a state beyond its end': () => [
    ...batches(() => [v3], { size: 1, state: { epoch: 0, position: 2 } }),
  ],
  'batches from something else': () => batches(a23, { size: 1, state: any({ step: 3 }) as BatchState }),
  'batches of a source with a key alone': () => batches(() => [v3], { size: 1, shuffle: key(1) }),
  'batches of an iterator in two epochs': () => [...batches([v3].values(), { size: 1, epochs: 2 })],
  'batches of an asynchronous source in for...of': () => [
    ...(batches(
      async function* () {
        yield await Promise.resolve(v3)
      },
      { size: 1 },
    ) as any),
  ],
  'batches of examples that differ': () => [...(batches(() => [{ x: v3 }, { y: v3 }] as any, { size: 2 }) as any)],
  'split without a test': () => trainTestSplit(v3, { test: 0.1 }),
  'split by a percentage': () => trainTestSplit(v3, { test: 1.5 }),
  'split with labels for other data': () =>
    trainTestSplit(v3, { test: 1, stratify: tensor([0, 1], { dtype: 'int32' }) }),
  'split with labels that are no classes': () => trainTestSplit(v3, { test: 1, stratify: v3 }),
  'split with a rare class': () => trainTestSplit(v3, { test: 1, stratify: tensor([0, 0, 1], { dtype: 'int32' }) }),
  'more folds than examples': () => kFolds(v3, { folds: 4 }),
  'more folds than examples of a class': () =>
    kFolds(v3, { folds: 2, stratify: tensor([0, 0, 1], { dtype: 'int32' }) }),
  'a picture of a function': () => toSVG(any(() => v3)),
  'a picture of a large graph': () =>
    toSVG(trace((x: Tensor) => Array.from({ length: 300 }).reduce((y: Tensor) => y.tanh(), x), v3)),
  'sgd with a number to clip at': () => sgd({ learningRate: 1, clip: any(1) }),
  'momentum below 0': () => addMomentum(-0.1),
  'learning rate NaN': () => scaleByLearningRate(NaN),
  'clip at 0': () => clipByGlobalNorm(0),
  'cosine schedule with a number of steps': () => cosineSchedule(1, any(100)),
  'schedule at a step that is no tensor': () => cosineSchedule(1, { steps: 10 })(any(3)),
  'schedule at a negative step': () => cosineSchedule(1, { steps: 10 })(tensor(-1, { dtype: 'int32' })),
  'update at a rate that is no number': () => {
    const optimizer = sgd({ learningRate: (step) => step.div(0).mul(0) })
    return optimizer.update({ w: scalar }, { w: scalar }, optimizer.init({ w: scalar }))
  },
  'update with a schedule that returns a number': () => {
    const optimizer = sgd({ learningRate: any(() => 0.1) })
    return optimizer.update({ w: scalar }, { w: scalar }, optimizer.init({ w: scalar }))
  },
  'sgd where nothing is': () => {
    const optimizer = sgd({ learningRate: 1, where: () => false })
    return optimizer.update({ w: scalar }, { w: scalar }, optimizer.init({ w: scalar }))
  },
  'sgd with the option of another library': () => sgd(any({ lr: 0.1 })),
  'init of a model without parameters': () => sgd({ learningRate: 1 }).init({ w: 3 }),
  'update without a state': () => (sgd({ learningRate: 1 }) as any).update({ w: scalar }, { w: scalar }),
  'L-BFGS in a trace': () => {
    const model = { w: v3 }
    const solver = lbfgs()
    return compile((m: typeof model, s: any) => solver.update(m, ({ w }) => sum(w), s))(model, solver.init(model))
  },
  'L-BFGS from an infinite loss': () => {
    const model = { w: v3 }
    const solver = lbfgs()
    return solver.update(model, ({ w }) => sum(w).div(0), solver.init(model))
  },
  'update with the state of another optimizer': () =>
    sgd({ learningRate: 1, momentum: 0.9 }).update(
      { w: scalar },
      { w: scalar },
      sgd({ learningRate: 1 }).init({ w: scalar }),
    ),
  'update with further gradients': () => {
    const optimizer = sgd({ learningRate: 1 })
    return optimizer.update({ w: scalar }, any({ w: scalar, v: scalar }), optimizer.init({ w: scalar }))
  },
  'cosine schedule that rises': () => cosineSchedule(0.1, { steps: 10, minimum: 1 }),
  'cosine schedule of no steps': () => cosineSchedule(1, { steps: 0 }),
  'one cycle that only falls': () => oneCycleSchedule(0.1, { steps: 10, warmup: 0.1 }),
  'schedules joined at one step too many': () => joinSchedules([constantSchedule(1)], { at: [10] }),
  'sgd with Nesterov and dampening': () => sgd({ learningRate: 1, momentum: 0.9, nesterov: true, dampening: 0.5 }),
  'momentum with Nesterov and dampening': () => addMomentum(0.9, { nesterov: true, dampening: 0.5 }),
  'adam with the option of another library': () => adam(any({ betas: [0.9, 0.999] })),
  'adam with a decay of 1': () => adam({ beta2: 1 }),
  'adam with the state of sgd': () =>
    adam().update({ w: v3 }, { w: v3 }, any(sgd({ learningRate: 1 }).init({ w: v3 }))),
  'muon of a vector': () => muon().update({ w: v3 }, { w: v3 }, muon().init({ w: v3 })),
  'a group without leaves': () => perGroup({ none: { where: () => false, optimizer: adam() } }).init({ w: v3 }),
  'a leaf in no group': () =>
    perGroup({ first: { where: (_, path) => path[0] === 'w', optimizer: null } }).init({ w: v3, b: v3.add(1) }),
  'a leaf in two groups': () =>
    perGroup({
      all: { where: () => true, optimizer: adam() },
      vectors: { where: (leaf) => leaf.rank === 1, optimizer: null },
    }).init({ w: v3 }),
  'a transform as the optimizer of a group': () =>
    perGroup({ all: { where: () => true, optimizer: any(clipByGlobalNorm(1)) } }),
  'look-ahead of nothing': () => lookahead(any(undefined)),
  'update with gradients of another model': () => {
    const optimizer = sgd({ learningRate: 1 })
    return optimizer.update({ w: scalar }, any({ v: scalar }), optimizer.init({ w: scalar }))
  },
  'update with gradients of another shape': () => {
    const optimizer = sgd({ learningRate: 1 })
    return optimizer.update({ w: scalar }, { w: v3 }, optimizer.init({ w: scalar }))
  },
  'compile with an option that it does not have': () => compile(sum, any({ donated: [0] })),
  'compile with options that are none': () => compile(sum, any(null)),
  'compile with a retrace that is no boolean': () => compile(sum, { retrace: any('no') }),
  'a compiled function that mutates its model': () =>
    compile((model: { mean: Tensor }) => {
      model.mean = model.mean.mul(0.9)
      return model.mean
    })({ mean: v3 }),
  'a compiled function that returns another function each time': () => {
    const named = compile((x: Tensor) => ({ y: x.add(1), name: () => 'y' }))
    named(v3)
    named(v3)
  },
  'an operator on a vector': () => any(v3) > 0,
  'an operator on a traced number': () => trace((x: Tensor) => (any(x.sum()) > 0 ? x : x.neg()), v3),
  'debugNaN inside compile': () => compile(debugNaN((x: Tensor) => x.log()))(v3),
  'donate of a name': () => compile(sum, { donate: any(['model']) }),
  'donate of an argument that is not there': () => compile(sum, { donate: [3] })(v3),
  'a donated tensor': () => {
    const given = tensor([1, 2])
    compile((x: Tensor) => x.mul(2), { donate: [0] })(given)
    given.toArray()
  },
  'a compiled function that a captured number changes': () => {
    let factor = 2
    const scaled = compile((x: Tensor) => x.mul(factor))
    scaled(v3)
    factor = 3
    scaled(v3)
  },
  'a compiled function that takes another path': () => {
    let calls = 0
    const impure = compile((x: Tensor) => (calls++ === 0 ? x.exp() : x.log()))
    impure(v3)
    impure(v3)
  },
  'a compiled function that uses a parameter from outside': () =>
    grad((x: Tensor) => compile((y: Tensor) => y.mul(x).sum())(v3))(v3),
  'a compiled function that needs too much memory': () =>
    compile((x: Tensor) => matmul(x.reshape([-1, 1]), x.reshape([1, -1])).exp())(zeros([46_000])),
  'a kernel that throws': () =>
    withLaw(linear({ transpose: (g) => [g] }), () => {
      throw new Error('no luck')
    })(v3),
  'a kernel that calls the function it runs in': () => {
    const again: (x: Tensor) => Tensor = compile((x: Tensor) => reentrant(x))
    const reentrant = withLaw(linear({ transpose: (g) => [g] }), () => again(v3))
    again(v3)
  },
  ...badBundles,
  ...badFiles,
  ...badLayers,
  ...badLosses,
  ...badModels,
  ...badOnnxExports,
  ...badExports,
}

/** An op that copies its input, with any law and kernel. */
function withLaw(
  law: Law,
  kernel: Kernel<undefined> = ([x], y) => y.data.set(x.data),
  options: Partial<OpOptions<undefined>> = {},
) {
  return defineOp({ name: 'copy', inputs: 1, infer: ([x]) => x, kernel, law, domain: everywhere, ...options })
}

const reports: { readonly name: string; readonly error: unknown }[] = []
// In turn, because some replace a global.
for (const [name, call] of Object.entries(badCalls)) {
  let error: unknown
  try {
    await call()
  } catch (caught) {
    error = caught
  }
  reports.push({ name, error })
}

it('every bad call is told its op, what was expected, what came and what to do', async () => {
  const told = reports.map(({ name, error }) => {
    if (!(error instanceof CotangentError)) return `${name}\n  NOT REPORTED: ${String(error)}`
    const message = error.message.replace(/ at \S+?([\w.-]+\.ts):\d+:\d+/g, ' at $1')
    return `${name}\n  ${error.name} ${error.code}\n  ${message}`
  })
  expect(told.filter((text) => text.includes('NOT REPORTED'))).toEqual([])
  await expect(`${told.join('\n\n')}\n`).toMatchFileSnapshot('errors.snapshot.txt')
})

it('no code of the sources goes untested', () => {
  const sources = import.meta.glob<string>('../packages/*/src/**/*.ts', {
    query: '?raw',
    import: 'default',
    eager: true,
  })
  const codes = Object.values(sources).flatMap((text) => [...text.matchAll(/new \w+Error\(\s*'([a-z0-9-]+)'/g)])
  const tested = new Set(reports.map(({ error }) => (error as CotangentError).code))
  // The kernel of a trace's input runs only if the graph layer breaks its own rule.
  const unreachable = ['symbolic-input']
  const missing = codes.map((match) => match[1]).filter((code) => !tested.has(code) && !unreachable.includes(code))
  expect([...new Set(missing)]).toEqual([])
})
