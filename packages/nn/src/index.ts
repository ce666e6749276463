export { Dense, dense, DenseTheta, denseTheta } from './dense'
export type { Activation, DenseOptions } from './dense'
export { Sequential, sequential } from './sequential'
export type { Chain, InputOf, Layer, OutputOf } from './sequential-types'
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
