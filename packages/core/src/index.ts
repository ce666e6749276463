import { chooseBackend } from './backends/backend'
import { wasm } from './backends/wasm/backend'
import { wasmPrograms } from './backends/wasm/loader'
import { type Compile, compileOn } from './compile/compile'

chooseBackend(wasm)

export * from './api'

/** Compiles a function, as `Compile` describes: traced once for each signature, fused, and run as WebAssembly. */
export const compile: Compile = /* @__PURE__ */ compileOn(wasmPrograms)
