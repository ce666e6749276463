export { exportFunction, exportTraining } from './bundle'
export type {
  BatchArguments,
  Bundle,
  FunctionOptions,
  Shardings,
  ShardingSpec,
  StepResult,
  TrainingOptions,
} from './bundle'
export { ExportError } from './errors'
export { fromONNX } from './import/from-onnx'
export type { FromONNXOptions, OnnxModel, OnnxTensors } from './import/from-onnx'
export type { OnnxValue } from './import/program'
export { exportInference, type InferenceModel, type InferenceOptions } from './onnx/inference'
export { type ONNXOptions, toONNX } from './onnx/to-onnx'
export { type StableHLOOptions, toStableHLO } from './stablehlo/to-stablehlo'
