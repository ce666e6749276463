import './ops/methods'

export { CotangentError, DTypeError, GradientError, ShapeError, TraceError, ValueError } from './errors'

export { Tensor } from './values/tensor'
export type { DType, TypedArray } from './values/dtype'
export type { Shape } from './values/shape-types'
export { formatIndex } from './values/shape'
export {
  checkArguments,
  checked,
  checkNothingBeyond,
  checkSameStructure,
  checkValue,
  readable,
  runAs,
} from './values/public'
export type { Kind } from './values/arguments'
export { kinds } from './values/kinds'
export { flatten } from './values/tree'
export { mapTree, treeLeaves } from './values/map-tree'
export { formatPath } from './values/places'
export { tree } from './values/tree-node'
export type { Flat } from './values/tree'
export type { Path } from './values/places'
export type { TreeNode } from './values/tree-node'

export { arange, eye, full, linspace, ones, onesLike, tensor, zeros, zerosLike } from './ops/creation'
export { bernoulli, key, normal, permutation, split, uniform } from './ops/random'
export type { Key } from './ops/random'
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
  less,
  lessEqual,
  not,
  notEqual,
  or,
  where,
} from './ops/comparison'
export { elu, gelu, leakyRelu, logSoftmax, relu, sigmoid, silu, softmax, softplus, step } from './ops/activation'
export { identity, stopGradient } from './ops/identity'
export { argmax, argmin, logSumExp, max, mean, min, prod, sum, variance } from './ops/reduction'
export { dot, matmul, outer } from './ops/contraction'
export { expandDims, flip, reshape, squeeze, transpose } from './ops/movement'
export { at, concat, slice, stack } from './ops/slicing'
export type { Range } from './values/signatures'
export { broadcastTo } from './ops/broadcasting'
export { gather, oneHot, pad, take } from './ops/indexing'
export { argsort, cumsum, sort } from './ops/sorting'
export { astype } from './ops/methods'

export { defineElementwise, defineOp } from './graph/define'
export type { DefinedOp, ElementwiseOptions, OpFunction, OpOptions, WithOp } from './graph/define'
export { bilinear, constant, elementwise, linear, noGradient, vjpRule } from './graph/law'
export type { Application, Choice, Cotangents, Law, LinearIn, Partial } from './graph/law'
export { elementwiseDomain } from './graph/domain'
export type { Domain, Draw, Interval, Sample, SampleInput, Structure } from './graph/domain'
export { applyAll, carries } from './graph/public'
export type { Origin } from './graph/node'
export type { Notation, Op, RegionBody, Replacement, TensorType } from './graph/op'
export type { Operand } from './graph/operands'
export type { Body, Buffer, Kernel, Move, MovePart } from './backends/kinds'
export type { Formula, Scalar, ScalarSet } from './scalar/builder'

export { grad, valueAndGrad, vjp } from './autodiff/grad'
export type { GradOptions, Pullback } from './autodiff/grad'
export { hvp, jvp } from './autodiff/jvp'
export { hessian, jacobian } from './autodiff/jacobian'
export { checkpoint } from './autodiff/checkpoint'
export { customGradient } from './autodiff/custom-gradient'
export type { CustomGradient, CustomGradientOptions } from './autodiff/custom-gradient'
export { debugNaN } from './autodiff/debug-nan'
export { inlined } from './graph/inlined'

export { trace } from './trace/trace'
export type { Graph, GraphNode } from './trace/graph'
export type { Cost } from './trace/cost'
export type { GraphJSON } from './trace/json'

export { compile } from './compile/compile'
export type { CompiledFunction, CompileOptions } from './compile/compile'
export type { Explanation } from './compile/explain'
