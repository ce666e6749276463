import './ops/methods'

export { CotangentError, DTypeError, GradientError, ShapeError, TraceError, ValueError } from './errors'

export { Tensor } from './values/tensor'
export type { CallSite } from './values/call-site'
export type { DType, TypedArray } from './values/dtype'
// What the declarations of programs may name: the signatures of ops, and the shapes that they compute.
export type * from './types/arity'
export type * from './types/axes'
export type * from './types/matrices'
export type * from './types/methods'
export type * from './types/numeric-signatures'
export type * from './types/random-signatures'
export type * from './types/shapes'
export type * from './types/picking-signatures'
export type * from './types/pieces'
export type * from './types/shape-signatures'
export type * from './types/signatures'
export type * from './types/sizes'
export type * from './types/slices'
export type * from './types/trees'
export type * from './types/windows'
export type * from './types/window-sizes'
export { formatIndex } from './values/shape'
export {
  checkArguments,
  checked,
  checkNothingBeyond,
  checkSameStructure,
  checkValue,
  readable,
  runAs,
} from './arguments/public'
export type { Kind } from './arguments/arguments'
export { kinds } from './arguments/kinds'
export type { Kinds } from './arguments/kinds'
export { flatten, flattenFor } from './trees/tree'
export { mapTree, treeLeaves, treeParameters } from './trees/map-tree'
export { formatPath } from './trees/places'
export { tree, untrained } from './trees/tree-node'
export type { Flat } from './trees/flat'
export type { Path } from './trees/places'
export type { TreeNode } from './trees/tree-node'

