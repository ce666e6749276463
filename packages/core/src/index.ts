import { chooseBackend } from './backends/backend'
import { wasm } from './backends/wasm/backend'

chooseBackend(wasm)

export * from './api'
