export { ExportError } from './errors'
export { type ONNXOptions, toONNX } from './onnx/to-onnx'