export { arange, full, linspace, ones, onesLike, tensor, zeros, zerosLike } from './ops/creation'
export { bernoulli, normal, permutation, uniform } from './ops/random/basic'
export { categorical, choice, randint } from './ops/random/discrete'
export { orthogonal } from './ops/random/orthogonal'
export { foldKey, key, splitKey } from './ops/random/keys'
export type { Key } from './ops/random/keys'
export type { Parameter } from './ops/random/parameters'
export { exponential, gumbel, laplace, logistic, truncatedNormal } from './ops/random/transforms'
export {
  abs,
  add,
  ceil,
  clip,
  div,
  floor,
  maximum,
  minimum,
  mul,
  neg,
  remainder,
  round,
  sign,
  sub,
  trunc,
} from './ops/arithmetic'
export { exp, expm1, log, log1p, log2, pow, reciprocal, sqrt, square } from './ops/exponential'
export { acos, acosh, asin, asinh, atan, atanh, cos, cosh, erf, erfc, sin, sinh, tan, tanh } from './ops/trigonometric'
export {
  and,
  equal,
  greater,
  greaterEqual,
  isFinite,
  isNaN,
  less,
  lessEqual,
  not,
  notEqual,
  or,
  where,
} from './ops/comparison'
export {
  elu,
  glu,
  hardSwish,
  leakyRelu,
  logSoftmax,
  relu,
  selu,
  sigmoid,
  softmax,
  softplus,
  softsign,
  step,
} from './ops/activation'
export { gelu, mish, silu } from './ops/smooth-activation'
export { logAddExp, logSigmoid, xlog1py, xlogy } from './ops/log-domain'
export {
  bernoulliLogDensity,
  binomialLogDensity,
  categoricalLogDensity,
  poissonLogDensity,
  randintLogDensity,
} from './ops/log-density/discrete'
export { betaLogDensity, dirichletLogDensity, gammaLogDensity } from './ops/log-density/gamma-family'
export {
  exponentialLogDensity,
  gumbelLogDensity,
  laplaceLogDensity,
  logisticLogDensity,
  normalLogDensity,
  truncatedNormalLogDensity,
  uniformLogDensity,
} from './ops/log-density/location-scale'
export { atan2, hypot } from './ops/plane'
export { erfinv, i0e } from './ops/special/error-and-bessel'
export { digamma, lgamma, trigamma } from './ops/special/gamma'
export { betainc } from './ops/special/incomplete-beta'
export { gammainc, gammaincc } from './ops/special/incomplete-gamma'
export { bitwiseAnd, bitwiseLeftShift, bitwiseNot, bitwiseOr, bitwiseRightShift, bitwiseXor } from './ops/bitwise'
export { identity, stopGradient } from './ops/identity'
export { argmax, argmin, logSumExp, max, mean, min, prod, sum, variance } from './ops/reduction'
export { dot, matmul, outer } from './ops/contraction'
export { cholesky } from './ops/linear-algebra/cholesky'
export { determinant, logDeterminant } from './ops/linear-algebra/determinant'
export { eigh } from './ops/linear-algebra/eigh'
export { matrixExponential, matrixPower } from './ops/linear-algebra/exponential'
export { matrixNorm, matrixTrace, norm } from './ops/linear-algebra/norm'
export type { MatrixNormOptions, NormOptions } from './ops/linear-algebra/norm'
export { lstsq, qr } from './ops/linear-algebra/qr'
export { inverse, solve } from './ops/linear-algebra/solve'
export { matrixRank, pinv, svd } from './ops/linear-algebra/svd'
export { triangularSolve } from './ops/linear-algebra/triangular'
export { expandDims, flip, reshape, squeeze, transpose } from './ops/movement'
export { moveAxis, swapAxes } from './ops/axes'
export { diag, diagEmbed, diagonal, eye, tril, triu } from './ops/diagonals'
export { meshgrid, repeatElements, roll, tile } from './ops/repeating'
export { chunk, split, unstack } from './ops/splitting'
export { at, concat, slice, stack } from './ops/slicing'
export { broadcastTo } from './ops/broadcasting'
export { gather, oneHot, pad, take, takeAlongAxis } from './ops/indexing'
export { scatterAdd, scatterSet, segmentMax, segmentMean, segmentMin, segmentSum } from './ops/scattering'
export { atIndex } from './ops/at-index'
export type { AtIndex } from './ops/at-index'
export { bincount, searchSorted, topK, unique } from './ops/searching'
export { argsort, sort } from './ops/sorting'
export { cumLogSumExp, cummax, cummin, cumprod, cumsum } from './ops/cumulative'
export { all, any, countNonzero } from './ops/counting'
export { median, quantile, std } from './ops/statistics'
export { astype } from './ops/methods'
export { einsum, einsumPath } from './ops/einsum/einsum'
export type * from './ops/einsum/types'
export { kron, tensordot } from './ops/einsum/tensordot'
export type * from './ops/einsum/tensordot-types'
export { fft, fftn, ifft, ifftn, irfft, rfft } from './ops/fourier/fourier'
export { fftFrequencies, fftShift, ifftShift, rfftFrequencies } from './ops/fourier/frequencies'
export { convolve } from './ops/fourier/convolve'
export type * from './ops/fourier/types'
export { rearrange, reduce, repeat } from './ops/einops/einops'
export type * from './ops/einops/types'

