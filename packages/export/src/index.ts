export { ExportError } from './errors'
export { fromONNX } from './import/from-onnx'
export type { FromONNXOptions, OnnxModel, OnnxTensors } from './import/from-onnx'
export type { OnnxValue } from './import/program'
