export { evaluating, training } from './mode'
export type { Evaluating, Mode, Training } from './mode'
export { forwardWithState } from './layer'
export type { StatefulLayer } from './layer'
export type { Layer, LastAxisShapes, ModeFor, ShapeFunction, shapes, StatesShapes } from './shapes'
export type { Accepted, Applied, Chain, TensorOf, Text, Through, ThroughAll, WithLast } from './shapes'
export { Sequential, sequential } from './layers/sequential'
export type { SequentialShapes } from './layers/sequential'
export { Dense, dense, DenseTheta, denseTheta } from './layers/dense'
export type { Activation, DenseOptions } from './layers/dense'
export { Dropout, dropout } from './layers/dropout'
export { BatchNorm, batchNorm, RunningStatistics } from './layers/batch-norm'
export type { BatchNormOptions } from './layers/batch-norm'
export { pytorchLayers } from './pytorch'
export { l2, logLoss, mse, softmaxCrossEntropy } from './losses'
export { probabilityBound } from './probability'
export type { L2Options } from './losses'
export { accuracy, confusionMatrix } from './metrics'
export {
  constantInitializer,
  fans,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  normalInitializer,
  uniformInitializer,
  zerosInitializer,
} from './initializers'
export type { Fans, FloatDType, Initializer } from './initializers'
export {
  elu,
  gelu,
  identity,
  leakyRelu,
  logSoftmax,
  relu,
  sigmoid,
  silu,
  softmax,
  softplus,
  step,
  tanh,
} from '@cotangent/core'
export { summary } from './summary/summary'
export type { Summary, SummaryOptions, SummaryRow, SummaryTotals } from './summary/summary'
export { countParameters } from './parts/count'
export { combine, partition } from './parts/partition'
export type { Part } from './parts/partition'
export type { Pattern } from './parts/pattern'
export { except, only } from './parts/select'
export type { Selection } from './parts/select'
