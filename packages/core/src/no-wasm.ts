import { chooseBackend } from './backends/backend'
import { interpreter } from './backends/reference/backend'
import { interpretedPrograms } from './backends/reference/loader'
import { type Compile, compileOn } from './compile/compile'

// The export condition `no-wasm` resolves to this file instead of the index. It leaves out the emitter of WebAssembly,
// which is a quarter of a bundle.

chooseBackend(interpreter)

export * from './api'

/** Compiles a function, as `Compile` describes: traced once for each signature, fused, and interpreted. */
export const compile: Compile = /* @__PURE__ */ compileOn(() => interpretedPrograms)