export { defineElementwise, defineOp, elementwiseDomain } from './recording/public-ops'
export type {
  DefinedOp,
  ElementwiseDefinition,
  ElementwiseOptions,
  OpDefinition,
  OpFunction,
  OpOptions,
  WithOp,
} from './recording/define'
export { bilinear, elementwise, linear, noGradient, vjpRule } from './recording/public-laws'
export { constant } from './recording/law'
export type {
  Application,
  BilinearLaw,
  Choice,
  ConstantLaw,
  Cotangents,
  ElementwiseLaw,
  Law,
  LinearIn,
  LinearLaw,
  NoLaw,
  Outputs,
  Partial,
  RegionLaw,
  VjpLaw,
  Window,
} from './recording/law'
export type { Domain, Draw, Interval, Sample, SampleInput, Structure } from './recording/domain'
export { applyAll, bodyOf, carries } from './recording/public'
export type { Frame, Origin } from './recording/node'
export type {
  Batched,
  BatchedApplication,
  Feed,
  Lift,
  Notation,
  Op,
  OwnedGraph,
  RegionBody,
  Replacement,
  TensorType,
} from './recording/op'
export type { BranchForm, Convolution, ConvolutionRoles, LoopForm, RegionForm } from './recording/region-form'
export type { Accepts, Operand } from './recording/operands'
export type {
  Accumulation,
  Body,
  Buffer,
  Combine,
  Indexing,
  Kernel,
  Kind as WorkKind,
  Meeting,
  Move,
  MovePart,
  Strided,
  Work,
  Works,
} from './kernels/work'
export type { Place } from './kernels/factor/faults'
export type { Factorization, OneMatrix } from './kernels/factor/factorization'
export type { RowMachine, Rows } from './kernels/factor/rows'
export type { Formula, Functions as ScalarFunctions, ScalarSet } from './scalar/formula'
export type { BinaryName, Call as ProgramCall, Program, Step as ProgramStep, UnaryName } from './scalar/instructions'
export type { BasicSet, InstructionSet, Scalar, ScalarOperand } from './scalar/set'

export { conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d } from './ops/windows/convolution'
export { adaptiveAveragePool, adaptiveMaxPool, averagePool, maxPool } from './ops/windows/pooling'
export { fold, unfold } from './ops/windows/unfold'

export { grad, valueAndGrad, vjp } from './autodiff/grad'
export type { Exactly, GradOptions, Pullback, Selected } from './autodiff/grad'
export { hvp, jvp } from './autodiff/jvp'
export { hessian, jacobian } from './autodiff/jacobian'
export { checkpoint } from './autodiff/regions/checkpoint'
export { vmap } from './batching/vmap'
export type { VmapOptions } from './batching/vmap'
export type { BatchAxes } from './batching/axes'
export type { ArgumentsInBatch, GivenAxes, InBatch } from './batching/batch-types'
export { customGradient } from './autodiff/regions/custom-gradient'
export type { CustomGradient, CustomGradientOptions } from './autodiff/regions/custom-gradient'
export { scaledDotProductAttention } from './attention/attention'
export type { AttentionOptions, AttentionSignature } from './attention/attention'
export { associativeScan } from './control/associative-scan'
export type { AssociativeScanOptions } from './control/associative-scan'
export { cond, switchCase } from './control/cond'
export { map, scan } from './control/scan'
export type { MapOptions, ScanOptions } from './control/scan'
export { whileLoop } from './control/while-loop'
export { beta, dirichlet, gamma } from './sampling/gamma'
export { poisson } from './sampling/poisson'
export type { WhileOptions, WhileResult } from './control/while-loop'
export type { AnyCarry, RowOf, StackOf } from './control/scan-types'
export { conjugateGradient } from './solvers/conjugate-gradient'
export { fixedPoint } from './solvers/fixed-point'
export { odeSolve } from './solvers/ode'
export type { OdeOptions } from './solvers/ode'
export { root } from './solvers/root'
export type { EquationOptions, InnerLinearOptions } from './solvers/equation'
export { gmres } from './solvers/gmres'
export type { GmresOptions } from './solvers/gmres'
export type { LinearSolveOptions } from './solvers/linear-door'
export type { LinearTolerance } from './solvers/linear'
export type { Solution } from './solvers/solution'
export { debugNaN } from './autodiff/debug-nan'
export { inlined } from './recording/inlined'
export { labelled } from './recording/labelled'

export { trace } from './graph/trace'
export type { Graph } from './graph/graph'
export type { Diagram, DiagramEdge, DiagramVertex } from './graph/diagram'
export type { GraphData, GraphNode } from './graph/graph-data'
export type { Cost, CostShare } from './graph/cost'
export type { BodyJSON, GraphJSON, TypedJSON } from './graph/json'

export type { Compile, CompiledFunction, CompileOptions } from './compile/compile'
export type { Explanation } from './compile/explain'
