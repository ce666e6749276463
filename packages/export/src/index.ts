export { ExportError } from './errors'
export { exportInference, type InferenceModel, type InferenceOptions } from './onnx/inference'
export { type ONNXOptions, toONNX } from './onnx/to-onnx'
