import { chooseBackend } from './backends/backend'
import { interpreter } from './backends/reference/backend'

// What the condition `no-wasm` gives in place of the index: all of it but the emitter of WebAssembly, which is a third of a bundle.

chooseBackend(interpreter)

export * from './api'
