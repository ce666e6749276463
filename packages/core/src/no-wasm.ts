import { chooseBackend } from './backends/backend'
import { interpreter } from './backends/reference/backend'

// The export condition `no-wasm` resolves to this file instead of the index. It leaves out the emitter of WebAssembly,
// which is a third of a bundle.

chooseBackend(interpreter)

export * from './api'
