export { evaluating, training } from './mode'
export type { Evaluating, Mode, ModeIf, Training } from './mode'
export { forwardWithState } from './layer'
export type { StatefulLayer } from './layer'
export type { Layer, LastAxisShapes, ModeFor, ShapeFunction, shapes, StatesShapes } from './shapes'
export type { Accepted, Applied, Chain, TensorOf, Text, Through, ThroughAll, WithLast } from './shapes'
export type { AlongAxisShapes, LastSizesShapes, WithLastSizes, WithSizeAlong } from './shapes'
export { Sequential, sequential } from './layers/sequential'
export type { SequentialShapes } from './layers/sequential'
export { Dense, dense, DenseTheta, denseTheta } from './layers/dense'
export type { Activation, DenseOptions, DenseThetaOptions } from './layers/dense'
export { Dropout, dropout } from './layers/dropout'
export { Conv1d, Conv2d, convolutional1d, convolutional2d } from './layers/convolution'
export type { ConvolutionOptions, ConvolutionWindows } from './layers/convolution-options'
export {
  ConvTranspose1d,
  ConvTranspose2d,
  transposedConvolutional1d,
  transposedConvolutional2d,
} from './layers/transposed-convolution'
export type { TransposedConvolutionOptions, TransposedConvolutionWindows } from './layers/transposed-convolution'
export {
  AdaptiveAveragePooling,
  adaptiveAveragePooling,
  AdaptiveMaxPooling,
  adaptiveMaxPooling,
  AveragePooling,
  averagePooling,
  MaxPooling,
  maxPooling,
} from './layers/pooling'
export type { AdaptivePoolingOptions, PoolingOptions } from './layers/pooling'
export type * from './layers/window-shapes'
export { Flattened, flattened } from './layers/flattened'
export type { FlatShape, FlattenedOptions, FlattenedShapes } from './layers/flattened'
export { Embedding, embedding } from './layers/embedding'
export type { EmbeddingOptions, EmbeddingShapes, WithFeatures } from './layers/embedding'
export { LayerNorm, layerNorm, RmsNorm, rmsNorm } from './layers/layer-norm'
export type { LayerNormOptions, RmsNormOptions, SizesOf } from './layers/layer-norm'
export { GroupNorm, groupNorm } from './layers/group-norm'
export type { GroupNormOptions } from './layers/group-norm'
export { Residual, residual } from './layers/residual'
export type { Added, Branches, ResidualOptions, ResidualShapes } from './layers/residual'
export { BatchNorm, batchNorm, RunningStatistics } from './layers/batch-norm'
export type { BatchNormOptions } from './layers/batch-norm'
export { Rnn, rnn, RnnCell, rnnCell } from './layers/rnn'
export type { RnnCellOptions, RnnOptions } from './layers/rnn'
export { Gru, gru, GruCell, gruCell } from './layers/gru'
export { Lstm, lstm, LstmCell, lstmCell } from './layers/lstm'
export type { LstmState } from './layers/lstm'
export type { CellOptions, RecurrentOptions } from './layers/fresh-cells'
export type { RunOptions, RunOptionsFor, SequenceShapes, SequenceThrough, StateThrough } from './layers/recurrence'
export { MultiHeadAttention, multiHeadAttention } from './layers/attention'
export type { MultiHeadAttentionOptions } from './layers/attention'
export type { AttendOptions, AttendOptionsFor } from './layers/attend-options'
export {
  TransformerBlock,
  transformerBlock,
  TransformerDecoderBlock,
  transformerDecoderBlock,
} from './layers/transformer'
export type { DecodeOptions, DecodeOptionsFor, TransformerBlockOptions } from './layers/transformer'
export { LearnedPositions, learnedPositions, SinusoidalPositions, sinusoidalPositions } from './layers/positions'
export { rotary, sinusoidalEncoding } from './layers/positions'
export type { LearnedPositionsOptions, RotaryOptions, SinusoidalOptions } from './layers/positions'
export { pytorchLayers } from './pytorch'
export { huberLoss, mae, mse, smoothL1Loss } from './losses/regression'
export type { HuberOptions, SmoothL1Options } from './losses/regression'
export { poissonNllLoss } from './losses/counts'
export type { PoissonOptions } from './losses/counts'
export { focalLoss, logLoss } from './losses/binary'
export type { BinaryOptions, FocalOptions, LogLossOptions } from './losses/binary'
export { nllLoss, softmaxCrossEntropy, softmaxFocalLoss } from './losses/cross-entropy'
export type { CrossEntropyOptions, SoftmaxFocalOptions } from './losses/cross-entropy'
export { hingeLoss, multiclassHingeLoss, multiMarginLoss } from './losses/margins'
export type { ClassMarginOptions, MarginOptions } from './losses/margins'
export { klDivergence } from './losses/divergence'
export type { KlOptions } from './losses/divergence'
export { cosineEmbeddingLoss, infoNceLoss, tripletMarginLoss } from './losses/embedding'
export type {
  CosineEmbeddingLoss,
  CosineEmbeddingOptions,
  InfoNceLoss,
  InfoNceOptions,
  TripletMarginLoss,
  TripletMarginOptions,
} from './losses/embedding'
export { ctcLoss } from './losses/ctc'
export type { CtcLoss } from './losses/ctc'
export type { CtcOptions } from './losses/ctc-arguments'
export { l2 } from './losses/penalty'
export type { L2Options } from './losses/penalty'
export type {
  ClassLoss,
  ClassOptions,
  EntryLoss,
  EntryOptions,
  ExampleOptions,
  FirstAxis,
  LeadingAxes,
  Reduced,
  Reduction,
  ReductionOption,
  RowLoss,
  SmoothingOption,
} from './losses/options'
export { probabilityBound } from './losses/probability'
export { accuracy, confusionMatrix, topKAccuracy } from './metrics/accuracy'
export { f1, precision, recall } from './metrics/precision-recall'
export type { Average, AveragedMetric, PrecisionRecallOptions } from './metrics/precision-recall'
export { averagePrecision, rocAuc } from './metrics/ranking'
export { perplexity, r2Score } from './metrics/fit'
export type { PerplexityOptions } from './metrics/fit'
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
export {
  glorotTruncatedNormal,
  heTruncatedNormal,
  lecunTruncatedNormal,
  orthogonalInitializer,
  pytorchUniform,
  truncatedNormalInitializer,
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
